"""Sales of an event are changed for good only if the user has named the event, and only of an allowed partner."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.dsl.disposable_events import pick_disposable_events
from contracts.dsl.steps import summary_body
from contracts.dsl.valid_requests import SHEET_CSV, TICKETS_CSV
from contracts.safety import plan
from contracts.spec.verdicts import BlockedError, NotApplicableError
from contracts.target.deployment import Deployment
from contracts.target.forms import FormFile
from mock_server.state.workspace import Workspace
from tests.builders import ACME
from tests.contracts.safety import guarded_run
from tests.contracts.safety.guarded_run import GuardedRun
from tests.mock_harness import running_server

MakeRun = Callable[..., GuardedRun]
Write = Callable[[Deployment, str], int]
CHANGED = ("sales of evt_1: changed for good, as --disposable-event allows",)


@pytest.fixture
def workspace() -> Workspace:
    return guarded_run.a_target_workspace()


@pytest.fixture
def make_run(workspace: Workspace, tmp_path: Path) -> Iterator[MakeRun]:
    """Return a function that creates runs with one disposable event."""
    with running_server(workspace) as origin:
        runs: list[GuardedRun] = []

        def make(**changes: Any) -> GuardedRun:
            target = guarded_run.a_target(origin, **{"disposable_events": ("evt_1",), **changes})
            runs.append(GuardedRun(target, tmp_path))
            return runs[-1]

        yield make
        for run in runs:
            run.close()


def _send_summary(deployment: Deployment, event_id: str) -> int:
    return deployment.partner.call("ingestTransactionSummary", body=summary_body(event_id)).status_code


def _upload_sheet(deployment: Deployment, event_id: str) -> int:
    query = {"event_id": event_id}
    return deployment.partner.call("uploadSalesEdit", query=query, body=FormFile(SHEET_CSV)).status_code


def _import_file(deployment: Deployment, event_id: str) -> int:
    file = FormFile(TICKETS_CSV)
    return deployment.partner.call("ingestTransactionSummaryFromExcel", query={"eid": event_id}, body=file).status_code


def _clear(deployment: Deployment, event_id: str) -> int:
    return deployment.partner.call("clearSales", query={"event_id": event_id}).status_code


WRITES = {"summary": _send_summary, "sheet": _upload_sheet, "file": _import_file, "clearing": _clear}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_sales_of_a_disposable_event_are_changed(make_run: MakeRun, write: Write) -> None:
    run = make_run()
    assert write(run.deployment, "evt_1") in (200, 204)
    assert len(run.ledger_lines()) == 3
    report = run.guard.undo()
    assert (report.permanent, report.failed) == (CHANGED, ())


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("event_id", ["evt_2", "evt_beta"])
def test_sales_of_other_events_are_not_changed(make_run: MakeRun, write: Write, event_id: str) -> None:
    run = make_run()
    with pytest.raises(NotApplicableError, match=f"--disposable-event {event_id}"):
        write(run.deployment, event_id)
    assert run.ledger_lines() == []


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_the_event_must_be_one_of_an_allowed_partner(make_run: MakeRun, write: Write) -> None:
    run = make_run(allow_writes=(ACME,), disposable_events=("evt_beta",))
    with pytest.raises(NotApplicableError, match="would write to partner-id-beta; allowed: partner-id-acme"):
        write(run.deployment, "evt_beta")
    with pytest.raises(NotApplicableError, match="--allow-writes"):
        write(make_run(allow_writes=()).deployment, "evt_1")


@pytest.mark.parametrize(
    "query", ["", "event_id=", "eid=evt_1", "event_id=evt_1&event_id=evt_2", "event_id=evt_1&eid=x"]
)
def test_a_clearing_must_name_its_one_event(make_run: MakeRun, query: str) -> None:
    run = make_run()
    with pytest.raises(NotApplicableError, match="does not name the one event"):
        run.deployment.partner.send("DELETE", "/daily_revenue_summary/", query=query)
    assert run.ledger_lines() == []


def test_writes_to_disposable_events_count_against_the_budget(make_run: MakeRun) -> None:
    run = make_run(writes=1)
    _clear(run.deployment, "evt_1")
    with pytest.raises(BlockedError, match="1 writes"):
        _clear(run.deployment, "evt_1")


def test_the_plan_names_what_stays(make_run: MakeRun) -> None:
    session = make_run().target_session
    text = "\n".join(plan._format_writes(session, {"clearSales": ["revenue_clearing::a_contract"]}))
    assert "clearSales: of existing events, only those of --disposable-event: cleared sales cannot be restored" in text
    assert "STAYS: the sales of evt_1 are changed for good (--disposable-event)" in text
    assert "STAYS: the sales" not in "\n".join(plan._format_writes(session, {"createCampaignResult": ["a::b"]}))


def test_a_contract_gets_as_many_events_as_it_needs(make_run: MakeRun) -> None:
    deployment = make_run(disposable_events=("evt_1", "evt_2", "evt_none")).deployment
    assert pick_disposable_events(deployment) == ["evt_1"]
    assert pick_disposable_events(deployment, 2) == ["evt_1", "evt_2"]
    with pytest.raises(BlockedError, match="--disposable-event evt_none: the partner has no such event"):
        pick_disposable_events(deployment, 3)
    with pytest.raises(NotApplicableError, match=r"needs 4 events .* --disposable-event EVENT"):
        pick_disposable_events(deployment, 4)
    with pytest.raises(NotApplicableError, match=r"needs an event .* --disposable-event EVENT"):
        pick_disposable_events(make_run(disposable_events=()).deployment)
