"""How long each server takes from its spawn to its first answer; every start is stopped again."""

from pathlib import Path
from statistics import median

from bench import processes
from bench.documents import ResponseByCase
from bench.peers import OUR_SERVER, HelloServer, Server

Startable = Server | type[HelloServer]


def compare_with_hello(times: int, home: Path) -> tuple[list[float], list[float]]:
    """Seconds of our starts and of the hello-world's, in turn, after one discarded start each. Raises StartError."""
    our_seconds, hello_seconds = [], []
    for turn in range(times + 1):
        pair = measure_start(OUR_SERVER, home, {}), measure_start(HelloServer, home, {})
        if turn:
            our_seconds.append(pair[0])
            hello_seconds.append(pair[1])
    return our_seconds, hello_seconds


def median_ratio(our_seconds: list[float], hello_seconds: list[float]) -> float:
    """Our start relative to the hello-world's beside it, the median."""
    return median(our_start / hello_start for our_start, hello_start in zip(our_seconds, hello_seconds, strict=True))


def measure_starts(server: Server, times: int, home: Path, responses: ResponseByCase) -> list[float]:
    """Seconds of some starts of a server. Raises StartError."""
    return [measure_start(server, home, responses) for _ in range(times)]


def measure_start(server: Startable, home: Path, responses: ResponseByCase) -> float:
    """Seconds of one start. Raises StartError."""
    port = processes.free_port()
    server_process = processes.start(server.command(port, home, responses), port, server.probe, home)
    processes.stop(server_process.process)
    return server_process.start_seconds
