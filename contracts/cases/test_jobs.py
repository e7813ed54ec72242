"""The attribution job: it runs on schedule only, and credits sales by the event's model."""

from collections.abc import Callable

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.automated_rows import list_automated_rows, select_automated
from contracts.dsl.cases import require_cases
from contracts.dsl.credited_events import find_pending_event
from contracts.dsl.event_readings import find_rows
from contracts.dsl.lookout_model import preserve_lookout_model
from contracts.dsl.steps import (
    LOOKOUT_MODELS,
    list_adjustments,
    package_order,
    sale_row,
    save_settings,
    set_lookout_model,
    settings_body,
)
from contracts.dsl.valid_requests import SHEET_CSV, TICKETS_CSV
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.forms import FormFile
from contracts.target.sandbox import ACME, BETA, Sandbox

BEFORE_START, FIRST_RUN = "2026-09-01T11:00:00Z", "2026-09-02T08:00:00Z"
"""A time before a sandbox starts, and the time of the first run in a sandbox."""
APPEARED_KEY = "automated rows that appeared during writes"
UNKNOWN_PATHS = ("/attribution/run", "/attribution_jobs", "/jobs", "/campaign_results/run", "/campaign_results/refresh")


def automated_rows(sandbox: Sandbox, event: str) -> list[tuple[str, int, float]]:
    """Return the automated rows of an event of the partner, read with a new token."""
    return list_automated_rows(sandbox.sign_in(sandbox.results_role), event, ACME)


def sell_one(sandbox: Sandbox, event: str, at: str = BEFORE_START, **changes: object) -> None:
    """Add one sale, with a revenue of 50, by a new customer."""
    sandbox.add_sales(sale_row(sandbox.new_customer_ids(1)[0], event, at, **changes))


def build_calls(sandbox: Sandbox, event: str) -> dict[str, Callable[[], object]]:
    """Return one call for each operation of the document, in an order in which all of them can succeed."""
    partner = sandbox.results_user
    buyers = sandbox.new_customer_ids(2)
    package = sandbox.add_package([event], {"Jazz": buyers[:1]})
    other = sandbox.add_package([event], {"Rock": buyers[1:]})
    row_id = steps.create_adjustment(partner, event, ACME)["id"]
    calls: dict[str, tuple[object, ...]] = {
        **_account_calls(sandbox),
        **_event_calls(event, row_id),
        **_package_calls(event, package, other),
        **_import_calls(event),
    }
    return {name: _build_call(partner, name, *arguments) for name, arguments in calls.items()}


def _account_calls(sandbox: Sandbox) -> dict[str, tuple[object, ...]]:
    """Return the arguments of the calls about the user and the partner: path, query, body."""
    person = sandbox.credentials("partner")
    return {
        "getStatus": (),
        "signIn": (None, None, {"username": person.username, "password": person.password}),
        "refreshToken": (None, None, {"token": "none"}),
        "answerMfaChallenge": (None, None, {"Session": "none", "mfa_token": "000000"}),
        "answerNewPasswordChallenge": (None, None, {"Session": "none", "new_password": "another"}),
        "getPermissions": (),
        "getPartner": (),
        "setAttributionModelDefault": (None, {"model": "FD"}),
        "getBackhaulDefaults": ({"partner_id": ACME},),
        "setBackhaulDefaults": ({"partner_id": ACME}, None, settings_body()),
    }


def _event_calls(event: str, row_id: str) -> dict[str, tuple[object, ...]]:
    """Return the arguments of the calls about an event and its rows."""
    event_path, row_query = {"eid": event}, {"eid": event, "partner_id": ACME}
    return {
        "listEvents": (),
        "getEvent": (event_path,),
        "getEventSeries": (event_path,),
        "setFrontendStatus": (event_path, None, {"frontend_status": "FLAGGED"}),
        "replaceEventSeries": (event_path,),
        "getEventAttributionModel": (event_path,),
        "setEventAttributionModel": (event_path, None, {"model": "FD"}),
        "getDailyRevenueSummary": (None, {"event_id": event}),
        "listCampaignResults": (None, row_query),
        "getMetaCampaignResults": (event_path,),
        "getMetaInsights": (event_path,),
        "createCampaignResult": (None, {**row_query, "purchase": "1", "revenue": "5"}),
        "deleteCampaignResult": (None, {"id": row_id}),
    }


def _package_calls(event: str, package: str, other: str) -> dict[str, tuple[object, ...]]:
    """Return the arguments of the calls about packages."""
    package_path = {"package_id": package}
    return {
        "listPackages": (),
        "createPackage": (None, None, package_order([event])),
        "mergePackages": (None, {"packages_ids": [package, other]}),
        "regeneratePackage": (package_path,),
        "getPackage": (package_path,),
        "getClusterCustomers": ({**package_path, "tc": "Jazz"},),
        "getEvaluationSettings": (package_path,),
        "replaceEvaluationSettings": (package_path, None, settings_body()),
        "getEvaluation": (package_path,),
    }


def _import_calls(event: str) -> dict[str, tuple[object, ...]]:
    """Return the arguments of the calls that import, edit and clear sales. The call that clears sales comes last."""
    return {
        "ingestTransactionSummary": (None, None, steps.summary_body(event)),
        "ingestTransactionSummaryFromExcel": (None, {"eid": event}, FormFile(TICKETS_CSV)),
        "exportSalesEdit": (None, {"event_id": event}),
        "uploadSalesEdit": (None, {"event_id": event}, FormFile(SHEET_CSV)),
        "clearSales": (None, {"event_id": event}),
    }


def _build_call(client: Client, operation_id: str, *arguments: object) -> Callable[[], object]:
    return lambda: client.call(operation_id, *arguments)  # type: ignore[arg-type] # typed as in the tables above


@example("JOB-01.schedule", "JOB-01.no_trigger", profile="smoke", gotcha="G-05")
def test_no_operation_of_the_document_starts_a_run(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    calls = build_calls(sandbox, event)
    assertions.equal("operations that the contract calls", set(calls), set(sandbox.api_spec.operations))
    sell_one(sandbox, event)
    for name, call in calls.items():
        call()
        assertions.equal(f"automated rows after {name}", list_automated_rows(sandbox.results_user, event, ACME), [])
    sandbox.advance(minutes=30)
    assertions.equal("automated rows half an hour later", list_automated_rows(sandbox.results_user, event, ACME), [])
    sandbox.set_time(FIRST_RUN)
    assertions.equal("automated rows after the scheduled run", automated_rows(sandbox, event), [(FIRST_RUN, 1, 50)])


@property_test(
    "JOB-01.schedule",
    "JOB-01.no_trigger",
    gotcha="G-05",
    writes=(
        "setAttributionModelDefault",
        "setEventAttributionModel",
        "createCampaignResult",
        "deleteCampaignResult",
    ),
)
def test_nothing_that_a_partner_writes_starts_a_run(writable: Deployment) -> None:
    """A row at the time of day of earlier runs may come from a run of the schedule. Then the writes are made again.

    A run leaves nothing for another one to credit, so a repetition of this contract reads again what has appeared.
    """
    event, found = writable.shared.get(APPEARED_KEY, ("", {}))
    if found:
        times = _times_by_automated_id(writable, event)
        found = {row_id: times[row_id] for row_id in found if row_id in times}
    else:
        event = find_pending_event(writable)
        run_times = {row[0][10:] for _, rows in _events_with_automated_rows(writable) for row in rows}
        found = _rows_that_appear_during_writes(writable, event)
        if found and not writable.is_sandbox and all(time[10:] in run_times for time in found.values()):
            found = _rows_that_appear_during_writes(writable, event)
        writable.shared[APPEARED_KEY] = event, found
    assertions.equal("times of automated rows that appeared during the writes", sorted(found.values()), [])


def _rows_that_appear_during_writes(deployment: Deployment, event: str) -> dict[str, str]:
    """Return the times of automated rows of the event that appear while models are set and a row is posted."""
    before = _times_by_automated_id(deployment, event)
    default = deployment.partner.call("getPartner").json().get("attribution_model_default")
    if default in LOOKOUT_MODELS:
        deployment.partner.call("setAttributionModelDefault", query={"model": default})
    with preserve_lookout_model(deployment.partner, event) as lookout:
        for model in lookout.order:
            lookout.set(model)
    with steps.temporary_adjustment(deployment.results_user, event, deployment.partner_id):
        steps.read_revenue(deployment.partner, event)
    times = _times_by_automated_id(deployment, event)
    return {row_id: times[row_id] for row_id in times.keys() - before.keys()}


def _times_by_automated_id(deployment: Deployment, event: str) -> dict[str, str]:
    rows = list_adjustments(deployment.results_user, event, deployment.partner_id)
    return {row["id"]: row["created_at"] for row in rows if row["source"] == "automated"}


@property_test("JOB-01.schedule", "JOB-01.no_trigger", gotcha="G-05", writes=(REFUSED_CALLS,))
@pytest.mark.parametrize("path", UNKNOWN_PATHS)
def test_there_is_no_path_that_would_start_a_run(writable: Deployment, path: str) -> None:
    answer = writable.partner.send("POST", path)
    assertions.one_of(f"status of POST {path}", answer.status_code, [307, 308, 404, 405])


def _events_with_automated_rows(deployment: Deployment) -> list[tuple[str, list[tuple[str, int, float]]]]:
    """Return those of the first events that have automated rows. Raises InconclusiveError if none has."""
    events = steps.list_event_ids(deployment, 10)
    rows = ((event, select_automated(find_rows(deployment, event))) for event in events)
    return require_cases((each for each in rows if each[1]), "an event with automated rows")


@property_test("JOB-03.takes", "JOB-03.row", "JOB-03.order", profile="smoke")
def test_no_run_leaves_a_row_of_no_orders(deployment: Deployment) -> None:
    for event, rows in _events_with_automated_rows(deployment):
        orders = [row[1] for row in rows]
        assertions.equal(
            f"numbers of orders below 1 in automated rows of {event}", [number for number in orders if number < 1], []
        )


@property_test("JOB-02.time", profile="smoke", gotcha="G-05")
def test_automated_rows_bear_the_time_of_the_schedule(deployment: Deployment) -> None:
    for event, rows in _events_with_automated_rows(deployment):
        timestamps = [row[0] for row in rows]
        off = [timestamp for timestamp in timestamps if not timestamp.endswith("T08:00:00Z")]
        assertions.equal(f"timestamps of automated rows of {event} that are not at 08:00 UTC", off, [])


@example("JOB-02.time", profile="smoke", gotcha="G-05")
def test_a_run_falls_due_at_8_o_clock(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sell_one(sandbox, event)
    sandbox.set_time("2026-09-02T07:59:59Z")
    assertions.equal("automated rows a second before 8 o'clock", automated_rows(sandbox, event), [])
    sandbox.advance(seconds=1)
    assertions.equal("automated rows at 8 o'clock", automated_rows(sandbox, event), [(FIRST_RUN, 1, 50)])


@example("JOB-02.time")
def test_a_run_falls_due_each_day_when_clocks_change_too(sandbox: Sandbox) -> None:
    event, days = sandbox.add_event(), range(22, 29)
    sandbox.set_time("2026-10-21T12:00:00Z")
    for day in days:
        sell_one(sandbox, event, f"2026-10-{day - 1}T12:00:00Z")
        sandbox.set_time(f"2026-10-{day}T08:00:00Z")
    expected = [(f"2026-10-{day}T08:00:00Z", 1, 50) for day in days]
    assertions.equal("automated rows of a week from Thursday to Wednesday", automated_rows(sandbox, event), expected)


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order", profile="smoke")
@pytest.mark.parametrize(
    ("timestamp", "due"),
    [
        pytest.param("2026-09-02T07:59:59Z", "2026-09-02T08:00:00Z", id="a second before"),
        pytest.param("2026-09-02T08:00:00Z", "2026-09-02T08:00:00Z", id="at the due time"),
        pytest.param("2026-09-02T08:00:01Z", "2026-09-03T08:00:00Z", id="a second after"),
    ],
)
def test_a_run_takes_sales_up_to_its_due_time(sandbox: Sandbox, timestamp: str, due: str) -> None:
    event = sandbox.add_event()
    sell_one(sandbox, event, timestamp)
    sandbox.set_time("2026-09-03T12:00:00Z")
    assertions.equal(f"automated rows of a sale at {timestamp}", automated_rows(sandbox, event), [(due, 1, 50)])


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order")
@pytest.mark.parametrize(
    ("arrival", "due"),
    [
        pytest.param("2026-09-02T07:59:59Z", "2026-09-02T08:00:00Z", id="a second before"),
        pytest.param("2026-09-02T08:00:00Z", "2026-09-03T08:00:00Z", id="right after the run"),
        pytest.param("2026-09-02T08:00:01Z", "2026-09-03T08:00:00Z", id="a second after"),
    ],
)
def test_a_sale_that_arrives_late_is_the_next_runs(sandbox: Sandbox, arrival: str, due: str) -> None:
    event = sandbox.add_event()
    sandbox.set_time(arrival)
    sell_one(sandbox, event, "2026-06-01T12:00:00Z")
    sandbox.set_time("2026-09-04T12:00:00Z")
    assertions.equal(
        f"automated rows of an old sale that arrived at {arrival}", automated_rows(sandbox, event), [(due, 1, 50)]
    )


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order", profile="smoke")
def test_a_run_adds_one_row_with_number_and_revenue_of_what_it_credits(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sell_one(sandbox, event, tickets=5, revenue=0.1)
    sell_one(sandbox, event, "2026-09-01T20:00:00Z", revenue=0.2)
    sell_one(sandbox, event, "2026-05-01T20:00:00Z", revenue=7)
    sell_one(sandbox, event, fd="organic", revenue=1000)
    sell_one(sandbox, event, fd="external", revenue=2000)
    sandbox.set_time("2026-09-02T23:00:00Z")
    assertions.equal("automated rows", automated_rows(sandbox, event), [(FIRST_RUN, 3, 7.3)])


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order", profile="smoke")
@pytest.mark.parametrize(
    ("model", "rows"),
    [("FD", [(FIRST_RUN, 1, 10)]), ("META", [(FIRST_RUN, 1, 20)]), ("EXTERNAL", [])],
    ids=LOOKOUT_MODELS,
)
def test_a_run_credits_by_the_events_model(sandbox: Sandbox, model: str, rows: list[tuple[str, int, float]]) -> None:
    event = sandbox.add_event(attribution_model=model)
    sell_one(sandbox, event, revenue=10, meta="organic", external="organic")
    sell_one(sandbox, event, revenue=20, fd="organic", external="organic")
    sell_one(sandbox, event, revenue=40, fd="organic", meta="organic")
    sandbox.set_time(FIRST_RUN)
    assertions.equal(f"automated rows under {model}", automated_rows(sandbox, event), rows)


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order")
@pytest.mark.parametrize(
    ("then", "rows"), [("META", [(FIRST_RUN, 1, 50)]), ("FD", [])], ids=["credited", "not credited"]
)
def test_the_model_is_that_of_the_due_time(sandbox: Sandbox, then: str, rows: list[tuple[str, int, float]]) -> None:
    """The model at the time of the run counts, not the model at the time of the sale or of reading."""
    event = sandbox.add_event(attribution_model="FD" if then == "META" else "META")
    sell_one(sandbox, event, fd="organic", meta="campaign")
    sandbox.set_time("2026-09-02T07:59:59Z")
    set_lookout_model(sandbox.sign_in("partner"), event, then)
    sandbox.set_time(FIRST_RUN)
    set_lookout_model(sandbox.sign_in("partner"), event, "FD" if then == "META" else "META")
    assertions.equal(f"automated rows of a run while the model is {then}", automated_rows(sandbox, event), rows)


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order")
@pytest.mark.parametrize("source", ["organic", "external"])
def test_where_nothing_is_credited_there_is_no_row(sandbox: Sandbox, source: str) -> None:
    event = sandbox.add_event()
    sell_one(sandbox, event, fd=source)
    sandbox.set_time("2026-09-04T08:00:00Z")
    assertions.equal("rows", list_adjustments(sandbox.sign_in(sandbox.results_role), event, ACME), [])


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order")
def test_a_credited_order_without_revenue_makes_a_row(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sell_one(sandbox, event, revenue=0)
    sandbox.set_time(FIRST_RUN)
    assertions.equal("automated rows of one free order", automated_rows(sandbox, event), [(FIRST_RUN, 1, 0)])


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order")
@pytest.mark.parametrize(
    ("first", "then"), [("FD", "META"), ("EXTERNAL", "META")], ids=["not credited then", "no row then"]
)
def test_a_sale_is_looked_at_once(sandbox: Sandbox, first: str, then: str) -> None:
    event = sandbox.add_event(attribution_model=first)
    sell_one(sandbox, event, fd="organic")
    sandbox.set_time(FIRST_RUN)
    set_lookout_model(sandbox.sign_in("partner"), event, then)
    sandbox.set_time("2026-09-04T12:00:00Z")
    assertions.equal(
        f"automated rows, with model {first} at the run and {then} later", automated_rows(sandbox, event), []
    )


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order")
def test_each_event_has_a_row_of_its_own_sales(sandbox: Sandbox) -> None:
    events = [sandbox.add_event(), sandbox.add_event()]
    foreign = sandbox.add_event(partner_id=BETA)
    for event, amount in zip((*events, foreign), (1, 2, 4), strict=True):
        sell_one(sandbox, event, revenue=amount)
    sandbox.set_time(FIRST_RUN)
    rows = [automated_rows(sandbox, event) for event in events]
    rows.append(list_automated_rows(sandbox.sign_in("admin").with_headers(x_preferred_partner_id=BETA), foreign, BETA))
    assertions.equal(
        "automated rows of three events", rows, [[(FIRST_RUN, 1, 1)], [(FIRST_RUN, 1, 2)], [(FIRST_RUN, 1, 4)]]
    )


@example("JOB-03.takes", "JOB-03.row", "JOB-03.order")
def test_jobs_of_one_instant_run_in_the_order_in_which_they_were_made(sandbox: Sandbox) -> None:
    event, buyers = sandbox.add_event(), sandbox.new_customer_ids(2)
    packages = [sandbox.add_package([event], {"Jazz": [buyer]}) for buyer in buyers]
    sandbox.set_time("2026-09-02T07:59:58Z")
    partner = sandbox.sign_in("partner")
    for package in reversed(packages):
        save_settings(partner, package, settings_body())
    fired = sandbox.control.post("/clock/advance", {"seconds": 2})["fired"]
    seen = [(job["kind"], job["subject"], job["due"]) for job in fired]
    evaluations = [("evaluation", package, FIRST_RUN) for package in reversed(packages)]
    assertions.equal("jobs performed", seen, [("attribution_run", "platform", FIRST_RUN), *evaluations])
