"""Keeps the reports of contract runs in the database.

They are values of the whole server (`schema.py`): for each report, one with its summary and one with its content, so
that the list of reports reads no content. Servers of earlier versions leave them alone.
"""

from mock_server.state.reports import MAX_REPORTS
from mock_server.storage import schema
from mock_server.storage.database import Cursor, Database

COUNTER = "report"
SUMMARY, CONTENT = "report-summary:", "report-content:"
"""The starts of the names, which a number follows."""


class StoredReports:
    """Keeps reports in a database, which servers may share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, summary: bytes, content: bytes) -> int:
        """Keep a report, and drop the oldest one if there are too many. Return its number."""

        def work(cursor: Cursor) -> int:
            number = schema.increase(cursor, COUNTER)
            for start, value in ((SUMMARY, summary), (CONTENT, content)):
                cursor.execute("INSERT INTO server (name, value) VALUES (?, ?)", (f"{start}{number}", value.decode()))
            for old, _ in _read_summaries(cursor)[MAX_REPORTS:]:
                _delete(cursor, old)
            return number

        return await self._database.run(work)

    async def list_summaries(self) -> list[tuple[int, bytes]]:
        """Return the numbers and the summaries, newest first."""
        return await self._database.read_beside(_read_summaries)

    async def find(self, number: int) -> bytes | None:
        """Return a report, or None."""
        found = await self._database.read_beside(lambda cursor: schema.read_value(cursor, f"{CONTENT}{number}"))
        return None if found is None else found.encode()

    async def remove(self, number: int) -> bool:
        """Remove a report. Return whether it existed."""
        return await self._database.run(lambda cursor: _delete(cursor, number))


def _read_summaries(cursor: Cursor) -> list[tuple[int, bytes]]:
    rows = cursor.execute("SELECT name, value FROM server WHERE substr(name, 1, ?) = ?", (len(SUMMARY), SUMMARY))
    found = [(int(name.removeprefix(SUMMARY)), value.encode()) for name, value in rows]
    return sorted(found, reverse=True)


def _delete(cursor: Cursor, number: int) -> bool:
    names = (f"{SUMMARY}{number}", f"{CONTENT}{number}")
    return bool(cursor.execute("DELETE FROM server WHERE name IN (?, ?) RETURNING name", names))
