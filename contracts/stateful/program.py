"""A walk written down: its steps, walked again, and cut down to the shortest that still fails the same way."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.spec.transcript import Transcript
from contracts.stateful.runner import StatefulTest
from contracts.target.session import TargetSession

MAX_TRIES = 400


@dataclass(frozen=True, slots=True)
class ProgramFailure:
    """How a program failed: the error, and what was said on the way."""

    error: AssertionError
    transcript: Transcript

    @property
    def kind(self) -> str:
        """What makes two failures the same: the first line without ids and numbers."""
        what = str(getattr(self.error, "what", self.error)).partition("\n")[0]
        return re.sub(r"\b\w*_\w+\b|\d+", "", what)


Program = Sequence[dict[str, Any]]


def run_program(target_session: TargetSession, program: Program) -> ProgramFailure | None:
    """Walk a program in a fresh world; how it failed, or None."""
    with target_session.sandbox() as world:
        try:
            test = StatefulTest(world)
            for step in program:
                test.perform(step["step"], step["with"])
        except AssertionError as error:
            return ProgramFailure(error, world.transcript)
    return None


def shrink(program: Program, fails: Callable[[Program], bool]) -> Program:
    """The program without the steps that its failure does not need (delta debugging, by halves, then one by one)."""
    shortened, size, tries = list(program), max(1, len(program) // 2), 0
    while size and tries < MAX_TRIES:
        start, removed = 0, False
        while start < len(shortened) and tries < MAX_TRIES:
            candidate = shortened[:start] + shortened[start + size :]
            tries += 1
            if fails(candidate):
                shortened, removed = candidate, True
            else:
                start += size
        size = size if removed and size == 1 else size // 2
    return shortened
