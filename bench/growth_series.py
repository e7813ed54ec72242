"""What the benchmark of growth measures: calls in workspaces of increasing size.

Each series is a coroutine that prepares a workspace of one size and passes its calls to a meter. The benchmark's meter
takes CPU time. A test counts function calls instead, at small sizes. `changes` are settings of the server: they name
its database, if it has one.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from bench.csv_world import LARGEST_EVENT, START
from bench.in_process import NOW, InProcessServer
from mock_server.settings import Settings
from mock_server.worlds.sample_people import ACME

Call: TypeAlias = Callable[[], Awaitable[object]]
Shape: TypeAlias = Literal["constant", "linear"]
Changes: TypeAlias = Mapping[str, Any]

EVENT = "evt_abc123"
ROWS = f"/campaign_results/?eid={EVENT}&partner_id={ACME}"
PACKAGES = "/package_builder/packages"
ORDER = {
    "package_title": "Growth",
    "event_ids": [EVENT],
    "targeting_mode": "lookalike",
    "num_packages": 5,
    "n_top_events": 1,
}
EVALUATION = {
    "backhaul_evaluation_attribution_window": 30,
    "backhaul_evaluation_model": "EVENTS_FROM_PACKAGE",
    "email_sent_date": None,
}


class Meter(Protocol):
    """Measures calls."""

    async def take(self, title: str, call: Call, times: int = 1, parts: int = 1) -> None:
        """Make a call some times, and record its cost, divided by `parts`."""


@dataclass(frozen=True, slots=True)
class Series:
    """Calls in workspaces of several sizes. `shapes` contains how the cost of each call may grow with the size."""

    title: str
    sizes: tuple[int, ...]
    run: Callable[[int, Meter, Changes], Awaitable[None]]
    shapes: dict[str, Shape]


@contextmanager
def start_server(changes: Changes, **further: object) -> Iterator[InProcessServer]:
    """Run a server with the sample world, unless the changes of its settings name another one."""
    settings: dict[str, Any] = {"clock_mode": "frozen", "now": NOW, **changes, **further}
    server = InProcessServer(Settings(**settings))
    try:
        yield server
    finally:
        server.close()


async def grow_packages(size: int, meter: Meter, changes: Changes) -> None:
    """Measure a workspace in which `size` packages have been ordered."""
    with start_server(changes) as server:
        await server.sign_in()
        for _ in range(size):
            await server.send_raw("POST", PACKAGES, ORDER)
        await meter.take("due builds, each", lambda: _advance(server, seconds=60), parts=size)
        await meter.take("GET list", lambda: server.send_raw("GET", f"{PACKAGES}/"), times=3)
        await meter.take("POST", lambda: server.send("POST", PACKAGES, ORDER), times=10)
        created = await server.send("POST", PACKAGES, ORDER)
        await _advance(server, seconds=60)
        target = f"{PACKAGES}/{created['id']}"
        await meter.take("GET one", lambda: server.send_raw("GET", target), times=10)
        settings = f"{target}/backhaul_evaluation_details"
        await meter.take("PUT settings", lambda: server.send("PUT", settings, EVALUATION), times=10)
        await _advance(server, seconds=60)
        await meter.take("clock move", lambda: _advance(server, seconds=1), times=10)


async def grow_rows(size: int, meter: Meter, changes: Changes) -> None:
    """Measure a workspace with `size` manual rows on one event."""
    with start_server(changes) as server:
        await server.sign_in()
        for _ in range(size):
            await server.send_raw("POST", f"{ROWS}&purchase=1&revenue=2.5")
        await meter.take("GET", lambda: server.send_raw("GET", ROWS), times=3)
        created: list[str] = []

        async def create() -> None:
            created.append((await server.send("POST", f"{ROWS}&purchase=1&revenue=2.5"))["id"])

        await meter.take("POST", create, times=10)
        await meter.take("DELETE", lambda: server.send("DELETE", f"/campaign_results/?id={created.pop()}"), times=10)
        await meter.take("clock move", lambda: _advance(server, seconds=1), times=10)
        await meter.take("explain event", lambda: server.send_raw("GET", f"/_mock/explain/event/{EVENT}"), times=3)


async def grow_workspaces(size: int, meter: Meter, changes: Changes) -> None:
    """Measure a server with `size` workspaces besides the default one."""
    with start_server(changes, max_workspaces=size + 100) as server:
        await server.sign_in()
        for number in range(size):
            await server.send("POST", "/_mock/workspaces", {"name": f"w-{number}"})
        names = iter(range(1000))

        async def create() -> None:
            await server.send("POST", "/_mock/workspaces", {"name": f"new-{next(names)}"})

        await meter.take("create", create, times=20)
        status = "/w/w-0/api/v3/status/"
        await meter.take("GET status", lambda: server.send_raw("GET", status), times=20)
        doomed = iter(range(1000))
        await meter.take("delete", lambda: server.send("DELETE", f"/_mock/workspaces/new-{next(doomed)}"), times=20)


async def grow_journal(size: int, meter: Meter, changes: Changes) -> None:
    """Measure a server whose journal contains `size` requests, of at most 1,000."""
    with start_server(changes) as server:
        await server.sign_in()
        for _ in range(size):
            await server.send_raw("GET", ROWS)
        await meter.take("GET rows", lambda: server.send_raw("GET", ROWS), times=20)
        await meter.take("PUT settings", lambda: _put_prebuilt(server), times=20)


async def _advance(server: InProcessServer, **duration: int) -> None:
    await server.send_raw("POST", "/_mock/clock/advance", duration)


async def _put_prebuilt(server: InProcessServer) -> None:
    await server.send_raw("PUT", f"{PACKAGES}/pkg_555/backhaul_evaluation_details", EVALUATION)


async def grow_purchases(folder: Path, meter: Meter, changes: Changes) -> None:
    """Measure the first calls of each kind on a server with the CSV world of a folder."""
    with ExitStack() as servers:
        started: list[InProcessServer] = []

        async def start() -> None:
            started.append(servers.enter_context(start_server(changes, now=START, world_folder=folder)))

        await meter.take("start", start)
        await _grow_purchases(started[0], meter)


async def _grow_purchases(server: InProcessServer, meter: Meter) -> None:
    await server.sign_in()
    days = f"/daily_revenue_summary/?event_id={LARGEST_EVENT}&start_date=2026-09-01&end_date=2026-11-23"
    for title, target in (("daily revenue", days), ("adjustments", ROWS)):
        await meter.take(f"first {title}", lambda target=target: server.send_raw("GET", target))
        await meter.take(f"{title} again", lambda target=target: server.send_raw("GET", target), times=3)
    await _advance(server, days=60)
    await server.sign_in()
    created = await server.send("POST", PACKAGES, ORDER)
    await meter.take("build a package", lambda: _advance(server, seconds=60))
    settings = f"{PACKAGES}/{created['id']}/backhaul_evaluation_details"
    for title, changes in EVALUATIONS.items():
        await server.send("PUT", settings, {**EVALUATION, **changes})
        await meter.take(title, lambda: _advance(server, seconds=60))
    explained = f"/_mock/explain/evaluation/{created['id']}"
    await meter.take("explain the evaluation", lambda: server.send_raw("GET", explained))
    await meter.take("explain the event", lambda: server.send_raw("GET", f"/_mock/explain/event/{LARGEST_EVENT}"))
    await meter.take("first snapshot", lambda: server.send_raw("GET", "/_mock/snapshot"))


EVALUATIONS: dict[str, dict[str, object]] = {
    "evaluate 30 days": {"email_sent_date": "2026-12-01"},
    "evaluate all days": {"email_sent_date": "2026-07-20", "backhaul_evaluation_attribution_window": 365},
    "evaluate all days of all events": {
        "email_sent_date": "2026-07-20",
        "backhaul_evaluation_attribution_window": 365,
        "backhaul_evaluation_model": "ALL_PURCHASES",
    },
}
"""The settings of evaluations of a package with the largest event."""

SERIES = (
    Series(
        "Packages",
        (10, 100, 1_000, 10_000),
        grow_packages,
        {
            "due builds, each": "constant",
            "GET list": "linear",
            "POST": "constant",
            "GET one": "constant",
            "PUT settings": "constant",
            "clock move": "constant",
        },
    ),
    Series(
        "Rows of an event",
        (10, 100, 1_000, 20_000),
        grow_rows,
        {
            "GET": "linear",
            "POST": "constant",
            "DELETE": "constant",
            "clock move": "constant",
            "explain event": "linear",
        },
    ),
    Series(
        "Workspaces",
        (1, 10, 100, 1_000),
        grow_workspaces,
        {"create": "constant", "GET status": "constant", "delete": "constant"},
    ),
    Series(
        "Requests in the journal",
        (0, 250, 500, 1_000),
        grow_journal,
        {"GET rows": "constant", "PUT settings": "constant"},
    ),
)
