"""How workspaces are found, created and deleted, and what errors say; in process and over a socket."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from mock_server.client import (
    AsyncMock,
    ConflictError,
    ExpectationsNotMetError,
    Mock,
    MockError,
    NotFoundError,
    RefusedError,
    UnreachableError,
)
from mock_server.client.json_values import to_json
from mock_server.settings import Settings
from mock_server.state.clock import machine_seconds
from tests.builders import a_workspace
from tests.mock_harness import running_server

START = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running_server(a_workspace(), Settings(control_token="secret")) as origin:
        yield origin


@pytest.fixture(params=["in process", "socket"])
def mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    settings = Settings(control_token="secret")
    if request.param == "in process":
        with Mock.in_process(settings) as mock:
            yield mock
    else:
        with Mock(request.getfixturevalue("origin"), control_token="secret") as mock:
            yield mock


def test_a_workspace_is_created_frozen_and_deleted_at_the_end(mock: Mock) -> None:
    with mock.workspace("ci-1", now=START) as ws:
        assert (ws.clock.now, ws.clock.read()["mode"]) == (START, "frozen")
        assert (ws.platform_url, ws.control_url) == (f"{mock.url}/w/ci-1/api/v3", f"{mock.url}/w/ci-1/_mock")
        assert ws.api.get("/events/").status_code == 200
    with pytest.raises(NotFoundError):
        mock.get_workspace("ci-1")


def test_a_workspace_that_exists_is_used_and_kept(mock: Mock) -> None:
    with mock.workspace("ci-2", seed=7):
        with mock.workspace("ci-2") as ws:
            assert ws.status()["seed"] == 7
        assert mock.get_workspace("ci-2")["name"] == "ci-2"
        with pytest.raises(ConflictError) as conflict:
            mock.workspace("ci-2", seed=8)
    assert (conflict.value.status, conflict.value.field) == (409, "name")


def test_without_a_name_each_workspace_is_new(mock: Mock) -> None:
    with mock.workspace() as one, mock.workspace() as two:
        assert one.name != two.name


def test_a_deleted_workspace_may_be_deleted_at_the_end_of_its_block(mock: Mock) -> None:
    with mock.workspace() as ws:
        ws.delete()
    assert ws.name not in [each["name"] for each in mock.list_workspaces()]


def test_the_default_workspace_is_at_hand(mock: Mock) -> None:
    assert mock.workspace("default") is mock.default
    assert mock.default.platform_url == f"{mock.url}/api/v3"


def test_a_fork_is_independent_and_is_deleted_at_the_end(mock: Mock) -> None:
    with mock.workspace(now=START) as ws:
        with ws.fork() as copy:
            copy.clock.advance(days=1)
        assert ws.clock.now == START
        assert copy.name not in [each["name"] for each in mock.list_workspaces()]


def test_a_refused_request_names_the_field_and_the_server_s_advice(mock: Mock) -> None:
    with pytest.raises(RefusedError) as refused, mock.workspace() as ws:
        ws.faults.add(operation="getEvaluations", status=503)
    assert (refused.value.status, refused.value.field) == (400, "match.operation")
    assert str(refused.value.hint).endswith("did you mean getEvaluation?")
    assert refused.value.body["message"] == "error.request.invalid"
    assert str(refused.value).startswith("addFault answered 400: error.request.invalid: there is no operation")


WRONG_CALLS: dict[str, Callable[[Any], object]] = {
    "status": lambda ws: ws.faults.add(operation="getEvaluation", stauts=503),
    "days": lambda ws: ws.clock.advance(day=1),
    "limit": lambda ws: ws.journal.read(limt=1),
    "city": lambda ws: ws.add_event(cty="Hamburg"),
    "in_order": lambda ws: ws.journal.verify("signIn", inorder=True),
}
"""Calls with a wrong name of an argument, by the name that is meant."""


def test_an_unknown_argument_is_refused_with_the_name_that_is_meant() -> None:
    with Mock.in_process() as mock:
        for meant, call in WRONG_CALLS.items():
            with pytest.raises(TypeError, match=f"has no argument .*; did you mean {meant}\\?"):
                call(mock.default)
        with pytest.raises(TypeError, match=r"workspace\(\) has no argument sed; did you mean seed\?"):
            mock.workspace(sed=7)  # type: ignore[call-arg]  # what is refused


@pytest.mark.parametrize("duration", ["a day", "", "1.5d"])
def test_a_duration_that_is_none_is_refused(duration: str) -> None:
    with Mock.in_process() as mock, pytest.raises(ValueError, match="not a duration such as 14d, 90s or 1h30m"):
        mock.default.clock.advance(duration)


def test_a_duration_of_another_type_is_refused() -> None:
    with Mock.in_process() as mock, pytest.raises(TypeError, match="a duration is"):
        mock.default.clock.advance(1)  # type: ignore[arg-type]  # what is refused


def test_an_expectation_that_is_not_met_is_a_failed_assertion_with_the_nearest_request(mock: Mock) -> None:
    with mock.workspace(now=START) as ws:
        ws.api.get("/events/evt_other")
        with pytest.raises(AssertionError, match=r'path\.eid is "evt_other"') as failed:
            ws.journal.verify({"operation": "getEvent", "path": {"eid": "evt_abc123"}})
        assert isinstance(failed.value, ExpectationsNotMetError)
        assert failed.value.result["verified"] is False
        assert ws.journal.verify("listEvents", check=False)["verified"] is False


def test_an_async_view_of_a_workspace_sees_the_same_state(mock: Mock) -> None:
    async def move() -> int:
        async with ws.as_async() as same:
            await same.clock.advance(days=1)
            return (await same.api.get("/events/")).status_code

    with mock.workspace(now=START) as ws:
        assert asyncio.run(move()) == 200
        assert ws.clock.now == datetime(2026, 9, 2, 12, tzinfo=UTC)
        assert mock.get_workspace(ws.name)["name"] == ws.name


def test_events_are_followed_as_they_happen(origin: str) -> None:
    with Mock(origin, control_token="secret") as mock, mock.workspace(now=START) as ws:
        events = ws.events.follow()
        assert next(events).data["mode"] == "frozen"
        ws.clock.advance(days=1)
        moved = next(event for event in events if event.kind == "clock")
        assert moved.data["now"] == "2026-09-02T12:00:00Z"
        events.close()
        resumed = ws.events.follow(after=moved.id)
        assert next(resumed).kind == "clock"
        resumed.close()
        ws.delete()
        with pytest.raises(NotFoundError):
            next(ws.events.follow())


def test_events_are_followed_by_a_coroutine(origin: str) -> None:
    async def follow() -> str:
        async with AsyncMock(origin, control_token="secret") as mock, mock.workspace(now=START) as ws:
            events = ws.events.follow()
            await anext(events)
            await ws.clock.advance(days=1)
            async for event in events:
                if event.kind == "clock":
                    break
            await events.aclose()
            return str(event.data["now"])

    assert asyncio.run(follow()) == "2026-09-02T12:00:00Z"


def test_events_cannot_be_followed_without_a_socket() -> None:
    with Mock.in_process() as mock, pytest.raises(MockError, match=r"use events\.read"):
        next(mock.default.events.follow())


def test_a_workspace_is_awaited_or_entered(origin: str) -> None:
    async def run() -> list[str]:
        async with AsyncMock(origin, control_token="secret") as mock:
            kept = await mock.workspace("kept")
            async with mock.workspace("kept") as same, mock.workspace("entered") as entered:
                names = [same.name, entered.name]
            assert (await kept.info())["name"] == "kept"
            await kept.delete()
            with pytest.raises(ConflictError):
                await asyncio.gather(*(mock.workspace("twice", seed=1) for _ in range(2)))
            await mock.delete_workspace("twice")
            return names

    assert asyncio.run(run()) == ["kept", "entered"]


def test_a_missing_control_token_is_refused_with_its_header(origin: str) -> None:
    with Mock(origin) as mock, pytest.raises(RefusedError) as refused:
        mock.list_workspaces()
    assert (refused.value.status, refused.value.field) == (403, "X-Mock-Control-Token")


def test_a_fault_that_closes_the_connection_has_the_same_error_everywhere(mock: Mock) -> None:
    with mock.workspace() as ws:
        ws.api.get("/events/")
        ws.faults.add(reset=True)
        with pytest.raises(httpx2.TransportError):
            ws.api.get("/events/")


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with Mock(url) as mock, pytest.raises(UnreachableError, match=url):
            mock.health()


@pytest.mark.parametrize("ending", ["", "/", "/api/v3", "/_mock", "/w/ci-1/api/v3", "/w/ci-1"])
def test_any_address_of_a_server_names_it(ending: str) -> None:
    with Mock(f"http://127.0.0.1:8080{ending}") as mock:
        assert mock.url == "http://127.0.0.1:8080"


def test_an_address_that_is_not_http_is_refused() -> None:
    with pytest.raises(MockError, match="not an HTTP URL"):
        Mock("127.0.0.1:8080")


def test_arguments_become_json() -> None:
    assert to_json({"at": START, "day": START.date(), "amount": [Decimal("1.5"), Decimal(2)]}) == {
        "at": "2026-09-01T12:00:00+00:00",
        "day": "2026-09-01",
        "amount": [1.5, 2],
    }
    with pytest.raises(ValueError, match="needs an offset"):
        to_json(datetime(2026, 9, 1))  # noqa: DTZ001 - what is refused


def test_a_workspace_in_this_process_outlives_a_jump_of_the_patched_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with Mock.in_process() as mock, mock.workspace(ttl_seconds=1) as ws:
        later = machine_seconds() + 3_600
        patched = SimpleNamespace(**vars(time) | {"monotonic": lambda: later})
        monkeypatch.setattr("mock_server.state.clock.time", patched)  # the event loops keep the real time
        assert ws.status()["workspace"] == ws.name


def test_a_server_in_a_process_of_its_own_takes_flags_and_ends_with_its_client() -> None:
    with Mock.start("--now", "2026-09-01T12:00:00Z", "--clock", "frozen") as mock:
        assert mock.default.clock.now == START
    with pytest.raises(UnreachableError):
        Mock(mock.url).health()


def test_serving_does_not_import_the_client() -> None:
    program = "import sys; from mock_server import server; from mock_server.cli import main; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert {"httpx2", "mock_server.client", "pytest"} & set(imported.split()) == set()


def test_representations_show_no_secrets() -> None:
    with Mock("http://127.0.0.1:8080", control_token="secret-token", password="secret-password") as mock:
        assert "secret" not in repr(mock._place)
        assert "secret" not in repr(vars(mock.default))
