"""Runs and shrinks the programs of the stateful test. A program is a recorded list of steps."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.spec.transcript import Transcript
from contracts.stateful.runner import StatefulTest
from contracts.target.session import TargetSession

MAX_TRIES = 400
"""The maximum number of programs that are run to shrink a program."""


@dataclass(frozen=True, slots=True)
class ProgramFailure:
    """The failure of a program: the error, and the calls that were made."""

    error: AssertionError
    transcript: Transcript

    @property
    def kind(self) -> str:
        """Return the first line of the error without ids and numbers. Failures of equal kind count as the same."""
        what = str(getattr(self.error, "what", self.error)).partition("\n")[0]
        return re.sub(r"\b\w*_\w+\b|\d+", "", what)


Program = Sequence[dict[str, Any]]
"""Steps in the form in which a reproducer file stores them. `step` is the name, and `with` contains the arguments."""


def run_program(target_session: TargetSession, program: Program) -> ProgramFailure | None:
    """Run a program in a new sandbox. Return its failure, or None if it passed."""
    with target_session.sandbox() as world:
        try:
            test = StatefulTest(world)
            for step in program:
                test.perform(step["step"], step["with"])
        except AssertionError as error:
            return ProgramFailure(error, world.transcript)
    return None


def shrink(program: Program, fails: Callable[[Program], bool]) -> Program:
    """Remove from the program the steps that the failure does not need (delta debugging, at most MAX_TRIES runs)."""
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
