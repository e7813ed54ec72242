"""Backhaul evaluation: a package's settings, and what saving them does."""

from typing import Any

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.steps import (
    MODEL,
    MODELS,
    SENT,
    WINDOW,
    Row,
    a_sale,
    an_order,
    evaluated,
    merged,
    ordered,
    package_of,
    result_of,
    save,
    set_defaults,
    settings,
    settings_of,
    some_events,
    totals,
)
from contracts.spec.markers import example, law
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

PATH = "/package_builder/packages/{}/backhaul_evaluation"
JUNE = {SENT: "2026-06-01"}
BODY = settings(30, **JUNE)
ROUND = (
    settings(1, MODELS[0], email_sent_date=None),
    settings(14, MODELS[1], **JUNE),
    settings(365, MODELS[2], **JUNE),
)


def _wrong(name: str, values: list[Any]) -> dict[str, Row]:
    """Settings of which one value is wrong, by what is wrong."""
    return {f"{name} is {value!r}": {**BODY, name: value} for value in values}


def _without(name: str) -> dict[str, Row]:
    return {f"{name} is left out": {key: value for key, value in BODY.items() if key != name}}


WRONG = {
    **_without(WINDOW),
    **_without(MODEL),
    **_wrong(WINDOW, [7.5, "7", "", True, None, [7]]),
    **_wrong(MODEL, ["all_purchases", "Event_Series", "EVENTS", "FD", "", None, 1, True]),
    **_wrong(SENT, ["2026-06-01T00:00:00Z", "2026-06-01 00:00", "2026-02-30", "2026-6-1", "01.06.2026", "20260601"]),
    **_wrong(SENT, ["", "tomorrow", 20260601, 0, True]),
}
OUT_OF_RANGE = _wrong(WINDOW, [0, -1, -30, 366, 3650])


def _package_with(sandbox: Sandbox, *instants: str) -> tuple[str, str, str]:
    """An event, a buyer of it at these instants, and a package of both."""
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(*(a_sale(buyer, event, instant) for instant in instants))
    return sandbox.package([event], {"Jazz": [buyer]}), event, buyer


@law("BEV-01", profile="smoke")
def test_settings_are_a_window_and_a_model_and_a_date(writable: Deployment) -> None:
    seen = settings_of(writable.partner, steps.a_built_package(writable))
    assertions.equal("fields of the settings", sorted(seen), sorted((WINDOW, MODEL, SENT)))
    assertions.among("the model", seen[MODEL], MODELS)
    assertions.that("the window is a whole number", type(seen[WINDOW]) is int, expected="an integer", seen=seen[WINDOW])


@law("BEV-01", "BEV-02", profile="smoke")
def test_settings_that_are_saved_are_read_back(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    for saved in ROUND:
        save(writable.partner, package, saved)
        assertions.equal("the settings", settings_of(writable.partner, package), saved)


@law("BEV-02", ruled=True)
def test_a_put_answers_the_settings_as_stored(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    for saved in ROUND:
        assertions.equal("the answer", save(writable.partner, package, saved).json(), saved)


@law("BEV-02", ruled=True, gotcha="G-04")
def test_a_date_that_is_left_out_is_null(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    save(writable.partner, package, settings(7, **JUNE))
    answer = save(writable.partner, package, settings(7))
    assertions.equal("the answer", answer.json(), settings(7, email_sent_date=None))
    assertions.equal("the settings", settings_of(writable.partner, package), settings(7, email_sent_date=None))


@law("BEV-02", profile="smoke")
def test_settings_that_are_wrong_in_one_way_are_refused_and_change_nothing(writable: Deployment) -> None:
    _refuses(writable, WRONG)


@law("BEV-02", ruled=True)
def test_a_window_is_1_to_365_days(writable: Deployment) -> None:
    _refuses(writable, OUT_OF_RANGE)


def _refuses(writable: Deployment, bodies: dict[str, Row]) -> None:
    """Each of the bodies is refused, and the settings stay."""
    package = steps.a_built_package(writable)
    before = settings_of(writable.partner, package)
    for wrong, body in bodies.items():
        answer = writable.partner.call("replaceEvaluationSettings", {"package_id": package}, body=body)
        assertions.equal(f"status where {wrong}", answer.status_code, 400)
    assertions.equal("the settings afterwards", settings_of(writable.partner, package), before)


@law("BEV-02", ruled=True, gotcha="G-01")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_there_is_no_call_to_run_an_evaluation(writable: Deployment, method: str) -> None:
    package = steps.a_built_package(writable)
    kind = {"content-type": "application/json"}
    answer = writable.partner.send(method, PATH.format(package), headers=kind, content=b"{}")
    assertions.refused(answer, 405)


@law("BEV-02", gotcha="G-10")
def test_settings_are_not_saved_by_post(writable: Deployment) -> None:
    package = steps.a_built_package(writable)
    before = settings_of(writable.partner, package)
    kind, body = {"content-type": "application/json"}, b'{"%s": 77, "%s": "ALL_PURCHASES"}'
    content = body % (WINDOW.encode(), MODEL.encode())
    answer = writable.partner.send("POST", f"{PATH.format(package)}_details", headers=kind, content=content)
    assertions.refused(answer, 405)
    assertions.equal("the settings afterwards", settings_of(writable.partner, package), before)


@example("BEV-02", profile="smoke")
def test_a_put_does_not_wait_for_its_job(sandbox: Sandbox) -> None:
    package, _, _ = _package_with(sandbox, "2026-06-02T10:00:00Z")
    before = sandbox.clock.now()
    save(sandbox.partner, package, BODY)
    assertions.equal("the clock", sandbox.clock.now(), before)
    assertions.equal("the result at once", result_of(sandbox.partner, package), [])
    assertions.equal("the settings at once", settings_of(sandbox.partner, package), BODY)


@example("BEV-02", profile="smoke", gotcha="G-01")
def test_a_put_starts_an_evaluation(sandbox: Sandbox) -> None:
    package, _, _ = _package_with(sandbox, "2026-06-02T10:00:00Z", "2026-06-20T10:00:00Z")
    for days, orders in ((7, 1), (30, 2), (7, 1)):
        rows = evaluated(sandbox, package, settings(days, **JUNE))
        assertions.equal(f"totals once {days} days are saved", totals(rows), (1, 2 * orders, orders))


@example("BEV-02", ruled=True, profile="smoke", gotcha="G-01")
def test_a_put_of_unchanged_settings_starts_an_evaluation_too(sandbox: Sandbox) -> None:
    package, event, buyer = _package_with(sandbox, "2026-06-02T10:00:00Z")
    assertions.equal("totals at first", totals(evaluated(sandbox, package, BODY)), (1, 2, 1))
    sandbox.sell(a_sale(buyer, event, "2026-06-03T10:00:00Z"))
    assertions.equal("totals when the same is saved again", totals(evaluated(sandbox, package, BODY)), (1, 4, 2))


@example("BEV-02", gotcha="G-01")
def test_nothing_but_a_put_starts_an_evaluation(sandbox: Sandbox) -> None:
    package, event, buyer = _package_with(sandbox, "2026-06-02T10:00:00Z")
    before = evaluated(sandbox, package, BODY)
    sandbox.sell(a_sale(buyer, event, "2026-06-03T10:00:00Z"))
    other = sandbox.package([event], {"Jazz": sandbox.customers(1)})
    _all_other_writes(sandbox, sandbox.partner, event, [package, other])
    sandbox.idle()
    assertions.equal("the result after other writes", result_of(sandbox.partner, package), before)
    sandbox.advance(days=3)
    assertions.equal("the result three days later", result_of(sandbox.sign_in("partner"), package), before)


def _all_other_writes(sandbox: Sandbox, client: Client, event: str, packages: list[str]) -> None:
    """What else a partner can do that has to do with an event or a package."""
    event_path = {"eid": event}
    set_defaults(client, sandbox.partner_id, settings(99))
    answers = [
        client.call("setEventAttributionModel", event_path, body={"model": "META"}),
        client.call("replaceEventSeries", event_path, query={"event_series": [sandbox.event()]}),
        client.call(
            "createCampaignResult",
            query={"eid": event, "partner_id": sandbox.partner_id, "purchase": 1, "revenue": 10},
        ),
    ]
    for answer in answers:
        assertions.that(f"{answer.request.url.path} is taken", answer.is_success, seen=answer.status_code)
    for package in packages:
        package_of(client, package)
        settings_of(client, package)
    merged(client, *packages)
    ordered(client, an_order([event]))


@example("BEV-02")
def test_a_refused_put_starts_nothing_and_stops_nothing(sandbox: Sandbox) -> None:
    package, event, buyer = _package_with(sandbox, "2026-06-02T10:00:00Z")
    path = {"package_id": package}
    save(sandbox.partner, package, BODY)
    for wrong in (settings(0), {**BODY, WINDOW: 7.5}):
        assertions.status(sandbox.partner.call("replaceEvaluationSettings", path, body=wrong), 400)
    sandbox.idle()
    before = result_of(sandbox.partner, package)
    assertions.equal("totals of the run that was under way", totals(before), (1, 2, 1))
    sandbox.sell(a_sale(buyer, event, "2026-06-03T10:00:00Z"))
    assertions.status(sandbox.partner.call("replaceEvaluationSettings", path, body=settings(0)), 400)
    sandbox.idle()
    assertions.equal("the result after a refused PUT", result_of(sandbox.partner, package), before)


@law("BEV-09", profile="smoke")
def test_settings_and_result_can_be_read_from_the_start(writable: Deployment) -> None:
    order = an_order(some_events(writable, 1), package_title=writable.title("early"))
    made = ordered(writable.partner, order)["id"]
    assertions.equal(
        "fields of the settings", sorted(settings_of(writable.partner, made)), sorted((WINDOW, MODEL, SENT))
    )
    assertions.equal("the result", result_of(writable.partner, made), [])


@example("BEV-09", profile="smoke")
@pytest.mark.parametrize("seconds", [pytest.param(0, id="INITIALIZING"), pytest.param(2, id="INPROGRESS")])
def test_settings_cannot_be_saved_before_a_package_is_done(sandbox: Sandbox, seconds: int) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, "2026-06-02T10:00:00Z"))
    made = ordered(sandbox.partner, an_order([event]))["id"]
    sandbox.advance(seconds=seconds)
    before = settings_of(sandbox.partner, made)
    answer = sandbox.partner.call("replaceEvaluationSettings", {"package_id": made}, body=settings(77))
    assertions.refused(answer, 409, "error.package.not_ready")
    assertions.equal("the settings afterwards", settings_of(sandbox.partner, made), before)
    sandbox.idle()
    assertions.equal("the settings once it is DONE", settings_of(sandbox.partner, made), before)
    assertions.equal("the result then", result_of(sandbox.partner, made), [])


@example("BEV-09", profile="smoke")
def test_an_expired_package_keeps_its_settings_and_its_last_result(sandbox: Sandbox) -> None:
    package, event, buyer = _package_with(sandbox, "2026-06-02T10:00:00Z")
    before = evaluated(sandbox, package, BODY)
    sandbox.sell(a_sale(buyer, event, "2026-06-03T10:00:00Z"))
    sandbox.advance(days=29)
    again = sandbox.sign_in("partner")
    assertions.equal("the package's status", package_of(again, package)["status"], "EXPIRED")
    answer = again.call("replaceEvaluationSettings", {"package_id": package}, body=settings(77))
    assertions.refused(answer, 409, "error.package.not_ready")
    sandbox.idle()
    assertions.equal("the settings", settings_of(again, package), BODY)
    assertions.equal("the result", result_of(again, package), before)
