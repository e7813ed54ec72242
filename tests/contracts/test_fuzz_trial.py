"""When a run of schemathesis means something, and when it is tried again."""

import pytest

from contracts.schemathesis_runner.attempts import until_reached
from contracts.schemathesis_runner.command import Order, Phase
from contracts.schemathesis_runner.findings import Finding, Report
from contracts.spec.verdicts import Blocked, Inconclusive

WANTED = frozenset({"getPartner", "listEvents"})
SOME = frozenset({"getStatus", "getPartner"})
OPEN_ONLY = frozenset({"getStatus", "signIn"})
FOUND = Finding("ServerError", "getPartner", "GET /partners/", "", "", {}, ())


class Engine:
    """Gives prepared reports, one a run."""

    def __init__(self, *reports: Report) -> None:
        self.reports = list(reports)
        self.seeds: list[int] = []

    def __call__(self, seed: int) -> Report:
        self.seeds.append(seed)
        return self.reports.pop(0)


def an_order(*phases: Phase) -> Order:
    return Order(phases, 5, ("partner-id-acme",), WANTED)


def a_report(reached: frozenset[str], *findings: Finding) -> Report:
    return Report(findings, reached, 7, "")


def test_a_run_that_reached_enough_counts() -> None:
    engine = Engine(a_report(WANTED))
    assert until_reached(an_order("coverage"), engine, 3, held=True).reached == WANTED
    assert engine.seeds == [3]


def test_a_run_that_ended_early_is_tried_with_other_seeds() -> None:
    engine = Engine(a_report(SOME), a_report(WANTED))
    until_reached(an_order("stateful"), engine, 3, held=True)
    assert engine.seeds == [3, 13]


def test_it_is_tried_three_times_at_most() -> None:
    engine = Engine(a_report(SOME), a_report(SOME), a_report(SOME))
    with pytest.raises(Inconclusive, match="listEvents"):
        until_reached(an_order("stateful"), engine, 3, held=True)
    assert engine.seeds == [3, 13, 23]


def test_a_finding_counts_however_little_was_reached() -> None:
    assert until_reached(an_order("stateful"), Engine(a_report(SOME, FOUND)), 3, held=True).findings == (FOUND,)


def test_where_nothing_is_left_to_chance_too_little_is_the_suites_own_error() -> None:
    with pytest.raises(Blocked, match="listEvents"):
        until_reached(an_order("examples", "coverage"), Engine(a_report(SOME)), 3, held=True)


def test_on_data_of_somebody_else_too_little_is_inconclusive() -> None:
    with pytest.raises(Inconclusive):
        until_reached(an_order("coverage"), Engine(a_report(SOME)), 3, held=False)


def test_a_token_that_opens_nothing_is_told() -> None:
    with pytest.raises(Blocked, match="no request of a signed-in user"):
        until_reached(an_order("coverage"), Engine(a_report(OPEN_ONLY)), 3, held=True)
