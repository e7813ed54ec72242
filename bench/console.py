"""The command `python -m bench.console`: measure the console in Chromium, and what its stream costs the server.

python -m bench.console                    # writes bench/CONSOLE.md; takes four minutes
python -m bench.console --rounds 1 --out - # only prints it

The server runs on core 0, the load on core 1, the browser on both. Tasks are measured by the browser's own trace,
in time and in CPU time of the page's main thread, because other processes distort the time.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from bench import machine, processes
from bench.cases import CAMPAIGN_RESULTS
from bench.client import PREFIX
from bench.http_connection import HttpConnection
from bench.peers import OUR_SERVER
from bench.processes import RunningServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RATE = 500
"""Requests a second on the Traffic page and while the cost of the stream is measured."""
TICKS_A_SECOND, CONNECTIONS = 50, 5
UNUSED = ("Node · Java", "Load tool")
ARGUMENTS = ("--no-sandbox", "--disable-gpu")
MAIN_THREAD, TASK = "CrRendererMain", "ThreadControllerImpl::RunTask"
STREAM_REQUEST = b"GET /_mock/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
TARGET = f"{PREFIX}{CAMPAIGN_RESULTS.target}"


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of the page's main thread: their number, the longest in milliseconds, and the requests a second."""

    count: int
    longest: float
    longest_cpu: float
    rate: float


@dataclass(frozen=True, slots=True)
class StreamCost:
    """Microseconds of the server's CPU time for each request, with and without an open stream, in the same round."""

    with_stream: float
    without: float


def main() -> None:
    """Measure, and write the page."""
    options = _parser().parse_args()
    facts = {part: value for part, value in machine.describe().items() if part not in UNUSED}
    processes.use_load_core()
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        folder, port = Path(home), processes.free_port()
        server = processes.start(OUR_SERVER.command(port, folder, {}), port, OUR_SERVER.probe, folder)
        stack.callback(processes.stop, server.process)
        costs = [measure_stream(server, options.seconds, swapped=bool(turn % 2)) for turn in range(options.rounds)]
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # a browser uses all cores
        chromium = stack.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=options.chromium, args=list(ARGUMENTS))
        stack.callback(browser.close)
        facts["Chromium"] = browser.version
        paints = [measure_paint(browser, port) for _ in range(options.rounds)]
        tasks = measure_tasks(browser, server, options.seconds, folder)
    facts["Load average at the end"] = machine.load_average()
    text = render(facts, paints, tasks, costs, options.seconds)
    print(text)
    if options.out != "-":
        Path(options.out).write_text(text)


def measure_paint(browser: "Browser", port: int) -> float:
    """Open the console with an empty cache; return the milliseconds until the first contentful paint."""
    page = browser.new_context().new_page()
    page.goto(f"http://127.0.0.1:{port}/_mock/")
    page.locator("h1").wait_for()
    paint = page.evaluate(
        """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
        .observe({type: 'paint', buffered: true}))"""
    )
    page.context.close()
    return float(paint)


def measure_tasks(browser: "Browser", server: RunningServer, seconds: int, home: Path) -> Tasks:
    """Show the Traffic page during the load, and return the tasks of its main thread."""
    page = browser.new_context().new_page()
    page.goto(f"http://127.0.0.1:{server.port}/_mock/#/traffic")
    page.get_by_text("Live", exact=True).wait_for()
    with load(server) as counter:
        page.get_by_text("too many to show one by one").wait_for()
        before, began = counter.sent, time.perf_counter()
        browser.start_tracing(page=page, path=home / "trace.json", categories=["toplevel", "__metadata"])
        page.wait_for_timeout(1000 * seconds)
        rate = (counter.sent - before) / (time.perf_counter() - began)
        trace = browser.stop_tracing()
    events = json.loads(trace)["traceEvents"]
    page.context.close()
    return read_tasks(events, rate)


def read_tasks(events: list[dict[str, Any]], rate: float) -> Tasks:
    """Read the tasks of a page's main thread out of a trace. The page's thread is the one with the most tasks."""
    threads: dict[tuple[int, int], list[dict[str, Any]]] = {
        (event["pid"], event["tid"]): []
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == MAIN_THREAD
    }
    for event in events:
        if event["name"] == TASK and (event["pid"], event["tid"]) in threads:
            threads[event["pid"], event["tid"]].append(event)
    tasks = max(threads.values(), key=len)
    longest, longest_cpu = (max(task.get(part, 0) for task in tasks) / 1000 for part in ("dur", "tdur"))
    return Tasks(len(tasks), longest, longest_cpu, rate)


def measure_stream(server: RunningServer, seconds: int, *, swapped: bool) -> StreamCost:
    """Measure one round. If `swapped`, the time with a stream is measured first."""
    found = {}
    for is_open in (swapped, not swapped):
        with load(server) as counter, open_stream(server, is_open=is_open):
            before, sent = cpu_nanoseconds(server), counter.sent
            time.sleep(seconds)
            found[is_open] = (cpu_nanoseconds(server) - before) / 1000 / (counter.sent - sent)
    return StreamCost(found[True], found[False])


def cpu_nanoseconds(server: RunningServer) -> int:
    """Return the CPU time of all threads of the server, which is exact where ticks are too coarse."""
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in threads)


class Load(threading.Thread):
    """Sends the same request at a constant rate, on several connections."""

    def __init__(self, server: RunningServer) -> None:
        super().__init__(daemon=True)
        self.sent = 0
        self.ended = False
        self._server = server

    def run(self) -> None:
        """Send until the end."""
        asyncio.run(self._send())

    async def _send(self) -> None:
        connections = [HttpConnection(f"http://127.0.0.1:{self._server.port}") for _ in range(CONNECTIONS)]
        due = time.perf_counter()
        while not self.ended:
            await asyncio.gather(*map(self._send_share, connections))
            due += 1 / TICKS_A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        for connection in connections:
            connection.close()

    async def _send_share(self, connection: HttpConnection) -> None:
        for _ in range(RATE // TICKS_A_SECOND // CONNECTIONS):
            await connection.send("GET", TARGET, self._server.token)
            self.sent += 1


@contextmanager
def load(server: RunningServer) -> Iterator[Load]:
    """Load the server until the block ends, and one second before it begins."""
    thread = Load(server)
    thread.start()
    time.sleep(1)
    try:
        yield thread
    finally:
        thread.ended = True
        thread.join()


@contextmanager
def open_stream(server: RunningServer, *, is_open: bool) -> Iterator[None]:
    """Read the stream until the block ends, or do nothing."""
    if not is_open:
        yield
        return
    with socket.create_connection(("127.0.0.1", server.port)) as stream:
        stream.sendall(STREAM_REQUEST)
        reader = threading.Thread(target=_read_all, args=(stream,), daemon=True)
        reader.start()
        yield
        stream.shutdown(socket.SHUT_RDWR)
        reader.join()


def _read_all(stream: socket.socket) -> None:
    while stream.recv(65536):
        pass


PAGE = """\
# The console: first paint, tasks, and the cost of its stream

Written by `.venv/bin/python -m bench.console`. The server runs on core 0, the load on core 1, Chromium on both.

| target | measured | met |
| --- | --- | --- |
| first paint of the Overview, with an empty cache: under 500 ms | {paint:.0f} ms | {paint_met} |
| longest task on the Traffic page at {rate} requests a second: at most 50 ms of CPU | {task_cpu:.0f} ms | {task_met} |
| an open stream at {rate} requests a second: under 5 % of the server's core | {share:.1f} % | {share_met} |

The first paint is the median of {paints}: {all_paints} ms.

The tasks are those of the page's main thread in the browser's trace: {tasks} of them at {sent:.0f} requests a second.
The longest took {task:.0f} ms with its waiting for a core that other processes used.

The cost of the stream is the median difference of {rounds} pairs, {seconds} s with an open stream and {seconds} s
without one right after each other. By request, the ratios are {all_ratios}, with the median {ratio:.3f}: the pairs vary
more than the stream costs. Without a stream, a request took {without:.0f} µs, and the server was idle for most of the
time.

## The machine

| part | value |
| --- | --- |
{facts}
"""


def render(facts: dict[str, str], paints: list[float], tasks: Tasks, costs: list[StreamCost], seconds: int) -> str:
    """Return the page."""
    ratios = [each.with_stream / each.without for each in costs]
    paint, share = median(paints), median((each.with_stream - each.without) * RATE / 10_000 for each in costs)
    return PAGE.format(
        rate=RATE,
        paint=paint,
        paint_met=_met(paint < 500),
        task=tasks.longest,
        task_cpu=tasks.longest_cpu,
        task_met=_met(tasks.longest_cpu <= 50),
        share=share,
        share_met=_met(share < 5),
        ratio=median(ratios),
        seconds=seconds,
        paints=len(paints),
        all_paints=", ".join(f"{each:.0f}" for each in sorted(paints)),
        tasks=tasks.count,
        sent=tasks.rate,
        rounds=len(costs),
        all_ratios=", ".join(f"{each:.3f}" for each in sorted(ratios)),
        without=median(each.without for each in costs),
        facts="\n".join(f"| {part} | {value} |" for part, value in facts.items()),
    )


def _met(is_met: bool) -> str:
    return "yes" if is_met else "no"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.console")
    parser.add_argument("--rounds", type=int, default=15, help="pairs of the stream's cost; default: %(default)s")
    parser.add_argument("--seconds", type=int, default=4, help="how long each part takes; default: %(default)s")
    found = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
    parser.add_argument("--chromium", default=found, help="the browser; default: %(default)s")
    parser.add_argument("--out", default=str(processes.ROOT / "bench" / "CONSOLE.md"), help="the page, - for none")
    return parser


if __name__ == "__main__":
    main()
