"""Start a server on one CPU core, wait for its first response, measure its memory and CPU time, and stop it."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.client import RequestFailedError

SERVER_CORE = "0"
LOAD_CORE = "1"
START_TIMEOUT = 60.0
PROBE_INTERVAL = 0.002
ROOT = Path(__file__).resolve().parent.parent


class StartError(Exception):
    """A server did not respond in time, or ended; the message contains the last line that it wrote."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A running server. `start_seconds` is the time from its start to its first response."""

    process: subprocess.Popen[bytes]
    port: int
    token: str
    start_seconds: float

    def memory_mib(self) -> float:
        """Return the resident memory of the process and its descendants."""
        return sum(_resident_kib(pid) for pid in _process_tree(self.process.pid)) / 1024

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process and its descendants have used."""
        return sum(_cpu_ticks(pid) for pid in _process_tree(self.process.pid)) / os.sysconf("SC_CLK_TCK")


def own_memory_mib() -> float:
    """Return the resident memory of this process."""
    return _resident_kib(os.getpid()) / 1024


def use_load_core() -> None:
    """Keep this process, which sends the first requests, off the core of the servers."""
    os.sched_setaffinity(0, {int(LOAD_CORE)})


def start(command: list[str], port: int, probe: Callable[[int], str], home: Path) -> RunningServer:
    """Start a server and wait for its first response. Raises StartError."""
    output = home / f"{port}.log"
    start_time = time.perf_counter()
    with output.open("wb") as log:
        process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *command],
            cwd=ROOT,
            env=os.environ | {"HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        token = _wait_for_answer(process, port, probe, start_time + START_TIMEOUT)
    except RequestFailedError as failure:
        stop(process)
        raise StartError(f"{failure}; its last output: {_last_line(output)}") from failure
    except BaseException:
        stop(process)
        raise
    return RunningServer(process, port, token, time.perf_counter() - start_time)


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, probe: Callable[[int], str], deadline: float) -> str:
    while True:
        try:
            return probe(port)
        except RequestFailedError:
            if process.poll() is not None:
                raise RequestFailedError(f"the server ended with exit code {process.returncode}") from None
            if time.perf_counter() > deadline:
                raise
        time.sleep(PROBE_INTERVAL)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and all processes of its session."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _process_tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(descendant for child in children for descendant in _process_tree(int(child)))]


def _resident_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])  # utime and stime, fields 14 and 15 in proc(5)


def _last_line(output: Path) -> str:
    lines = output.read_text(errors="replace").replace(f"{ROOT}/", "").replace(f"{output.parent}/", "").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "nothing")
