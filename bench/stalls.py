"""The command `python -m bench.stalls`: how long others wait while a large workspace is restored, forked or loaded.

One server keeps its state in an SQLite file. A client of another workspace replaces the settings of a package, one
request after the other. For each long request of a workspace of 50 MiB, the longest of its waits is printed, which the
load of the machine lengthens, and what it consists of: the longest CPU time between two iterations of the event loop,
and of the thread that writes between two commits.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from bench.http_connection import HttpConnection
from bench.load_mix import WorkspaceClient, put_settings
from bench.report import format_table
from tests.attack.snapshot_restore import MIB, SIZE, enlarge, save_small_snapshot

OTHER, BIG = "other", "big"
SERVER = """
import asyncio, signal, sys, time
sys.modules["uvloop"] = None
from mock_server.storage.sqlite import SqliteDatabase
longest = {"loop": 0.0, "writer": 0.0}

def measured(name, function):
    def call(*args):
        begun = time.thread_time()
        try:
            return function(*args)
        finally:
            longest[name] = max(longest[name], time.thread_time() - begun)
    return call

def write(*_):
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(" ".join(str(value) for value in longest.values()))
    longest.update(loop=0.0, writer=0.0)
    import os
    os.replace(sys.argv[1] + ".new", sys.argv[1])

asyncio.BaseEventLoop._run_once = measured("loop", asyncio.BaseEventLoop._run_once)
SqliteDatabase._run_batch = measured("writer", SqliteDatabase._run_batch)
signal.signal(signal.SIGUSR1, write)
from mock_server.cli.main import main
main(["serve", "--port", "0", "--clock", "frozen", "--now", "2026-09-01T12:00:00Z", "--data", sys.argv[2]])
"""


class Other:
    """The client of the other workspace. `longest` is its longest wait in seconds."""

    def __init__(self, client: WorkspaceClient) -> None:
        self.longest = 0.0
        self.requests = 0
        self._client = client

    async def work_until(self, done: asyncio.Event) -> None:
        """Send one request after the other."""
        while not done.is_set():
            begun = time.perf_counter()
            problem = await put_settings(self._client)
            assert not problem, problem
            self.longest = max(self.longest, time.perf_counter() - begun)
            self.requests += 1


class Server:
    """A server that measures itself."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "longest"
        command = [sys.executable, "-c", SERVER, str(self._file), str(folder / "tank.db")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.origin = self.process.stdout.readline().split()[1].removesuffix("/api/v3")

    async def take_longest(self) -> list[float]:
        """Return the longest stretches of the event loop and of the thread that writes, in seconds of CPU time."""
        self._file.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        while not self._file.exists():
            await send(self.origin, "GET", "/_mock/health")
        return [float(value) for value in self._file.read_text().split()]


async def measure(what: str, server: Server, request: Awaitable[None]) -> tuple[str, ...]:
    """Measure the other client's waits during a request."""
    connection = HttpConnection(server.origin)
    client = WorkspaceClient(connection, OTHER, random.Random(1))
    await client.sign_in()
    await put_settings(client)
    await server.take_longest()
    other, done = Other(client), asyncio.Event()
    task = asyncio.create_task(other.work_until(done))
    begun = time.perf_counter()
    await request
    taken = time.perf_counter() - begun
    await asyncio.sleep(0.5)
    done.set()
    await task
    connection.close()
    loop, writer = await server.take_longest()
    times = [f"{seconds * 1000:.0f} ms" for seconds in (other.longest, loop, writer)]
    row = what, f"{taken:.1f} s", *times, str(other.requests)
    print(*row, f"load {os.getloadavg()[0]:.1f}", sep="  ", flush=True)
    return row


async def send(origin: str, method: str, target: str, body: object = None, status: int = 200) -> None:
    """Send a request on a connection of its own."""
    connection = HttpConnection(origin)
    answer = await connection.send(method, target, body=body)
    assert answer.status == status, answer
    connection.close()


async def put_raw(origin: str, target: str, content: bytes) -> None:
    """Send a body that is JSON already."""
    reader, writer = await asyncio.open_connection(*origin.removeprefix("http://").split(":"))
    head = f"PUT {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + content)
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200"), answer
    writer.close()


async def measure_changes(server: Server, content: bytes) -> list[tuple[str, ...]]:
    """Measure the requests that write a large workspace."""
    origin = server.origin
    for name in (OTHER, BIG, "small"):
        await send(origin, "POST", "/_mock/workspaces", {"name": name, "ttl_seconds": 86_400}, 201)
    return [
        await measure("new seed", server, send(origin, "POST", "/w/small/_mock/reset", {"seed": 71})),
        await measure("restore", server, put_raw(origin, f"/w/{BIG}/_mock/snapshot", content)),
        await measure("fork", server, send(origin, "POST", f"/w/{BIG}/_mock/fork", {"name": "copy"}, 201)),
        await measure("delete", server, send(origin, "DELETE", "/_mock/workspaces/copy", status=204)),
    ]


async def measure_load(server: Server) -> list[tuple[str, ...]]:
    """Measure what a server that has just started does with a large workspace."""
    origin = server.origin
    return [
        await measure("load", server, send(origin, "GET", f"/w/{BIG}/_mock/status")),
        await measure("reset", server, send(origin, "POST", f"/w/{BIG}/_mock/reset", {"seed": 5})),
    ]


def main() -> None:
    """Measure one server, and the one that is started after it was killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=SIZE // MIB, help="the size of the snapshot")
    content = enlarge(save_small_snapshot(), parser.parse_args().mib * MIB)
    rows = list[tuple[str, ...]]()
    with tempfile.TemporaryDirectory(prefix="wavetank-stalls-") as folder:
        for is_first in (True, False):
            server = Server(Path(folder))
            try:
                rows += asyncio.run(measure_changes(server, content) if is_first else measure_load(server))
            finally:
                server.process.kill()
                server.process.wait()
    headings = "request", "taken", "longest wait of another workspace", "event loop", "writer", "requests"
    print(format_table(headings, rows))


if __name__ == "__main__":
    main()
