"""The guard allows only writes that are permitted and can be undone."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contracts.dsl import steps
from contracts.dsl.valid_requests import SHEET_CSV, TICKETS_CSV
from contracts.safety import call_scope, disposable_events, guard, ledger, new_passwords, plan, session
from contracts.safety.guard import Guard
from contracts.safety.rate_limiter import RateLimiter
from contracts.safety.undo import UndoReport
from contracts.spec.markers import EVERY_WRITE, REFUSED_CALLS
from contracts.spec.verdicts import BlockedError, NotApplicableError
from contracts.target.deployment import Deployment
from contracts.target.forms import FormFile
from mock_server.state.workspace import Workspace
from tests.builders import ACME, BETA, a_package
from tests.contracts.safety import guarded_run
from tests.contracts.safety.guarded_run import OTHERS_PACKAGE, OTHERS_ROW, PASSWORD, GuardedRun
from tests.mock_harness import running_server

META_MODEL = {"model": "META"}
MakeRun = Callable[..., GuardedRun]


@pytest.fixture
def workspace() -> Workspace:
    return guarded_run.a_target_workspace()


@pytest.fixture
def make_run(workspace: Workspace, tmp_path: Path) -> Iterator[MakeRun]:
    """Return a function that creates runs; all of them are undone at the end."""
    runs: list[GuardedRun] = []
    state_before = guarded_run.read_state(workspace)
    with running_server(workspace) as origin:

        def make(transport: httpx2.BaseTransport | None = None, **changes: Any) -> GuardedRun:
            target = guarded_run.a_target(origin, **{"run_id": f"ab12cd3{len(runs)}", **changes})
            runs.append(GuardedRun(target, tmp_path, transport=transport))
            return runs[-1]

        yield make
        for run in reversed(runs):
            assert run.guard.undo().failed == ()
            run.close()
    assert guarded_run.read_state(workspace) == state_before


def test_nothing_is_written_without_permission_on_loopback_either(make_run: MakeRun) -> None:
    run = make_run(allow_writes=())
    with pytest.raises(NotApplicableError, match="--allow-writes"):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META_MODEL)
    assert run.ledger_lines() == []
    assert run.deployment.partner.call("getEventAttributionModel", {"eid": "evt_1"}).json() == {"model": "FD"}


def test_the_allowed_partner_is_written_to(make_run: MakeRun) -> None:
    run = make_run(allow_writes=(ACME,))
    answer = run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META_MODEL)
    assert answer.status_code == 200


def _set_other_partners_model(deployment: Deployment) -> None:
    deployment.second_partner.call("setEventAttributionModel", {"eid": "evt_beta"}, body=META_MODEL)


def _set_model_out_of_scope(deployment: Deployment) -> None:
    deployment.partner.call("setEventAttributionModel", {"eid": "evt_beta"}, body=META_MODEL)


def _join_other_partners_series(deployment: Deployment) -> None:
    deployment.partner.call("replaceEventSeries", {"eid": "evt_1"}, {"event_series": ["evt_beta"]})


def _set_other_partners_defaults(deployment: Deployment) -> None:
    deployment.partner.call("setBackhaulDefaults", {"partner_id": BETA}, body=steps.settings_body())


def _write_without_token(deployment: Deployment) -> None:
    deployment.anonymous.call("setAttributionModelDefault", query={"model": "META"})


def _send_undocumented_call(deployment: Deployment) -> None:
    deployment.partner.send("PATCH", "/events/evt_1")


def _send_summary(deployment: Deployment) -> None:
    deployment.partner.call("ingestTransactionSummary", body=steps.summary_body("evt_1"))


def _upload_sheet(deployment: Deployment) -> None:
    deployment.partner.call("uploadSalesEdit", query={"event_id": "evt_1"}, body=FormFile(SHEET_CSV))


def _import_file(deployment: Deployment) -> None:
    deployment.partner.call("ingestTransactionSummaryFromExcel", query={"eid": "evt_1"}, body=FormFile(TICKETS_CSV))


def _send_other_partners_summary(deployment: Deployment) -> None:
    deployment.partner.call("ingestTransactionSummary", body=steps.summary_body("evt_beta"))


@pytest.mark.parametrize("write", [_send_summary, _upload_sheet, _import_file, _send_other_partners_summary])
def test_nothing_is_imported_for_an_existing_event(make_run: MakeRun, write: Callable[[Deployment], None]) -> None:
    run = make_run()
    with pytest.raises(NotApplicableError, match="could not be removed again"):
        write(run.deployment)
    assert run.ledger_lines() == []


def test_a_summary_of_a_missing_event_may_be_sent(make_run: MakeRun) -> None:
    partner = make_run().deployment.partner
    assert partner.call("ingestTransactionSummary", body=steps.summary_body("none")).status_code == 404
    assert partner.call("uploadSalesEdit", query={"event_id": "none"}, body=FormFile(SHEET_CSV)).status_code == 404
    file = FormFile(TICKETS_CSV)
    assert partner.call("ingestTransactionSummaryFromExcel", query={"eid": "none"}, body=file).status_code == 404
    assert partner.call("ingestTransactionSummary", body={"eid": 7}).status_code == 400
    assert partner.call("ingestTransactionSummary", body=steps.summary_body("\ud800")).status_code == 400


@pytest.mark.parametrize(
    "write",
    [
        _set_other_partners_model,
        _set_model_out_of_scope,
        _join_other_partners_series,
        _set_other_partners_defaults,
        _write_without_token,
        _send_undocumented_call,
    ],
)
def test_other_partners_are_not_written_to(make_run: MakeRun, write: Callable[[Deployment], None]) -> None:
    run = make_run(allow_writes=(ACME,))
    with pytest.raises(NotApplicableError):
        write(run.deployment)
    assert run.ledger_lines() == []


def test_a_call_without_a_partner_header_writes_as_its_tokens_partner(make_run: MakeRun) -> None:
    run = make_run(allow_writes=(ACME,))
    alone = run.deployment.partner.with_headers(x_preferred_partner_id=None)
    assert alone.call("setEventAttributionModel", {"eid": "evt_1"}, body=META_MODEL).status_code == 200


@pytest.mark.parametrize("path", ["/daily_revenue_summary/", "/daily_revenue_summary", "/daily%5Frevenue_summary/"])
def test_sales_are_never_cleared(make_run: MakeRun, path: str) -> None:
    run = make_run()
    with pytest.raises(NotApplicableError, match="destroy"):
        run.deployment.partner.send("DELETE", path, query="event_id=evt_1")
    assert run.ledger_lines() == []


@pytest.mark.parametrize("query", ["id=cr_others", "", "id=", "id=cr_others&id=x", "id=cr_nobody"])
def test_a_row_that_the_run_did_not_make_is_never_deleted(make_run: MakeRun, workspace: Workspace, query: str) -> None:
    with pytest.raises(NotApplicableError, match="did not make"):
        make_run().deployment.partner.send("DELETE", "/campaign_results/", query=query)
    assert workspace.store.results.get(OTHERS_ROW) is not None


def test_the_runs_own_rows_and_missing_ones_may_be_deleted(make_run: MakeRun) -> None:
    run = make_run()
    row = guarded_run.a_row(run.deployment)
    statuses = [
        run.deployment.partner.call("deleteCampaignResult", query={"id": each}).status_code
        for each in (row["id"], row["id"], f"cr_{run.target.run_id}")
    ]
    assert statuses == [204, 404, 404]


def test_other_peoples_packages_are_not_regenerated(make_run: MakeRun) -> None:
    run = make_run()
    partner = run.deployment.partner
    with pytest.raises(NotApplicableError, match=f"regenerate {OTHERS_PACKAGE}, which this run did not make"):
        partner.call("regeneratePackage", {"package_id": OTHERS_PACKAGE})
    assert run.ledger_lines() == []
    order = steps.package_order(["evt_1"], package_title=run.deployment.title("again"))
    own = steps.create_package(partner, order)["id"]
    statuses = [partner.call("regeneratePackage", {"package_id": each}).status_code for each in (own, "pkg_nobodys")]
    assert statuses == [409, 404]


def test_settings_of_other_peoples_packages_are_not_saved(make_run: MakeRun) -> None:
    run = make_run(allow_settings=())
    with pytest.raises(NotApplicableError, match=f"--allow-settings {OTHERS_PACKAGE}"):
        run.deployment.partner.call(
            "replaceEvaluationSettings", {"package_id": OTHERS_PACKAGE}, body=steps.settings_body()
        )
    with pytest.raises(NotApplicableError, match="did not make"):
        run.deployment.second_partner.call(
            "replaceEvaluationSettings", {"package_id": OTHERS_PACKAGE}, body=steps.settings_body()
        )
    missing = {"package_id": "pkg_nobodys"}
    answer = run.deployment.partner.call("replaceEvaluationSettings", missing, body=steps.settings_body())
    assert answer.status_code == 404


def test_settings_of_the_runs_own_packages_are_saved(make_run: MakeRun) -> None:
    run = make_run(allow_settings=())
    made = steps.package_order(["evt_1"], package_title=run.deployment.title("own"))
    package_id = run.deployment.partner.call("createPackage", body=made).json()["id"]
    own = {"package_id": package_id}
    answer = run.deployment.partner.call("replaceEvaluationSettings", own, body=steps.settings_body())
    assert answer.status_code == 409


def test_other_peoples_packages_are_not_merged(make_run: MakeRun, workspace: Workspace) -> None:
    workspace.store.packages.put(a_package(id="pkg_second", number=2))
    run = make_run()
    with pytest.raises(NotApplicableError, match="merge"):
        run.deployment.partner.call("mergePackages", query={"packages_ids": [OTHERS_PACKAGE, "pkg_second"]})
    missing = {"packages_ids": ["pkg_nobodys", "pkg_nobodys_either"]}
    assert run.deployment.partner.call("mergePackages", query=missing).status_code == 404


def test_a_new_package_needs_the_run_id_in_its_title(make_run: MakeRun) -> None:
    run = make_run()
    with pytest.raises(NotApplicableError, match="title"):
        run.deployment.partner.call("createPackage", body=steps.package_order(["evt_1"]))
    refused = steps.package_order(["evt_1"], num_packages=0)
    assert run.deployment.partner.call("createPackage", body=refused).status_code == 400
    torn = json.dumps(steps.package_order(["evt_1"], package_title="\ud800")).encode()
    kind = {"content-type": "application/json"}
    assert (
        run.deployment.partner.send("POST", "/package_builder/packages", headers=kind, content=torn).status_code == 400
    )


def test_accepted_writes_stay_within_the_budget(make_run: MakeRun) -> None:
    run = make_run(writes=2)
    for _ in range(3):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "nonsense"})
    for _ in range(2):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META_MODEL)
    with pytest.raises(BlockedError, match="2 writes"):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META_MODEL)


def test_packages_stay_within_the_budget_whatever_the_answers_look_like(
    make_run: MakeRun, workspace: Workspace
) -> None:
    class Terse(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = super().handle_request(request)
            is_order = request.method == "POST" and request.url.path.endswith("/packages") and answer.status_code == 201
            return httpx2.Response(200, json={"ok": True}) if is_order else answer

    run = make_run(transport=Terse(verify=False), packages=2)
    order = steps.package_order(["evt_1"], package_title=run.deployment.title("a package"))
    for body in (order, steps.package_order(["evt_1"], num_packages=0), order):
        with suppress(AssertionError):
            run.deployment.partner.call("createPackage", body=body)
    with pytest.raises(BlockedError, match="2 packages"):
        run.deployment.partner.call("createPackage", body=order)
    assert len(guarded_run.new_titles(workspace)) == 2


def test_requests_stay_within_the_budget_and_undoing_does_not_count(make_run: MakeRun) -> None:
    run = make_run(requests=4)
    run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META_MODEL)
    partner = run.deployment.partner
    run.deployment.partner.call("listEvents")
    with pytest.raises(BlockedError, match="4 requests"):
        partner.call("listEvents")


def test_a_write_is_in_the_ledger_before_it_is_sent(make_run: MakeRun) -> None:
    ledger_states: list[list[str]] = []

    class Looking(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.method == "PUT":
                ledger_states.append(run.ledger_lines())
            return super().handle_request(request)

    run = make_run(transport=Looking(verify=False))
    run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META_MODEL)
    ((_, line),) = ledger_states
    assert json.loads(line)["undo"]["original"] == {"model": "FD"}


def test_a_write_without_an_answer_is_undone(make_run: MakeRun, workspace: Workspace) -> None:
    class Deaf(httpx2.HTTPTransport):
        ears = False

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = super().handle_request(request)
            if request.url.path.endswith("/campaign_results/") and request.method == "POST" and not self.ears:
                answer.read()
                raise httpx2.ReadError("the connection broke")
            return answer

    line = Deaf(verify=False)
    run = make_run(transport=line)
    with pytest.raises(httpx2.ReadError):
        guarded_run.a_row(run.deployment, revenue=steps.unique_revenue(run.deployment))
    line.ears = True
    assert len(workspace.store.results) == 2
    run.guard.undo()
    assert [row.id for row in workspace.store.results] == [OTHERS_ROW]


def test_state_that_cannot_be_read_is_not_written(make_run: MakeRun) -> None:
    class Failing(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            failing = request.method == "GET" and request.url.path.endswith("/attribution_model")
            return httpx2.Response(500) if failing else super().handle_request(request)

    run = make_run(transport=Failing(verify=False))
    with pytest.raises(BlockedError, match="answered 500"):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META_MODEL)


def test_the_ledger_holds_no_secret(make_run: MakeRun) -> None:
    run = make_run()
    guarded_run.write_to_everything(run.deployment)
    text = "\n".join(run.ledger_lines())
    token = run.deployment.partner.headers["authorization"].removeprefix("Bearer ")
    assert f'"{PASSWORD}"' not in text
    assert token not in text
    assert "eyJ" not in text
    assert "Bearer" not in text


def test_each_operation_that_writes_is_guarded_and_planned() -> None:
    writing = {
        operation.id
        for operation in guarded_run.load_promises().operations.values()
        if operation.method not in call_scope.SAFE_METHODS and not operation.path.startswith(call_scope.SIGN_IN)
    }
    others = {"clearSales", "deleteCampaignResult", "regeneratePackage", *disposable_events.IMPORT_OPERATIONS}
    assert writing == {*guard.UNDO_PREPARATIONS, *others}
    assert writing == set(EVERY_WRITE) - {REFUSED_CALLS}
    assert writing == set(plan.UNDO_BY_WRITE) - {REFUSED_CALLS, new_passwords.OPERATION}


def test_the_rate_limits_are_kept_unless_they_are_turned_off(make_run: MakeRun) -> None:
    pauses: list[float] = []
    for unpaced in (True, False):
        run = make_run()
        limiter = RateLimiter(unlimited=unpaced, seconds=lambda: 0.0, pause=pauses.append)
        run.target_session.gate = Guard(run.target_session, run.guard._ledger, limiter)
        with run.target_session.deployment() as deployment:
            for _ in range(11 - len(run.target.users)):
                deployment.sign_in("partner")
    assert pauses == [61.0]


@pytest.mark.parametrize("unpaced", [True, False])
def test_a_run_and_its_cleanup_are_paced_as_the_options_say(unpaced: bool, tmp_path: Path) -> None:
    target = guarded_run.a_target("http://127.0.0.1", unpaced=unpaced)
    run_ledger = ledger.create_for(target, tmp_path)
    run_ledger.record_write("createPackage", "POST /", {})
    run_ledger.close()
    contents = ledger.read_contents(run_ledger.file)
    assert contents is not None
    assert contents.header["unpaced"] is unpaced


def test_the_plan_says_that_nothing_is_written_without_permission(make_run: MakeRun) -> None:
    assert "Nothing is written" in "\n".join(plan.format_plan(make_run(allow_writes=()).target_session, []))
    assert "At most 300 writes to partner-id-acme" in "\n".join(
        plan.format_plan(make_run(allow_writes=(ACME,)).target_session, [])
    )


def test_a_write_that_was_not_undone_is_reported_with_the_command_to_try() -> None:
    text = session.format_undo_report(
        UndoReport(permanent=("package pkg_1",), failed=("rows of evt_1: no answer",)), "r1"
    )
    assert text == ("not undone; try `contracts cleanup --run r1`: rows of evt_1: no answer", "package pkg_1")
