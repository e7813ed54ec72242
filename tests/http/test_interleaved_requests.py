"""Requests that arrive while others are worked on have the same effects and answers as one after another."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.clock import WorkspaceClock
from mock_server.state.turn import LoopIteration
from mock_server.state.workspace import Workspace
from tests.asgi_driver import AsgiResponse, Driver
from tests.builders import START_TIME, a_workspace
from tests.example_requests import NEW_PACKAGE, RESULT_PATH, ROWS_PATH, SETTINGS_PATH, package_order, two_partners

Request: TypeAlias = tuple[str, str, object]
ALL_AT_ONCE = 10**9
PURCHASE = {"customer_id": "cus_1", "event_id": "evt_1", "tickets": 2, "revenue": 5} | dict.fromkeys(
    ("fd", "meta", "external"), "campaign"
)


@dataclass(frozen=True)
class Arrival:
    """A request to one of the two workspaces, which arrives some iterations of the event loop after the one before."""

    workspace: int
    request: Request
    iterations: int


@dataclass
class SecondPerReading:
    """A clock on which a second passes each time it is read."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Return the seconds, and let one pass."""
        self.seconds += 1
        return self.seconds


@dataclass
class Server:
    """Two workspaces of one server, and a signed-in client of each."""

    workspaces: list[Workspace] = field(default_factory=list)
    drivers: list[Driver] = field(default_factory=list)

    async def prepare(self, piece_units: Sequence[int]) -> None:
        """Create the workspaces, and set the size of the pieces of their work."""
        default = a_workspace(two_partners())
        application = app.create_app(Settings(), default)
        await Driver(application).request("POST", "/_mock/workspaces", {"name": "other", "mode": "frozen"})
        self.workspaces = [default, application.gateway._workspaces.get("other")]  # type: ignore[attr-defined]
        self.drivers = [Driver(application), Driver(application, "/w/other")]
        for workspace, driver, units in zip(self.workspaces, self.drivers, piece_units, strict=True):
            workspace.turn.piece_units = units
            workspace.clock = WorkspaceClock(START_TIME, "running", monotonic=SecondPerReading())
            await driver.sign_in()
            assert (await driver.request("POST", "/_mock/packages", package_order())).status == 201

    async def observe(self) -> list[Any]:
        """Return the journals and all state of both workspaces."""
        return [
            (await driver.request("GET", target)).json()
            for driver in self.drivers
            for target in ("/_mock/journal?limit=1000", "/_mock/snapshot", "/_mock/points", "/_mock/jobs")
        ]


def _settings(days: int, model: str) -> dict[str, object]:
    return {"backhaul_evaluation_attribution_window": days, "backhaul_evaluation_model": model}


REQUESTS: st.SearchStrategy[Request] = st.one_of(
    st.just(("POST", "/api/v3/package_builder/packages", NEW_PACKAGE)),
    st.builds(
        lambda days, model: ("PUT", f"/api/v3{SETTINGS_PATH}", _settings(days, model)),
        st.integers(1, 90),
        st.sampled_from(["ALL_PURCHASES", "EVENTS_FROM_PACKAGE"]),
    ),
    st.builds(lambda hours: ("POST", "/_mock/clock/advance", {"hours": hours}), st.sampled_from([0, 1, 24, 30 * 24])),
    st.builds(
        lambda day, count: (
            "POST",
            "/_mock/purchases",
            {"purchases": [{**PURCHASE, "at": f"2026-08-{day:02}T09:00:00Z"}] * count},
        ),
        st.integers(1, 31),
        st.integers(1, 5),
    ),
    st.builds(lambda count: ("POST", f"/api/v3{ROWS_PATH}&purchase={count}&revenue=1", None), st.integers(1, 9)),
    st.sampled_from(
        [
            ("POST", "/_mock/clock/next", None),
            ("POST", "/_mock/clock/run-until-idle", None),
            ("PUT", "/_mock/faults", {"rules": [{"effect": {"evaluation": {"extra_seconds": 3}}}]}),
            ("GET", "/api/v3/package_builder/packages/", None),
            ("GET", f"/api/v3{ROWS_PATH}", None),
            ("GET", f"/api/v3{RESULT_PATH}", None),
            ("GET", f"/api/v3{SETTINGS_PATH}", None),
            ("GET", "/_mock/clock", None),
            ("GET", "/_mock/explain/evaluation/pkg_1", None),
            ("GET", "/_mock/explain/event/evt_1", None),
            ("GET", "/_mock/journal", None),
            ("POST", "/_mock/rewind", {"to": "2026-09-01T12:00:30Z"}),
        ]
    ),
)
ARRIVALS = st.lists(st.builds(Arrival, st.integers(0, 1), REQUESTS, st.integers(0, 3)), min_size=2, max_size=14)


def _facts(answer: AsgiResponse) -> tuple[int, str, bytes]:
    return answer.status, answer.request_id, answer.content


async def send_one_after_another(arrivals: Sequence[Arrival]) -> list[Any]:
    """Return the answers of the requests, and what they left."""
    server = Server()
    await server.prepare((ALL_AT_ONCE, ALL_AT_ONCE))
    answers = [await server.drivers[arrival.workspace].request(*arrival.request) for arrival in arrivals]
    return [[_facts(answer) for answer in answers], await server.observe()]


async def send_as_they_arrive(arrivals: Sequence[Arrival], piece_units: Sequence[int]) -> list[Any]:
    """Send each request without waiting for the answers to those before it. Return the same."""
    server, tasks = Server(), []
    await server.prepare(piece_units)
    for arrival in arrivals:
        tasks.append(asyncio.ensure_future(server.drivers[arrival.workspace].request(*arrival.request)))
        for _ in range(arrival.iterations):
            await LoopIteration()
    answers = await asyncio.gather(*tasks)
    assert not any(workspace.turn.busy for workspace in server.workspaces)
    return [[_facts(answer) for answer in answers], await server.observe()]


@settings(max_examples=60, deadline=None, database=None)
@given(ARRIVALS, st.tuples(st.integers(1, 300), st.integers(1, 300)))
def test_the_order_of_arrival_alone_decides_what_requests_do(
    arrivals: Sequence[Arrival], piece_units: tuple[int, int]
) -> None:
    assert asyncio.run(send_as_they_arrive(arrivals, piece_units)) == asyncio.run(send_one_after_another(arrivals))
