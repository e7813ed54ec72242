"""Explanations of surviving mutants: why the suite cannot, or need not, detect them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, get_args

import yaml

from tests.mutants.trial import Trial

FILE = Path(__file__).with_name("equivalent.yaml")
ExplanationKind = Literal["equivalent", "outside", "words"]
"""Why a mutant survives.

- `equivalent`: its behaviour is the same.
- `outside`: it changes only the mock's own pages or its control API, which are not part of the platform.
- `words`: it changes only message texts, which no rule covers. A client can see these, so the score counts them as
  survivors.
"""


@dataclass(frozen=True)
class Explanation:
    """One explanation. `file`, `before` and `after` are shell patterns (`*` matches anything)."""

    file: str
    before: str
    after: str
    reason: str
    kind: ExplanationKind = "equivalent"

    def explains(self, file: str, before: str, after: str) -> bool:
        """Return whether the explanation covers a mutation of `file` from the lines `before` to the lines `after`."""
        pairs = ((file, self.file), (before, self.before), (after, self.after))
        return all(seen == wanted or fnmatchcase(seen, wanted.replace("[", "[[]")) for seen, wanted in pairs)


def load(file: Path = FILE) -> list[Explanation]:
    """Return the explanations, in the file's order. Raise ValueError if one is incomplete or of an unknown kind."""
    entries = [Explanation(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []]
    for entry in entries:
        if not (entry.file and entry.before and entry.reason):
            raise ValueError(f"{file.name}: entry without file, before or reason: {entry}")
        if entry.kind not in get_args(ExplanationKind):
            raise ValueError(f"{file.name}: unknown kind {entry.kind!r}: {entry}")
    return entries


@dataclass(frozen=True)
class SortedSurvivors:
    """Survivors with their explanations, survivors without one, and explanations that no survivor uses (`stale`)."""

    explained: tuple[tuple[Trial, Explanation], ...]
    unexplained: tuple[Trial, ...]
    stale: tuple[Explanation, ...]

    def count(self, kind: ExplanationKind) -> int:
        """Return how many survivors have an explanation of this kind."""
        return sum(entry.kind == kind for _, entry in self.explained)


def discount_timeouts(trials: Iterable[Trial], explanations: Sequence[Explanation]) -> list[Trial]:
    """Return the trials, with explained mutants that timed out counted as survivors.

    A mutant that closes the control API, for example, makes the suite wait for real jobs until the stage times out.
    """
    return [
        replace(trial, end="survived")
        if trial.end == "hangs" and any(entry.explains(trial.file, trial.before, trial.after) for entry in explanations)
        else trial
        for trial in trials
    ]


def sort_survivors(survivors: Iterable[Trial], explanations: Sequence[Explanation]) -> SortedSurvivors:
    """Match survivors with explanations. The first explanation that matches is used."""
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
