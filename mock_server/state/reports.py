"""The last documents that a server keeps beside its workspaces: reports of contract runs, and named checkpoints."""

from collections import OrderedDict
from typing import NamedTuple, Protocol

MAX_REPORTS = 20
"""How many reports of contract runs a server keeps."""
MAX_NAMED_CHECKPOINTS = 20
"""How many named checkpoints a server keeps, of all workspaces together."""
MAX_BYTES = 128 * 1024 * 1024
"""How many bytes the documents of one kind have together. A named checkpoint is a snapshot, which may be large."""


class KeptReport(NamedTuple):
    """A report, and its summary, both as JSON. `number` counts the reports of the server."""

    number: int
    summary: bytes
    content: bytes


class Reports(Protocol):
    """Keeps reports. The methods raise StorageError if they are in a database that does not answer."""

    async def add(self, summary: bytes, content: bytes) -> int:
        """Keep a report, and drop the oldest ones if there are too many or they are too large. Return its number."""

    async def list_summaries(self) -> list[tuple[int, bytes]]:
        """Return the numbers and the summaries, newest first."""

    async def find(self, number: int) -> bytes | None:
        """Return a report, or None."""

    async def remove(self, number: int) -> bool:
        """Remove a report. Return whether it existed."""


class MemoryReports:
    """Keeps the last reports until the server stops: `maximum` and `max_bytes` together at most, but always one."""

    def __init__(self, maximum: int = MAX_REPORTS, max_bytes: int = MAX_BYTES) -> None:
        self._maximum = maximum
        self._max_bytes = max_bytes
        self._last_number = 0
        self._kept: OrderedDict[int, KeptReport] = OrderedDict()

    async def add(self, summary: bytes, content: bytes) -> int:
        """Keep a report."""
        self._last_number += 1
        self._kept[self._last_number] = KeptReport(self._last_number, summary, content)
        while len(self._kept) > 1 and (len(self._kept) > self._maximum or self._size() > self._max_bytes):
            self._kept.popitem(last=False)
        return self._last_number

    def _size(self) -> int:
        return sum(len(report.content) for report in self._kept.values())

    async def list_summaries(self) -> list[tuple[int, bytes]]:
        """Return the numbers and the summaries."""
        return [(report.number, report.summary) for report in reversed(self._kept.values())]

    async def find(self, number: int) -> bytes | None:
        """Return a report, or None."""
        report = self._kept.get(number)
        return None if report is None else report.content

    async def remove(self, number: int) -> bool:
        """Remove a report."""
        return self._kept.pop(number, None) is not None
