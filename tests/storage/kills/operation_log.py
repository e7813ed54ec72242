"""The clients' record of what they did: a line of JSON for each operation that has ended.

`begin` and `end` are numbers of one counter, taken before the request is sent and after its outcome is known. So an
operation whose `end` is less than another's `begin` happened before it. `outcome` is

- `ok`: the server acknowledged the operation;
- `refused`: the server answered with a status from 300 to 499, so nothing changed;
- `unknown`: there was no answer, or one of 500 or more. The operation may have happened, or not.
"""

import itertools
import json
from pathlib import Path
from threading import Condition
from typing import Any


class OperationLog:
    """Appends operations to a file. It counts the writes that are in flight and those that were acknowledged."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")
        self._counter = itertools.count(1)
        self.changed = Condition()
        self.in_flight = 0
        self.acknowledged = 0

    def begin(self, *, writes: bool) -> int:
        """Return the number with which an operation begins."""
        with self.changed:
            self.in_flight += writes
            self.changed.notify_all()
            return next(self._counter)

    def end(self, operation: dict[str, Any], *, writes: bool) -> None:
        """Append an operation that has ended."""
        with self.changed:
            operation["end"] = next(self._counter)
            operation["writes"] = writes
            self.in_flight -= writes
            self.acknowledged += writes and operation["outcome"] == "ok"
            self._file.write(f"{json.dumps(operation)}\n")
            self._file.flush()
            self.changed.notify_all()

    def discard(self, *, writes: bool) -> None:
        """End an operation that was never sent."""
        with self.changed:
            self.in_flight -= writes
            self.changed.notify_all()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_log(file: Path) -> list[dict[str, Any]]:
    """Return the operations in the order in which they began."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return sorted(map(json.loads, lines), key=lambda operation: int(operation["begin"]))
