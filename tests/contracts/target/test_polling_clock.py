"""Without a control API, jobs are polled with growing pauses until their timeout. The tests use a fake time."""

import pytest

from contracts.spec.verdicts import InconclusiveError, NotApplicableError
from contracts.target.clock import EXPECTED_SHARE, FIRST_PAUSE, LONGEST_PAUSE, PollingClock


class FakeTime:
    """A number of seconds that grows only by pauses."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def a_polling_clock(time: FakeTime, seconds: float, durations: dict[str, float] | None = None) -> PollingClock:
    durations = {} if durations is None else durations
    return PollingClock({"build": seconds}, durations, lambda: time.now, time.pause)


def test_what_is_done_at_once_needs_no_pause() -> None:
    time = FakeTime()
    assert a_polling_clock(time, 10).wait_until("build", lambda: "DONE", lambda seen: seen == "DONE") == "DONE"
    assert time.pauses == []


def test_a_job_that_has_just_been_started_is_read_after_a_pause() -> None:
    time, read_at = FakeTime(), []
    clock = a_polling_clock(time, 10)
    clock.wait_until("build", lambda: read_at.append(time.now), lambda _: True, at_once=False)
    assert read_at == [100.0 + FIRST_PAUSE]


def test_a_job_is_first_read_when_one_of_its_kind_may_have_ended() -> None:
    time, durations = FakeTime(), {}

    def list_reads(job_seconds: float) -> list[float]:
        started, reads = time.now, list[float]()
        a_polling_clock(time, 100, durations).wait_until(
            "build", lambda: reads.append(time.now - started), lambda _: reads[-1] >= job_seconds, at_once=False
        )
        return reads

    slow = list_reads(20)
    assert slow[0] == pytest.approx(FIRST_PAUSE)
    assert durations == {"build": slow[-1]}
    assert list_reads(slow[-1])[0] == pytest.approx(slow[-1] * EXPECTED_SHARE)
    fast = list_reads(10)
    assert len(fast) == 1
    assert durations == {"build": fast[0]}
    list_reads(30)
    assert durations == {"build": fast[0]}


def test_what_is_watched_with_a_pause_of_its_own_is_read_at_once() -> None:
    time, read_at = FakeTime(), []
    a_polling_clock(time, 100, {"build": 20.0}).wait_for_change(
        "build", lambda: read_at.append(time.now), lambda _: True, at_once=False, pause=1
    )
    assert read_at == [101.0]


def test_a_job_that_has_not_ended_tells_no_duration() -> None:
    durations: dict[str, float] = {}
    a_polling_clock(FakeTime(), 5, durations).wait_for_change("build", lambda: 0, lambda _: False, at_once=False)
    assert durations == {}


def test_each_pause_is_longer_up_to_the_longest() -> None:
    time = FakeTime()
    a_polling_clock(time, 100).wait_until("build", lambda: time.now, lambda seen: seen > 150)
    assert time.pauses[0] == FIRST_PAUSE
    assert time.pauses == sorted(time.pauses)
    assert time.pauses[-1] == LONGEST_PAUSE


def test_a_job_that_does_not_end_is_inconclusive_after_exactly_the_declared_time() -> None:
    time = FakeTime()
    with pytest.raises(InconclusiveError, match=r"the build did not end within 7 s \(--job-timeout build=SECONDS\)"):
        a_polling_clock(time, 7).wait_until("build", lambda: None, lambda _: False)
    assert time.now == pytest.approx(107)


def test_a_last_look_is_taken_when_the_time_is_over() -> None:
    time = FakeTime()
    assert a_polling_clock(time, 7).wait_until("build", lambda: time.now >= 106.9, bool) is True


def test_without_a_signal_the_state_at_the_timeout_is_taken() -> None:
    time = FakeTime()
    assert a_polling_clock(time, 3).wait_for_change("build", lambda: "same", lambda _: False) == "same"
    assert time.now == pytest.approx(103)


def test_a_clock_that_nobody_can_read_or_move_is_not_applicable() -> None:
    clock = a_polling_clock(FakeTime(), 1)
    with pytest.raises(NotApplicableError):
        clock.now()
    with pytest.raises(NotApplicableError):
        clock.advance(days=1)


def test_what_was_started_early_is_waited_for_until_it_is_old_enough() -> None:
    time = FakeTime()
    clock = a_polling_clock(time, 60)
    time.now = 120.0
    clock.wait_for_age("build", 100.0, 50.0)
    assert time.now == pytest.approx(150)
    clock.wait_for_age("build", 100.0, 40.0)
    assert time.now == pytest.approx(150)


def test_an_age_beyond_the_timeout_is_not_waited_for() -> None:
    time = FakeTime()
    with pytest.raises(InconclusiveError, match=r"needs to wait 70 s \(--job-timeout build=SECONDS\)"):
        a_polling_clock(time, 60).wait_for_age("build", 100.0, 70.0)
    assert time.pauses == []
