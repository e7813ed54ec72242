"""Measurements and readings are taken once in a run, and anew after a comparison that does not hold."""

from types import SimpleNamespace
from typing import Any

import pytest

from contracts.dsl.measurements import MAX_FORGOTTEN, forget_readings, forget_unless, read_once, remember
from contracts.spec import breaches, rules
from contracts.spec.breaches import Breach, BreachLog


class Counter:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        return self.calls


def _deployment() -> Any:
    return SimpleNamespace(shared={})


def test_a_measurement_is_taken_once() -> None:
    deployment, measure = _deployment(), Counter()
    assert [remember(deployment, "window", measure) for _ in range(3)] == [1, 1, 1]
    assert remember(deployment, "another window", measure) == 2


def test_a_comparison_that_does_not_hold_is_measured_anew() -> None:
    deployment, measure = _deployment(), Counter()
    remember(deployment, "window", measure)
    forget_unless(deployment, holds=True)
    assert remember(deployment, "window", measure) == 1
    forget_unless(deployment, holds=False)
    assert remember(deployment, "window", measure) == 2


def test_a_target_with_many_differences_is_not_measured_without_end() -> None:
    deployment, measure = _deployment(), Counter()
    for _ in range(10):
        remember(deployment, "window", measure)
        forget_unless(deployment, holds=False)
    assert measure.calls == MAX_FORGOTTEN + 1


def test_readings_are_taken_anew_as_often_as_they_are_forgotten() -> None:
    deployment, read, measure = _deployment(), Counter(), Counter()
    for number in range(1, 6):
        assert [read_once(deployment, "rows", read) for _ in range(3)] == [number] * 3
        assert remember(deployment, "window", measure) == 1
        forget_readings(deployment.shared)


RENAMED = Breach("META-05.activity", assumed=True, what="has no `clicks`", expected="`clicks`", seen="`click_count`")


def test_what_a_reading_differs_in_counts_for_each_contract_that_uses_it() -> None:
    """So a contract that finds no member knows why, whichever contract has read the response."""
    deployment, catalogue = _deployment(), rules.load()

    def read() -> int:
        log = breaches.current_log()
        assert log is not None
        log.add(RENAMED)
        return 1

    for _ in range(3):
        with breaches.recording(BreachLog(catalogue, is_open=True)) as log:
            assert read_once(deployment, "report", read) == 1
        assert log.breaches == (RENAMED,)
    with breaches.recording(BreachLog(catalogue, is_open=True)) as log:
        assert read_once(deployment, "another report", Counter()) == 1
    assert log.breaches == ()


def test_a_reading_that_fails_is_not_kept_but_what_it_has_met() -> None:
    deployment, catalogue = _deployment(), rules.load()

    def fail() -> int:
        log = breaches.current_log()
        assert log is not None
        log.add(RENAMED)
        raise KeyError("clicks")

    for _ in range(2):
        with breaches.recording(BreachLog(catalogue, is_open=True)) as log, pytest.raises(KeyError):
            read_once(deployment, "report", fail)
        assert log.breaches == (RENAMED,)
