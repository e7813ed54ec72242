"""Survivors that no client could tell from the mock as it is, each with the reason why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from tests.mutants.trial import Trial

FILE = Path(__file__).with_name("equivalent.yaml")


@dataclass(frozen=True)
class Equivalent:
    """One explanation. Its three keys are patterns as a shell has them (`*` for anything)."""

    file: str
    before: str
    after: str
    reason: str

    def explains(self, file: str, before: str, after: str) -> bool:
        """Whether it is about the mutation of that file which puts the lines `after` in place of `before`."""
        pairs = ((file, self.file), (before, self.before), (after, self.after))
        return all(seen == wanted or fnmatchcase(seen, wanted.replace("[", "[[]")) for seen, wanted in pairs)


def load(file: Path = FILE) -> list[Equivalent]:
    """The explanations, in the file's order. Raises ValueError where one lacks a part."""
    entries = [Equivalent(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []]
    for entry in entries:
        if not (entry.file and entry.before and entry.reason):
            raise ValueError(f"{file.name}: an entry without file, before or reason: {entry}")
    return entries


@dataclass(frozen=True)
class Sorted:
    """Survivors: those explained with their reasons, those that are holes in the suite, and explanations of none."""

    explained: tuple[tuple[Trial, str], ...]
    open: tuple[Trial, ...]
    stale: tuple[Equivalent, ...]


def sort(survivors: Iterable[Trial], known: Sequence[Equivalent]) -> Sorted:
    """Tell explained survivors from holes."""
    explained, holes, used = [], [], set()
    for trial in survivors:
        entry = next((each for each in known if each.explains(trial.file, trial.before, trial.after)), None)
        if entry is None:
            holes.append(trial)
        else:
            used.add(entry)
            explained.append((trial, entry.reason))
    return Sorted(tuple(explained), tuple(holes), tuple(entry for entry in known if entry not in used))
