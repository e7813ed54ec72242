"""Series: who stands in one with whom, and what posting another does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions
from contracts.spec.markers import example, law
from contracts.spec.verdicts import Inconclusive
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import BETA, Sandbox

NOT_FOUND = "error.event.not_found"
UNKNOWN = "evt_none_of_this_name"


def post(client: Client, event: str, *named: str) -> httpx.Response:
    """POST the event's series; the answer must be one of success."""
    answer = client.call("replaceEventSeries", {"eid": event}, query={"event_series": list(named)})
    assertions.that("the series is stored", answer.status_code < 300, expected="2xx", seen=answer.text)
    return answer


def series_of(client: Client, event: str, **query: Any) -> list[str]:
    answer = client.call("getEventSeries", {"eid": event}, query=query)
    assertions.status(answer, 200)
    return list(answer.json())


def all_series(client: Client, events: Sequence[str]) -> dict[str, set[str]]:
    return {event: set(series_of(client, event)) for event in events}


def stand_as(client: Client, *groups: Sequence[str]) -> None:
    """Each event's series is the group that it is named in, itself left out."""
    for group in groups:
        for event in group:
            assertions.equal(f"series of {event}", sorted(series_of(client, event)), sorted(set(group) - {event}))


def some_events(deployment: Deployment, count: int) -> list[str]:
    """Events of the partner, those first that stand alone. Raises Inconclusive."""
    listed = deployment.partner.call("listEvents", query={"limit": 100}).json()["items"]
    found = [event["id"] for event in sorted(listed, key=lambda event: len(event["campaign_event_series"]))]
    if len(found) < count:
        raise Inconclusive(f"the partner has fewer than {count} events")
    return found[:count]


@contextmanager
def put_back(client: Client, events: Sequence[str]) -> Iterator[None]:
    """The series as they are now stand again afterwards."""
    before = all_series(client, events)
    try:
        yield
    finally:
        for event, others in before.items():
            post(client, event, *sorted(others))


@law("EVT-04", profile="smoke")
def test_a_posted_series_is_read_without_the_event_itself(writable: Deployment) -> None:
    client, (event, *named) = writable.partner, some_events(writable, 3)
    with put_back(client, [event, *named]):
        post(client, event, *named)
        assertions.equal("the series", sorted(series_of(client, event)), sorted(named))
        post(client, event, named[1])
        assertions.equal("the series that replaced it", series_of(client, event), [named[1]])


@law("EVT-04", ruled=True)
def test_a_posted_series_is_answered_204(writable: Deployment) -> None:
    client, (event, *named) = writable.partner, some_events(writable, 3)
    with put_back(client, [event, *named]):
        for each in (named, []):
            answer = post(client, event, *each)
            assertions.equal("status and body", (answer.status_code, answer.content), (204, b""))


@law("EVT-04", ruled=True, profile="smoke")
def test_each_member_of_a_series_stands_with_all_the_others(writable: Deployment) -> None:
    client, events = writable.partner, some_events(writable, 4)
    with put_back(client, events):
        post(client, events[0], *events[1:])
        stand_as(client, events)
        post(client, events[3], *events[:2])
        stand_as(client, [events[3], *events[:2]])


@law("EVT-04", profile="smoke")
def test_a_series_of_nobody_empties_it(writable: Deployment) -> None:
    client, (event, other) = writable.partner, some_events(writable, 2)
    with put_back(client, [event, other]):
        post(client, event, other)
        post(client, event)
        assertions.equal("the series", series_of(client, event), [])
        post(client, event)
        assertions.equal("the series emptied twice", series_of(client, event), [])


@law("EVT-04", profile="smoke")
def test_an_unknown_id_is_404_and_changes_nothing(writable: Deployment) -> None:
    client, events = writable.partner, some_events(writable, 2)
    before = all_series(client, events)
    for event, named in (
        (events[0], [UNKNOWN]),
        (events[0], [events[1], UNKNOWN]),
        (events[0], [UNKNOWN, events[1]]),
        (UNKNOWN, [events[0], events[1]]),
        (UNKNOWN, []),
    ):
        answer = client.call("replaceEventSeries", {"eid": event}, query={"event_series": named})
        assertions.refused(answer, 404, NOT_FOUND)
        assertions.equal("the series afterwards", all_series(client, events), before)
    assertions.refused(client.call("getEventSeries", {"eid": UNKNOWN}), 404, NOT_FOUND)


@law("EVT-04")
def test_another_partners_event_joins_no_series(writable: Deployment) -> None:
    client, events = writable.partner, some_events(writable, 2)
    before, foreign = all_series(client, events), some_events_of(writable.second)
    for event, named in ((events[0], [foreign]), (events[0], [events[1], foreign]), (foreign, [events[0]])):
        answer = client.call("replaceEventSeries", {"eid": event}, query={"event_series": named})
        assertions.refused(answer, 404, NOT_FOUND)
    assertions.equal("the series afterwards", all_series(client, events), before)


def some_events_of(client: Client) -> str:
    listed = client.call("listEvents", query={"limit": 1}).json()["items"]
    if not listed:
        raise Inconclusive("the other partner has no event")
    return str(listed[0]["id"])


@law("EVT-04")
def test_a_limit_bounds_what_is_read_of_a_series(writable: Deployment) -> None:
    client, events = writable.partner, some_events(writable, 4)
    with put_back(client, events):
        post(client, events[0], *events[1:])
        for limit, count in ((1, 1), (2, 2), (3, 3), (4, 3), (500, 3)):
            seen = series_of(client, events[0], limit=limit)
            assertions.equal(f"how many are read by {limit}", len(set(seen) & set(events[1:])), count)
            assertions.equal(f"how many rows are read by {limit}", len(seen), count)


@law("EVT-04")
@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "all", ""])
def test_a_limit_that_is_none_is_400(deployment: Deployment, limit: str) -> None:
    event = some_events(deployment, 1)[0]
    answer = deployment.partner.call("getEventSeries", {"eid": event}, query={"limit": limit})
    assertions.refused(answer, 400, field="limit")


@example("EVT-04")
def test_a_series_is_posted_in_the_query_and_not_in_a_body(sandbox: Sandbox) -> None:
    event, first, second = (sandbox.event() for _ in range(3))
    path, kind = f"/events/{event}/series", {"content-type": "application/json"}
    query = f"event_series={first}"
    answer = sandbox.partner.send("POST", path, query=query, headers=kind, content=f'["{second}"]'.encode())
    assertions.that("the series is stored", answer.status_code < 300, expected="2xx", seen=answer.text)
    assertions.equal("the series", series_of(sandbox.partner, event), [first])


@example("EVT-04", profile="smoke")
def test_the_last_of_two_posts_stands(sandbox: Sandbox) -> None:
    event, first, second, third = (sandbox.event() for _ in range(4))
    post(sandbox.partner, event, first, second)
    post(sandbox.partner, event, third)
    assertions.equal("the series", series_of(sandbox.partner, event), [third])


@example("EVT-05", profile="smoke")
def test_a_former_member_that_is_not_named_stands_alone(sandbox: Sandbox) -> None:
    a, b, c, d = (sandbox.event() for _ in range(4))
    post(sandbox.partner, a, b, c, d)
    post(sandbox.partner, a, b)
    stand_as(sandbox.partner, [a, b], [c], [d])
    post(sandbox.partner, b)
    stand_as(sandbox.partner, [a], [b], [c], [d])


@example("EVT-05")
def test_an_emptied_series_leaves_each_of_its_members_alone(sandbox: Sandbox) -> None:
    a, b, c, d = (sandbox.event() for _ in range(4))
    post(sandbox.partner, a, b, c, d)
    post(sandbox.partner, a)
    stand_as(sandbox.partner, [a], [b], [c], [d])


@example("EVT-05", profile="smoke")
def test_a_named_event_leaves_its_series_whose_others_stay_together(sandbox: Sandbox) -> None:
    a, b, c, d, e = (sandbox.event() for _ in range(5))
    post(sandbox.partner, b, c, d)
    post(sandbox.partner, a, b)
    stand_as(sandbox.partner, [a, b], [c, d], [e])
    post(sandbox.partner, e, c)
    stand_as(sandbox.partner, [a, b], [c, e], [d])


@example("EVT-05")
def test_an_event_leaves_its_own_series_for_another_without_its_fellows(sandbox: Sandbox) -> None:
    a, b, c, d, e = (sandbox.event() for _ in range(5))
    post(sandbox.partner, a, b)
    post(sandbox.partner, c, d, e)
    post(sandbox.partner, a, c)
    stand_as(sandbox.partner, [a, c], [b], [d, e])


@example("EVT-05", profile="smoke")
def test_to_name_the_event_itself_or_one_twice_makes_no_difference(sandbox: Sandbox) -> None:
    a, b, c = (sandbox.event() for _ in range(3))
    post(sandbox.partner, a, a, b, b, a)
    stand_as(sandbox.partner, [a, b], [c])
    post(sandbox.partner, a, a)
    stand_as(sandbox.partner, [a], [b], [c])


@example("EVT-05")
def test_a_series_posted_again_is_the_same_series(sandbox: Sandbox) -> None:
    a, b, c, d = (sandbox.event() for _ in range(4))
    for event, *named in ((a, b, c), (a, b, c), (c, a, b)):
        post(sandbox.partner, event, *named)
        stand_as(sandbox.partner, [a, b, c], [d])


@example("EVT-05")
def test_a_series_leaves_those_of_another_partner_alone(sandbox: Sandbox) -> None:
    own, other = [sandbox.event() for _ in range(2)], [sandbox.event(partner_id=BETA) for _ in range(3)]
    post(sandbox.second, other[0], *other[1:])
    for named in ([own[1]], []):
        post(sandbox.partner, own[0], *named)
        stand_as(sandbox.second, other)


@law("EVT-05", profile="thorough")
@given(data=st.data())
def test_series_are_the_parts_of_a_whole_after_any_posts(writable: Deployment, data: Any) -> None:
    client, events = writable.partner, some_events(writable, 5)
    with put_back(client, events):
        for event in events:
            post(client, event)
        parts = [{event} for event in events]
        for _ in range(data.draw(st.integers(1, 4), label="posts")):
            event = data.draw(st.sampled_from(events), label="event")
            named = data.draw(st.lists(st.sampled_from(events), max_size=4), label="named")
            post(client, event, *named)
            parts = _posted(parts, event, {event, *named})
            stand_as(client, *(sorted(part) for part in parts))


def _posted(parts: list[set[str]], event: str, members: set[str]) -> list[set[str]]:
    """The parts after a post: the members one, each former fellow of the event alone, the rest of a part together."""
    found = [members]
    for part in parts:
        left = part - members
        found += [{fellow} for fellow in left] if event in part else [left] if left else []
    return found
