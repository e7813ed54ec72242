"""Series of events: their members, and the effect of replacing a series."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.measurements import read_before
from contracts.dsl.series import pick_events, post_series, preserve_series, read_all_series, read_series
from contracts.dsl.series_walk import SeriesWalk, walk_series
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


def find_walk(deployment: Deployment, events: int) -> SeriesWalk:
    """Return the walk of series. Raises InconclusiveError if it has fewer events."""
    walk = walk_series(deployment)
    require_case(len(walk.events) >= events, f"{events} events of the partner")
    return walk


@property_test("EVT-04.replace", "EVT-04.read", profile="smoke", writes=("replaceEventSeries",))
def test_a_posted_series_is_read_without_the_event_itself(writable: Deployment) -> None:
    walk = find_walk(writable, 3)
    event, *named = walk.events
    assertions.equal("the series", sorted(walk.whole[event]), sorted(named))
    assertions.equal("the series after it was replaced", walk.reduced[event], named[:1])


@property_test("EVT-04.status", writes=("replaceEventSeries",))
def test_a_posted_series_is_answered_204(writable: Deployment) -> None:
    walk = walk_series(writable)
    for answer in (walk.named_answer, walk.empty_answer):
        assertions.equal("status and body", (answer.status_code, answer.content), (204, b""))


@property_test("EVT-04.membership", profile="smoke", writes=("replaceEventSeries",))
def test_each_member_of_a_series_stands_with_all_the_others(writable: Deployment) -> None:
    walk = find_walk(writable, 4)
    for group, seen in ((walk.events, walk.whole), ([*walk.events[:2], walk.events[-1]], walk.regrouped)):
        for event in group:
            assertions.equal(f"series of {event}", sorted(seen[event]), sorted(set(group) - {event}))


@property_test("EVT-05.only_members", writes=("replaceEventSeries",))
def test_members_that_a_post_leaves_out_have_no_series(writable: Deployment) -> None:
    walk = find_walk(writable, 4)
    for event in require_cases(walk.events[2:], "a third event"):
        series = walk.reduced[event]
        assertions.equal("series of an event that was left out", series, [], part="EVT-05.only_members")


@property_test("BASE-10.is_a_value", writes=("replaceEventSeries",))
def test_an_empty_id_does_not_empty_a_series(writable: Deployment) -> None:
    walk = walk_series(writable)
    require_case(not walk.passes_over, "an unknown id that is refused (an empty one may be passed over too)")
    assertions.equal("series after `event_series=`", walk.unchanged, [walk.events[1]])


@property_test("EVT-04.empty", profile="smoke", writes=("replaceEventSeries",))
def test_a_series_of_nobody_empties_it(writable: Deployment) -> None:
    once, twice = walk_series(writable).emptied
    assertions.equal("the series", once, [])
    assertions.equal("the series after being emptied twice", twice, [])


@property_test("EVT-04.unknown", profile="smoke", writes=("replaceEventSeries",))
def test_an_unknown_id_is_404_and_changes_nothing(writable: Deployment) -> None:
    client, events = writable.partner, pick_events(writable, 2)
    before = read_before(writable, f"series of {events}", partial(read_all_series, client, events))
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
    listed = assertions.read_body(client.call("listEvents", query={"limit": 1}))["items"]
    if not listed:
        raise InconclusiveError("the other partner has no event")
    return str(listed[0]["id"])


@property_test("EVT-04.limit", writes=("replaceEventSeries",))
def test_a_limit_bounds_what_is_read_of_a_series(writable: Deployment) -> None:
    walk = find_walk(writable, 4)
    others = walk.events[1:]
    for limit, answer in require_cases(walk.limited.items(), "a limit"):
        assertions.step_status(answer, 200)
        count, seen = min(limit, len(others)), answer.json()
        assertions.equal(f"number of members with limit {limit}", len(set(seen) & set(others)), count)
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
    for named, others in (((a, b, b, a), ([a, b], [c])), ((a,), ([a], [b], [c]))):
        answer = sandbox.partner.call("replaceEventSeries", {"eid": a}, query={"event_series": list(named)})
        assertions.is_true("the series is stored", answer.is_success, expected="2xx", seen=answer.text)
        expect_series(sandbox.partner, *others)


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
