"""How long each server takes from its spawn to its first answer; every start is stopped again."""

from pathlib import Path
from statistics import median

from bench import processes
from bench.documents import Answers
from bench.peers import OUR_SERVER, Hello, Server

Startable = Server | type[Hello]


def against_hello(times: int, home: Path) -> tuple[list[float], list[float]]:
    """Seconds of our starts and of the hello-world's, in turn, after one discarded start each. Raises DidNotStart."""
    ours, hello = [], []
    for turn in range(times + 1):
        pair = once(OUR_SERVER, home, {}), once(Hello, home, {})
        if turn:
            ours.append(pair[0])
            hello.append(pair[1])
    return ours, hello


def ratio(ours: list[float], hello: list[float]) -> float:
    """Our start relative to the hello-world's beside it, the median."""
    return median(one / other for one, other in zip(ours, hello, strict=True))


def several(server: Server, times: int, home: Path, answers: Answers) -> list[float]:
    """Seconds of some starts of a server. Raises DidNotStart."""
    return [once(server, home, answers) for _ in range(times)]


def once(server: Startable, home: Path, answers: Answers) -> float:
    """Seconds of one start. Raises DidNotStart."""
    port = processes.free_port()
    served = processes.start(server.command(port, home, answers), port, server.probe, home)
    processes.stop(served.process)
    return served.seconds
