"""Collects the outcomes of a session, from all of its processes, into one result."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts import __version__
from contracts.results import known_failures
from contracts.results.known_failures import KnownFailure
from contracts.results.result import RESPONSE_KIND, Outcome, Result, Run
from contracts.spec import rules
from contracts.spec.rules import Catalogue
from contracts.target.clock import machine_now, machine_seconds
from contracts.target.session import TargetSession

INTERRUPTED = "interrupted"
"""The reason why a run ended, if Ctrl-C or SIGTERM stopped it."""


@dataclass
class OutcomeCollector:
    """The outcomes of a session, and the facts of its run. `ended` says why the run stopped early, if it did."""

    target_session: TargetSession
    catalogue: Catalogue
    selected_rules: tuple[str, ...]
    known_failures: Sequence[KnownFailure] = ()
    started_at: str = field(default_factory=machine_now)
    started_monotonic: float = field(default_factory=machine_seconds)
    outcomes: list[Outcome] = field(default_factory=list)
    ended: str = ""
    undone: tuple[str, ...] = ()
    _response_keys: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, reported: Sequence[dict[str, Any]]) -> list[Outcome]:
        """Add outcomes from a test's report."""
        outcomes = [Outcome.from_json(values) for values in reported]
        self.outcomes += [outcome for outcome in outcomes if not self._is_duplicate(outcome)]
        return outcomes

    def _is_duplicate(self, outcome: Outcome) -> bool:
        """Whether this difference of an operation's responses was reported before: it is reported once per run."""
        if outcome.kind != RESPONSE_KIND:
            return False
        key = (outcome.contract, outcome.verdict, outcome.reason)
        is_duplicate = key in self._response_keys
        self._response_keys.add(key)
        return is_duplicate

    def build_result(self) -> Result:
        """Build the result of the run."""
        target, documentation = self.target_session.target, self.target_session.documentation
        run = Run(
            suite=__version__,
            document=self.target_session.api_spec.digest,
            catalogue=rules.compute_digest(),
            target=target.base_url,
            is_our_mock=self.target_session.is_our_mock,
            profile=target.profile,
            seed=target.seed,
            strict=target.strict,
            run_id=target.run_id,
            start=self.started_at,
            end=machine_now(),
            requests=sum(outcome.requests for outcome in self.outcomes),
            seconds=round(machine_seconds() - self.started_monotonic, 2),
            undone=self.undone,
            documentation=str(documentation.generation),
            documentation_source=documentation.source,
        )
        outcomes, stale_notices = known_failures.apply(
            self.outcomes, self.known_failures, date.fromisoformat(machine_now()[:10])
        )
        result = Result(run, tuple(outcomes), tuple(stale_notices), self.ended, self.selected_rules)
        return result.without_secrets()


OUTCOME_COLLECTOR = pytest.StashKey[OutcomeCollector]()


class OutcomeListener:
    """A pytest plugin that adds outcomes from the reports of all processes to the collector."""

    def __init__(self, collector: OutcomeCollector) -> None:
        self._collector = collector

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the outcomes of a contract. Stop the run if the contract's process no longer reaches the target."""
        self._collector.add(getattr(report, "contract_outcomes", []))
        self._collector.ended = self._collector.ended or getattr(report, "contract_target_gone", "")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """End the run if a module of contracts cannot be imported."""
        if report.failed:
            last_line = str(report.longrepr).strip().rpartition("\n")[2]
            self._collector.ended = f"the suite could not be loaded: {report.nodeid}: {last_line}"

    def pytest_keyboard_interrupt(self) -> None:
        """Record that the user interrupted the run."""
        self._collector.ended = self._collector.ended or INTERRUPTED


def mark_known_failures(outcomes: Sequence[Outcome], entries: Sequence[KnownFailure]) -> list[Outcome]:
    """Mark outcomes as known if a known failure that has not expired covers them."""
    marked, _ = known_failures.apply(outcomes, entries, date.fromisoformat(machine_now()[:10]))
    return list(marked)


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """Convert an outcome to JSON without secrets, to pass it between processes in a test's report."""
    return {**asdict(outcome.without_secrets()), "verdict": str(outcome.verdict)}


def load_last_result(folder: Path) -> Result | None:
    """Load the last result in a report folder. None if there is no result."""
    file = folder / "result.json"
    try:
        return Result.load(file)
    except (OSError, ValueError):
        return None
