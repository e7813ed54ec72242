"""What a session's contracts came to: gathered as they end, told once at the end."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from contracts import __version__
from contracts.results import known_failures
from contracts.results.known_failures import Expectation
from contracts.results.result import Outcome, Result, Run
from contracts.spec import rules as catalogue
from contracts.spec.rules import Catalogue
from contracts.target.clock import machine_now, machine_seconds
from contracts.target.session import Inspection


@dataclass
class Gathering:
    """One session's outcomes, and what its report names."""

    inspection: Inspection
    rules: Catalogue
    selected: tuple[str, ...]
    expectations: Sequence[Expectation] = ()
    start: str = field(default_factory=machine_now)
    began: float = field(default_factory=machine_seconds)
    outcomes: list[Outcome] = field(default_factory=list)
    ended: str = ""
    undone: tuple[str, ...] = ()

    def add(self, found: Sequence[dict[str, Any]]) -> list[Outcome]:
        """Keep outcomes as they stand in a test's report."""
        read = [Outcome.read(values) for values in found]
        self.outcomes += read
        return read

    def result(self) -> Result:
        """The whole run."""
        target = self.inspection.target
        run = Run(
            suite=__version__,
            document=self.inspection.promises.digest,
            catalogue=hashlib.sha256(catalogue.BESIDE.read_bytes()).hexdigest(),
            target=target.base_url,
            is_our_mock=self.inspection.is_our_mock,
            profile=target.profile,
            seed=target.seed,
            strict=target.strict,
            run_id=target.run_id,
            start=self.start,
            end=machine_now(),
            requests=sum(outcome.requests for outcome in self.outcomes),
            seconds=round(machine_seconds() - self.began, 2),
            undone=self.undone,
        )
        outcomes, stale = known_failures.applied(
            self.outcomes, self.expectations, date.fromisoformat(machine_now()[:10])
        )
        return Result(run, tuple(outcomes), tuple(stale), self.ended, self.selected)


def judged(outcomes: Sequence[Outcome], expectations: Sequence[Expectation]) -> list[Outcome]:
    """The outcomes, those known that are expected of this target today."""
    found, _ = known_failures.applied(outcomes, expectations, date.fromisoformat(machine_now()[:10]))
    return list(found)


def as_report(outcome: Outcome) -> dict[str, Any]:
    """An outcome as it travels with a test's report, from one process to another."""
    return {**asdict(outcome), "verdict": str(outcome.verdict)}


def last(folder: Path) -> Result | None:
    """The result of the run that last reported into the folder; None where there is none."""
    file = folder / "result.json"
    try:
        return Result.read(file)
    except (OSError, ValueError):
        return None
