"""Series of events: their members, and the effect of replacing a series."""

from collections.abc import Sequence
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions
from contracts.dsl.series import post_series, preserve_series, read_all_series, read_series
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import BETA, Sandbox

NOT_FOUND = "error.event.not_found"
UNKNOWN = "evt_none_of_this_name"


def expect_series(client: Client, *groups: Sequence[str]) -> None:
    """Check that the series of each event consists of the other members of the event's group."""
    for group in groups:
        for event in group:
            assertions.equal(f"series of {event}", sorted(read_series(client, event)), sorted(set(group) - {event}))


def pick_events(deployment: Deployment, count: int) -> list[str]:
    """Return events of the partner, those without a series first. Raises InconclusiveError if there are too few."""
    listed = deployment.partner.call("listEvents", query={"limit": 100}).json()["items"]
    found = [event["id"] for event in sorted(listed, key=lambda event: len(event["campaign_event_series"]))]
    if len(found) < count:
        raise InconclusiveError(f"the partner has fewer than {count} events")
    return found[:count]


@property_test("EVT-04.replace", "EVT-04.read", profile="smoke", writes=("replaceEventSeries",))
def test_a_posted_series_is_read_without_the_event_itself(writable: Deployment) -> None:
    client, (event, *named) = writable.partner, pick_events(writable, 3)
    with preserve_series(client, [event, *named]):
        post_series(client, event, *named)
        assertions.equal("the series", sorted(read_series(client, event)), sorted(named))
        post_series(client, event, named[1])
        assertions.equal("the series after it was replaced", read_series(client, event), [named[1]])


@property_test("EVT-04.status", writes=("replaceEventSeries",))
def test_a_posted_series_is_answered_204(writable: Deployment) -> None:
    client, (event, *named) = writable.partner, pick_events(writable, 3)
    with preserve_series(client, [event, *named]):
        for each in (named, []):
            answer = post_series(client, event, *each)
            assertions.equal("status and body", (answer.status_code, answer.content), (204, b""))


@property_test("EVT-04.membership", profile="smoke", writes=("replaceEventSeries",))
def test_each_member_of_a_series_stands_with_all_the_others(writable: Deployment) -> None:
    client, events = writable.partner, pick_events(writable, 4)
    with preserve_series(client, events):
        post_series(client, events[0], *events[1:])
        expect_series(client, events)
        post_series(client, events[3], *events[:2])
        expect_series(client, [events[3], *events[:2]])


@property_test("EVT-05.only_members", writes=("replaceEventSeries",))
def test_members_that_a_post_leaves_out_have_no_series(writable: Deployment) -> None:
    client, (event, kept, *left_out) = writable.partner, pick_events(writable, 4)
    with preserve_series(client, [event, kept, *left_out]):
        post_series(client, event, kept, *left_out)
        post_series(client, event, kept)
        for each in left_out:
            series = read_series(client, each)
            assertions.equal("series of an event that was left out", series, [], part="EVT-05.only_members")


@property_test("BASE-10.is_a_value", writes=("replaceEventSeries",))
def test_an_empty_id_does_not_empty_a_series(writable: Deployment) -> None:
    client, (event, other) = writable.partner, pick_events(writable, 2)
    with preserve_series(client, [event, other]):
        post_series(client, event, other)
        client.call("replaceEventSeries", {"eid": event}, query={"event_series": [""]})
        assertions.equal("series after `event_series=`", read_series(client, event), [other])


@property_test("EVT-04.empty", profile="smoke", writes=("replaceEventSeries",))
def test_a_series_of_nobody_empties_it(writable: Deployment) -> None:
    client, (event, other) = writable.partner, pick_events(writable, 2)
    with preserve_series(client, [event, other]):
        post_series(client, event, other)
        post_series(client, event)
        assertions.equal("the series", read_series(client, event), [])
        post_series(client, event)
        assertions.equal("the series after being emptied twice", read_series(client, event), [])


@property_test("EVT-04.unknown", profile="smoke", writes=("replaceEventSeries",))
def test_an_unknown_id_is_404_and_changes_nothing(writable: Deployment) -> None:
    client, events = writable.partner, pick_events(writable, 2)
    before = read_all_series(client, events)
    cases: tuple[tuple[str, list[str]], ...] = (
        (events[0], [UNKNOWN]),
        (events[0], [events[1], UNKNOWN]),
        (events[0], [UNKNOWN, events[1]]),
        (UNKNOWN, [events[0], events[1]]),
        (UNKNOWN, []),
    )
    for event, named in writable.sample(cases, 3):
        answer = client.call("replaceEventSeries", {"eid": event}, query={"event_series": named})
        assertions.refusal(answer, 404, NOT_FOUND)
        assertions.equal("the series afterwards", read_all_series(client, events), before)
    assertions.refusal(client.call("getEventSeries", {"eid": UNKNOWN}), 404, NOT_FOUND)


@property_test("EVT-04.unknown", writes=("replaceEventSeries",))
def test_another_partners_event_joins_no_series(writable: Deployment) -> None:
    client, events = writable.partner, pick_events(writable, 2)
    before, foreign = read_all_series(client, events), first_event_of(writable.second_partner)
    for event, named in ((events[0], [foreign]), (events[0], [events[1], foreign]), (foreign, [events[0]])):
        answer = client.call("replaceEventSeries", {"eid": event}, query={"event_series": named})
        assertions.refusal(answer, 404, NOT_FOUND)
    assertions.equal("the series afterwards", read_all_series(client, events), before)


def first_event_of(client: Client) -> str:
    listed = client.call("listEvents", query={"limit": 1}).json()["items"]
    if not listed:
        raise InconclusiveError("the other partner has no event")
    return str(listed[0]["id"])


@property_test("EVT-04.limit", writes=("replaceEventSeries",))
def test_a_limit_bounds_what_is_read_of_a_series(writable: Deployment) -> None:
    client, events = writable.partner, pick_events(writable, 4)
    with preserve_series(client, events):
        post_series(client, events[0], *events[1:])
        for limit, count in ((1, 1), (2, 2), (3, 3), (4, 3), (500, 3), (1000, 3)):
            seen = read_series(client, events[0], limit=limit)
            assertions.equal(f"number of members with limit {limit}", len(set(seen) & set(events[1:])), count)
            assertions.equal(f"number of entries with limit {limit}", len(seen), count)


@property_test("EVT-04.limit")
@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "all", ""])
def test_a_limit_that_is_none_is_400(deployment: Deployment, limit: str) -> None:
    event = pick_events(deployment, 1)[0]
    answer = deployment.partner.call("getEventSeries", {"eid": event}, query={"limit": limit})
    assertions.refusal(answer, 400, field="limit")


@example("EVT-04.replace")
def test_a_series_is_posted_in_the_query_and_not_in_a_body(sandbox: Sandbox) -> None:
    event, first, second = (sandbox.add_event() for _ in range(3))
    path, kind = f"/events/{event}/series", {"content-type": "application/json"}
    query = f"event_series={first}"
    answer = sandbox.partner.send("POST", path, query=query, headers=kind, content=f'["{second}"]'.encode())
    assertions.is_true("the series is stored", answer.status_code < 300, expected="2xx", seen=answer.text)
    assertions.equal("the series", read_series(sandbox.partner, event), [first])


@example("EVT-04.replace", "EVT-04.read", profile="smoke")
def test_the_last_of_two_posts_stands(sandbox: Sandbox) -> None:
    event, first, second, third = (sandbox.add_event() for _ in range(4))
    post_series(sandbox.partner, event, first, second)
    post_series(sandbox.partner, event, third)
    assertions.equal("the series", read_series(sandbox.partner, event), [third])


@example("EVT-05.only_members", profile="smoke")
def test_a_former_member_that_is_not_named_stands_alone(sandbox: Sandbox) -> None:
    a, b, c, d = (sandbox.add_event() for _ in range(4))
    post_series(sandbox.partner, a, b, c, d)
    post_series(sandbox.partner, a, b)
    expect_series(sandbox.partner, [a, b], [c], [d])
    post_series(sandbox.partner, b)
    expect_series(sandbox.partner, [a], [b], [c], [d])


@example("EVT-05.only_members")
def test_an_emptied_series_leaves_each_of_its_members_alone(sandbox: Sandbox) -> None:
    a, b, c, d = (sandbox.add_event() for _ in range(4))
    post_series(sandbox.partner, a, b, c, d)
    post_series(sandbox.partner, a)
    expect_series(sandbox.partner, [a], [b], [c], [d])


@example("EVT-05.only_members", profile="smoke")
def test_a_named_event_leaves_its_series_whose_others_stay_together(sandbox: Sandbox) -> None:
    a, b, c, d, e = (sandbox.add_event() for _ in range(5))
    post_series(sandbox.partner, b, c, d)
    post_series(sandbox.partner, a, b)
    expect_series(sandbox.partner, [a, b], [c, d], [e])
    post_series(sandbox.partner, e, c)
    expect_series(sandbox.partner, [a, b], [c, e], [d])


@example("EVT-05.only_members")
def test_an_event_leaves_its_own_series_for_another_without_its_fellows(sandbox: Sandbox) -> None:
    a, b, c, d, e = (sandbox.add_event() for _ in range(5))
    post_series(sandbox.partner, a, b)
    post_series(sandbox.partner, c, d, e)
    post_series(sandbox.partner, a, c)
    expect_series(sandbox.partner, [a, c], [b], [d, e])


@example("EVT-05.named_twice", profile="smoke")
def test_to_name_the_event_itself_or_one_twice_makes_no_difference(sandbox: Sandbox) -> None:
    a, b, c = (sandbox.add_event() for _ in range(3))
    post_series(sandbox.partner, a, a, b, b, a)
    expect_series(sandbox.partner, [a, b], [c])
    post_series(sandbox.partner, a, a)
    expect_series(sandbox.partner, [a], [b], [c])


@example("EVT-05.only_members")
def test_a_series_posted_again_is_the_same_series(sandbox: Sandbox) -> None:
    a, b, c, d = (sandbox.add_event() for _ in range(4))
    for event, *named in ((a, b, c), (a, b, c), (c, a, b)):
        post_series(sandbox.partner, event, *named)
        expect_series(sandbox.partner, [a, b, c], [d])


@example("EVT-05.only_members")
def test_a_series_leaves_those_of_another_partner_alone(sandbox: Sandbox) -> None:
    own, other = [sandbox.add_event() for _ in range(2)], [sandbox.add_event(partner_id=BETA) for _ in range(3)]
    post_series(sandbox.second_partner, other[0], *other[1:])
    for named in ([own[1]], []):
        post_series(sandbox.partner, own[0], *named)
        expect_series(sandbox.second_partner, other)


@property_test("EVT-05.only_members", profile="thorough", writes=("replaceEventSeries",))
@given(data=st.data())
def test_series_are_the_parts_of_a_whole_after_any_posts(writable: Deployment, data: Any) -> None:
    client, events = writable.partner, pick_events(writable, 5)
    with preserve_series(client, events):
        for event in events:
            post_series(client, event)
        parts = [{event} for event in events]
        for _ in range(data.draw(st.integers(1, 4), label="posts")):
            event = data.draw(st.sampled_from(events), label="event")
            named = data.draw(st.lists(st.sampled_from(events), max_size=4), label="named")
            post_series(client, event, *named)
            parts = _parts_after_post(parts, event, {event, *named})
            expect_series(client, *(sorted(part) for part in parts))


def _parts_after_post(parts: list[set[str]], event: str, members: set[str]) -> list[set[str]]:
    """Return the partition after a post. The members form one part; each former member forms a separate part."""
    parts_afterwards = [members]
    for part in parts:
        remaining = part - members
        parts_afterwards += [{fellow} for fellow in remaining] if event in part else [remaining] if remaining else []
    return parts_afterwards
