"""Which events a list contains, and their computed members. Rules: EVT-01, EVT-02, EVT-06, BASE-05, BASE-10."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import events
from mock_server.domain.events import EventFilter
from mock_server.domain.models import Event, Prediction
from tests.builders import an_event, at

NOW = at("2026-12-01T20:00:00")


def an_event_starting(event_id: str, start: str, **changes: Any) -> Event:
    return an_event(event_id, start_date_time=at(start), **changes)


def listed_ids(candidates: list[Event], **wanted: Any) -> str:
    """The ids of the events that the filter shows, one letter each."""
    return "".join(event.id for event in events.list_matching(candidates, EventFilter(**wanted)))


def test_events_are_listed_by_start_then_id():
    """Rule: EVT-01."""
    candidates = [
        an_event_starting("a", "2026-12-03"),
        an_event_starting("c", "2026-12-02"),
        an_event_starting("b", "2026-12-02"),
    ]
    assert listed_ids(candidates) == "bca"


@pytest.mark.parametrize(("q", "letters"), [("jazz", "ab"), ("JAZZ", "ab"), ("zz n", "a"), ("rock", ""), ("", "")])
def test_a_title_is_searched_for_any_part_in_any_case(q, letters):
    """Rules: EVT-01, BASE-10 (an empty filter matches nothing)."""
    assert listed_ids([an_event("a", title="Jazz Night"), an_event("b", title="More jAzZ")], q=q) == letters


@pytest.mark.parametrize("q", ["münchen", "MÜNCHEN", "straße", "STRASSE"])
def test_letters_beyond_ascii_have_cases_too(q):
    """Rule: EVT-01."""
    assert listed_ids([an_event("a", title="Münchener Straßenmusik")], q=q) == "a"


def test_a_search_takes_signs_as_they_are():
    """Rule: EVT-01: `q` is not a pattern."""
    assert listed_ids([an_event("a", title="Jazz"), an_event("b", title="100% .*")], q=".*") == "b"


MARKED_EVENTS = [
    an_event("a"),
    an_event("b", frontend_status="FLAGGED"),
    an_event("c", frontend_status="HIDDEN"),
    an_event("d", frontend_status="CANCELLED"),
]
EVENTS_OVER_DAYS = [
    an_event_starting("a", "2026-12-01T23:59:59"),
    an_event_starting("b", "2026-12-02T00:00:00"),
    an_event_starting("c", "2026-12-03T23:59:59"),
    an_event_starting("d", "2026-12-04T00:00:00"),
]


def test_since_and_until_include_their_days():
    """Rule: EVT-01."""
    assert listed_ids(EVENTS_OVER_DAYS, since=date(2026, 12, 2)) == "bcd"
    assert listed_ids(EVENTS_OVER_DAYS, until=date(2026, 12, 3)) == "abc"
    assert listed_ids(EVENTS_OVER_DAYS, since=date(2026, 12, 2), until=date(2026, 12, 3)) == "bc"
    assert listed_ids(EVENTS_OVER_DAYS, since=date(2026, 12, 2), until=date(2026, 12, 2)) == "b"


def test_the_calendars_ends_may_be_asked_for():
    """Rule: BASE-12."""
    assert listed_ids(EVENTS_OVER_DAYS, since=date.min, until=date.max) == "abcd"


@pytest.mark.parametrize(
    ("statuses", "letters"),
    [({"DEFAULT"}, "ad"), ({"FLAGGED"}, "b"), ({"HIDDEN"}, "c"), ({"FLAGGED", "HIDDEN"}, "bc"), (set(), "")],
    ids=["default", "flagged", "hidden", "two", "none"],
)
def test_events_are_filtered_by_the_frontend_status_that_is_shown(statuses, letters):
    """Rules: EVT-01, EVT-06: CANCELLED is shown as DEFAULT."""
    assert listed_ids(MARKED_EVENTS, frontend_status=frozenset(statuses)) == letters


@pytest.mark.parametrize(("status", "letters"), [("DEFAULT", "a"), ("CANCELLED", "d")])
def test_cancelled_is_a_status_of_its_own_where_it_is_shown(status, letters):
    """Rules: EVT-01, EVT-06."""
    wanted = EventFilter(frontend_status=frozenset({status}))
    assert "".join(e.id for e in events.list_matching(MARKED_EVENTS, wanted, shows_cancelled=True)) == letters


@pytest.mark.parametrize(
    ("status", "letters"), [("active", "ab"), ("cancelled", "c"), ("RUNNING", ""), ("activ", ""), ("", "")]
)
def test_events_are_filtered_by_the_whole_status(status, letters):
    """Rules: EVT-01, BASE-10."""
    candidates = [an_event("a"), an_event("b"), an_event("c", status="cancelled")]
    assert listed_ids(candidates, status=status) == letters


@pytest.mark.parametrize(
    ("q", "search", "letters"),
    [(None, "jazz", "ab"), ("night", "jazz", "a"), ("jazz", "", ""), ("", "jazz", ""), ("rock", "jazz", "")],
)
def test_an_event_matches_both_q_and_search(q, search, letters):
    """Rules: EVT-01, BASE-10."""
    candidates = [an_event("a", title="Jazz Night"), an_event("b", title="More jAzZ"), an_event("c", title="Rock")]
    assert listed_ids(candidates, q=q, search=search) == letters


@pytest.mark.parametrize(
    ("cities", "letters"),
    [({"Ulm"}, "a"), ({"Ulm", "Bonn"}, "ab"), ({"ulm"}, ""), ({""}, ""), ({"Köln"}, "")],
    ids=["one", "two", "another case", "empty", "unknown"],
)
def test_events_are_filtered_by_the_citys_exact_name(cities, letters):
    """Rules: EVT-01, BASE-05, BASE-10."""
    candidates = [an_event("a", city="Ulm"), an_event("b", city="Bonn"), an_event("c", city="Ulm,Bonn")]
    assert listed_ids(candidates, city=frozenset(cities)) == letters


def test_all_filters_hold_together():
    """Rule: EVT-01."""
    candidates = [
        an_event_starting("a", "2026-12-02", title="Jazz", city="Ulm"),
        an_event_starting("b", "2026-12-02", title="Jazz", city="Bonn"),
        an_event_starting("c", "2026-12-05", title="Jazz", city="Ulm"),
        an_event_starting("d", "2026-12-02", title="Rock", city="Ulm"),
    ]
    assert listed_ids(candidates, q="jazz", city=frozenset({"Ulm"}), until=date(2026, 12, 3)) == "a"


@pytest.mark.parametrize(
    ("status", "stop", "active"),
    [
        ("RUNNING", None, True),
        ("RUNNING", "2026-12-01T20:00:01", True),
        ("RUNNING", "2026-12-01T20:00:00", False),
        ("RUNNING", "2026-12-01T19:59:59", False),
        ("OPEN", None, False),
        ("CLOSED", "2026-12-09", False),
        ("IGNORED", None, False),
    ],
)
def test_campaigns_run_while_they_are_active_and_their_stop_has_not_come(status, stop, active):
    """Rule: EVT-06."""
    event = an_event(campaign_status=status, campaign_stop_time=at(stop) if stop else None)
    assert events.has_active_campaigns(event, NOW) is active


event_lists = st.lists(
    st.builds(
        lambda number, day, hour, city: an_event_starting(
            f"evt_{number}", f"2026-12-{day:02}T{hour:02}:00:00", city=city
        ),
        st.integers(1, 99),
        st.integers(1, 5),
        st.integers(0, 23),
        st.sampled_from(["Ulm", "Bonn", "Köln"]),
    ),
    max_size=10,
    unique_by=lambda event: event.id,
)


@given(found=event_lists, day=st.integers(1, 5))
@settings(deadline=None)
def test_a_day_cuts_the_listing_in_two_that_make_up_the_whole(found, day):
    """Rule: EVT-01."""
    everything = events.list_matching(found, EventFilter())
    early = events.list_matching(found, EventFilter(until=date(2026, 12, day)))
    late = events.list_matching(found, EventFilter(since=date(2026, 12, day + 1)))
    assert early + late == everything
    assert len(everything) == len(found)


@pytest.mark.parametrize(("value", "state"), [(0.5, "above"), (0.25, "at"), (0.2, "below"), (-1.0, "below")])
def test_a_prediction_is_above_at_or_below_its_benchmark(value, state):
    """Rule: EVT-02."""
    assert events.compare_with_benchmark(Prediction(value, 0.25)) == state
