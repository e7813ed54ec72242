"""The guard lets a run write only what it may, and what can be undone."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.dsl import steps
from contracts.dsl.valid_requests import A_SHEET
from contracts.safety import call_scope, guard, plan, session
from contracts.safety.guard import Guard
from contracts.safety.rate_limiter import Pace
from contracts.safety.undo import Left
from contracts.spec.verdicts import Blocked, NotApplicable
from contracts.target import options
from contracts.target.deployment import Deployment
from contracts.target.target import Target
from mock_server.state.workspace import Workspace
from tests.builders import ACME, BETA, a_package
from tests.contracts import safety_stage
from tests.contracts.safety_stage import OTHERS, PASSWORD, ROW, Afar, Run
from tests.served import served

META = {"model": "META"}
Making = Callable[..., Run]


@pytest.fixture
def stage() -> Workspace:
    return safety_stage.a_stage()


@pytest.fixture
def a_run(stage: Workspace, tmp_path: Path) -> Iterator[Making]:
    """Makes runs against the stage, afar or not; each undoes what it wrote."""
    runs: list[Run] = []
    before = safety_stage.seen(stage)
    with served(stage) as origin:

        def make(kind: type[Target] = Target, line: httpx.BaseTransport | None = None, **changes: Any) -> Run:
            target = safety_stage.a_target(origin, kind, **{"run_id": f"ab12cd3{len(runs)}", **changes})
            runs.append(Run(target, tmp_path, line=line))
            return runs[-1]

        yield make
        for run in reversed(runs):
            assert run.guard.undo().failed == ()
            run.close()
    assert safety_stage.seen(stage) == before


def test_nothing_is_written_afar_unless_it_is_allowed(a_run: Making) -> None:
    run = a_run(Afar)
    with pytest.raises(NotApplicable, match="--allow-writes"):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META)
    assert run.lines() == []
    assert run.deployment.partner.call("getEventAttributionModel", {"eid": "evt_1"}).json() == {"model": "FD"}


def test_the_partner_that_is_allowed_is_written_to(a_run: Making) -> None:
    run = a_run(Afar, allow_writes=ACME)
    answer = run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META)
    assert answer.status_code == 200


def _a_model_of_theirs(deployment: Deployment) -> None:
    deployment.second.call("setEventAttributionModel", {"eid": "evt_beta"}, body=META)


def _a_model_out_of_reach(deployment: Deployment) -> None:
    deployment.partner.call("setEventAttributionModel", {"eid": "evt_beta"}, body=META)


def _a_series_with_theirs(deployment: Deployment) -> None:
    deployment.partner.call("replaceEventSeries", {"eid": "evt_1"}, {"event_series": ["evt_beta"]})


def _defaults_of_theirs(deployment: Deployment) -> None:
    deployment.partner.call("setBackhaulDefaults", {"partner_id": BETA}, body=steps.settings())


def _without_a_token(deployment: Deployment) -> None:
    deployment.anonymous.call("setAttributionModelDefault", query={"model": "META"})


def _no_call_of_the_document(deployment: Deployment) -> None:
    deployment.partner.send("PATCH", "/events/evt_1")


def _a_summary(deployment: Deployment) -> None:
    deployment.partner.call("ingestTransactionSummary", body=steps.a_summary("evt_1"))


def _a_sheet(deployment: Deployment) -> None:
    deployment.partner.call("uploadSalesEdit", query={"event_id": "evt_1"}, body=A_SHEET)


def _a_summary_of_theirs(deployment: Deployment) -> None:
    deployment.partner.call("ingestTransactionSummary", body=steps.a_summary("evt_beta"))


@pytest.mark.parametrize("write", [_a_summary, _a_sheet, _a_summary_of_theirs])
def test_nothing_is_brought_in_for_an_event_that_there_is(a_run: Making, write: Callable[[Deployment], None]) -> None:
    run = a_run()
    with pytest.raises(NotApplicable, match="nothing takes them back"):
        write(run.deployment)
    assert run.lines() == []


def test_a_summary_of_an_event_that_nobody_has_may_be_sent(a_run: Making) -> None:
    partner = a_run().deployment.partner
    assert partner.call("ingestTransactionSummary", body=steps.a_summary("none")).status_code == 404
    assert partner.call("uploadSalesEdit", query={"event_id": "none"}, body=A_SHEET).status_code == 404
    assert partner.call("ingestTransactionSummary", body={"eid": 7}).status_code == 400


@pytest.mark.parametrize(
    "write",
    [
        _a_model_of_theirs,
        _a_model_out_of_reach,
        _a_series_with_theirs,
        _defaults_of_theirs,
        _without_a_token,
        _no_call_of_the_document,
    ],
)
def test_another_partner_is_not_written_to_afar(a_run: Making, write: Callable[[Deployment], None]) -> None:
    run = a_run(Afar, allow_writes=ACME)
    with pytest.raises(NotApplicable):
        write(run.deployment)
    assert run.lines() == []


def test_whoever_names_no_partner_writes_as_the_partner_of_their_token(a_run: Making) -> None:
    run = a_run(Afar, allow_writes=ACME)
    alone = run.deployment.partner.having(x_preferred_partner_id=None)
    assert alone.call("setEventAttributionModel", {"eid": "evt_1"}, body=META).status_code == 200


@pytest.mark.parametrize("path", ["/daily_revenue_summary/", "/daily_revenue_summary", "/daily%5Frevenue_summary/"])
def test_sales_are_never_cleared(a_run: Making, path: str) -> None:
    run = a_run()
    with pytest.raises(NotApplicable, match="destroy"):
        run.deployment.partner.send("DELETE", path, query="event_id=evt_1")
    assert run.lines() == []


@pytest.mark.parametrize("query", ["id=cr_others", "", "id=", "id=cr_others&id=x", "id=cr_nobody"])
def test_a_row_that_the_run_did_not_make_is_never_deleted(a_run: Making, stage: Workspace, query: str) -> None:
    with pytest.raises(NotApplicable, match="did not make"):
        a_run().deployment.partner.send("DELETE", "/campaign_results/", query=query)
    assert stage.store.results.get(ROW) is not None


def test_rows_of_the_runs_own_and_made_up_ones_may_be_deleted(a_run: Making) -> None:
    run = a_run()
    row = safety_stage.a_row(run.deployment)
    statuses = [
        run.deployment.partner.call("deleteCampaignResult", query={"id": each}).status_code
        for each in (row["id"], row["id"], f"cr_{run.target.run_id}")
    ]
    assert statuses == [204, 404, 404]


def test_other_peoples_packages_are_not_regenerated(a_run: Making) -> None:
    run = a_run()
    partner = run.deployment.partner
    with pytest.raises(NotApplicable, match=f"regenerate {OTHERS}, which this run did not make"):
        partner.call("regeneratePackage", {"package_id": OTHERS})
    assert run.lines() == []
    order = steps.an_order(["evt_1"], package_title=run.deployment.title("again"))
    own = steps.ordered(partner, order)["id"]
    statuses = [partner.call("regeneratePackage", {"package_id": each}).status_code for each in (own, "pkg_nobodys")]
    assert statuses == [409, 404]


def test_settings_of_other_peoples_packages_are_not_saved(a_run: Making) -> None:
    run = a_run(allow_settings=())
    with pytest.raises(NotApplicable, match=f"--allow-settings {OTHERS}"):
        run.deployment.partner.call("replaceEvaluationSettings", {"package_id": OTHERS}, body=steps.settings())
    with pytest.raises(NotApplicable, match="did not make"):
        run.deployment.second.call("replaceEvaluationSettings", {"package_id": OTHERS}, body=steps.settings())
    missing = {"package_id": "pkg_nobodys"}
    answer = run.deployment.partner.call("replaceEvaluationSettings", missing, body=steps.settings())
    assert answer.status_code == 404


def test_settings_of_the_runs_own_packages_are_saved(a_run: Making) -> None:
    run = a_run(allow_settings=())
    made = steps.an_order(["evt_1"], package_title=run.deployment.title("own"))
    package_id = run.deployment.partner.call("createPackage", body=made).json()["id"]
    own = {"package_id": package_id}
    answer = run.deployment.partner.call("replaceEvaluationSettings", own, body=steps.settings())
    assert answer.status_code == 409


def test_other_peoples_packages_are_not_merged(a_run: Making, stage: Workspace) -> None:
    stage.store.packages.put(a_package(id="pkg_second", number=2))
    run = a_run()
    with pytest.raises(NotApplicable, match="merge"):
        run.deployment.partner.call("mergePackages", query={"packages_ids": [OTHERS, "pkg_second"]})
    missing = {"packages_ids": ["pkg_nobodys", "pkg_nobodys_either"]}
    assert run.deployment.partner.call("mergePackages", query=missing).status_code == 404


def test_a_package_carries_the_runs_id(a_run: Making) -> None:
    run = a_run()
    with pytest.raises(NotApplicable, match="title"):
        run.deployment.partner.call("createPackage", body=steps.an_order(["evt_1"]))
    refused = steps.an_order(["evt_1"], num_packages=0)
    assert run.deployment.partner.call("createPackage", body=refused).status_code == 400
    torn = json.dumps(steps.an_order(["evt_1"], package_title="\ud800")).encode()
    kind = {"content-type": "application/json"}
    assert (
        run.deployment.partner.send("POST", "/package_builder/packages", headers=kind, content=torn).status_code == 400
    )


def test_writes_that_come_through_stay_within_the_budget(a_run: Making) -> None:
    run = a_run(writes=2)
    for _ in range(3):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "nonsense"})
    for _ in range(2):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META)
    with pytest.raises(Blocked, match="2 writes"):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META)


def test_requests_stay_within_the_budget_and_undoing_does_not_count(a_run: Making) -> None:
    run = a_run(requests=5)
    run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META)
    partner = run.deployment.partner
    run.deployment.partner.call("listEvents")
    with pytest.raises(Blocked, match="5 requests"):
        partner.call("listEvents")


def test_a_write_is_in_the_ledger_before_it_is_sent(a_run: Making) -> None:
    noted: list[list[str]] = []

    class Looking(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT":
                noted.append(run.lines())
            return super().handle_request(request)

    run = a_run(line=Looking(verify=False))
    run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META)
    ((_, line),) = noted
    assert json.loads(line)["undo"]["found"] == {"model": "FD"}


def test_a_write_without_an_answer_is_undone(a_run: Making, stage: Workspace) -> None:
    class Deaf(httpx.HTTPTransport):
        ears = False

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if request.url.path.endswith("/campaign_results/") and request.method == "POST" and not self.ears:
                answer.read()
                raise httpx.ReadError("the connection broke")
            return answer

    line = Deaf(verify=False)
    run = a_run(line=line)
    with pytest.raises(httpx.ReadError):
        safety_stage.a_row(run.deployment, revenue=steps.unique_revenue(run.deployment))
    line.ears = True
    assert len(stage.store.results) == 2
    run.guard.undo()
    assert [row.id for row in stage.store.results] == [ROW]


def test_what_cannot_be_read_as_found_is_not_written(a_run: Making) -> None:
    class Failing(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            failing = request.method == "GET" and request.url.path.endswith("/attribution_model")
            return httpx.Response(500) if failing else super().handle_request(request)

    run = a_run(line=Failing(verify=False))
    with pytest.raises(Blocked, match="answered 500"):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body=META)


def test_the_ledger_holds_no_secret(a_run: Making) -> None:
    run = a_run()
    safety_stage.write_to_everything(run.deployment)
    text = "\n".join(run.lines())
    token = run.deployment.partner.headers["authorization"].removeprefix("Bearer ")
    assert f'"{PASSWORD}"' not in text
    assert token not in text
    assert "eyJ" not in text
    assert "Bearer" not in text


def test_a_call_that_the_document_does_not_have_is_told_of_where_it_is_accepted(a_run: Making) -> None:
    class Lenient(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            accepted = httpx.Response(204, headers={"x-request-id": "1"})
            return accepted if request.method == "PATCH" else super().handle_request(request)

    run = a_run(line=Lenient(verify=False))
    with pytest.raises(AssertionError, match="PATCH"):
        run.deployment.partner.send("PATCH", "/events/evt_1")
    (told,) = run.guard.undo().forever
    assert told.startswith("PATCH /events/evt_1 was accepted")


def test_each_operation_that_writes_is_guarded_and_planned() -> None:
    writing = {
        operation.id
        for operation in safety_stage.promises().operations.values()
        if operation.method not in call_scope.SAFE_METHODS and not operation.path.startswith(call_scope.SIGN_IN)
    }
    others = {"clearSales", "deleteCampaignResult", "regeneratePackage", *guard.BRINGING_IN}
    assert writing == {*guard.ENTRY_OF, *others}
    assert writing == set(plan.UNDONE) - {plan.ANY}


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8080/api/v3", True),
        ("http://localhost/api/v3", True),
        ("http://[::1]:8080/api/v3", True),
        ("http://0.0.0.0:8080/api/v3", False),
        ("http://192.168.0.7/api/v3", False),
        ("http://localhost.example/api/v3", False),
        ("http://127.0.0.1.example/api/v3", False),
        ("https://platform.example/api/v3", False),
    ],
)
def test_only_loopback_is_this_machine(address: str, here: bool) -> None:
    assert Target(address).on_loopback is here


def test_a_guard_is_in_no_hurry_afar_and_free_at_home(a_run: Making) -> None:
    pauses: list[float] = []
    run = a_run(Afar)
    paced = Guard(run.held, run.guard._ledger, Pace(seconds=lambda: 0.0, pause=pauses.append))
    run.held.gate = paced
    with run.held.deployment() as deployment:
        for _ in range(11 - len(run.target.people)):
            deployment.sign_in("partner")
    assert pauses == [61.0]


def test_the_budget_binds_where_the_target_is_not_this_machine_or_where_it_is_named() -> None:
    def budgets(address: str, **named: int) -> tuple[int, int]:
        plain = {"base-url": address, "control": "none", "profile": "smoke", "seed": 1}
        lists: dict[str, Any] = {"allow-settings": [], "patience": []}
        target = options.target(lambda name: {**plain, **lists, **named}.get(name), "r1")
        return target.requests, target.writes

    assert budgets("https://platform.example/api/v3") == (5_000, 200)
    assert budgets("https://platform.example/api/v3", writes=3) == (5_000, 3)
    assert budgets("http://127.0.0.1/api/v3", writes=3) == (options.ANY_NUMBER, 3)


def test_a_plan_afar_says_that_nothing_is_written_unless_it_is_allowed(a_run: Making) -> None:
    assert "Nothing is written" in "\n".join(plan.told(a_run(Afar).held, []))
    assert "To partner-id-acme at most 200 writes" in "\n".join(plan.told(a_run(Afar, allow_writes=ACME).held, []))


def test_what_should_have_been_undone_is_told_with_what_to_do() -> None:
    told = session.told(Left(forever=("package pkg_1",), failed=("rows of evt_1: no answer",)), "r1")
    assert told == ("not undone, try `contracts cleanup --run r1`: rows of evt_1: no answer", "package pkg_1")
