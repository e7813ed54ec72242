"""Measure how long each server takes from its start to its first response, and stop it again."""

from pathlib import Path
from statistics import median

from bench import processes
from bench.documents import ResponseByCase
from bench.peers import OUR_SERVER, HelloServer, Server

Startable = Server | type[HelloServer]


def compare_with_hello(times: int, home: Path) -> tuple[list[float], list[float]]:
    """Return the startup times of our server and of hello-world, started in turn, without the first of each.

    Raises StartError.
    """
    our_seconds, hello_seconds = [], []
    for turn in range(times + 1):
        pair = measure_start(OUR_SERVER, home, {}), measure_start(HelloServer, home, {})
        if turn:
            our_seconds.append(pair[0])
            hello_seconds.append(pair[1])
    return our_seconds, hello_seconds


def median_ratio(our_seconds: list[float], hello_seconds: list[float]) -> float:
    """Return the median, over all pairs, of our startup time divided by hello-world's."""
    return median(our_start / hello_start for our_start, hello_start in zip(our_seconds, hello_seconds, strict=True))


def measure_starts(server: Server, times: int, home: Path, responses: ResponseByCase) -> list[float]:
    """Return the times of some starts of a server, in seconds. Raises StartError."""
    return [measure_start(server, home, responses) for _ in range(times)]


def measure_start(server: Startable, home: Path, responses: ResponseByCase) -> float:
    """Return the time of one start, in seconds. Raises StartError."""
    port = processes.free_port()
    server_process = processes.start(server.command(port, home, responses), port, server.probe, home)
    processes.stop(server_process.process)
    return server_process.start_seconds
