"""The Meta report of an event, by day."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_case
from contracts.dsl.measurements import read_once
from contracts.dsl.model_walk import walk_models
from contracts.dsl.sold_days import choose_settled_events
from contracts.dsl.steps import (
    Row,
    sale_row,
    temporary_adjustment,
)
from contracts.dsl.three_days import DATE_RANGE_CASES, three_days_of_sales
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

UNKNOWN_EVENT = "contracts-knows-no-such-event"
EVENTS_READ = 5
ACTIVITY_WORDS = ("impression", "click", "spend")
"""Each word is part of the name of a member of each day."""
CREDITS = (
    ("campaign", "organic", "external"),
    ("organic", "campaign", "organic"),
    ("external", "external", "campaign"),
)
"""The sources that FD, META and EXTERNAL credit with three sales. META credits one sale to campaigns."""


def read_report(client: Client, event: str, **query: str) -> list[Row]:
    """Return the Meta report of an event."""
    answer = client.call("getMetaInsights", {"eid": event}, query)
    if query and answer.is_client_error:
        assertions.status(answer, 200, part="META-05.range")
    assertions.step_status(answer, 200)
    return list(answer.json())


def read_conversions(client: Client, event: str, **query: str) -> list[Row]:
    """Return the days of the report without the activity of the ads, which no contract can predict."""
    return select_conversions(read_report(client, event, **query))


def select_conversions(report: Sequence[Row]) -> list[Row]:
    """Return the days of a report without the activity of the ads."""
    names = ("date", "purchases", "purchase_value")
    return [{name: day.get(name) for name in names} for day in report]


@property_test("META-04.report", profile="smoke")
def test_each_event_has_a_report(deployment: Deployment) -> None:
    for event in steps.list_event_ids(deployment, EVENTS_READ):
        assertions.step_status(deployment.partner.call("getMetaInsights", {"eid": event}), 200)


@property_test("META-04.unknown", profile="smoke")
def test_an_unknown_event_has_no_report(deployment: Deployment) -> None:
    assertions.refusal(deployment.partner.call("getMetaInsights", {"eid": UNKNOWN_EVENT}), 404, "error.event.not_found")


@property_test("META-05.purpose", profile="smoke")
def test_a_report_tells_impressions_clicks_and_spend(deployment: Deployment) -> None:
    for event, days in _require_reported_days(deployment):
        for day in days:
            missing = [word for word in ACTIVITY_WORDS if not any(word in name.lower() for name in day)]
            assertions.equal(f"missing members of {day['date']} of {event}", missing, [])


@property_test("META-05.activity", profile="smoke")
def test_clicks_are_at_least_purchases_and_at_most_impressions(deployment: Deployment) -> None:
    for event, days in _require_reported_days(deployment):
        for day in days:
            counts = [day["purchases"], day["clicks"], day["impressions"]]
            what = f"purchases, clicks and impressions on {day['date']} of {event}"
            assertions.equal(f"types of {what}", {type(count) for count in counts}, {int})
            assertions.equal(what, counts, sorted(counts))
            assertions.at_most(f"0 compared with the spend on {day['date']} of {event}", 0, day["spend"])


@property_test("META-05.drawn")
def test_what_ads_did_on_a_past_day_stays_as_it_was(deployment: Deployment) -> None:
    for event, days in _require_reported_days(deployment):
        again = read_report(deployment.partner, event, end_date=days[0]["date"])
        assertions.equal(f"the first day of {event}, read again", again, days[:1])


@property_test("META-05.days", profile="smoke")
def test_the_days_of_a_report_ascend_and_each_has_conversions(deployment: Deployment) -> None:
    for event, days in _require_reported_days(deployment):
        dates = [day["date"] for day in days]
        assertions.equal(f"days of {event}, which must differ and ascend", dates, sorted(set(dates)))
        empty = [day["date"] for day in days if day["purchases"] < 1]
        assertions.equal(f"days of {event} without conversions", empty, [])


@property_test("META-05.range")
def test_a_part_of_a_report_is_cut_out_of_the_whole(deployment: Deployment) -> None:
    event, days = max(_require_reported_days(deployment), key=lambda report: len(report[1]))
    require_case(len(days) > 1, "a report of two days")
    first, last = days[len(days) // 3]["date"], days[2 * len(days) // 3]["date"]
    part = read_report(deployment.partner, event, start_date=first, end_date=last)
    assertions.equal(f"days of {event} from {first} to {last}", part, [d for d in days if first <= d["date"] <= last])


@property_test("META-05.range")
@pytest.mark.parametrize(
    "turned",
    [
        {"start_date": "2026-08-02", "end_date": "2026-08-01"},
        {"start_date": "2100-01-02"},
        {"end_date": "1899-12-31"},
    ],
    ids=["both given", "after the latest day", "before the earliest day"],
)
def test_a_start_after_the_end_is_refused(deployment: Deployment, turned: dict[str, str]) -> None:
    event = steps.list_event_ids(deployment, 1)[0]
    refused = deployment.partner.call("getMetaInsights", {"eid": event}, turned)
    assertions.refusal(refused, 400, "error.request.invalid", field="start_date")


@example("META-05.days", profile="smoke")
def test_a_report_adds_up_orders_and_their_revenue_by_day(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.add_event(), sandbox.new_customer_ids(2)
    sandbox.add_sales(
        sale_row(ann, event, "2026-08-02T23:59:59Z", tickets=4, revenue=120.1),
        sale_row(ann, event, "2026-08-02T00:00:00Z", tickets=1, revenue=30.2),
        sale_row(ben, event, "2026-08-03T00:00:00Z", tickets=2, revenue=0.1),
        sale_row(ben, event, "2026-08-04T10:00:00Z", meta="organic"),
        sale_row(ben, event, "2026-08-05T10:00:00Z", meta="external"),
        sale_row(ben, event, "2026-09-01T12:00:01Z", revenue=7),
    )
    days = [
        {"date": "2026-08-02", "purchases": 2, "purchase_value": 150.3},
        {"date": "2026-08-03", "purchases": 1, "purchase_value": 0.1},
    ]
    assertions.equal("the report", read_conversions(sandbox.partner, event), days)
    sandbox.advance(seconds=1)
    today = {"date": "2026-09-01", "purchases": 1, "purchase_value": 7}
    assertions.equal("the report a second later", read_conversions(sandbox.partner, event), [*days, today])
    assertions.equal("the report of an event without sales", read_conversions(sandbox.partner, sandbox.add_event()), [])


@example("META-05.range")
@pytest.mark.parametrize(
    ("query", "expected"), DATE_RANGE_CASES, ids=["neither", "the first alone", "the last alone", "one day"]
)
def test_each_date_of_a_report_may_be_left_out(
    sandbox: Sandbox, query: Mapping[str, str], expected: Sequence[str]
) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(*three_days_of_sales(buyer, event))
    assertions.equal(
        "days in the report", [day["date"] for day in read_report(sandbox.partner, event, **query)], [*expected]
    )


@example("META-05.range")
def test_the_dates_of_a_report_that_are_left_out_are_1900_and_2100(sandbox: Sandbox) -> None:
    sandbox.control.post("/reset", {"now": "2100-01-03T12:00:00Z"})
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    timestamps = ("1899-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "2100-01-01T23:59:59Z", "2100-01-02T00:00:00Z")
    sandbox.add_sales(*(sale_row(buyer, event, timestamp) for timestamp in timestamps))
    dates = [day["date"] for day in read_report(sandbox.partner, event)]
    assertions.equal("days of a request without dates", dates, ["1900-01-01", "2100-01-01"])


@property_test("META-06.conversions", profile="smoke", writes=("setEventAttributionModel",))
def test_a_report_is_the_campaign_part_of_the_revenue_under_model_meta(writable: Deployment) -> None:
    for event in (settled.id for settled in choose_settled_events(writable)[:2]):
        step = walk_models(writable, event).find("META")
        credited = [day for day in step.read_summary()["daily"] if day["campaign"]["purchases"]]
        seen = select_conversions(step.read_report())
        require_case(bool(credited or seen), f"conversions of {event}")
        expected = [
            {
                "date": day["date"],
                "purchases": day["campaign"]["purchases"],
                "purchase_value": day["campaign"]["revenue"],
            }
            for day in credited
        ]
        assertions.equal(f"the report of {event}", seen, expected)


@property_test("META-06.adjustments", writes=("createCampaignResult", "deleteCampaignResult"))
def test_an_adjustment_is_no_conversion(writable: Deployment) -> None:
    client, event = writable.results_user, steps.list_event_ids(writable, 1)[0]
    before = read_conversions(client, event)
    with temporary_adjustment(client, event, writable.partner_id, 3, steps.unique_revenue(writable)):
        assertions.equal("the report while an adjustment exists", read_conversions(client, event), before)


@example("META-06.conversions", profile="smoke")
def test_only_what_meta_credits_to_campaigns_is_a_conversion(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(attribution_model="META"), sandbox.new_customer_ids(1)
    sandbox.add_sales(
        *(
            sale_row(buyer, event, f"2026-08-0{day}T10:00:00Z", revenue=10 * day, fd=fd, meta=meta, external=external)
            for day, (fd, meta, external) in enumerate(CREDITS, start=1)
        )
    )
    only = [{"date": "2026-08-02", "purchases": 1, "purchase_value": 20}]
    assertions.equal("the report", read_conversions(sandbox.partner, event), only)


def _read_reports(deployment: Deployment) -> Iterator[tuple[str, list[Row]]]:
    for event in steps.list_event_ids(deployment, EVENTS_READ):
        yield event, read_once(deployment, f"report of {event}", partial(read_report, deployment.partner, event))


def _require_reported_days(deployment: Deployment) -> list[tuple[str, list[Row]]]:
    """Return the events whose reports contain days, with these days. Raises InconclusiveError if there is none."""
    reports = [(event, days) for event, days in _read_reports(deployment) if days]
    if not reports:
        raise InconclusiveError("no report contains a day")
    return reports
