"""The command `python -m bench.growth`: measure how calls grow with the data, and write bench/GROWTH.md.

python -m bench.growth                  # all series: up to half an hour
python -m bench.growth --only Packages  # print one series; no file is written
python -m bench.growth --store sqlite   # with a database; writes bench/GROWTH-sqlite.md
"""

import argparse
import asyncio
import json
import math
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, median

from bench import csv_world, machine, processes
from bench.growth_series import SERIES, Call, Series, Shape, grow_purchases
from bench.report import format_table
from tests.storage import stores
from tests.storage.stores import StoreKind, Stores, open_stores

WORLD_TITLE = "Purchases of a CSV world"
WORLD_SIZES = (30_000, 200_000, 1_000_000)
WORLD_TARGETS = {
    "start": 5_000.0,
    "memory, MiB": 300.0,
    "build a package": 200.0,
    "evaluate 30 days": 50.0,
    "explain the event": 100.0,
    "first snapshot": 1_000.0,
}
"""Targets for the largest world, in milliseconds of CPU time, and in MiB."""
LARGEST_EXPONENT: dict[Shape, float] = {"constant": 0.2, "linear": 1.2}
"""The largest exponent of the size at which the cost still counts as constant or linear."""
MEMORY = "memory, MiB"
Costs = dict[str, list[float]]
"""The cost of each call at each size."""


@dataclass(slots=True)
class CpuMeter:
    """Takes the CPU time of this process, in milliseconds a call: the median of single calls."""

    costs: dict[str, float] = field(default_factory=dict)

    async def take(self, title: str, call: Call, times: int = 1, parts: int = 1) -> None:
        """Make a call some times, and record its cost, divided by `parts`."""
        taken = []
        for _ in range(times):
            started = time.process_time()
            await call()
            taken.append(1000 * (time.process_time() - started) / parts)
        self.costs[title] = median(taken)


class WorldMeter(CpuMeter):
    """Also takes the memory after the start of a server."""

    async def take(self, title: str, call: Call, times: int = 1, parts: int = 1) -> None:
        """Make a call some times, and record its cost, divided by `parts`."""
        await CpuMeter.take(self, title, call, times, parts)
        if title == "start":
            self.costs[MEMORY] = processes.own_memory_mib()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser("bench.growth", description=__doc__)
    parser.add_argument("--only", metavar="TITLE", help="measure one series")
    parser.add_argument("--world", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--store", choices=stores.KINDS, default="memory", help="where the servers keep their state")
    parser.add_argument("--out", type=Path, help="the file to write")
    options = parser.parse_args()
    with open_stores(options.store) as opened:
        if options.world is not None:
            print(json.dumps(measure_world(options.world, opened)))
            return
        sections = [_measure_section(series, opened) for series in SERIES if options.only in (None, series.title)]
    if options.only in (None, WORLD_TITLE):
        sections.append(_measure_worlds(options.store))
    text = "\n\n".join([describe(options.store), *sections, _machine_section()])
    print(text)
    if options.only is None:
        ending = "" if options.store == "memory" else f"-{options.store}"
        out = options.out or processes.ROOT / "bench" / f"GROWTH{ending}.md"
        out.write_text(text)


INTRODUCTION = """\
# Benchmarks: growth

Written by `{command}`. Run it for the numbers of your own machine.

{place} Each series puts more data into a server, and measures the same calls at each size: the CPU time of one call, in
milliseconds, in the process of the server and without a socket. Numbers are medians of the calls of a single run.
*Ratio* is the cost at the largest size divided by that at the smallest. *Exponent* is the slope of the logarithm of the
cost over the logarithm of the size, fitted to all sizes: 0 means that the cost does not depend on the size, 1 that it
is proportional to it. A fixed cost of each call makes it smaller. Up to 0.2 counts as constant, up to 1.2 as linear.
The CPU time of a call rises with the load of the machine, so compare ratios, not absolute numbers."""
PLACES: dict[StoreKind, str] = {
    "memory": "The servers keep their state in memory.",
    "sqlite": "The servers keep their state in a SQLite file (`--data`), whose work is included.",
    "postgresql": "The servers keep their state in PostgreSQL (`--database-url`). Its own processes are not included.",
}


def describe(store: StoreKind) -> str:
    """Return the introduction of the page."""
    command = "make growth" if store == "memory" else f".venv/bin/python -m bench.growth --store {store}"
    return INTRODUCTION.format(command=command, place=PLACES[store])


def measure_world(folder: Path, opened: Stores) -> dict[str, float]:
    """Measure a server with the CSV world of a folder, and its memory after the start."""
    meter = WorldMeter()
    asyncio.run(grow_purchases(folder, meter, opened.settings()))
    return meter.costs


def fit_exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Return the exponent of the size in the cost. A size of 0 counts as 1."""
    points = [(math.log(max(size, 1)), math.log(max(cost, 1e-6))) for size, cost in zip(sizes, costs, strict=True)]
    return linear_regression(*zip(*points, strict=True)).slope


def find_shape(exponent: float) -> str:
    """Return how a cost with this exponent grows."""
    return next((shape for shape, limit in LARGEST_EXPONENT.items() if exponent <= limit), "more than linear")


def _measure_section(series: Series, opened: Stores) -> str:
    costs: Costs = {}
    for size in series.sizes:
        print(f"growth: {series.title}: {size:,}", file=sys.stderr, flush=True)
        meter = CpuMeter()
        asyncio.run(series.run(size, meter, opened.settings()))
        for title, cost in meter.costs.items():
            costs.setdefault(title, []).append(cost)
    return format_section(series.title, series.sizes, costs, series.shapes)


def _measure_worlds(store: StoreKind) -> str:
    costs: Costs = {}
    with tempfile.TemporaryDirectory() as home:
        for size in WORLD_SIZES:
            print(f"growth: {WORLD_TITLE}: {size:,}", file=sys.stderr, flush=True)
            folder = Path(home) / str(size)
            csv_world.write_world(folder, size)
            command = [sys.executable, "-m", "bench.growth", "--store", store, "--world", str(folder)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            for title, cost in json.loads(run.stdout).items():
                costs.setdefault(title, []).append(cost)
    rows = [
        (title, f"{limit:,.0f}", f"{costs[title][-1]:,.0f}", "yes" if costs[title][-1] <= limit else "no")
        for title, limit in WORLD_TARGETS.items()
    ]
    targets = format_table((f"at {WORLD_SIZES[-1]:,}", "at most", "measured", "met"), rows)
    section = format_section(WORLD_TITLE, WORLD_SIZES, costs, dict.fromkeys(costs, "linear"))
    return f"{section}\nA quarter of the purchases belongs to one event; the calls concern this event.\n\n{targets}"


def format_section(title: str, sizes: Sequence[int], costs: Costs, shapes: dict[str, Shape]) -> str:
    """Return a section with a table of the costs."""
    rows = []
    for call, listed in costs.items():
        exponent = fit_exponent(sizes, listed)
        ratio = listed[-1] / listed[0] if listed[0] else 0.0
        expected = shapes[call]
        found = find_shape(exponent)
        verdict = found if exponent <= LARGEST_EXPONENT[expected] else f"{found}, expected {expected}"
        rows.append((call, *(f"{cost:,.2f}" for cost in listed), f"{ratio:,.1f}", f"{exponent:.2f}", verdict))
    head = ("call, ms", *(f"{size:,}" for size in sizes), "ratio", "exponent", "grows")
    return f"## {title}\n\n{format_table(head, rows)}"


def _machine_section() -> str:
    loops = min(
        timeit.repeat("sum(numbers)", "numbers = range(1_000_000)", repeat=3, number=1, timer=time.process_time)
    )
    rows = [*machine.describe().items(), ("Adding up 1,000,000 numbers", f"{1000 * loops:.0f} ms of CPU time")]
    return f"## The machine\n\n{format_table(('part', 'value'), rows)}\n"


if __name__ == "__main__":
    main()
