"""Ground rules of timestamps, dates and money, and of the clock."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from contracts.dsl import assertions, steps, valid_requests
from contracts.dsl.steps import (
    SENT_DATE_FIELD,
    finish_evaluation,
    list_adjustments,
    read_evaluation,
    read_revenue,
    read_settings,
    require_result,
    sale_row,
    save_settings,
    settings_body,
)
from contracts.spec.markers import EVERY_WRITE, example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.clock import machine_seconds
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import TargetSession

TIMESTAMP_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}")
TIMESTAMP_FIELDS = {"start_date_time", "campaign_stop_time", "created_at"}
DATE_FIELDS = {"date", "email_sent_date"}
MALFORMED_DATES = (
    "2026-9-1",
    "20260901",
    "2026-09-01T00:00:00Z",
    "2026-W36-2",
    "01.09.2026",
    "2026-09-01 ",
    "26-09-01",
    "٢٠٢٦-٠٩-٠١",
    "1788220800",
)
NONEXISTENT_DATES = ("0000-01-01", "10000-01-01", "-0001-01-01", "2026-02-30", "2026-13-01", "2026-00-10", "2025-02-29")


@example("BASE-04.timestamp", "BASE-04.date", profile="smoke")
def test_instants_and_dates_are_written_in_utc(sandbox: Sandbox) -> None:
    event = sandbox.add_event(
        start_date_time="2026-12-01T20:30:15+01:00", campaign_stop_time="2026-11-30T22:00:00-05:00"
    )
    (buyer,) = sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-08-02T01:00:00+02:00"))
    shown = assertions.read_body(sandbox.partner.call("getEvent", {"eid": event}))
    assertions.equal("start", shown["start_date_time"], "2026-12-01T19:30:15Z")
    if not sandbox.follows_newer:
        assertions.equal("stop", shown["campaign_stop_time"], "2026-12-01T03:00:00Z")
    assertions.equal("days", [day["date"] for day in read_revenue(sandbox.partner, event)["daily"]], ["2026-08-01"])
    package = sandbox.add_package([event], {"Jazz": [buyer]}, created_at="2026-08-05T06:07:08Z")
    listed = assertions.read_body(sandbox.partner.call("getPackage", {"package_id": package}))
    assertions.equal("creation", listed["created_at"], "2026-08-05T06:07:08Z")
    save_settings(sandbox.partner, package, settings_body(3, **{SENT_DATE_FIELD: "2026-08-01"}))
    assertions.equal("stored email_sent_date", read_settings(sandbox.partner, package)[SENT_DATE_FIELD], "2026-08-01")


@property_test("BASE-04.timestamp", "BASE-04.date", "BASE-04.money")
def test_each_instant_date_and_amount_has_its_one_form(deployment: Deployment) -> None:
    for name, value in _read_all_members(deployment):
        if name in TIMESTAMP_FIELDS and value is not None:
            assertions.is_true(
                f"{name} is a timestamp", TIMESTAMP_PATTERN.fullmatch(str(value)) is not None, seen=value
            )
        if name in DATE_FIELDS and value is not None:
            assertions.is_true(f"{name} is a date", DATE_PATTERN.fullmatch(str(value)) is not None, seen=value)
        if name == "revenue":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            assertions.is_true("revenue is a plain number", number, seen=value)


@example("BASE-04.unit", profile="smoke")
def test_money_is_in_the_major_unit(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-08-02T10:00:00Z", revenue=49.9))
    row = _add_row(sandbox, event, "540.5")
    assertions.equal("a sale of 49.90", read_revenue(sandbox.partner, event)["daily"][0]["revenue"], 49.9)
    assertions.equal("revenue of an adjustment of 540.50", row["revenue"], 540.5)


@property_test("BASE-04.unit", writes=EVERY_WRITE)
def test_a_date_of_another_form_is_refused(writable: Deployment) -> None:
    for text in writable.sample(MALFORMED_DATES, 2):
        for answer, name in _send_date_everywhere(writable, text):
            assertions.refusal(answer, 400, field=name)


@property_test("BASE-12.date", writes=EVERY_WRITE)
@pytest.mark.parametrize("day", ["0001-01-01", "1582-10-10", "2024-02-29", "9999-12-31"])
def test_any_date_of_the_calendar_is_accepted(writable: Deployment, day: str) -> None:
    for answer, name in _send_date_everywhere(writable, day):
        assertions.status_one_of(f"status with {name}={day}", answer, 200, 404)


@property_test("BASE-12.date", writes=EVERY_WRITE)
@pytest.mark.parametrize("text", NONEXISTENT_DATES)
def test_what_the_calendar_does_not_have_is_refused(writable: Deployment, text: str) -> None:
    for answer, name in _send_date_everywhere(writable, text):
        assertions.refusal(answer, 400, field=name)


@example("BASE-12.date")
@pytest.mark.parametrize(
    ("sent", "orders"),
    [
        pytest.param("9999-12-31", 0, id="past the end of the calendar"),
        pytest.param("9999-01-01", 0, id="up to the last day of the calendar"),
        pytest.param("0001-01-01", 0, id="from the first day of the calendar"),
        pytest.param("2025-09-15", 1, id="a year like another"),
    ],
)
def test_a_window_stops_at_the_calendars_end(sandbox: Sandbox, sent: str, orders: int) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-08-02T10:00:00Z"))
    package = sandbox.add_package([event], {"Jazz": [buyer]})
    _save_any_date(sandbox, package, settings_body(365, **{SENT_DATE_FIELD: sent}))
    rows = finish_evaluation(sandbox, package)
    assertions.equal(f"orders from {sent}", [row["purchase"] for row in rows], [orders])


def _save_any_date(sandbox: Sandbox, package: str, body: dict[str, Any]) -> None:
    """Save settings whose window may be at the calendar's end, which is what the contracts are about."""
    answer = sandbox.partner.call("replaceEvaluationSettings", {"package_id": package}, body=body)
    assertions.status(answer, 200)


@example("BASE-12.date")
def test_jobs_end_with_the_calendar(target_session: TargetSession) -> None:
    with target_session.sandbox(now="9998-12-31T12:00:00Z") as world:
        world.set_time("9999-12-30T12:00:00Z")
        person = world.credentials("partner")
        signed_in = world.anonymous.call("signIn", body={"username": person.username, "password": person.password})
        assertions.step_status(signed_in, 200)
        event = world.add_event(start_date_time="9999-12-31T19:00:00Z")
        package = world.add_package([event], {"Jazz": world.new_customer_ids(1)})
        _save_any_date(world, package, settings_body(365))
        assertions.equal("clusters evaluated", [row["tc"] for row in finish_evaluation(world, package)], ["Jazz"])
        world.advance(days=3)
        assertions.equal("the last timestamp of the clock", world.clock.now(), "9999-12-31T23:59:59Z")


@example("BASE-13.resolution", profile="smoke")
def test_what_falls_within_a_second_is_of_that_second(sandbox: Sandbox) -> None:
    package = sandbox.add_package([sandbox.add_event()], {"Jazz": sandbox.new_customer_ids(1)})
    sandbox.control.put("/clock", {"mode": "running", "speed": 0.001})
    save_settings(sandbox.partner, package, settings_body())
    sandbox.control.put("/clock", {"now": "2026-09-01T12:00:02Z", "mode": "frozen"})
    rows = require_result(read_evaluation(sandbox.partner, package))
    assertions.equal("clusters evaluated", [row["tc"] for row in rows], ["Jazz"])


@example("BASE-13.resolution")
def test_the_clock_never_shows_a_second_that_has_not_begun(sandbox: Sandbox) -> None:
    event, speed, seen, began = sandbox.add_event(), 4, 0, machine_seconds()
    sandbox.control.put("/clock", {"mode": "running", "speed": speed})
    for _ in range(5_000):
        seen = int(sandbox.clock.now()[17:19])
        if seen:
            break
    passed = (machine_seconds() - began) * speed
    assertions.at_most("seconds on the clock, compared with the seconds that have passed", seen, passed)
    row = _add_row(sandbox, event, "1")
    passed = (machine_seconds() - began) * speed
    assertions.at_most(
        "seconds in a row's timestamp, compared with the seconds that have passed",
        int(row["created_at"][17:19]),
        passed,
    )


def _send_date_everywhere(writable: Deployment, text: str) -> Iterator[tuple[Any, str]]:
    """Send a date in each parameter that takes a date. Yield each response with the parameter's name."""
    requests = valid_requests.harmless_requests(writable)
    for operation, name in (
        ("listEvents", "since"),
        ("listEvents", "until"),
        ("getDailyRevenueSummary", "start_date"),
        ("getDailyRevenueSummary", "end_date"),
    ):
        yield (
            requests[operation].with_query(**{name: text, **_other_range_end(name, text)}).send(),
            name,
        )
    yield (
        requests["replaceEvaluationSettings"].with_body(**{SENT_DATE_FIELD: text}).send(),
        SENT_DATE_FIELD,
    )


def _other_range_end(name: str, text: str) -> Mapping[str, str]:
    """Return a value for the other end of the range, if the range would be invalid without it."""
    return {"end_date": text} if name == "start_date" else {"start_date": "0001-01-01"} if name == "end_date" else {}


def _read_all_members(deployment: Deployment) -> Iterator[tuple[str, object]]:
    """Yield every member of the partner's lists, and of the responses about its first events and packages."""
    events = assertions.read_body(deployment.partner.call("listEvents", query={"limit": 20}))["items"]
    packages = assertions.read_body(deployment.partner.call("listPackages"))
    if not events:
        raise InconclusiveError("the partner has no event to read")
    yield from _walk_members(events)
    yield from _walk_members(packages)
    for event in events[:5]:
        yield from _walk_members(steps.read_revenue(deployment.partner, event["id"]))
        yield from _walk_members(list_adjustments(deployment.results_user, event["id"], deployment.partner_id))
    for package in packages[:3]:
        yield from _walk_members(read_settings(deployment.partner, package["id"]))


def _walk_members(value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from _walk_members(member)
    elif isinstance(value, list):
        for member in value:
            yield from _walk_members(member)


def _add_row(sandbox: Sandbox, event: str, amount: str) -> dict[str, Any]:
    query = {"eid": event, "partner_id": sandbox.partner_id, "purchase": "1", "revenue": amount}
    answer = sandbox.results_user.call("createCampaignResult", query=query)
    assertions.status(answer, 201)
    return dict(answer.json())
