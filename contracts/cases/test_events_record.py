"""A single event: its members in both generations of the documentation, and unknown ids."""

from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.open_records import restrict
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import BETA, Sandbox

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
    "campaign_event_series",
    "benchmark",
}
"""The members of an event in both generations of the documentation."""
OLDER_FIELDS = {"currency", "campaign_stop_time", "has_active_campaigns"}
NEWER_FIELD = "predicted_sales_share"
NOT_FOUND = "error.event.not_found"
EVENT_VALUES: dict[str, Any] = {
    "title": "Größe & Glanz – Der Abend",
    "start_date_time": "2026-12-24T18:30:15Z",
    "city": "Zürich",
    "venue_name": "Tonhalle",
    "hall_name": "Grosser Saal",
    "capacity": 1430,
    "category": "Klassik/Oper",
    "special_ad_category": "CREDIT",
    "predicted_sales_share": 0.375,
    "status": "postponed",
    "frontend_status": "FLAGGED",
    "campaign_status": "RUNNING",
    "client_campaign_status": "PAUSED",
    "campaign_optimisation_status": "ON",
    "ad_campaign_optimisation_status": "OFF",
}
PREDICTION = {"value": 0.8, "benchmark": 0.75}
STOP = "2026-12-23T22:00:00Z"
NULLABLE_FIELDS = (
    "hall_name",
    "capacity",
    "special_ad_category",
    "predicted_sales_share",
    "client_campaign_status",
    "benchmark",
)
"""The members that may be null in both generations."""
Row = dict[str, Any]


def read_event(client: Client, event_id: str) -> Row:
    answer = client.call("getEvent", {"eid": event_id})
    assertions.step_status(answer, 200)
    return dict(answer.json())


def first_events(deployment: Deployment) -> list[Row]:
    listed = assertions.read_body(deployment.partner.call("listEvents", query={"limit": 10}))["items"]
    if not listed:
        raise InconclusiveError("the partner has no event")
    return list(listed)


@property_test("EVT-02.members", profile="smoke")
def test_an_event_has_the_members_of_both_generations(deployment: Deployment) -> None:
    documented = FIELDS - {NEWER_FIELD}
    for event in first_events(deployment):
        read = read_event(deployment.partner, event["id"])
        assertions.equal(f"members that the listed {event['id']} lacks", sorted(documented - event.keys()), [])
        assertions.equal(f"members that {event['id']} lacks", sorted(documented - read.keys()), [])


@property_test("EVT-02.benchmark", profile="smoke")
def test_a_benchmark_is_null_or_a_prediction_with_its_benchmark(deployment: Deployment) -> None:
    events = [event for event in first_events(deployment) if event["benchmark"] is not None]
    for event in require_cases(events, "an event with a benchmark"):
        prediction = event["benchmark"].get("prediction")
        known = isinstance(prediction, dict) and prediction.keys() >= PREDICTION.keys()
        assertions.is_true(
            f"benchmark of {event['id']} is as documented",
            known,
            expected='{"prediction": {"value", "benchmark"}}',
            seen=event["benchmark"],
        )


@property_test("EVT-02.members", "EVT-03.read", profile="smoke")
def test_an_event_by_itself_is_the_event_of_the_list(deployment: Deployment) -> None:
    listed = first_events(deployment)
    for event in listed:
        assertions.equal(
            f"the event {event['id']}", restrict(read_event(deployment.partner, event["id"]), event), event
        )
    again = assertions.read_body(deployment.partner.call("listEvents", query={"limit": 10}))["items"]
    assertions.equal("the list after the events were read", again, listed)


@example("EVT-02.members", "EVT-02.values", "EVT-03.details", profile="smoke")
def test_each_field_of_an_event_says_its_own(sandbox: Sandbox) -> None:
    sister = sandbox.add_event()
    event = sandbox.add_event("evt_full", series=[sister], **EVENT_VALUES)
    whole = {**EVENT_VALUES, "id": event, "campaign_event_series": [sister], "benchmark": None}
    read = read_event(sandbox.partner, event)
    assertions.equal("the event", {name: read[name] for name in read if name not in OLDER_FIELDS}, whole)
    listed = assertions.read_body(sandbox.partner.call("listEvents", query={"q": EVENT_VALUES["title"]}))["items"]
    assertions.equal("the event in the list", listed, [read])


@property_test("EVT-02.older_members", documentation="older")
def test_an_event_has_the_members_of_the_older_documentation(deployment: Deployment) -> None:
    for event in first_events(deployment):
        assertions.equal(f"older members that {event['id']} lacks", sorted(OLDER_FIELDS - event.keys()), [])


@example("EVT-02.older_members", "EVT-02.newer_absent", "EVT-02.values", profile="smoke", documentation="older")
@pytest.mark.parametrize(("partner_id", "currency"), [("partner-id-acme", "EUR"), (BETA, "GBP")])
def test_the_older_documentation_has_three_members_more(sandbox: Sandbox, partner_id: str, currency: str) -> None:
    order: Row = {"campaign_status": "RUNNING", "campaign_stop_time": STOP, "predicted_sales_share": 0.5}
    event = sandbox.add_event(partner_id=partner_id, title="Lattenrost", **order)
    client = sandbox.partner if partner_id != BETA else sandbox.second_partner
    read = read_event(client, event)
    assertions.equal("members", set(read), FIELDS | OLDER_FIELDS)
    seen = tuple(read[name] for name in ("currency", "campaign_stop_time", "has_active_campaigns", NEWER_FIELD))
    assertions.equal("the older members, and the newer one", seen, (currency, STOP, True, 0.5))
    listed = assertions.read_body(client.call("listEvents", query={"q": "Lattenrost"}))["items"]
    assertions.equal("the event in the list", listed, [read])


@example("EVT-02.newer_members", "EVT-02.older_absent", profile="smoke", documentation="newer")
def test_the_newer_documentation_has_the_predicted_share_and_none_of_the_older_members(sandbox: Sandbox) -> None:
    order: Row = {"campaign_status": "RUNNING", "campaign_stop_time": STOP, "predicted_sales_share": 0.5}
    event = sandbox.add_event(title="Lattenrost", **order)
    read = read_event(sandbox.partner, event)
    assertions.equal("members", set(read), FIELDS)
    assertions.equal("the predicted share", read[NEWER_FIELD], 0.5)
    listed = assertions.read_body(sandbox.partner.call("listEvents", query={"q": "Lattenrost"}))["items"]
    assertions.equal("the event in the list", listed, [read])


@example("EVT-02.benchmark", "EVT-02.older_absent", "EVT-02.values", profile="smoke")
@pytest.mark.parametrize(("benchmark", "state"), [(0.75, "above"), (0.8, "at"), (0.8125, "below")])
def test_a_benchmark_is_a_prediction_with_its_state_in_the_older_documentation(
    sandbox: Sandbox, benchmark: float, state: str
) -> None:
    prediction = {"value": 0.8, "benchmark": benchmark}
    event = sandbox.add_event(benchmark={"prediction": prediction})
    expected = prediction if sandbox.follows_newer else {**prediction, "state": state}
    read = read_event(sandbox.partner, event)["benchmark"]
    assertions.equal("benchmark of the event", read, {"prediction": expected})


@example("EVT-02.values", "EVT-06.null_status")
def test_what_is_not_known_of_an_event_is_null(sandbox: Sandbox) -> None:
    event = read_event(sandbox.partner, sandbox.add_event())
    names = NULLABLE_FIELDS if sandbox.follows_newer else (*NULLABLE_FIELDS, "campaign_stop_time")
    assertions.equal("the fields that may be null", {name: event[name] for name in names}, dict.fromkeys(names))
    assertions.equal("the series of an event without a series", event["campaign_event_series"], [])


@example("EVT-02.values")
def test_nothing_is_a_value_of_its_own(sandbox: Sandbox) -> None:
    order: Row = {"hall_name": "", "capacity": 0, "predicted_sales_share": 0}
    benchmark = {"prediction": {"value": 0, "benchmark": 0}}
    event = read_event(sandbox.partner, sandbox.add_event(**order, benchmark=benchmark))
    assertions.equal("fields that were set to empty or zero", {name: event[name] for name in order}, order)
    prediction = (event["benchmark"] or {}).get("prediction", {})
    assertions.equal("a prediction of zero", (prediction.get("value"), prediction.get("benchmark")), (0, 0))


@property_test("EVT-02.values")
def test_the_series_in_an_event_is_the_one_that_is_read_by_itself(deployment: Deployment) -> None:
    events = first_events(deployment)
    series_by_event = {
        event["id"]: assertions.read_body(deployment.partner.call("getEventSeries", {"eid": event["id"]}))
        for event in events
    }
    require_case(any(series_by_event.values()), "an event in a series")
    for event in events:
        members = sorted(event["campaign_event_series"])
        assertions.equal(f"series of {event['id']}", members, sorted(series_by_event[event["id"]]))


@property_test("EVT-03.unknown", profile="smoke")
def test_an_unknown_event_is_404(deployment: Deployment) -> None:
    known = first_events(deployment)[0]["id"]
    for unknown in ("evt_none_of_this_name", f"{known}x", f" {known}", f"{known} ", f"{known}/", f"{known},{known}"):
        answer = deployment.partner.call("getEvent", {"eid": unknown})
        is_plain = unknown.replace("-", "_").isidentifier()
        assertions.refusal(answer, 404, NOT_FOUND, part=None if is_plain else "BASE-12.path_id")


@example("EVT-03.read", "EVT-03.unknown")
def test_an_id_is_found_to_the_letter(sandbox: Sandbox) -> None:
    made = [sandbox.add_event(name) for name in ("4711", "evt_Ab", "evt ü/x", "a?b=c")]
    for event in made:
        assertions.equal("id of the event", read_event(sandbox.partner, event)["id"], event)
    for unknown in ("04711", "471", "4711.0", "evt_ab", "evt_A", "evt_A%", "evt ü", "a"):
        assertions.refusal(sandbox.partner.call("getEvent", {"eid": unknown}), 404, NOT_FOUND)
