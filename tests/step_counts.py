"""Counts the units and the calls of each step of long work."""

import sys
from types import FrameType
from typing import Any

from mock_server.domain.pieces import Steps


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


def run_counted(steps: Steps[object]) -> tuple[list[tuple[int, int]], object]:
    """Run the steps. Return the units and the calls of each, and the result."""
    counter, counted = CallCounter(), []
    sys.setprofile(counter)
    try:
        while True:
            counted.append((next(steps), counter.read()))
    except StopIteration as end:
        return counted, end.value
    finally:
        sys.setprofile(None)
