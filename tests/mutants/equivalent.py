"""Survivors that are explained: which of them no client could tell from the mock as it is, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, get_args

import yaml

from tests.mutants.trial import Trial

FILE = Path(__file__).with_name("equivalent.yaml")
ExplanationKind = Literal["equivalent", "outside", "words"]
"""Nobody could tell; only the mock's own pages or its control API differ; only words differ of which no rule speaks.

The last are survivors that a client can see: the score counts them as such.
"""


@dataclass(frozen=True)
class Explanation:
    """One explanation. Its first three keys are patterns as a shell has them (`*` for anything)."""

    file: str
    before: str
    after: str
    reason: str
    kind: ExplanationKind = "equivalent"

    def explains(self, file: str, before: str, after: str) -> bool:
        """Whether it is about the mutation of that file which puts the lines `after` in place of `before`."""
        pairs = ((file, self.file), (before, self.before), (after, self.after))
        return all(seen == wanted or fnmatchcase(seen, wanted.replace("[", "[[]")) for seen, wanted in pairs)


def load(file: Path = FILE) -> list[Explanation]:
    """The explanations, in the file's order. Raises ValueError where one lacks a part or is of no kind."""
    entries = [Explanation(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []]
    for entry in entries:
        if not (entry.file and entry.before and entry.reason):
            raise ValueError(f"{file.name}: an entry without file, before or reason: {entry}")
        if entry.kind not in get_args(ExplanationKind):
            raise ValueError(f"{file.name}: {entry.kind} is no kind of explanation: {entry}")
    return entries


@dataclass(frozen=True)
class SortedSurvivors:
    """Survivors: those explained, each with its explanation; those that are holes; and explanations of none."""

    explained: tuple[tuple[Trial, Explanation], ...]
    unexplained: tuple[Trial, ...]
    stale: tuple[Explanation, ...]

    def count(self, kind: ExplanationKind) -> int:
        """How many are explained so."""
        return sum(entry.kind == kind for _, entry in self.explained)


def discount_timeouts(trials: Iterable[Trial], explanations: Sequence[Explanation]) -> list[Trial]:
    """The trials, but that a stage without an end is no kill where the mutant is explained.

    One that closes the control API, say, has the suite wait out real jobs: it exceeds the stage timeout.
    """
    return [
        replace(trial, end="survived")
        if trial.end == "hangs" and any(entry.explains(trial.file, trial.before, trial.after) for entry in explanations)
        else trial
        for trial in trials
    ]


def sort_survivors(survivors: Iterable[Trial], explanations: Sequence[Explanation]) -> SortedSurvivors:
    """Tell explained survivors from holes."""
    explained, unexplained, used = [], [], set()
    for trial in survivors:
        entry = next(
            (
                explanation
                for explanation in explanations
                if explanation.explains(trial.file, trial.before, trial.after)
            ),
            None,
        )
        if entry is None:
            unexplained.append(trial)
        else:
            used.add(entry)
            explained.append((trial, entry))
    return SortedSurvivors(
        tuple(explained), tuple(unexplained), tuple(entry for entry in explanations if entry not in used)
    )
