"""A walk written down: its steps, walked again, and cut down to the shortest that still fails the same way."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.spec.transcript import Transcript
from contracts.stateful.runner import Walk
from contracts.target.session import Inspection

MOST_TRIES = 400


@dataclass(frozen=True, slots=True)
class Failure:
    """How a program failed: the error, and what was said on the way."""

    error: AssertionError
    transcript: Transcript

    @property
    def kind(self) -> str:
        """What makes two failures the same: the first line without ids and numbers."""
        what = str(getattr(self.error, "what", self.error)).partition("\n")[0]
        return re.sub(r"\b\w*_\w+\b|\d+", "", what)


Program = Sequence[dict[str, Any]]


def walked(inspection: Inspection, program: Program) -> Failure | None:
    """Walk a program in a fresh world; how it failed, or None."""
    with inspection.sandbox() as world:
        try:
            walk = Walk(world)
            for step in program:
                walk.take(step["step"], step["with"])
        except AssertionError as error:
            return Failure(error, world.transcript)
    return None


def shortest(program: Program, fails: Callable[[Program], bool]) -> Program:
    """The program without the steps that its failure does not need (delta debugging, by halves, then one by one)."""
    kept, size, tries = list(program), max(1, len(program) // 2), 0
    while size and tries < MOST_TRIES:
        place, removed = 0, False
        while place < len(kept) and tries < MOST_TRIES:
            shorter = kept[:place] + kept[place + size :]
            tries += 1
            if fails(shorter):
                kept, removed = shorter, True
            else:
                place += size
        size = size if removed and size == 1 else size // 2
    return kept
