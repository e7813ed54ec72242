"""Ground rules of instants, dates and money, and of the clock behind them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from contracts.dsl import assertions, steps, valid_requests
from contracts.dsl.steps import SENT, a_sale, adjustments, result_of, revenue, save, settings, settings_of
from contracts.spec.markers import example, law
from contracts.spec.verdicts import Inconclusive
from contracts.target.clock import machine_seconds
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import Inspection

INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANTS = {"start_date_time", "campaign_stop_time", "created_at"}
DAYS = {"date", "email_sent_date"}
OTHER_DAYS = (
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
NO_DAYS = ("0000-01-01", "10000-01-01", "-0001-01-01", "2026-02-30", "2026-13-01", "2026-00-10", "2025-02-29")


@example("BASE-04", profile="smoke")
def test_instants_and_dates_are_written_in_utc(sandbox: Sandbox) -> None:
    event = sandbox.event(start_date_time="2026-12-01T20:30:15+01:00", campaign_stop_time="2026-11-30T22:00:00-05:00")
    (buyer,) = sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, "2026-08-02T01:00:00+02:00"))
    shown = sandbox.partner.call("getEvent", {"eid": event}).json()
    assertions.equal("start", shown["start_date_time"], "2026-12-01T19:30:15Z")
    assertions.equal("stop", shown["campaign_stop_time"], "2026-12-01T03:00:00Z")
    assertions.equal("days", [day["date"] for day in revenue(sandbox.partner, event)["daily"]], ["2026-08-01"])
    package = sandbox.package([event], {"Jazz": [buyer]}, created_at="2026-08-05T06:07:08Z")
    listed = sandbox.partner.call("getPackage", {"package_id": package}).json()
    assertions.equal("creation", listed["created_at"], "2026-08-05T06:07:08Z")
    save(sandbox.partner, package, settings(3, **{SENT: "2026-08-01"}))
    assertions.equal("the email's day", settings_of(sandbox.partner, package)[SENT], "2026-08-01")


@law("BASE-04")
def test_each_instant_date_and_amount_has_its_one_form(deployment: Deployment) -> None:
    for name, value in _values(deployment):
        if name in INSTANTS and value is not None:
            assertions.that(f"{name} is an instant", INSTANT.fullmatch(str(value)) is not None, seen=value)
        if name in DAYS and value is not None:
            assertions.that(f"{name} is a date", DAY.fullmatch(str(value)) is not None, seen=value)
        if name == "revenue":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            assertions.that("revenue is a bare number", number, seen=value)


@example("BASE-04", ruled=True, profile="smoke")
def test_money_is_in_the_major_unit(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, "2026-08-02T10:00:00Z", revenue=49.9))
    row = _a_row(sandbox, event, "540.5")
    assertions.equal("a sale of 49.90", revenue(sandbox.partner, event)["daily"][0]["revenue"], 49.9)
    assertions.equal("an adjustment of 540.50", row["revenue"], 540.5)


@law("BASE-04", ruled=True)
def test_a_date_of_another_form_is_refused(writable: Deployment) -> None:
    for text in OTHER_DAYS:
        for answer, name in _dated(writable, text):
            assertions.refused(answer, 400, field=name)


@law("BASE-12")
@pytest.mark.parametrize("day", ["0001-01-01", "1582-10-10", "2024-02-29", "9999-12-31"])
def test_any_date_of_the_calendar_is_accepted(writable: Deployment, day: str) -> None:
    for answer, name in _dated(writable, day):
        assertions.among(f"status with {name}={day}", answer.status_code, (200, 404))


@law("BASE-12")
@pytest.mark.parametrize("text", NO_DAYS)
def test_what_the_calendar_does_not_have_is_refused(writable: Deployment, text: str) -> None:
    for answer, name in _dated(writable, text):
        assertions.refused(answer, 400, field=name)


@example("BASE-12")
@pytest.mark.parametrize(
    ("sent", "orders"),
    [
        pytest.param("9999-12-31", 0, id="past the calendar's end"),
        pytest.param("9999-01-01", 0, id="up to its last day"),
        pytest.param("0001-01-01", 0, id="from its first day"),
        pytest.param("2025-09-15", 1, id="a year like another"),
    ],
)
def test_a_window_stops_at_the_calendars_end(sandbox: Sandbox, sent: str, orders: int) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, "2026-08-02T10:00:00Z"))
    package = sandbox.package([event], {"Jazz": [buyer]})
    save(sandbox.partner, package, settings(365, **{SENT: sent}))
    sandbox.idle()
    assertions.equal(f"orders from {sent}", [row["purchase"] for row in result_of(sandbox.partner, package)], [orders])


@example("BASE-12")
def test_jobs_end_with_the_calendar(inspection: Inspection) -> None:
    with inspection.sandbox(now="9999-12-30T12:00:00Z") as world:
        person = world.person("partner")
        signed_in = world.anonymous.call("signIn", body={"username": person.username, "password": person.password})
        assertions.status(signed_in, 200)
        event = world.event(start_date_time="9999-12-31T19:00:00Z")
        package = world.package([event], {"Jazz": world.customers(1)})
        save(world.partner, package, settings(365))
        world.idle()
        assertions.equal("clusters evaluated", [row["tc"] for row in result_of(world.partner, package)], ["Jazz"])
        world.advance(days=3)
        assertions.equal("the world's last instant", world.clock.now(), "9999-12-31T23:59:59Z")


@example("BASE-13", profile="smoke")
def test_what_falls_within_a_second_is_of_that_second(sandbox: Sandbox) -> None:
    package = sandbox.package([sandbox.event()], {"Jazz": sandbox.customers(1)})
    sandbox.control.put("/clock", {"mode": "running", "speed": 0.001})
    save(sandbox.partner, package, settings())
    sandbox.control.put("/clock", {"now": "2026-09-01T12:00:02Z", "mode": "frozen"})
    assertions.equal("clusters evaluated", [row["tc"] for row in result_of(sandbox.partner, package)], ["Jazz"])


@example("BASE-13")
def test_the_clock_never_shows_a_second_that_has_not_begun(sandbox: Sandbox) -> None:
    event, speed, seen, began = sandbox.event(), 4, 0, machine_seconds()
    sandbox.control.put("/clock", {"mode": "running", "speed": speed})
    for _ in range(5_000):
        seen = int(sandbox.clock.now()[17:19])
        if seen:
            break
    passed = (machine_seconds() - began) * speed
    assertions.at_most("seconds shown, against seconds that can have passed", seen, passed)
    row = _a_row(sandbox, event, "1")
    passed = (machine_seconds() - began) * speed
    assertions.at_most("second of a row, against seconds that can have passed", int(row["created_at"][17:19]), passed)


def _dated(writable: Deployment, text: str) -> Iterator[tuple[Any, str]]:
    """An answer for each place where a date may stand, and the place's name."""
    asked = valid_requests.harmless(writable)
    for operation, name in (
        ("listEvents", "since"),
        ("listEvents", "until"),
        ("getDailyRevenueSummary", "start_date"),
        ("getDailyRevenueSummary", "end_date"),
    ):
        yield asked[operation].asking(**{name: text, **_beside(name, text)}).send(writable.partner), name
    yield asked["replaceEvaluationSettings"].saying(**{SENT: text}).send(writable.partner), SENT


def _beside(name: str, text: str) -> Mapping[str, str]:
    """The range's other end, where the default would lie on the wrong side of the date."""
    return {"end_date": text} if name == "start_date" else {"start_date": "0001-01-01"} if name == "end_date" else {}


def _values(deployment: Deployment) -> Iterator[tuple[str, object]]:
    """Each member of all that the partner can list, and of its first event's and package's answers."""
    events = deployment.partner.call("listEvents", query={"limit": 20}).json()["items"]
    packages = deployment.partner.call("listPackages").json()
    if not events:
        raise Inconclusive("the partner has no event to read")
    yield from _members(events)
    yield from _members(packages)
    for event in events[:5]:
        yield from _members(steps.revenue(deployment.partner, event["id"]))
        yield from _members(adjustments(deployment.partner, event["id"], deployment.partner_id))
    for package in packages[:3]:
        yield from _members(settings_of(deployment.partner, package["id"]))


def _members(value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from _members(member)
    elif isinstance(value, list):
        for member in value:
            yield from _members(member)


def _a_row(sandbox: Sandbox, event: str, amount: str) -> dict[str, Any]:
    query = {"eid": event, "partner_id": sandbox.partner_id, "purchase": "1", "revenue": amount}
    answer = sandbox.partner.call("createCampaignResult", query=query)
    assertions.status(answer, 201)
    return dict(answer.json())
