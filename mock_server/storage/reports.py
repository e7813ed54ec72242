"""Keeps the reports of contract runs, and the named checkpoints, in the database.

They are values of the whole server (`schema.py`): for each report, one with its summary and one with its content, so
that the list of reports reads no content. Servers of earlier versions leave them alone.
"""

from mock_server.state.reports import MAX_REPORTS
from mock_server.storage import schema
from mock_server.storage.database import Cursor, Database


class StoredReports:
    """Keeps at most `maximum` reports in a database, which servers may share. `kind` is the start of their names."""

    def __init__(self, database: Database, kind: str = "report", maximum: int = MAX_REPORTS) -> None:
        self._database = database
        self._kind, self._maximum = kind, maximum

    async def add(self, summary: bytes, content: bytes) -> int:
        """Keep a report, and drop the oldest one if there are too many. Return its number."""

        def work(cursor: Cursor) -> int:
            number = schema.increase(cursor, self._kind)
            for name, value in zip(self._names(number), (summary, content), strict=True):
                cursor.execute("INSERT INTO server (name, value) VALUES (?, ?)", (name, value.decode()))
            for old, _ in self._read_summaries(cursor)[self._maximum :]:
                self._delete(cursor, old)
            return number

        return await self._database.run(work)

    async def list_summaries(self) -> list[tuple[int, bytes]]:
        """Return the numbers and the summaries, newest first."""
        return await self._database.read_beside(self._read_summaries)

    async def find(self, number: int) -> bytes | None:
        """Return a report, or None."""
        _, name = self._names(number)
        found = await self._database.read_beside(lambda cursor: schema.read_value(cursor, name))
        return None if found is None else found.encode()

    async def remove(self, number: int) -> bool:
        """Remove a report. Return whether it existed."""
        return await self._database.run(lambda cursor: self._delete(cursor, number))

    def _names(self, number: int) -> tuple[str, str]:
        """Return the names of the values: of a report's summary, and of its content."""
        return f"{self._kind}-summary:{number}", f"{self._kind}-content:{number}"

    def _read_summaries(self, cursor: Cursor) -> list[tuple[int, bytes]]:
        start = f"{self._kind}-summary:"
        rows = cursor.execute("SELECT name, value FROM server WHERE substr(name, 1, ?) = ?", (len(start), start))
        found = [(int(name.removeprefix(start)), value.encode()) for name, value in rows]
        return sorted(found, reverse=True)

    def _delete(self, cursor: Cursor, number: int) -> bool:
        names = self._names(number)
        return bool(cursor.execute("DELETE FROM server WHERE name IN (?, ?) RETURNING name", names))
