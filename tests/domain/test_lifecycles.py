"""Which status follows which, and when. Rules: PKG-03, BASE-12."""

from datetime import timedelta

import pytest

from mock_server.domain import lifecycles
from tests.builders import at


def test_a_package_runs_from_initializing_to_expired():
    """Rule: PKG-03."""
    path = ["INITIALIZING"]
    while path[-1] in lifecycles.NEXT_PACKAGE_STATUS:
        path.append(lifecycles.NEXT_PACKAGE_STATUS[path[-1]])
    assert path == ["INITIALIZING", "INPROGRESS", "DONE", "EXPIRED"]


@pytest.mark.parametrize("end", ["FAILED", "EXPIRED"])
def test_nothing_follows_an_end(end):
    """Rule: PKG-03."""
    assert end not in lifecycles.NEXT_PACKAGE_STATUS


@pytest.mark.parametrize("status", ["EXPIRED", "FAILED"])
def test_a_package_that_is_regenerated_begins_again(status):
    """Rules: PKG-11, PKG-12."""
    assert lifecycles.REGENERATED_STATUS[status] == "INITIALIZING"


def test_no_package_is_regenerated_that_goes_on_by_itself():
    """Rule: PKG-12."""
    assert lifecycles.REGENERATED_STATUS.keys().isdisjoint(lifecycles.NEXT_PACKAGE_STATUS)


def test_a_package_is_ready_once_it_is_done():
    """Rules: BEV-09, PKG-05."""
    assert lifecycles.READY == "DONE"


@pytest.mark.parametrize(
    ("profile", "build", "evaluation"),
    [("quick", timedelta(seconds=4), timedelta(seconds=2)), ("faithful", timedelta(minutes=12), timedelta(minutes=2))],
)
def test_a_build_of_two_stages_and_an_evaluation_take_their_time(profile, build, evaluation):
    """Rule: PKG-03."""
    timing = lifecycles.TIMINGS[profile]
    assert (2 * timing.stage, timing.evaluation) == (build, evaluation)


def test_no_job_takes_no_time():
    """Rule: PKG-03 (a duration is never 0)."""
    durations = [length for timing in lifecycles.TIMINGS.values() for length in (timing.stage, timing.evaluation)]
    assert min(durations) > timedelta(0)


def test_a_package_lives_28_days():
    """Rule: PKG-03."""
    assert lifecycles.add_duration(at("2026-02-01T08:30:00"), lifecycles.PACKAGE_LIFETIME) == at("2026-03-01T08:30:00")


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-12-31T23:59:59", timedelta(seconds=1), "2027-01-01T00:00:00"),
        ("9999-12-31T23:59:58", timedelta(seconds=1), "9999-12-31T23:59:59"),
        ("9999-12-31T23:59:58", timedelta(seconds=2), "9999-12-31T23:59:59"),
        ("9999-12-31T23:59:59", timedelta(0), "9999-12-31T23:59:59"),
        ("9999-12-04T00:00:00", timedelta(days=28), "9999-12-31T23:59:59"),
        ("2026-09-01T00:00:00", timedelta.max, "9999-12-31T23:59:59"),
    ],
    ids=["end of a year", "just reached", "just passed", "already there", "too long a time", "for ever"],
)
def test_an_instant_later_stays_within_the_calendar(start, length, end):
    """Rule: BASE-12 (arithmetic past the ends is clamped)."""
    assert lifecycles.add_duration(at(start), length) == at(end)


def test_a_build_can_fail_only_while_it_is_under_way():
    """Rule: PKG-03."""
    assert lifecycles.FAILED_BUILD_STATUS == {"INPROGRESS": "FAILED"}
