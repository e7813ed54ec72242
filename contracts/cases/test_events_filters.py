"""Listing events: the filters `search` and `status`, filters without an effect, and the package wizard's request."""

from collections.abc import Mapping
from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

FLAGS = ("simulated", "flagged_to_top", "include_archived", "exclude_products")
WITHOUT_EFFECT: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(FLAGS, ("true", "false")),
    "marketing_campaign_status": ("RUNNING", "no status at all", ""),
    "campaigns": ("true", "none", ""),
    "vh": (["one"], ["one", "two"], [""]),
}
"""Values of the filters that have no effect."""
Row = dict[str, Any]


def read_page(client: Client, **query: Any) -> Row:
    answer = client.call("listEvents", query=query)
    assertions.step_status(answer, 200)
    return dict(answer.json())


def event_ids(client: Client, **query: Any) -> list[str]:
    return [event["id"] for event in read_page(client, limit=500, **query)["items"]]


def first_events(deployment: Deployment) -> list[Row]:
    listed = list(read_page(deployment.partner, limit=500)["items"])
    if not listed:
        raise InconclusiveError("the partner has no event")
    return listed


@property_test("EVT-01.further_filters", profile="smoke")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "active"),
        ("marketing_campaign_status", "RUNNING"),
        ("simulated", "false"),
        ("flagged_to_top", "false"),
        ("vh", ["one", "two"]),
        ("include_archived", "true"),
        ("campaigns", "true"),
        ("exclude_products", "false"),
    ],
)
def test_each_further_filter_is_taken(deployment: Deployment, name: str, value: object) -> None:
    page = read_page(deployment.partner, limit=5, **{name: value})
    assertions.at_most(f"total by {name}", page["total"], read_page(deployment.partner, limit=1)["total"])


@property_test("EVT-01.effects", profile="smoke")
@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_a_filter_that_no_member_matches_has_no_effect(deployment: Deployment, name: str) -> None:
    everything = read_page(deployment.partner, limit=20)
    for value in WITHOUT_EFFECT[name]:
        page = read_page(deployment.partner, limit=20, **{name: value})
        assertions.equal(f"the list by {name}={value}", page, everything)


@property_test("EVT-01.search", profile="smoke")
def test_search_finds_what_q_finds(deployment: Deployment) -> None:
    title = first_events(deployment)[0]["title"]
    for part in (title, title[:3], title.upper(), "none of this name"):
        by_search, by_q = (read_page(deployment.partner, **{name: part}) for name in ("search", "q"))
        assertions.equal(f"events by search={part!r}, and by q", by_search, by_q)


@example("EVT-01.effects", profile="smoke")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"q": "rost", "search": "LATTEN"}, ["a"], id="both in the title"),
        pytest.param({"q": "Latten", "search": "Bett"}, ["b"], id="in another order"),
        pytest.param({"q": "rost", "search": "kern"}, [], id="one of two"),
        pytest.param({"q": "Latten", "search": ""}, [], id="an empty search"),
    ],
)
def test_an_event_matches_q_and_search(sandbox: Sandbox, query: Row, found: list[str]) -> None:
    for event, title in (("a", "Lattenrost"), ("b", "Bettlatten"), ("c", "Federkern")):
        sandbox.add_event(event, title=title)
    assertions.equal(f"events by {query}", event_ids(sandbox.partner, **query), found)


@example("EVT-01.effects", profile="smoke")
def test_a_status_filter_finds_the_events_of_that_status(sandbox: Sandbox) -> None:
    for status in ("active", "archived", "cancelled", "postponed"):
        sandbox.add_event(f"evt_{status}", title="Lattenrost", status=status)
    for status, found in (
        ("active", ["evt_active"]),
        ("archived", ["evt_archived"]),
        ("postponed", ["evt_postponed"]),
        ("ACTIVE", []),
        ("act", []),
        ("", []),
    ):
        assertions.equal(
            f"events that are {status!r}", event_ids(sandbox.partner, q="Lattenrost", status=status), found
        )


@property_test("EVT-01.effects")
def test_a_status_filter_splits_the_list(deployment: Deployment) -> None:
    statuses = sorted({event["status"] for event in first_events(deployment)})
    if len(statuses) < 2:
        raise InconclusiveError("the partner's first events have one status")
    for status in statuses:
        events = read_page(deployment.partner, limit=500, status=status)["items"]
        assertions.equal(f"statuses by {status}", {event["status"] for event in events}, {status})
    counts = [read_page(deployment.partner, limit=1, status=status)["total"] for status in statuses]
    assertions.at_most("events of these statuses", sum(counts), read_page(deployment.partner, limit=1)["total"])


@property_test("EVT-01.values", profile="smoke")
@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", ["1", "True", "yes", ""])
def test_a_flag_other_than_true_or_false_is_400(deployment: Deployment, name: str, value: str) -> None:
    assertions.refusal(deployment.partner.call("listEvents", query={name: value}), 400, field=name)


@property_test("EVT-01.wizard", profile="smoke")
def test_the_package_wizards_request_is_redirected_with_its_query(deployment: Deployment) -> None:
    query = "search=a&limit=50&exclude_products=false"
    answer = deployment.partner.send("GET", "/events", query=query)
    assertions.status(answer, 307)
    location = answer.headers.get("location", "")
    assertions.is_true("it leads to the list", location.endswith(f"/api/v3/events/?{query}"), seen=location)
