"""Which events are in one series, and what replacing a series changes. Rules: EVT-04, EVT-05, BEV-06."""

from collections.abc import Iterable
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mock_server.domain import series
from mock_server.domain.models import Event
from tests.builders import an_event, at


class SeriesModel:
    """Events by id, to which series can be posted."""

    def __init__(self, **names: str | None) -> None:
        self.new_names = (f"series {number}" for number in count(1))
        self.events: dict[str, Event] = {key: an_event(key, series=name) for key, name in names.items()}

    def post(self, event_id: str, *named: str) -> list[str]:
        """Replace the event's series; return the ids of the events that changed."""
        others = [self.events[other] for other in named]
        changed = list(series.replace_series(self.events[event_id], others, self.events, next(self.new_names)))
        self.events |= {event.id: event for event in changed}
        return [event.id for event in changed]

    def members_of(self, event_id: str) -> set[str]:
        """Return the ids of the events in this event's series, itself included."""
        return {event.id for event in series.members_of(self.events[event_id], self.events.values())}

    def all_series(self) -> set[frozenset[str]]:
        """Return every series, including series of a single event."""
        return {frozenset(self.members_of(event_id)) for event_id in self.events}


def letter_sets(*words: str) -> set[frozenset[str]]:
    """Return series of events whose ids are single letters, as in `letter_sets("ab", "c")`."""
    return {frozenset(word) for word in words}


def test_an_event_without_a_series_is_always_in_its_own():
    """Rule: BEV-06."""
    alone = an_event("a", series=None)
    assert series.members_of(alone, [alone, an_event("b", series=None)]) == [alone]
    assert series.other_member_ids(alone, [alone, an_event("b", series=None)]) == []


def test_members_are_read_by_start_then_id():
    """Rule: EVT-04."""
    late, early = at("2026-12-02"), at("2026-12-01")
    events = [
        an_event("a", series="tour", start_date_time=late),
        an_event("c", series="tour", start_date_time=early),
        an_event("b", series="tour", start_date_time=early),
        an_event("d", series="opera", start_date_time=early),
    ]
    assert [event.id for event in series.members_of(events[0], events)] == ["b", "c", "a"]


def test_the_event_itself_is_not_among_the_others():
    """Rule: EVT-04."""
    events = [an_event(key, series="tour") for key in "abc"]
    assert series.other_member_ids(events[1], events) == ["a", "c"]


def test_posting_a_series_puts_its_members_together():
    """Rules: EVT-04 (membership is symmetric and transitive), EVT-05."""
    calendar = SeriesModel(a=None, b=None, c=None, d=None)
    assert sorted(calendar.post("a", "b", "c")) == ["a", "b", "c"]
    assert calendar.all_series() == letter_sets("abc", "d")


def test_a_member_that_is_not_named_any_more_stands_alone():
    """Rule: EVT-05."""
    calendar = SeriesModel(a="tour", b="tour", c="tour", d="tour")
    calendar.post("a", "b")
    assert calendar.all_series() == letter_sets("ab", "c", "d")


def test_a_named_event_leaves_its_series_whose_others_stay_together():
    """Rule: EVT-05."""
    calendar = SeriesModel(a=None, b="tour", c="tour", d="tour")
    calendar.post("a", "b")
    assert calendar.all_series() == letter_sets("ab", "cd")


def test_the_last_one_left_of_a_series_stands_alone():
    """Rule: EVT-05."""
    calendar = SeriesModel(a=None, b="tour", c="tour")
    calendar.post("a", "b")
    assert calendar.all_series() == letter_sets("ab", "c")


def test_two_series_become_one_where_all_are_named():
    """Rule: EVT-05."""
    calendar = SeriesModel(a="tour", b="tour", c="opera", d="opera")
    calendar.post("c", "a", "b", "d")
    assert calendar.all_series() == letter_sets("abcd")


@pytest.mark.parametrize("named", [(), ("a",), ("a", "a")], ids=["nobody", "itself", "itself twice"])
def test_a_series_is_emptied_where_nobody_else_is_named(named):
    """Rules: EVT-04, EVT-05."""
    calendar = SeriesModel(a="tour", b="tour", c="tour")
    calendar.post("a", *named)
    assert calendar.all_series() == letter_sets("a", "b", "c")


@pytest.mark.parametrize("named", ["b", "bb", "ab", "bab"])
def test_to_name_the_event_itself_or_one_twice_makes_no_difference(named):
    """Rule: EVT-05."""
    calendar = SeriesModel(a=None, b=None, c=None)
    calendar.post("a", *named)
    assert calendar.all_series() == letter_sets("ab", "c")


def test_posting_the_series_that_stands_keeps_it():
    """Rule: EVT-05."""
    calendar = SeriesModel(a=None, b=None, c=None)
    calendar.post("a", "b")
    assert calendar.post("a", "b") == []
    assert calendar.all_series() == letter_sets("ab", "c")


def test_any_member_may_post_for_the_whole():
    """Rule: EVT-04 (membership is symmetric)."""
    calendar = SeriesModel(a=None, b=None, c=None)
    calendar.post("a", "b")
    calendar.post("b", "a", "c")
    assert calendar.all_series() == letter_sets("abc")


def test_emptying_the_series_of_an_event_that_has_none_changes_nothing():
    """Rule: EVT-05."""
    assert SeriesModel(a=None, b="tour").post("a") == []


def test_events_elsewhere_do_not_change():
    """Rule: EVT-05."""
    calendar = SeriesModel(a=None, b=None, c="tour", d="tour")
    assert sorted(calendar.post("a", "b")) == ["a", "b"]


def test_a_series_named_like_an_event_that_left_it_stays_apart_from_that_events_new_one():
    """Rule: EVT-05."""
    calendar = SeriesModel(a=None, b=None, c=None, d=None, x=None)
    calendar.post("a", "b", "c")
    calendar.post("x", "a")
    assert calendar.all_series() == letter_sets("ax", "bc", "d")
    calendar.post("a", "d")
    assert calendar.all_series() == letter_sets("ad", "bc", "x")


def test_a_series_that_gets_another_name_does_not_fall_in_with_one_of_that_name():
    """Rule: EVT-05. Before the last post, b has left c, and a has left b."""
    calendar = SeriesModel(a=None, b=None, c=None, x=None)
    calendar.post("b", "c")
    calendar.post("a", "b")
    calendar.post("x", "a")
    assert calendar.all_series() == letter_sets("b", "c", "ax")
    calendar.post("a", "x")
    assert calendar.all_series() == letter_sets("b", "c", "ax")


def expected_series(before: Iterable[frozenset[str]], event_id: str, named: set[str]) -> set[frozenset[str]]:
    """Return what EVT-05 requires: named events leave their series, former members stay alone, others stay together."""
    members = frozenset(named | {event_id})
    result = {members}
    for series_before in before:
        rest = series_before - members
        result |= {frozenset({event}) for event in rest} if event_id in series_before else ({rest} if rest else set())
    return result


LETTERS = "abcde"
series_posts = st.tuples(st.sampled_from(LETTERS), st.sets(st.sampled_from(LETTERS), max_size=4))
names = st.sampled_from([None, "tour", *LETTERS])


@given(at_birth=st.lists(names, min_size=5, max_size=5), history=st.lists(series_posts, max_size=12))
@example(at_birth=[None, "c", "e", None, None], history=[("e", {"a"})])
@settings(deadline=None, max_examples=200)
def test_after_any_history_the_series_are_exactly_those_that_were_posted(at_birth, history):
    """Rules: EVT-04, EVT-05: each event is in one series, its members agree on it, and other series do not change."""
    calendar = SeriesModel(**dict(zip(LETTERS, at_birth, strict=True)))
    blocks = calendar.all_series()
    for event_id, named in history:
        calendar.post(event_id, *sorted(named))
        blocks = expected_series(blocks, event_id, named)
        assert calendar.all_series() == blocks
        assert sum(len(block) for block in blocks) == len(LETTERS)


@given(st.lists(st.sampled_from([None, "s1", "s2", "s3"]), max_size=12), st.sets(st.integers(0, 14)))
@settings(deadline=None)
def test_the_members_of_several_series_are_those_of_each(names, numbers):
    """Rule: EVT-04."""
    events = [an_event(f"evt_{number}", series=name) for number, name in enumerate(names)]
    chosen = {f"evt_{number}" for number in numbers}
    expected = {other.id for event in events if event.id in chosen for other in series.members_of(event, events)}
    assert {event.id for event in series.members_of_all(chosen, events)} == expected
