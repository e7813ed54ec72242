"""The statuses of an event: `frontend_status`, which users set, and the statuses of its campaigns."""

from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_cases
from contracts.dsl.open_records import restrict
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.spec.verdicts import InconclusiveError, NotApplicableError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import BETA, Sandbox

SETTABLE_STATUSES = ("FLAGGED", "HIDDEN", "DEFAULT")
CAMPAIGN_STATUSES = ("RUNNING", "OPEN", "CLOSED", "IGNORED")
CLIENT_STATUSES = ("RUNNING", "PAUSED", None)
NOT_FOUND = "error.event.not_found"
EVENT_START = "2026-09-02T12:00:00Z"
TITLE = "Lattenrost"
PATH = "/events/{}/setup_frontend_status"
Row = dict[str, Any]


def read_event(client: Client, event_id: str) -> Row:
    answer = client.call("getEvent", {"eid": event_id})
    assertions.step_status(answer, 200)
    return dict(answer.json())


def list_events(client: Client, **query: Any) -> list[Row]:
    answer = client.call("listEvents", query={"limit": 500, **query})
    assertions.step_status(answer, 200)
    return list(answer.json()["items"])


def set_status(client: Client, event_id: str, status: str) -> None:
    answer = client.call("setFrontendStatus", {"eid": event_id}, body={"frontend_status": status})
    assertions.step_status(answer, 204)


def pick_event(deployment: Deployment) -> Row:
    """Return an event whose status can be restored. Raises InconclusiveError if there is none."""
    for event in list_events(deployment.partner, limit=50):
        if event["frontend_status"] in SETTABLE_STATUSES:
            return event
    raise InconclusiveError("the partner has no event whose frontend_status can be set back")


def listed_by_status(client: Client, **query: Any) -> dict[str, list[str]]:
    """Return the ids that each settable status finds."""
    return {
        status: [event["id"] for event in list_events(client, frontend_status=[status], **query)]
        for status in SETTABLE_STATUSES
    }


@property_test("EVT-06.frontend_status", profile="smoke")
def test_each_event_has_a_documented_frontend_status(deployment: Deployment) -> None:
    for event in require_cases(list_events(deployment.partner), "an event"):
        allowed = (*SETTABLE_STATUSES, "CANCELLED")
        assertions.one_of(f"frontend_status of {event['id']}", event["frontend_status"], allowed)


@property_test("EVT-06.campaign_status", "EVT-06.client_campaign_status", "EVT-06.null_status", profile="smoke")
def test_each_event_has_documented_campaign_statuses(deployment: Deployment) -> None:
    for event in require_cases(list_events(deployment.partner), "an event"):
        own, clients = event["campaign_status"], event["client_campaign_status"]
        assertions.one_of(f"campaign_status of {event['id']}", own, CAMPAIGN_STATUSES)
        assertions.one_of(f"client_campaign_status of {event['id']}", clients, CLIENT_STATUSES)


@property_test("EVT-06.status", profile="smoke")
def test_a_status_is_a_word_in_lower_case(deployment: Deployment) -> None:
    for event in require_cases(list_events(deployment.partner), "an event"):
        word = str(event["status"]).replace("_", "")
        assertions.is_true(
            f"status of {event['id']} is a word like active",
            word.isalpha() and word.islower(),
            expected="a word like active",
            seen=event["status"],
        )


@example("EVT-06.status", "EVT-06.frontend_status", profile="smoke")
def test_the_two_statuses_of_an_event_are_independent(sandbox: Sandbox) -> None:
    for status in ("active", "archived", "cancelled"):
        for frontend_status in SETTABLE_STATUSES:
            event = read_event(sandbox.partner, sandbox.add_event(status=status, frontend_status=frontend_status))
            seen = (event["status"], event["frontend_status"])
            assertions.equal("status and frontend_status", seen, (status, frontend_status))


@property_test("EVT-08.set", "EVT-08.visible", profile="smoke", writes=("setFrontendStatus",))
def test_a_frontend_status_that_was_set_is_in_the_next_read(writable: Deployment) -> None:
    client, event = writable.partner, pick_event(writable)
    try:
        for status in SETTABLE_STATUSES:
            set_status(client, event["id"], status)
            expected = {**event, "frontend_status": status}
            assertions.equal("the event", restrict(read_event(client, event["id"]), expected), expected)
            listed = [each for each in list_events(client, frontend_status=[status]) if each["id"] == event["id"]]
            assertions.equal(f"the event in the list with status {status}", listed, [expected])
    finally:
        set_status(client, event["id"], event["frontend_status"])


@example("EVT-08.set", "EVT-08.visible", profile="smoke")
def test_setting_a_frontend_status_changes_one_event_and_nothing_else(sandbox: Sandbox) -> None:
    first, second = (sandbox.add_event(title=TITLE, frontend_status="FLAGGED") for _ in range(2))
    before = {event: read_event(sandbox.partner, event) for event in (first, second)}
    answer = sandbox.partner.call("setFrontendStatus", {"eid": first}, body={"frontend_status": "HIDDEN"})
    assertions.equal("status and body", (answer.status_code, answer.content), (204, b""))
    assertions.equal("the event", read_event(sandbox.partner, first), {**before[first], "frontend_status": "HIDDEN"})
    assertions.equal("the other event", read_event(sandbox.partner, second), before[second])
    found = listed_by_status(sandbox.partner, q=TITLE)
    assertions.equal("events by status", found, {"FLAGGED": [second], "HIDDEN": [first], "DEFAULT": []})


@example("EVT-08.set", "EVT-06.frontend_status", profile="smoke")
def test_a_frontend_status_does_not_follow_the_clock(sandbox: Sandbox) -> None:
    events = {
        status: sandbox.add_event(title=TITLE, frontend_status=status, start_date_time=EVENT_START)
        for status in SETTABLE_STATUSES
    }
    for instant in ("2026-09-02T11:59:59Z", EVENT_START, "2026-09-03T12:00:00Z", "2027-09-03T12:00:00Z"):
        sandbox.set_time(instant)
        client = sandbox.sign_in("partner")
        seen = {status: read_event(client, event)["frontend_status"] for status, event in events.items()}
        assertions.equal(f"statuses at {instant}", seen, {status: status for status in events})
        expected = {status: [event] for status, event in events.items()}
        assertions.equal(f"events by status at {instant}", listed_by_status(client, q=TITLE), expected)


@example("EVT-08.visible", "EVT-06.frontend_status")
def test_a_new_event_is_default_and_keeps_what_is_set(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    assertions.equal("status of a new event", read_event(sandbox.partner, event)["frontend_status"], "DEFAULT")
    set_status(sandbox.partner, event, "HIDDEN")
    sandbox.advance(days=40)
    client = sandbox.sign_in("partner")
    assertions.equal("status 40 days later", read_event(client, event)["frontend_status"], "HIDDEN")
    set_status(client, event, "DEFAULT")
    assertions.equal("status set back", read_event(client, event)["frontend_status"], "DEFAULT")


@property_test("EVT-08.refused", profile="smoke", writes=("setFrontendStatus", REFUSED_CALLS))
@pytest.mark.parametrize("status", ["CANCELLED", "flagged", "PAST", "", "FLAGGED,HIDDEN", None, 7])
def test_any_other_frontend_status_is_400_and_changes_nothing(writable: Deployment, status: object) -> None:
    client, event = writable.partner, pick_event(writable)
    refused = client.call("setFrontendStatus", {"eid": event["id"]}, body={"frontend_status": status})
    assertions.refusal(refused, 400, field="frontend_status")
    assertions.equal("the event afterwards", read_event(client, event["id"]), event)


@property_test("EVT-08.refused", profile="smoke", writes=(REFUSED_CALLS,))
def test_the_frontend_status_of_an_unknown_event_is_404(writable: Deployment) -> None:
    for unknown in ("evt_none_of_this_name", "evt none"):
        answer = writable.partner.call("setFrontendStatus", {"eid": unknown}, body={"frontend_status": "HIDDEN"})
        assertions.refusal(answer, 404, NOT_FOUND)


@example("EVT-08.refused", "ERR-04.same_bytes")
def test_another_partners_event_is_not_flagged(sandbox: Sandbox) -> None:
    event = sandbox.add_event(partner_id=BETA)
    answer = sandbox.partner.call("setFrontendStatus", {"eid": event}, body={"frontend_status": "FLAGGED"})
    assertions.refusal(answer, 404, NOT_FOUND)
    assertions.equal("its status", read_event(sandbox.second_partner, event)["frontend_status"], "DEFAULT")


def add_cancelled_event(sandbox: Sandbox) -> str:
    """Add a cancelled event. The quirk that this requires is enabled, and then reset to the documentation's value."""
    sandbox.set_quirks(cancelled_frontend_status=True)
    event = sandbox.add_event(title=TITLE, frontend_status="CANCELLED")
    sandbox.control.put("/quirks", {})
    return event


@property_test("EVT-06.cancelled", documentation="newer")
def test_the_newer_documentation_filters_by_cancelled(deployment: Deployment) -> None:
    answer = deployment.partner.call("listEvents", query={"frontend_status": ["CANCELLED"], "limit": 5})
    assertions.status(answer, 200)
    seen = {event["frontend_status"] for event in answer.json()["items"]}
    assertions.equal("frontend_status of the events that are CANCELLED", seen - {"CANCELLED"}, set())


@example("EVT-06.cancelled", profile="smoke", documentation="newer")
def test_the_newer_documentation_has_cancelled_events(sandbox: Sandbox) -> None:
    cancelled = add_cancelled_event(sandbox)
    plain = sandbox.add_event(title=TITLE)
    assertions.equal("frontend_status", read_event(sandbox.partner, cancelled)["frontend_status"], "CANCELLED")
    for statuses, expected in (
        (["CANCELLED"], [cancelled]),
        (["DEFAULT"], [plain]),
        (["CANCELLED", "DEFAULT"], sorted([cancelled, plain])),
    ):
        found = sorted(event["id"] for event in list_events(sandbox.partner, q=TITLE, frontend_status=statuses))
        assertions.equal(f"events that are {statuses}", found, expected)


@example("EVT-06.older_cancelled", profile="smoke", documentation="older")
def test_the_older_documentation_shows_a_cancelled_event_as_default(sandbox: Sandbox) -> None:
    event = add_cancelled_event(sandbox)
    assertions.equal("frontend_status", read_event(sandbox.partner, event)["frontend_status"], "DEFAULT")
    found = listed_by_status(sandbox.partner, q=TITLE)
    assertions.equal("events by status", found, {"FLAGGED": [], "HIDDEN": [], "DEFAULT": [event]})
    for statuses in (["CANCELLED"], ["DEFAULT", "CANCELLED"]):
        refused = sandbox.partner.call("listEvents", query={"frontend_status": statuses})
        assertions.refusal(refused, 400)
        assertions.names_field(refused, "frontend_status")


@example("EVT-06.active_campaigns", "EVT-06.campaign_status", profile="smoke", documentation="older")
@pytest.mark.parametrize("stop", [None, "2026-09-02T12:00:00Z"], ids=["no stop", "a stop to come"])
@pytest.mark.parametrize("campaign", CAMPAIGN_STATUSES)
def test_campaigns_run_where_the_platforms_own_are_running(sandbox: Sandbox, campaign: str, stop: str | None) -> None:
    for other in CLIENT_STATUSES:
        order = {"campaign_status": campaign, "client_campaign_status": other, "campaign_stop_time": stop}
        event = read_event(sandbox.partner, sandbox.add_event(**order))
        assertions.equal("has_active_campaigns", event["has_active_campaigns"], campaign == "RUNNING")


@example("EVT-06.active_campaigns", profile="smoke", documentation="older")
@pytest.mark.parametrize(
    ("timestamp", "active"),
    [
        pytest.param("2026-09-01T12:59:59Z", True, id="the second before the stop"),
        pytest.param("2026-09-01T13:00:00Z", False, id="the stop"),
        pytest.param("2026-09-01T13:00:01Z", False, id="the second after it"),
    ],
)
def test_campaigns_run_until_their_stop_has_come(sandbox: Sandbox, timestamp: str, active: bool) -> None:
    event = sandbox.add_event(title=TITLE, campaign_status="RUNNING", campaign_stop_time="2026-09-01T13:00:00Z")
    before = read_event(sandbox.partner, event)
    assertions.is_true("campaigns are active at first", before["has_active_campaigns"], seen=before)
    sandbox.set_time(timestamp)
    client = sandbox.sign_in("partner")
    seen = read_event(client, event)
    assertions.equal(f"has_active_campaigns at {timestamp}", seen["has_active_campaigns"], active)
    assertions.equal("campaign_status, which does not depend on the clock", seen["campaign_status"], "RUNNING")
    assertions.equal("the event in the list", list_events(client, q=TITLE), [seen])


@example("EVT-06.active_campaigns", documentation="older")
def test_campaigns_without_a_stop_run_on_after_the_event(sandbox: Sandbox) -> None:
    event = sandbox.add_event(campaign_status="RUNNING", start_date_time=EVENT_START)
    sandbox.advance(days=30)
    seen = read_event(sandbox.sign_in("partner"), event)
    assertions.is_true("campaigns of a past event are active", seen["has_active_campaigns"], seen=seen)


@property_test("EVT-06.active_campaigns", profile="smoke")
def test_only_running_campaigns_are_called_active(deployment: Deployment) -> None:
    events = [event for event in list_events(deployment.partner) if "has_active_campaigns" in event]
    if not events:
        raise NotApplicableError("only in the older documentation: has_active_campaigns")
    decided = [each for each in events if each["campaign_status"] != "RUNNING" or each["campaign_stop_time"] is None]
    for event in require_cases(decided, "an event whose campaigns do not depend on the time"):
        active = event["campaign_status"] == "RUNNING"
        assertions.equal(f"has_active_campaigns of {event['id']}", event["has_active_campaigns"], active)
