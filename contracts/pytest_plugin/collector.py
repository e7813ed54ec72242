"""What a session's contracts came to: gathered as they end, told once at the end."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from contracts import __version__
from contracts.results import known_failures
from contracts.results.known_failures import KnownFailure
from contracts.results.result import Outcome, Result, Run
from contracts.spec import rules as catalogue
from contracts.spec.rules import Catalogue
from contracts.target.clock import machine_now, machine_seconds
from contracts.target.session import TargetSession


@dataclass
class OutcomeCollector:
    """One session's outcomes, and what its report names."""

    target_session: TargetSession
    catalogue: Catalogue
    selected_rules: tuple[str, ...]
    known_failures: Sequence[KnownFailure] = ()
    started_at: str = field(default_factory=machine_now)
    started_monotonic: float = field(default_factory=machine_seconds)
    outcomes: list[Outcome] = field(default_factory=list)
    ended: str = ""
    undone: tuple[str, ...] = ()

    def add(self, reported: Sequence[dict[str, Any]]) -> list[Outcome]:
        """Keep outcomes as they stand in a test's report."""
        outcomes = [Outcome.from_json(values) for values in reported]
        self.outcomes += outcomes
        return outcomes

    def build_result(self) -> Result:
        """The whole run."""
        target = self.target_session.target
        run = Run(
            suite=__version__,
            document=self.target_session.api_spec.digest,
            catalogue=hashlib.sha256(catalogue.DEFAULT_PATH.read_bytes()).hexdigest(),
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
        )
        outcomes, stale_notices = known_failures.apply(
            self.outcomes, self.known_failures, date.fromisoformat(machine_now()[:10])
        )
        return Result(run, tuple(outcomes), tuple(stale_notices), self.ended, self.selected_rules)


def mark_known_failures(outcomes: Sequence[Outcome], entries: Sequence[KnownFailure]) -> list[Outcome]:
    """The outcomes, those known that are expected of this target today."""
    marked, _ = known_failures.apply(outcomes, entries, date.fromisoformat(machine_now()[:10]))
    return list(marked)


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as it travels with a test's report, from one process to another."""
    return {**asdict(outcome), "verdict": str(outcome.verdict)}


def load_last_result(folder: Path) -> Result | None:
    """The result of the run that last reported into the folder; None where there is none."""
    file = folder / "result.json"
    try:
        return Result.load(file)
    except (OSError, ValueError):
        return None
