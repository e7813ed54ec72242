"""The last reports of contract runs that were given to the server, whatever workspace they checked."""

from collections import OrderedDict
from typing import NamedTuple, Protocol

MAX_REPORTS = 20


class KeptReport(NamedTuple):
    """A report, and its summary, both as JSON. `number` counts the reports of the server."""

    number: int
    summary: bytes
    content: bytes


class Reports(Protocol):
    """Keeps reports. The methods raise StorageError if they are in a database that does not answer."""

    async def add(self, summary: bytes, content: bytes) -> int:
        """Keep a report, and drop the oldest one if there are too many. Return its number."""

    async def list_summaries(self) -> list[tuple[int, bytes]]:
        """Return the numbers and the summaries, newest first."""

    async def find(self, number: int) -> bytes | None:
        """Return a report, or None."""

    async def remove(self, number: int) -> bool:
        """Remove a report. Return whether it existed."""


class MemoryReports:
    """Keeps reports until the server stops."""

    def __init__(self) -> None:
        self._last_number = 0
        self._kept: OrderedDict[int, KeptReport] = OrderedDict()

    async def add(self, summary: bytes, content: bytes) -> int:
        """Keep a report."""
        self._last_number += 1
        self._kept[self._last_number] = KeptReport(self._last_number, summary, content)
        if len(self._kept) > MAX_REPORTS:
            self._kept.popitem(last=False)
        return self._last_number

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
