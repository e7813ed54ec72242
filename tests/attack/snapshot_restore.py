"""Restore a snapshot of 50 MiB while another workspace is used: `python -m tests.attack.snapshot_restore`.

It measures how long another workspace waits, and how much memory the server needs, also for a body of the same size
that is no snapshot. The longest stretch is the CPU time between two iterations of the event loop: what a client of
another workspace waits at most on an idle machine. The figures are printed and recorded.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from tests.attack import figures

MIB = 2**20
SIZE = 50 * MIB
COMMAND = ".venv/bin/python -m tests.attack.snapshot_restore"
OTHER = "/w/other/api/v3/status/"
OTHER_CLOCK = "/w/other/_mock/clock"
PURCHASE = {
    "customer_id": "cus_1",
    "at": "2026-08-30T10:00:00Z",
    "tickets": 2,
    "revenue": 79.8,
    "fd": "campaign",
    "meta": "organic",
    "external": "organic",
}
NONSENSE = b'{"format":"wavetank-snapshot","version":1,"records":{"results":[%s]}}'
SERVER = """
import asyncio, signal, sys, time
sys.modules["uvloop"] = None
longest = 0.0
run_once = asyncio.BaseEventLoop._run_once

def measured_run_once(loop):
    global longest
    begun = time.thread_time()
    run_once(loop)
    longest = max(longest, time.thread_time() - begun)

def write(*_):
    global longest
    with open(sys.argv[1], "w") as file:
        file.write(str(longest * 1000))
    longest = 0.0

asyncio.BaseEventLoop._run_once = measured_run_once
signal.signal(signal.SIGUSR1, write)
from mock_server.cli.main import main
main(["serve", "--port", "0", "--clock", "frozen", "--now", "2026-09-01T12:00:00Z"])
"""


@dataclass
class Server:
    """A served mock, and what it costs."""

    process: "subprocess.Popen[str]"
    origin: str
    stretch_file: Path

    def take_longest_stretch(self) -> float:
        """The longest stretch since the last call, in milliseconds."""
        self.stretch_file.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        httpx2.get(f"{self.origin}{OTHER}", timeout=600)
        return float(self.stretch_file.read_text(encoding="utf-8"))

    def read_memory(self, name: str) -> int:
        """A figure of /proc, such as the peak VmHWM, in bytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))

    def reset_peak(self) -> int:
        """Begin a new peak of memory, and return the present size."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")
        return self.read_memory("VmRSS")


@contextmanager
def served() -> Iterator[Server]:
    """Run a server that measures its event loop, with a second workspace."""
    with TemporaryDirectory() as folder:
        stretch_file = Path(folder) / "stretch"
        command = [sys.executable, "-c", SERVER, str(stretch_file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            origin = process.stdout.readline().split()[1].removesuffix("/api/v3")
            try:
                httpx2.post(f"{origin}/_mock/workspaces", json={"name": "other"}).raise_for_status()
                yield Server(process, origin, stretch_file)
            finally:
                process.terminate()


def save_small_snapshot() -> bytes:
    """Save a snapshot with one added purchase, of a customer of its own."""
    with served() as server:
        body = {"purchases": [{**PURCHASE, "event_id": "evt_abc123"}]}
        httpx2.post(f"{server.origin}/_mock/purchases", json=body).raise_for_status()
        return httpx2.get(f"{server.origin}/_mock/snapshot").content


def enlarge(small: bytes, size: int) -> bytes:
    """Return the snapshot with so many more purchases that it has this size."""
    document = json.loads(small)
    (change,) = document["records"]["sales"]
    (purchase,) = change["added"]
    first = purchase["number"] + 1
    last = first + (size - len(small)) // (len(json.dumps(purchase)) + 2)
    change["added"] += [{**purchase, "number": number} for number in range(first, last)]
    document["counters"]["#purchase"] = last
    return json.dumps(document).encode()


def repeat(small: bytes, size: int) -> bytes:
    """Return the snapshot with so many changes of one event that it has this size. This makes it invalid."""
    document = json.loads(small)
    (change,) = document["records"]["sales"]
    document["records"]["sales"] *= (size - len(small)) // (len(json.dumps(change)) + 2)
    return json.dumps(document).encode()


class OtherClient(threading.Thread):
    """A client of another workspace, which sends one request after the other. It records the longest wait."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = origin
        self.done = threading.Event()
        self.requests = 0
        self.longest = 0.0

    def run(self) -> None:
        with httpx2.Client(base_url=self._origin, timeout=600) as client:
            while not self.done.is_set():
                begun = time.perf_counter()
                client.get(OTHER_CLOCK).raise_for_status()
                self.longest = max(self.longest, time.perf_counter() - begun)
                self.requests += 1


def put(server: Server, content: bytes) -> tuple[int, OtherClient, float]:
    """Put a snapshot while another workspace is used. Return the status, the other client and the memory's growth."""
    other = OtherClient(server.origin)
    before = server.reset_peak()
    other.start()
    headers = {"content-type": "application/json"}
    status = httpx2.put(f"{server.origin}/_mock/snapshot", content=content, headers=headers, timeout=600).status_code
    other.done.set()
    other.join()
    return status, other, (server.read_memory("VmHWM") - before) / len(content)


def measure(what: str, expected_status: int, content: bytes, small: bytes) -> None:
    """Put the content into a new server, and record what it costs."""
    with served() as server:
        assert put(server, small)[0] == 200
        server.take_longest_stretch()
        status, other, multiple = put(server, content)
        stretch = server.take_longest_stretch()
    assert status == expected_status, status
    result = (
        f"{status}; longest stretch of CPU time {stretch:.0f} ms; longest wait of another workspace "
        f"{other.longest * 1000:.0f} ms at a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores; "
        f"{multiple:.1f} times its size in memory"
    )
    print(figures.record(what, other.requests, result, COMMAND), flush=True)


def main() -> None:
    """Measure a valid snapshot and one that is none."""
    small = save_small_snapshot()
    restored = "requests of another workspace while a snapshot of 50 MiB is restored"
    measure(restored, 200, enlarge(small, SIZE), small)
    invalid = "requests of another workspace while 50 MiB of an invalid snapshot are refused"
    measure(invalid, 400, repeat(small, SIZE), small)
    nonsense = NONSENSE % (b'{"b":{}},' * (SIZE // 9) + b"1")
    measure("requests of another workspace while 50 MiB that are no snapshot are refused", 400, nonsense, small)


if __name__ == "__main__":
    main()
