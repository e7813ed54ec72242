"""Counts the calls of functions in each step of long work, a measure of work that is the same on any machine."""

import sys
from types import FrameType
from typing import Any, TypeVar

from mock_server.domain.pieces import Steps

Result = TypeVar("Result")


class CallCounter:
    """Counts the calls of functions since it was last read."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, frame: FrameType, kind: str, argument: Any) -> None:
        """Count a call of a Python function or of a C function."""
        if kind in ("call", "c_call"):
            self._count += 1

    def read(self) -> int:
        """Return the count, and start again."""
        count, self._count = self._count, 0
        return count


def run_counted(steps: Steps[Result]) -> tuple[list[tuple[int, int]], Result]:
    """Run the steps. Return the units and the calls of each, and the result. The last step has no units."""
    counter, counted = CallCounter(), []
    sys.setprofile(counter)
    try:
        while True:
            counted.append((next(steps), counter.read()))
    except StopIteration as end:
        counted.append((0, counter.read()))
        return counted, end.value
    finally:
        sys.setprofile(None)
