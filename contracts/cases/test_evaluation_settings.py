"""Backhaul evaluation: a package's settings, and the effects of saving them."""

from functools import partial
from typing import Any

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.measurements import read_before
from contracts.dsl.open_records import restrict
from contracts.dsl.package_states import EXPIRED, UNBUILT, require_status
from contracts.dsl.steps import (
    EVALUATION_MODELS,
    MODEL_FIELD,
    SENT_DATE_FIELD,
    WINDOW_FIELD,
    Row,
    create_package,
    evaluation_totals,
    list_event_ids,
    merge_packages,
    package_order,
    read_evaluation,
    read_package,
    read_settings,
    sale_row,
    save_and_evaluate,
    save_settings,
    set_defaults,
    settings_body,
)
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

EVALUATION_PATH = "/package_builder/packages/{}/backhaul_evaluation"
SENT_IN_JUNE = {SENT_DATE_FIELD: "2026-06-01"}
VALID_SETTINGS = settings_body(30, **SENT_IN_JUNE)
ROUND_TRIP_SETTINGS = (
    settings_body(1, EVALUATION_MODELS[0], email_sent_date=None),
    settings_body(14, EVALUATION_MODELS[1], **SENT_IN_JUNE),
    settings_body(365, EVALUATION_MODELS[2], **SENT_IN_JUNE),
)


def _build_invalid_settings(name: str, values: list[Any]) -> dict[str, Row]:
    """Return invalid settings by their problem. In each, one value is invalid."""
    return {f"{name} is {value!r}": {**VALID_SETTINGS, name: value} for value in values}


def _without(name: str) -> dict[str, Row]:
    return {f"{name} is left out": {key: value for key, value in VALID_SETTINGS.items() if key != name}}


INVALID_SETTINGS = {
    **_without(WINDOW_FIELD),
    **_without(MODEL_FIELD),
    **_build_invalid_settings(WINDOW_FIELD, [7.5, "7", "", True, None, [7]]),
    **_build_invalid_settings(MODEL_FIELD, ["all_purchases", "Event_Series", "EVENTS", "FD", "", None, 1, True]),
    **_build_invalid_settings(
        SENT_DATE_FIELD,
        ["2026-06-01T00:00:00Z", "2026-06-01 00:00", "2026-02-30", "2026-6-1", "01.06.2026", "20260601"],
    ),
    **_build_invalid_settings(SENT_DATE_FIELD, ["", "tomorrow", 20260601, 0, True]),
}
OUT_OF_RANGE_WINDOWS = _build_invalid_settings(WINDOW_FIELD, [0, -1, -30, 366, 3650])


def _create_package(sandbox: Sandbox, *timestamps: str) -> tuple[str, str, str]:
    """Create an event, a customer with purchases at these times, and a package that contains both."""
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(*(sale_row(buyer, event, timestamp) for timestamp in timestamps))
    return sandbox.add_package([event], {"Jazz": [buyer]}), event, buyer


@property_test("BEV-01.read", "BEV-01.details", profile="smoke", writes=("createPackage",))
def test_settings_are_a_window_and_a_model_and_a_date(writable: Deployment) -> None:
    seen = read_settings(writable.partner, steps.ensure_built_package(writable))
    expected = {WINDOW_FIELD, MODEL_FIELD, SENT_DATE_FIELD}
    assertions.equal("fields of the settings", expected.intersection(seen), expected)
    assertions.one_of("the model", seen[MODEL_FIELD], EVALUATION_MODELS)
    assertions.is_true(
        "the window is a whole number", type(seen[WINDOW_FIELD]) is int, expected="an integer", seen=seen[WINDOW_FIELD]
    )


@property_test("BEV-01.read", "BEV-02.starts", profile="smoke", writes=("createPackage", "replaceEvaluationSettings"))
def test_settings_that_are_saved_are_read_back(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    refused = None
    for saved in ROUND_TRIP_SETTINGS:
        try:
            save_settings(writable.partner, package, saved)
        except InconclusiveError as error:
            refused = error
            continue
        assertions.equal("the settings", restrict(read_settings(writable.partner, package), saved), saved)
    if refused is not None:
        raise refused


@property_test("BEV-02.answer", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_put_answers_the_settings_as_stored(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    for saved in ROUND_TRIP_SETTINGS:
        assertions.equal("the answer", save_settings(writable.partner, package, saved).json(), saved)


@property_test("BEV-02.optional_date", writes=("createPackage", "replaceEvaluationSettings"))
def test_the_date_may_be_left_out(writable: Deployment) -> None:
    path = {"package_id": steps.ensure_built_package(writable)}
    answer = writable.partner.call("replaceEvaluationSettings", path, body=settings_body())
    is_success = 200 <= answer.status_code < 300
    assertions.is_true("settings without a date are saved", is_success, expected="below 300", seen=answer.status_code)


@property_test("BEV-02.default_date", gotcha="G-04", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_date_that_is_left_out_is_null(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    save_settings(writable.partner, package, settings_body(7, **SENT_IN_JUNE))
    answer = save_settings(writable.partner, package, settings_body(7))
    assertions.equal("the answer", answer.json(), settings_body(7, email_sent_date=None))
    assertions.equal("the settings", read_settings(writable.partner, package), settings_body(7, email_sent_date=None))


@property_test(
    "BEV-02.required", "BEV-02.bounds", profile="smoke", writes=("createPackage", "replaceEvaluationSettings")
)
def test_settings_that_are_wrong_in_one_way_are_refused_and_change_nothing(writable: Deployment) -> None:
    _expect_refused(writable, dict(writable.sample(INVALID_SETTINGS.items(), 7)))


@property_test("BEV-02.bounds", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_window_is_1_to_365_days(writable: Deployment) -> None:
    _expect_refused(writable, OUT_OF_RANGE_WINDOWS)


def _expect_refused(writable: Deployment, bodies: dict[str, Row]) -> None:
    """Check that each body is refused, and that the settings do not change."""
    package = steps.ensure_built_package(writable)
    before = read_before(writable, f"settings of {package}", partial(read_settings, writable.partner, package))
    for problem, body in bodies.items():
        answer = writable.partner.call("replaceEvaluationSettings", {"package_id": package}, body=body)
        assertions.status_one_of(f"status where {problem}", answer, 400)
    assertions.equal("the settings afterwards", read_settings(writable.partner, package), before)


@property_test("BEV-02.starts", gotcha="G-01", writes=("createPackage", REFUSED_CALLS))
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_there_is_no_call_to_run_an_evaluation(writable: Deployment, method: str) -> None:
    package = steps.ensure_built_package(writable)
    kind = {"content-type": "application/json"}
    answer = writable.partner.send(method, EVALUATION_PATH.format(package), headers=kind, content=b"{}")
    assertions.refusal(answer, 405)


@property_test("BEV-02.starts", gotcha="G-10", writes=("createPackage", REFUSED_CALLS))
def test_settings_are_not_saved_by_post(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    before = read_before(writable, f"settings of {package}", partial(read_settings, writable.partner, package))
    kind, body = {"content-type": "application/json"}, b'{"%s": 77, "%s": "ALL_PURCHASES"}'
    content = body % (WINDOW_FIELD.encode(), MODEL_FIELD.encode())
    answer = writable.partner.send("POST", f"{EVALUATION_PATH.format(package)}_details", headers=kind, content=content)
    assertions.refusal(answer, 405)
    assertions.equal("the settings afterwards", read_settings(writable.partner, package), before)


@example("BEV-02.not_waiting", profile="smoke")
def test_a_put_does_not_wait_for_its_job(sandbox: Sandbox) -> None:
    package, _, _ = _create_package(sandbox, "2026-06-02T10:00:00Z")
    before = sandbox.clock.now()
    save_settings(sandbox.partner, package, VALID_SETTINGS)
    assertions.equal("the clock", sandbox.clock.now(), before)
    assertions.equal("the result right after the PUT", read_evaluation(sandbox.partner, package), [])
    assertions.equal("the settings right after the PUT", read_settings(sandbox.partner, package), VALID_SETTINGS)


@example("BEV-02.starts", profile="smoke", gotcha="G-01")
def test_a_put_starts_an_evaluation(sandbox: Sandbox) -> None:
    package, _, _ = _create_package(sandbox, "2026-06-02T10:00:00Z", "2026-06-20T10:00:00Z")
    for days, orders in ((7, 1), (30, 2), (7, 1)):
        rows = save_and_evaluate(sandbox, package, settings_body(days, **SENT_IN_JUNE))
        assertions.equal(f"totals after saving a window of {days} days", evaluation_totals(rows), (1, orders, orders))


@example("BEV-02.unchanged", profile="smoke", gotcha="G-01")
def test_a_put_of_unchanged_settings_starts_an_evaluation_too(sandbox: Sandbox) -> None:
    package, event, buyer = _create_package(sandbox, "2026-06-02T10:00:00Z")
    assertions.equal(
        "totals of the first evaluation",
        evaluation_totals(save_and_evaluate(sandbox, package, VALID_SETTINGS)),
        (1, 1, 1),
    )
    sandbox.add_sales(sale_row(buyer, event, "2026-06-03T10:00:00Z"))
    assertions.equal(
        "totals after saving the same settings again",
        evaluation_totals(save_and_evaluate(sandbox, package, VALID_SETTINGS)),
        (1, 2, 2),
    )


@example("BEV-02.starts", gotcha="G-01")
def test_nothing_but_a_put_starts_an_evaluation(sandbox: Sandbox) -> None:
    package, event, buyer = _create_package(sandbox, "2026-06-02T10:00:00Z")
    before = save_and_evaluate(sandbox, package, VALID_SETTINGS)
    sandbox.add_sales(sale_row(buyer, event, "2026-06-03T10:00:00Z"))
    other = sandbox.add_package([event], {"Jazz": sandbox.new_customer_ids(1)})
    _make_all_other_writes(sandbox, sandbox.results_user, event, [package, other])
    sandbox.run_until_idle()
    assertions.equal("the result after other writes", read_evaluation(sandbox.partner, package), before)
    sandbox.advance(days=3)
    assertions.equal("the result three days later", read_evaluation(sandbox.sign_in("partner"), package), before)


def _make_all_other_writes(sandbox: Sandbox, client: Client, event: str, packages: list[str]) -> None:
    """Call every write operation on an event or a package, except saving settings."""
    event_path = {"eid": event}
    set_defaults(client, sandbox.partner_id, settings_body(99))
    answers = [
        client.call("setEventAttributionModel", event_path, body={"model": "META"}),
        client.call("replaceEventSeries", event_path, query={"event_series": [sandbox.add_event()]}),
        client.call(
            "createCampaignResult",
            query={"eid": event, "partner_id": sandbox.partner_id, "purchase": 1, "revenue": 10},
        ),
    ]
    for answer, expected in zip(answers, (200, 204, 201), strict=True):
        assertions.step_status(answer, expected)
    for package in packages:
        read_package(client, package)
        read_settings(client, package)
    merge_packages(client, *packages)
    create_package(client, package_order([event]))


@example("BEV-02.starts")
def test_a_refused_put_starts_nothing_and_stops_nothing(sandbox: Sandbox) -> None:
    package, event, buyer = _create_package(sandbox, "2026-06-02T10:00:00Z")
    path = {"package_id": package}
    save_settings(sandbox.partner, package, VALID_SETTINGS)
    for wrong in (settings_body(0), {**VALID_SETTINGS, WINDOW_FIELD: 7.5}):
        assertions.status(sandbox.partner.call("replaceEvaluationSettings", path, body=wrong), 400)
    sandbox.run_until_idle()
    before = read_evaluation(sandbox.partner, package)
    assertions.equal("totals of the run that was in progress", evaluation_totals(before), (1, 1, 1))
    sandbox.add_sales(sale_row(buyer, event, "2026-06-03T10:00:00Z"))
    assertions.status(sandbox.partner.call("replaceEvaluationSettings", path, body=settings_body(0)), 400)
    sandbox.run_until_idle()
    assertions.equal("the result after a refused PUT", read_evaluation(sandbox.partner, package), before)


@property_test("BEV-09.readable", profile="smoke", writes=("createPackage",))
def test_settings_and_result_can_be_read_from_the_start(writable: Deployment) -> None:
    order = package_order(list_event_ids(writable, 1), package_title=writable.title("early"))
    made = create_package(writable.partner, order)["id"]
    answer = writable.partner.call("getEvaluationSettings", {"package_id": made})
    assertions.status(answer, 200, part="BEV-09.readable")
    assertions.equal(
        "fields of the settings",
        sorted(read_settings(writable.partner, made)),
        sorted((WINDOW_FIELD, MODEL_FIELD, SENT_DATE_FIELD)),
    )
    assertions.equal("the result", read_evaluation(writable.partner, made, "BEV-09.readable"), [])


@example("BEV-09.not_done", profile="smoke")
@pytest.mark.parametrize("seconds", [pytest.param(0, id="INITIALIZING"), pytest.param(2, id="INPROGRESS")])
def test_settings_cannot_be_saved_before_a_package_is_done(sandbox: Sandbox, seconds: int) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-06-02T10:00:00Z"))
    made = create_package(sandbox.partner, package_order([event]))["id"]
    sandbox.advance(seconds=seconds)
    require_status(sandbox.partner, made, *UNBUILT)
    before = read_settings(sandbox.partner, made)
    answer = sandbox.partner.call("replaceEvaluationSettings", {"package_id": made}, body=settings_body(77))
    assertions.refusal(answer, 409, "error.package.not_ready")
    assertions.equal("the settings afterwards", read_settings(sandbox.partner, made), before)
    sandbox.run_until_idle()
    assertions.equal("the settings once the package is DONE", read_settings(sandbox.partner, made), before)
    assertions.equal("the result once the package is DONE", read_evaluation(sandbox.partner, made), [])


@example("BEV-09.readable", profile="smoke")
def test_an_expired_package_keeps_its_settings_and_its_last_result(sandbox: Sandbox) -> None:
    package, event, buyer = _create_package(sandbox, "2026-06-02T10:00:00Z")
    before = save_and_evaluate(sandbox, package, VALID_SETTINGS)
    sandbox.add_sales(sale_row(buyer, event, "2026-06-03T10:00:00Z"))
    sandbox.advance(days=29)
    again = sandbox.sign_in("partner")
    require_status(again, package, EXPIRED)
    answer = again.call("replaceEvaluationSettings", {"package_id": package}, body=settings_body(77))
    assertions.refusal(answer, 409, "error.package.not_ready")
    sandbox.run_until_idle()
    assertions.equal("the settings", read_settings(again, package), VALID_SETTINGS)
    assertions.equal("the result", read_evaluation(again, package), before)
