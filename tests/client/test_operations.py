"""The client has a method for each operation of the control API and for each that signs in, blocking and awaited.

For a new operation, add a method to a module of mock_server/client/, and a call of it to this file.
"""

import asyncio
import inspect
from datetime import timedelta
from typing import Any

import pytest

from mock_server.client import auth, behaviour, clock, events, explain, faults, journal, mock, reports, workspace
from mock_server.client.operation import Operation, Reading
from tests.client.recording import START, async_mock, blocking_mock, documented_operations, settle
from tests.control.example_session import REPORT

MODULES = (auth, behaviour, clock, events, explain, faults, journal, mock, reports, workspace)
WITHOUT_A_DECLARATION = {"createWorkspace", "forkWorkspace"}
"""These return a workspace, which is another class for each client."""
PURCHASE: Any = {
    "customer_id": "cus_1",
    "event_id": "evt_p7q2rw",
    "at": START - timedelta(hours=1),
    "tickets": 2,
    "revenue": 79.8,
    "fd": "campaign",
    "meta": "organic",
    "external": "organic",
}


async def call_each_operation(server: Any) -> None:
    """Call each operation once, and look at what it returns."""
    ws = await settle(server.workspace("ci-1", now=START, seed=7))
    await call_clock(ws)
    await call_state(ws)
    await call_explanations(ws)
    await call_sign_in(ws)
    await call_faults_and_journal(ws)
    await call_server(server, ws)


async def call_clock(ws: Any) -> None:
    assert await settle(ws.clock.now) == START
    assert (await settle(ws.clock.set(now=START + timedelta(minutes=1))))["mode"] == "frozen"
    assert (await settle(ws.clock.advance(days=1)))["fired"][0]["kind"] == "attribution_run"
    assert (await settle(ws.clock.advance(timedelta(hours=2), seconds=1)))["now"] == "2026-09-02T14:01:01Z"
    assert (await settle(ws.clock.advance("1w2d", minutes=1)))["now"] == "2026-09-11T14:02:01Z"
    assert (await settle(ws.clock.next()))["fired"]
    assert (await settle(ws.clock.run_until_idle("6h")))["idle"] is True
    assert (await settle(ws.clock.run(speed=2)))["speed"] == 2
    assert (await settle(ws.clock.freeze()))["mode"] == "frozen"
    assert (await settle(ws.clock.read()))["mode"] == "frozen"


async def call_state(ws: Any) -> None:
    assert (await settle(ws.status()))["workspace"] == "ci-1"
    assert await settle(ws.jobs())
    assert (await settle(ws.users()))[0]["username"] == "partner@acme.example"
    assert {each["partner_id"] for each in await settle(ws.packages("partner-id-beta"))} == {"partner-id-beta"}
    assert (await settle(ws.quirks.replace(numeric_client_id=True)))["numeric_client_id"] is True
    assert (await settle(ws.quirks.read()))["numeric_client_id"] is True
    assert (await settle(ws.documentation.follow("newer")))["documentation"] == "newer"
    assert (await settle(ws.documentation.read()))["documentation"] == "newer"
    saved = await settle(ws.snapshot())
    assert (await settle(ws.restore(saved)))["workspace"] == "ci-1"
    assert (await settle(ws.reset(now=START, mode="frozen")))["clock"]["now"] == "2026-09-01T12:00:00Z"
    await settle(ws.clock.advance(hours=1))
    assert (await settle(ws.rewind(START)))["now"] == "2026-09-01T12:00:00Z"
    assert (await settle(ws.checkpoints()))["checkpoints"]
    kept = await settle(ws.keep("before a reset"))
    assert await settle(ws.named_checkpoints()) == [kept]
    assert (await settle(ws.return_to(kept["id"])))["clock"]["now"] == kept["at"]


async def call_explanations(ws: Any) -> None:
    assert await settle(ws.add_purchases(PURCHASE, PURCHASE)) == {"added": 2}
    added = await settle(
        ws.add_package(
            partner_id="partner-id-acme",
            id="pkg_a/b",
            title="By hand",
            event_ids=["evt_p7q2rw"],
            clusters=[{"tc": "Jazz", "customers": ["cus_1"]}],
        )
    )
    assert added["id"] == "pkg_a/b"
    event = await settle(ws.add_event(partner_id="partner-id-acme", title="Night", start_date_time=START))
    assert event["title"] == "Night"
    assert (await settle(ws.explain.package("pkg_a/b")))["kind"] == "package"
    assert (await settle(ws.explain.evaluation("pkg_555", limit=2)))["kind"] == "evaluation"
    assert (await settle(ws.explain.event("evt_p7q2rw", purchases=1)))["kind"] == "event"
    assert (await settle(ws.explain.daily("evt_p7q2rw", START.date())))["date"] == "2026-09-01"


async def call_sign_in(ws: Any) -> None:
    tokens = await settle(ws.auth.sign_in("partner@acme.example"))
    assert "AccessToken" in await settle(ws.auth.refresh(tokens["RefreshToken"]))
    challenge = await settle(ws.auth.sign_in("mfa@acme.example"))
    assert "AccessToken" in await settle(ws.auth.answer_mfa(challenge["Session"], "123456"))
    challenge = await settle(ws.auth.sign_in("new@acme.example"))
    assert "AccessToken" in await settle(ws.auth.answer_new_password(challenge["Session"], "another one"))


async def call_faults_and_journal(ws: Any) -> None:
    rule = await settle(ws.faults.add(operation="getEvent", nth=2, status=503, times=1))
    assert (rule["match"], rule["effect"]) == ({"operation": "getEvent", "nth": [2]}, {"status": 503})
    assert await settle(ws.faults.remove(rule["id"])) is None
    assert len((await settle(ws.faults.replace([{"effect": {"status": 500}}], seed=3)))["rules"]) == 1
    assert (await settle(ws.faults.read()))["seed"] == 3
    assert await settle(ws.faults.clear()) is None
    assert (await settle(ws.journal.read(operation="refreshToken", limit=5)))[0]["operation"] == "refreshToken"
    assert "log" in await settle(ws.journal.har(limit=1))
    verified = await settle(ws.journal.verify("signIn", {"operation": "refreshToken", "count": 1}, in_order=True))
    assert verified["verified"] is True
    assert (await settle(ws.journal.client_checks()))["checked"] > 0
    assert await settle(ws.journal.clear()) is None
    first = await settle(ws.events.read())
    assert [event.kind for event in first] == ["clock"]
    await settle(ws.auth.sign_in("partner@acme.example"))
    following = await settle(ws.events.read(after=first[-1].id))
    assert [(event.kind, event.data.get("operation")) for event in following] == [
        ("request", "signIn"),
        ("clock", None),
    ]


async def call_server(server: Any, ws: Any) -> None:
    assert (await settle(server.health(ready=True)))["status"] == "ready"
    assert (await settle(server.info()))["state"] == "memory"
    copy = await settle(ws.fork("copy", ttl_seconds=60))
    assert (await settle(copy.info()))["ttl_seconds"] == 60
    assert [each["name"] for each in await settle(server.list_workspaces())] == ["default", "ci-1", "copy"]
    assert (await settle(server.get_workspace("copy")))["control_path"] == "/w/copy/_mock"
    assert await settle(server.delete_workspace("copy")) is None
    assert [each["id"] for each in await settle(server.gotchas("stale poll"))] == ["G-02"]
    summary = await settle(server.reports.add(REPORT))
    assert await settle(server.reports.read()) == [summary]
    assert await settle(server.reports.get(summary["id"])) == REPORT
    assert await settle(server.reports.remove(summary["id"])) is None
    assert (await settle(server.create_trap("G-02", "trap")))["workspace"] == "trap"


@pytest.mark.parametrize("build", [blocking_mock, async_mock])
def test_each_operation_can_be_called(build: Any) -> None:
    async def run() -> None:
        await call_each_operation(server)
        await settle(server.close())

    server, transport = build()
    asyncio.run(run())
    called = {
        name
        for name, (method, path) in documented_operations().items()
        for sent_method, sent_path, _ in transport.sent
        if method == sent_method and path.fullmatch(sent_path)
    }
    assert documented_operations().keys() - called == set()
    assert [each for each in transport.sent if each[2] >= 400] == []


def test_each_method_names_the_operation_that_it_calls() -> None:
    declared = {each.operation_id for each in find_operations()}
    assert declared | WITHOUT_A_DECLARATION == documented_operations().keys()


def test_each_method_is_described() -> None:
    assert [each.operation_id for each in find_operations() if not each.__doc__] == []
    assert inspect.getdoc(clock.ClockOperations.advance)


def find_operations() -> list[Operation[..., Any] | Reading[Any]]:
    groups = {value for module in MODULES for value in vars(module).values() if isinstance(value, type)}
    members = (member for group in groups for member in vars(group).values())
    return [member for member in members if isinstance(member, Operation | Reading)]
