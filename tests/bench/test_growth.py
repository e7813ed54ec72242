"""The cost of a call grows as bench/GROWTH.md says. It is counted in function calls, not measured in seconds."""

import asyncio
import sys
from pathlib import Path
from types import FrameType

import pytest

from bench import csv_world
from bench.growth import find_shape, fit_exponent
from bench.growth_series import SERIES, Call, Series, grow_purchases
from tests.storage.stores import StoreKind, Stores, open_stores

SMALL, LARGE = 40, 80
TOLERANCE = 1.05
"""How much more than its shape allows a call may cost. Dictionaries grow in steps, and counters get more digits."""


class CallMeter:
    """Counts the function calls that a call makes."""

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}

    async def take(self, title: str, call: Call, times: int = 1, parts: int = 1) -> None:
        """Make a call some times, and keep the smallest count: with a database, the journal is written now and then."""
        counts = []
        for _ in range(times):
            count = 0

            def trace(frame: FrameType, event: str, argument: object) -> None:
                nonlocal count
                count += event in ("call", "c_call")

            sys.setprofile(trace)
            try:
                await call()
            finally:
                sys.setprofile(None)
            counts.append(count / parts)
        self.counts[title] = min(counts)


def count_calls(series: Series, size: int, stores: Stores) -> dict[str, float]:
    meter = CallMeter()
    asyncio.run(series.run(size, meter, stores.settings()))
    return meter.counts


SOAKED = [("Packages", "sqlite"), ("Workspaces", "sqlite")]
"""These take the longest. That a commit does not grow with what is stored is shown by the other series with SQLite."""


@pytest.mark.parametrize(
    ("series", "kind"),
    [
        pytest.param(
            series, kind, id=f"{series.title}-{kind}", marks=pytest.mark.soak if (series.title, kind) in SOAKED else ()
        )
        for series in SERIES
        for kind in ("memory", "sqlite")
    ],
)
def test_twice_the_data_costs_a_call_at_most_what_its_shape_allows(series: Series, kind: StoreKind) -> None:
    with open_stores(kind) as stores:
        count_calls(series, 1, stores)
        small, large = count_calls(series, SMALL, stores), count_calls(series, LARGE, stores)
    allowed = {"constant": TOLERANCE, "linear": 2 * TOLERANCE}
    exceeded = {
        title: (small[title], large[title])
        for title, shape in series.shapes.items()
        if large[title] > allowed[shape] * small[title]
    }
    assert not exceeded
    assert small.keys() == series.shapes.keys()


def test_the_calls_in_a_csv_world_grow_more_slowly_than_its_purchases(tmp_path: Path) -> None:
    """A build, an evaluation and an explanation read columns, so that most of their work is not a call for each row."""
    counts = []
    for size in (1, 4_000, 8_000):
        csv_world.write_world(tmp_path / str(size), size)
        meter = CallMeter()
        asyncio.run(grow_purchases(tmp_path / str(size), meter, {}))
        counts.append(meter.counts)
    _, small, large = counts
    assert {title: (small[title], large[title]) for title in small if large[title] > 2 * TOLERANCE * small[title]} == {}
    assert large["evaluate all days of all events"] < 8_000


@pytest.mark.parametrize(
    ("costs", "shape"),
    [
        pytest.param((3, 3, 3), "constant", id="the same at each size"),
        pytest.param((1, 10, 100), "linear", id="in proportion to the size"),
        pytest.param((1, 100, 10_000), "more than linear", id="by the square of the size"),
    ],
)
def test_the_shape_of_a_cost_is_found_from_its_exponent(costs: tuple[float, ...], shape: str) -> None:
    assert find_shape(fit_exponent((10, 100, 1_000), costs)) == shape
