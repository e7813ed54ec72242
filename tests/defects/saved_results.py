"""Results of running the suite against the defects, saved in `docs/measured/defects.jsonl`.

The file contains one row for each defect, in the registry's order. Runs are grouped by kind, then by seed:

    {"defect": "status_is_up", "runs": {"rules": {"1": {"killed": true, "broken": […], "by": […], "seconds": 0.35}}}}

`broken` lists the rules that failed, and `by` the contracts that failed. `missed` lists the rules that the defect names
but that did not fail, each with its verdict and reason. An empty list is omitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests import measured
from tests.defects import registry
from tests.measured import MEASURED, Row

FILE = MEASURED / "defects.jsonl"


class RunKind(StrEnum):
    """Which contracts a run used, and how it sent requests."""

    NAMED_RULES = "rules"
    """The contracts of the rules that the defect names; the run stops at the first failure."""
    MATRIX = "matrix"
    """All contracts except those that use schemathesis."""
    SCHEMATHESIS = "schemathesis"
    """The contracts that use schemathesis."""


@dataclass(frozen=True)
class SavedRun:
    """The result of one run of the suite against one defect."""

    defect: str
    seed: int
    killed: bool
    broken_rules: tuple[str, ...]
    failed_contracts: tuple[str, ...]
    missed_rules: tuple[str, ...]
    seconds: float

    @classmethod
    def from_json(cls, defect: str, seed: str, values: Row) -> "SavedRun":
        """Make a run from a row of the file."""
        broken, by, missed = (tuple(values.get(key, ())) for key in ("broken", "by", "missed"))
        return cls(defect, int(seed), values["killed"], broken, by, missed, values["seconds"])

    def to_json(self) -> Row:
        """Return the run as saved in the file, without empty lists."""
        lists = {"broken": self.broken_rules, "by": self.failed_contracts, "missed": self.missed_rules}
        named = {key: list(names) for key, names in lists.items() if names}
        return {"killed": self.killed, **named, "seconds": self.seconds}


def load(kind: RunKind, file: Path = FILE) -> list[SavedRun]:
    """Return the saved runs of one kind, sorted by seed and then in the order of the file."""
    runs = [
        SavedRun.from_json(row["defect"], seed, values)
        for row in measured.read_rows(file)
        for seed, values in row["runs"].get(kind, {}).items()
    ]
    return sorted(runs, key=lambda run: run.seed)


def save(kind: RunKind, runs: Sequence[SavedRun], file: Path = FILE) -> None:
    """Merge runs into the file. Other runs are kept, except runs of defects that no longer exist."""
    with measured.locked(file):
        runs_by_defect = {row["defect"]: row["runs"] for row in measured.read_rows(file)}
        for run in runs:
            runs_by_defect.setdefault(run.defect, {}).setdefault(kind, {})[str(run.seed)] = run.to_json()
        rows = [
            {"defect": name, "runs": _sort_runs(runs_by_defect[name])}
            for name in registry.all_defects()
            if name in runs_by_defect
        ]
        measured.write_rows(file, rows)


def _sort_runs(runs: dict[str, dict[str, Row]]) -> dict[str, dict[str, Row]]:
    return {kind: dict(sorted(runs[kind].items(), key=lambda item: int(item[0]))) for kind in RunKind if kind in runs}
