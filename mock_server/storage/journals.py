"""The journals of the workspaces in a database.

How it works. A recorded request is first kept in memory (`pending`), and written to the database with others, at most a
second later, or before the journal is read. So a request does not wait for its record, and a kill loses the records of
the last second. The database gives the numbers: the row of a journal counts them, and its lock gives the order of the
writes of several servers. What is read from the database, also the server's own records, is added to the journal in
memory, which is as large as without a database. What the memory has no room for is deleted from the database, too.

A server may write later than another one what was answered before. So with several servers a record has the version of
the workspace, too, and the database's time, which give the order in memory: the clocks of machines may differ.

Secrets are masked before a record is written, and the user of its token is noted, because the token is masked too.

A reset begins a new epoch of the journal; records of earlier epochs are deleted. `first` is the number of the first
record that still exists. Servers drop earlier ones from memory.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

from mock_server.domain import formats
from mock_server.state.clock import machine_pause
from mock_server.state.recorded_exchange import mask_record
from mock_server.state.request_journal import SIZE_INDEX, JournalRecord, RawRecord
from mock_server.state.workspace import Workspace
from mock_server.storage import schema
from mock_server.storage.database import Cursor, Database, StorageError

DELAY_MILLISECONDS = 750
"""How long a record waits before it is written, at most. With the time for writing, it should be less than a second."""
WAIT_MILLISECONDS = 1_000
"""How long to wait until other servers have written what they recorded before."""
MAX_PENDING = 256
"""How many records wait before they are written at once."""
BEGIN_JOURNAL = (
    "INSERT INTO journals (workspace, epoch, first, last)"
    " SELECT id, CAST(? AS BIGINT), 1, 0 FROM workspaces WHERE id = ? ON CONFLICT DO NOTHING"
)
TEXT_ENCODING = "latin-1"
log = logging.getLogger("mock_server")


class Found(NamedTuple):
    """The number of a journal's first record in the database, and the records that were read with their numbers."""

    first: int
    records: list[tuple[int, RawRecord]]


class Position(NamedTuple):
    """The epoch of a journal, and the numbers of the last and the first record of it that are in memory."""

    epoch: int
    last_read: int
    first_kept: int


class JournalWriter:
    """Writes the records of one workspace, whose row has this id, and reads those of other servers."""

    def __init__(
        self, database: Database, identity: int, workspace: Workspace, read_order: Callable[[], tuple[int, float]]
    ) -> None:
        self._database = database
        self._id = identity
        self._workspace = workspace
        self._journal = workspace.journal
        self._epoch = workspace.epoch
        self._last_read = 0
        self._first = 1
        self._pause: Callable[[float], Awaitable[None]] = machine_pause
        self._timer: asyncio.Task[None] | None = None
        self._journal.pending = []
        self._journal.on_pending = self._notice
        if database.is_shared:
            self._journal.read_order = read_order

    async def sync(self) -> None:
        """Write the pending records, and read those of other servers. Raises StorageError."""
        position = self._position()
        records = self._journal.take_pending()
        try:
            found = await self._database.run(lambda cursor: self._write_and_read(cursor, records, position))
        except BaseException:
            self._journal.return_pending(records)
            raise
        self._add(position.epoch, found)

    async def clear(self) -> None:
        """Drop all records, also those in the database. Numbering continues. Raises StorageError."""
        await self.sync()
        epoch = self._epoch

        def work(cursor: Cursor) -> int:
            _, last = self._lock_journal(cursor, epoch) or (1, 0)
            _drop_before(cursor, self._id, last + 1)
            return last + 1

        self._add(epoch, Found(await self._database.run(work), []))

    async def wait_for_others(self) -> None:
        """Wait until other servers have written what they recorded before now."""
        if self._database.is_shared:
            await self._pause(WAIT_MILLISECONDS / 1000)

    def write_now(self) -> None:
        """Write the pending records, while nothing else happens. Raises StorageError."""
        records = self._journal.take_pending()
        if records:
            position = self._position()
            self._database.run_now(lambda cursor: self._write_and_read(cursor, records, position))

    def add_stored(self, epoch: int, found: Found) -> None:
        """Add the records that were read with the workspace."""
        self._add(epoch, found)

    def _position(self) -> Position:
        epoch = self._workspace.epoch
        if epoch != self._epoch or not self._last_read:
            return Position(epoch, 0, 0)
        return Position(epoch, self._last_read, self._journal.first_number)

    def _add(self, epoch: int, found: Found) -> None:
        """Add records to the journal in memory that it does not have yet."""
        if epoch != self._workspace.epoch:
            return
        if epoch != self._epoch:
            self._epoch, self._last_read, self._first = epoch, 0, 1
        for number, raw in found.records:
            if number > self._last_read:
                self._journal.insert_numbered(number, raw)
                self._last_read = number
        if found.first > self._first:
            self._first = found.first
            self._last_read = max(self._last_read, found.first - 1)
            self._journal.drop_before(found.first)

    def _notice(self) -> None:
        """Write the pending records soon."""
        if self._timer is None or self._timer.done():
            with suppress(RuntimeError):  # no event loop runs
                self._timer = asyncio.get_running_loop().create_task(self._write_later())

    async def _write_later(self) -> None:
        if len(self._journal.pending or ()) < MAX_PENDING:
            await self._pause(DELAY_MILLISECONDS / 1000)
        with suppress(StorageError):  # it has been logged, and the journal is no reason to fail
            await self.sync()

    def _write_and_read(self, cursor: Cursor, records: list[RawRecord], position: Position) -> Found:
        epoch, last_read, first_kept = position
        numbers = self._lock_journal(cursor, epoch)
        if numbers is None:
            return Found(1, [])
        first, last = numbers
        rows = [
            (self._id, epoch, number, raw[SIZE_INDEX], encode_record(self._mask(raw)))
            for number, raw in enumerate(records, last + 1)
        ]
        if rows:
            statement = "INSERT INTO journal (workspace, epoch, number, size, value) VALUES (?, ?, ?, ?, ?)"
            cursor.execute_many(statement, rows)
            last += len(rows)
            cursor.execute("UPDATE journals SET last = ? WHERE workspace = ?", (last, self._id))
        oldest = min(max(last + 1 - self._journal.capacity, first_kept), last + 1)
        if oldest > first:
            _drop_before(cursor, self._id, oldest)
            first = oldest
        statement = "SELECT number, value FROM journal WHERE workspace = ? AND epoch = ? AND number > ? ORDER BY number"
        found = cursor.execute(statement, (self._id, epoch, max(last_read, first - 1)))
        return Found(first, [(number, decode_record(value)) for number, value in found])

    def _lock_journal(self, cursor: Cursor, epoch: int) -> tuple[int, int] | None:
        """Lock the journal, and return the numbers of its first and last record. Begin the epoch if it is new.

        Return None if another server has begun a later epoch, or deleted the workspace.
        """
        cursor.execute(BEGIN_JOURNAL, (epoch, self._id))
        schema.require_usable(cursor)
        lock = " FOR UPDATE" if self._database.is_shared else ""
        statement = f"SELECT epoch, first, last FROM journals WHERE workspace = ?{lock}"  # noqa: S608 - constants
        found = cursor.execute(statement, (self._id,))
        if not found or found[0][0] > epoch:
            return None
        stored_epoch, first, last = found[0]
        if stored_epoch < epoch:
            cursor.execute("DELETE FROM journal WHERE workspace = ? AND epoch < ?", (self._id, epoch))
            cursor.execute("UPDATE journals SET epoch = ?, first = 1, last = 0 WHERE workspace = ?", (epoch, self._id))
            return 1, 0
        return first, last

    def _mask(self, raw: RawRecord) -> JournalRecord:
        return mask_record(JournalRecord(*raw), self._workspace.tokens.username_of)


def read_stored(cursor: Cursor, identity: int) -> tuple[int, Found]:
    """Return the epoch of a workspace's journal, and the records that the database has. It only reads."""
    found = cursor.execute("SELECT epoch, first FROM journals WHERE workspace = ?", (identity,))
    if not found:
        return 0, Found(1, [])
    ((epoch, first),) = found
    statement = "SELECT number, value FROM journal WHERE workspace = ? AND epoch = ? AND number >= ? ORDER BY number"
    stored = cursor.execute(statement, (identity, epoch, first))
    return epoch, Found(first, [(number, decode_record(value)) for number, value in stored])


def _drop_before(cursor: Cursor, identity: int, first: int) -> None:
    cursor.execute("DELETE FROM journal WHERE workspace = ? AND number < ?", (identity, first))
    cursor.execute("UPDATE journals SET first = ? WHERE workspace = ?", (first, identity))


def encode_record(record: JournalRecord) -> bytes:
    """Return the JSON of a record. Bytes are written as Latin-1 text, which keeps each of them."""
    method, path, query, headers, is_cut = record.head
    members = [
        formats.format_timestamp(record.at),
        [method, path, query.decode(TEXT_ENCODING), headers.decode(TEXT_ENCODING), is_cut],
        record.request_body.decode(TEXT_ENCODING),
        record.request_size,
        record.partner,
        record.status,
        record.response_headers.decode(TEXT_ENCODING),
        record.response_body.decode(TEXT_ENCODING),
        *record[8:],
    ]
    return json.dumps(members, separators=(",", ":")).encode()


def decode_record(value: bytes) -> RawRecord:
    """Return the record that was encoded."""
    at, head, body, size, partner, status, headers, response, *rest = json.loads(bytes(value))
    method, path, query, packed, is_cut = head
    encoded_head = method, path, query.encode(TEXT_ENCODING), packed.encode(TEXT_ENCODING), is_cut
    return (
        formats.parse_timestamp(at),
        encoded_head,
        body.encode(TEXT_ENCODING),
        size,
        partner,
        status,
        headers.encode(TEXT_ENCODING),
        response.encode(TEXT_ENCODING),
        *rest,
    )
