"""A schemathesis run is used if it reached enough operations, and otherwise repeated."""

import pytest

from contracts.schemathesis_runner.attempts import retry_until_reached
from contracts.schemathesis_runner.command import Phase, RunSettings
from contracts.schemathesis_runner.findings import FuzzFinding, RunReport
from contracts.spec.verdicts import BlockedError, InconclusiveError

REQUIRED_OPERATIONS = frozenset({"getPartner", "listEvents"})
REACHED_OPERATIONS = frozenset({"getStatus", "getPartner"})
PUBLIC_OPERATIONS = frozenset({"getStatus", "signIn"})
A_FINDING = FuzzFinding("ServerError", "getPartner", "GET /partners/", "", "", {}, ())


class FakeEngine:
    """Returns the prepared reports, one for each run."""

    def __init__(self, *reports: RunReport) -> None:
        self.reports = list(reports)
        self.seeds: list[int] = []

    def __call__(self, seed: int) -> RunReport:
        self.seeds.append(seed)
        return self.reports.pop(0)


def an_order(*phases: Phase) -> RunSettings:
    return RunSettings(phases, 5, ("partner-id-acme",), REQUIRED_OPERATIONS)


def a_report(reached: frozenset[str], *findings: FuzzFinding) -> RunReport:
    return RunReport(findings, reached, 7, "")


def test_a_run_that_reached_all_required_operations_is_used() -> None:
    engine = FakeEngine(a_report(REQUIRED_OPERATIONS))
    assert retry_until_reached(an_order("coverage"), engine, 3, is_sandbox=True).reached == REQUIRED_OPERATIONS
    assert engine.seeds == [3]


def test_a_run_that_ended_early_is_repeated_with_other_seeds() -> None:
    engine = FakeEngine(a_report(REACHED_OPERATIONS), a_report(REQUIRED_OPERATIONS))
    retry_until_reached(an_order("stateful"), engine, 3, is_sandbox=True)
    assert engine.seeds == [3, 13]


def test_a_run_is_repeated_twice_at_most() -> None:
    engine = FakeEngine(a_report(REACHED_OPERATIONS), a_report(REACHED_OPERATIONS), a_report(REACHED_OPERATIONS))
    with pytest.raises(InconclusiveError, match="listEvents"):
        retry_until_reached(an_order("stateful"), engine, 3, is_sandbox=True)
    assert engine.seeds == [3, 13, 23]


def test_a_finding_is_used_even_if_little_was_reached() -> None:
    assert retry_until_reached(
        an_order("stateful"), FakeEngine(a_report(REACHED_OPERATIONS, A_FINDING)), 3, is_sandbox=True
    ).findings == (A_FINDING,)


def test_a_run_without_random_data_that_reached_too_little_is_blocked() -> None:
    with pytest.raises(BlockedError, match="listEvents"):
        retry_until_reached(
            an_order("examples", "coverage"), FakeEngine(a_report(REACHED_OPERATIONS)), 3, is_sandbox=True
        )


def test_a_run_on_the_targets_own_data_that_reached_too_little_is_inconclusive() -> None:
    with pytest.raises(InconclusiveError):
        retry_until_reached(an_order("coverage"), FakeEngine(a_report(REACHED_OPERATIONS)), 3, is_sandbox=False)


def test_a_token_that_authorizes_nothing_is_reported() -> None:
    with pytest.raises(BlockedError, match="no request from a signed-in user"):
        retry_until_reached(an_order("coverage"), FakeEngine(a_report(PUBLIC_OPERATIONS)), 3, is_sandbox=True)
