"""A single event: its fields, refusal of unknown ids, and the fields that depend on the clock."""

from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client, Query
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

FIELDS = {
    "id",
    "title",
    "start_date_time",
    "city",
    "venue_name",
    "hall_name",
    "capacity",
    "category",
    "special_ad_category",
    "predicted_sales_share",
    "status",
    "frontend_status",
    "campaign_status",
    "client_campaign_status",
    "campaign_optimisation_status",
    "ad_campaign_optimisation_status",
    "campaign_stop_time",
    "has_active_campaigns",
    "campaign_event_series",
    "benchmark",
}
NOT_FOUND = "error.event.not_found"
EVENT_START = "2026-09-02T12:00:00Z"
EVENT_VALUES: dict[str, Any] = {
    "title": "Größe & Glanz – Der Abend",
    "start_date_time": "2026-12-24T18:30:15Z",
    "city": "Zürich",
    "venue_name": "Tonhalle",
    "hall_name": "Grosser Saal",
    "capacity": 1430,
    "category": "CLASSICAL",
    "special_ad_category": "CREDIT",
    "predicted_sales_share": 0.375,
    "status": "POSTPONED",
    "campaign_status": "ACTIVE",
    "client_campaign_status": "PAUSED",
    "campaign_optimisation_status": "ON",
    "ad_campaign_optimisation_status": "OFF",
    "campaign_stop_time": "2026-12-23T22:00:00Z",
    "benchmark": 0.82,
}
NULLABLE_FIELDS = ("hall_name", "capacity", "predicted_sales_share", "campaign_stop_time", "benchmark")
"""The fields that may be null."""
Row = dict[str, Any]


def read_event(client: Client, event_id: str) -> Row:
    answer = client.call("getEvent", {"eid": event_id})
    assertions.status(answer, 200)
    return dict(answer.json())


def first_events(deployment: Deployment) -> list[Row]:
    listed = deployment.partner.call("listEvents", query={"limit": 10}).json()["items"]
    if not listed:
        raise InconclusiveError("the partner has no event")
    return list(listed)


@property_test("EVT-02", profile="smoke")
def test_an_event_has_twenty_fields_and_no_currency(deployment: Deployment) -> None:
    for event in first_events(deployment):
        assertions.equal(f"members of the listed event {event['id']}", set(event), FIELDS)
        assertions.equal(f"names in {event['id']}", set(read_event(deployment.partner, event["id"])), FIELDS)


@property_test("EVT-02", "EVT-03", profile="smoke")
def test_an_event_by_itself_is_the_event_of_the_list(deployment: Deployment) -> None:
    listed = first_events(deployment)
    for event in listed:
        assertions.equal(f"the event {event['id']}", read_event(deployment.partner, event["id"]), event)
    again = deployment.partner.call("listEvents", query={"limit": 10}).json()["items"]
    assertions.equal("the list after the events were read", again, listed)


@example("EVT-02", profile="smoke")
def test_each_field_of_an_event_says_its_own(sandbox: Sandbox) -> None:
    sister = sandbox.add_event()
    event = sandbox.add_event("evt_full", series=[sister], **EVENT_VALUES)
    whole = {
        **EVENT_VALUES,
        "id": event,
        "frontend_status": "UPCOMING",
        "has_active_campaigns": True,
        "campaign_event_series": [sister],
    }
    assertions.equal("the event", read_event(sandbox.partner, event), whole)
    listed = sandbox.partner.call("listEvents", query={"q": EVENT_VALUES["title"]}).json()["items"]
    assertions.equal("the event in the list", listed, [whole])


@example("EVT-02", assumed=True)
def test_what_is_not_known_of_an_event_is_null(sandbox: Sandbox) -> None:
    event = read_event(sandbox.partner, sandbox.add_event())
    assertions.equal(
        "the fields that may be null", {name: event[name] for name in NULLABLE_FIELDS}, dict.fromkeys(NULLABLE_FIELDS)
    )
    assertions.equal("the series of an event that has no series", event["campaign_event_series"], [])


@example("EVT-02", assumed=True)
def test_nothing_is_a_value_of_its_own(sandbox: Sandbox) -> None:
    order: Row = {"hall_name": "", "capacity": 0, "predicted_sales_share": 0, "benchmark": 0}
    event = read_event(sandbox.partner, sandbox.add_event(**order))
    assertions.equal("fields that were set to empty or zero", {name: event[name] for name in order}, order)


@property_test("EVT-02", assumed=True)
def test_the_series_in_an_event_is_the_one_that_is_read_by_itself(deployment: Deployment) -> None:
    for event in first_events(deployment):
        series = deployment.partner.call("getEventSeries", {"eid": event["id"]}).json()
        assertions.equal(f"series of {event['id']}", sorted(event["campaign_event_series"]), sorted(series))


@property_test("EVT-03", profile="smoke")
def test_an_unknown_event_is_404(deployment: Deployment) -> None:
    known = first_events(deployment)[0]["id"]
    for unknown in ("evt_none_of_this_name", f"{known}x", f" {known}", f"{known} ", f"{known}/", f"{known},{known}"):
        answer = deployment.partner.call("getEvent", {"eid": unknown})
        assertions.refusal(answer, 404, NOT_FOUND)


@example("EVT-03")
def test_an_id_is_found_to_the_letter(sandbox: Sandbox) -> None:
    made = [sandbox.add_event(name) for name in ("4711", "evt_Ab", "evt ü/x", "a?b=c")]
    for event in made:
        assertions.equal("id of the event", read_event(sandbox.partner, event)["id"], event)
    for unknown in ("04711", "471", "4711.0", "evt_ab", "evt_A", "evt_A%", "evt ü", "a"):
        assertions.refusal(sandbox.partner.call("getEvent", {"eid": unknown}), 404, NOT_FOUND)


@example("EVT-06", profile="smoke")
@pytest.mark.parametrize(
    ("timestamp", "status"),
    [
        pytest.param("2026-09-02T11:59:59Z", "UPCOMING", id="the second before the start"),
        pytest.param("2026-09-02T12:00:00Z", "RUNNING", id="the start"),
        pytest.param("2026-09-03T11:59:59Z", "RUNNING", id="the last second of 24 hours"),
        pytest.param("2026-09-03T12:00:00Z", "PAST", id="24 hours after the start"),
        pytest.param("2027-09-03T12:00:00Z", "PAST", id="a year later"),
    ],
)
def test_a_frontend_status_follows_the_clock(sandbox: Sandbox, timestamp: str, status: str) -> None:
    event = sandbox.add_event(title="Lattenrost", start_date_time=EVENT_START)
    assertions.equal("the status before the event", read_event(sandbox.partner, event)["frontend_status"], "UPCOMING")
    sandbox.set_time(timestamp)
    client = sandbox.sign_in("partner")
    assertions.equal(f"the status at {timestamp}", read_event(client, event)["frontend_status"], status)
    for filter_status in ("UPCOMING", "RUNNING", "PAST"):
        query: Query = {"q": "Lattenrost", "frontend_status": [filter_status]}
        found = client.call("listEvents", query=query).json()["items"]
        seen = [(row["id"], row["frontend_status"]) for row in found]
        assertions.equal(
            f"events that are {filter_status} at {timestamp}",
            seen,
            [(event, status)] if filter_status == status else [],
        )


@property_test("EVT-06")
def test_a_frontend_status_never_goes_back_as_starts_go_on(deployment: Deployment) -> None:
    client, status_order = deployment.partner, {"PAST": 0, "RUNNING": 1, "UPCOMING": 2}
    listed = client.call("listEvents", query={"limit": 500}).json()["items"]
    by_start = sorted(listed, key=lambda event: event["start_date_time"])
    seen = [event["frontend_status"] for event in by_start]
    assertions.equal("statuses in the order of the events' starts", seen, sorted(seen, key=status_order.__getitem__))


@example("EVT-06", profile="smoke")
@pytest.mark.parametrize("stop", [None, "2026-09-02T12:00:00Z"], ids=["no stop", "a stop to come"])
@pytest.mark.parametrize("campaign", ["NONE", "ACTIVE", "PAUSED", "ENDED"])
def test_campaigns_run_where_the_platforms_own_are_active(sandbox: Sandbox, campaign: str, stop: str | None) -> None:
    for other in ("NONE", "ACTIVE"):
        order = {"campaign_status": campaign, "client_campaign_status": other, "campaign_stop_time": stop}
        event = read_event(sandbox.partner, sandbox.add_event(**order))
        assertions.equal("has_active_campaigns", event["has_active_campaigns"], campaign == "ACTIVE")


@example("EVT-06", profile="smoke")
@pytest.mark.parametrize(
    ("timestamp", "active"),
    [
        pytest.param("2026-09-01T12:59:59Z", True, id="the second before the stop"),
        pytest.param("2026-09-01T13:00:00Z", False, id="the stop"),
        pytest.param("2026-09-01T13:00:01Z", False, id="the second after the stop"),
    ],
)
def test_campaigns_run_until_their_stop_has_come(sandbox: Sandbox, timestamp: str, active: bool) -> None:
    event = sandbox.add_event(title="Lattenrost", campaign_status="ACTIVE", campaign_stop_time="2026-09-01T13:00:00Z")
    before = read_event(sandbox.partner, event)
    assertions.is_true("campaigns are active before the stop", before["has_active_campaigns"], seen=before)
    sandbox.set_time(timestamp)
    client = sandbox.sign_in("partner")
    seen = read_event(client, event)
    assertions.equal(f"has_active_campaigns at {timestamp}", seen["has_active_campaigns"], active)
    assertions.equal("campaign_status, which does not depend on the clock", seen["campaign_status"], "ACTIVE")
    listed = client.call("listEvents", query={"q": "Lattenrost"}).json()["items"]
    assertions.equal("the event in the list", listed, [seen])


@example("EVT-06")
def test_campaigns_without_a_stop_run_on_after_the_event(sandbox: Sandbox) -> None:
    event = sandbox.add_event(campaign_status="ACTIVE", start_date_time=EVENT_START)
    sandbox.advance(days=30)
    seen = read_event(sandbox.sign_in("partner"), event)
    assertions.is_true("campaigns of a past event are active", seen["has_active_campaigns"], seen=seen)


@property_test("EVT-06", profile="smoke")
def test_only_active_campaigns_are_called_active(deployment: Deployment) -> None:
    for event in deployment.partner.call("listEvents", query={"limit": 500}).json()["items"]:
        if event["campaign_status"] != "ACTIVE" or event["campaign_stop_time"] is None:
            active = event["campaign_status"] == "ACTIVE"
            assertions.equal(f"has_active_campaigns of {event['id']}", event["has_active_campaigns"], active)
