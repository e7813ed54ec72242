"""Keeps the reports of contract runs, and the named checkpoints, in the database.

They are values of the whole server (`schema.py`): for each report, one with its summary and one with its content, so
that the list of reports reads no content. Servers of earlier versions leave them alone.
"""

from itertools import accumulate

from mock_server.state.reports import MAX_BYTES, MAX_REPORTS
from mock_server.storage import schema
from mock_server.storage.database import Cursor, Database


class StoredReports:
    """Keeps the last reports in a database, which servers may share. `kind` is the start of their names.

    They are `maximum`, and have `max_bytes` together at most, but one is always kept.
    """

    def __init__(
        self, database: Database, kind: str = "report", maximum: int = MAX_REPORTS, max_bytes: int = MAX_BYTES
    ) -> None:
        self._database = database
        self._kind, self._maximum, self._max_bytes = kind, maximum, max_bytes

    async def add(self, summary: bytes, content: bytes) -> int:
        """Keep a report, and drop the oldest ones if there are too many or they are too large. Return its number."""

        def work(cursor: Cursor) -> int:
            number = schema.increase(cursor, self._kind)
            for name, value in zip(self._names(number), (summary, content), strict=True):
                cursor.execute("INSERT INTO server (name, value) VALUES (?, ?)", (name, value.decode()))
            for old in self._list_superfluous(cursor):
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

    def _list_superfluous(self, cursor: Cursor) -> list[int]:
        """Return the numbers of the reports that are too many, or follow a newer one that fills the room."""
        start = f"{self._kind}-content:"
        statement = "SELECT name, length(value) FROM server WHERE substr(name, 1, ?) = ?"
        sizes = {int(name.removeprefix(start)): size for name, size in cursor.execute(statement, (len(start), start))}
        numbers = sorted(sizes, reverse=True)
        totals = accumulate(sizes[number] for number in numbers)
        fitting = sum(total <= self._max_bytes for total in totals)
        return numbers[max(1, min(self._maximum, fitting)) :]

    def _delete(self, cursor: Cursor, number: int) -> bool:
        names = self._names(number)
        return bool(cursor.execute("DELETE FROM server WHERE name IN (?, ?) RETURNING name", names))
