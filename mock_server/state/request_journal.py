"""A workspace's journal of the last requests and responses. They are stored as bytes and converted when read."""

from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeAlias

from mock_server.state.journal_budget import JournalBudget

DEFAULT_CAPACITY = 1000
"""How many exchanges are kept by default."""
MAX_CAPACITY = 100_000
MAX_BODY_BYTES = 8 * 1024
"""How many bytes of a body are kept."""
MAX_METHOD_LENGTH = 32
"""How much of a method is kept. OVERHEAD_BYTES includes it."""
MAX_PART_BYTES = 8 * 1024
"""How many bytes of a path, of a query and of all headers of a message are kept."""
OVERHEAD_BYTES = 1024
"""How many bytes the objects of an exchange need at most, in addition to the bytes that they contain."""
SIGN_IN_PATH = "/auth"
"""A part of all paths whose bodies contain secrets."""

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]
RawRecord: TypeAlias = tuple[Any, ...]
"""The form in which a `JournalRecord` is stored: a plain tuple.

The garbage collector stops tracking a plain tuple that contains only strings, bytes and numbers. It never stops
tracking a named tuple, so each collection would visit everything in the journal.
"""
RequestHead: TypeAlias = tuple[str, str, bytes, bytes, bool]
"""A request without its body: method, path, query string, packed headers, and whether one of them was cut."""
SEPARATOR = b"\0"
"""Separates packed names and values. No header contains this byte."""


SIZE_INDEX, SECONDS_INDEX = 12, 14
"""The places of the size and of the seconds in a raw record. The version follows. Most records have neither."""
NO_ORDER = (0, 0.0)


def _ignore() -> None:
    """Do nothing."""


def _no_order() -> tuple[int, float]:
    return NO_ORDER


class RecordedRequest(Protocol):
    """What the journal records of a request, in addition to its messages."""

    method: str
    query_string: bytes
    scope: MutableMapping[str, Any]
    partner_id: str
    fault: str | None
    delay_milliseconds: int


class RecordedMessages(Protocol):
    """The messages of an exchange as the recorder passes them to the journal. Only the first 8 KiB of a body are kept.

    `request_size` and `response_size` are the sizes of the whole bodies in bytes, 0 if there was none. `status` is None
    if no response was sent.
    """

    at: datetime
    path: str
    request_body: bytes
    request_size: int
    status: int | None
    response_headers: RawHeaders
    response_body: bytes
    response_size: int


class JournalRecord(NamedTuple):
    """An exchange as it was received and sent. Secrets are masked when it is read.

    Headers are packed. Bodies, paths, queries and headers are cut to the first 8 KiB. `request_size` and
    `response_size` are in bytes of the whole body, 0 if there was none. `truncated` says whether the path, the query or
    headers were cut. `size` is how many bytes the record counts for in the journal. `user` is the user of a token that
    has been masked. `seconds` is when it was answered, in the database's seconds since 1970, and `version` the
    version of the workspace in which it acted; they are 0 if only one server records.
    """

    at: datetime
    head: RequestHead
    request_body: bytes
    request_size: int
    partner: str
    status: int | None
    response_headers: bytes
    response_body: bytes
    response_size: int
    fault: str | None
    delay_milliseconds: int
    truncated: bool
    size: int
    user: str | None = None
    seconds: float = 0.0
    version: int = 0


class Journal:
    """The last exchanges, at most `capacity`, in the order of their responses.

    Exchanges are numbered from 1. A reset of the workspace restarts the numbers; `clear` does not. `budget` bounds the
    bytes of all journals of a server, of which this one holds `size`.
    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY, budget: JournalBudget | None = None) -> None:
        self.capacity = capacity
        self.budget = budget or JournalBudget()
        self.budget.join(self)
        self.size = 0
        self.last_number = 0
        self.epoch = 0
        self._records: deque[RawRecord] = deque()
        self.pending: list[RawRecord] | None = None
        """The records that a database has not numbered yet. None if there is no database."""
        self.on_pending: Callable[[], None] = _ignore
        self.read_order: Callable[[], tuple[int, float]] = _no_order
        """Returns the workspace's version, and the database's seconds since 1970, if several servers record."""
        self._last_line = ("", "", b"")
        self._last_headers: RawHeaders = []
        self._last_head: RequestHead = ("", "", b"", b"", False)
        self._last_head_size = OVERHEAD_BYTES

    def __len__(self) -> int:
        return len(self._records)

    def append(self, request: RecordedRequest, messages: RecordedMessages) -> None:
        """Append an exchange with the next number."""
        head = self.request_head(request.method, messages.path, request.query_string, request.scope["headers"])
        response_headers, truncated = _pack_few_headers(messages.response_headers), head[4]
        if len(response_headers) > MAX_PART_BYTES:
            truncated, response_headers = True, response_headers[:MAX_PART_BYTES]
        request_body, response_body = messages.request_body, messages.response_body
        raw = (
            messages.at,
            head,
            request_body,
            messages.request_size,
            request.partner_id,
            messages.status,
            response_headers,
            response_body,
            messages.response_size,
            request.fault,
            request.delay_milliseconds,
            truncated,
            self._last_head_size + len(request_body) + len(response_headers) + len(response_body),
        )
        if self.pending is None:
            self.add_numbered(self.last_number + 1, raw)
        else:
            self._add_pending(self.pending, raw)

    def _add_pending(self, pending: list[RawRecord], raw: RawRecord) -> None:
        version, seconds = self.read_order()
        pending.append((*raw, None, seconds, version))
        if len(pending) > self.capacity:
            del pending[0]
        self.on_pending()

    def add_numbered(self, number: int, raw: RawRecord) -> None:
        """Add a record with its number, which is the one after the last."""
        records, budget, growth = self._records, self.budget, raw[SIZE_INDEX]
        if len(records) == self.capacity:
            growth -= records.popleft()[SIZE_INDEX]
        self.last_number = number
        records.append(raw)
        self.size += growth
        budget.used += growth
        if budget.used > budget.limit:
            budget.make_room()

    def insert_numbered(self, number: int, raw: RawRecord) -> None:
        """Add a record that a server has written, after those that were answered before it.

        Another server may have written later ones before. Their numbers increase by one. The versions of the workspace
        give the order, and the database's time gives it for requests of the same version.
        """
        self.add_numbered(number, raw)
        records, place, order = self._records, len(self._records) - 1, _order_of(raw)
        while place > 0 and _order_of(records[place - 1]) > order:
            place -= 1
        if 0 <= place < len(records) - 1:
            records.insert(place, records.pop())

    def join(self, budget: JournalBudget) -> None:
        """Share the bytes of a server from now on. Until then, the journal has had a budget of its own."""
        self.budget.leave(self)
        self.budget = budget
        budget.join(self)
        budget.used += self.size
        if budget.used > budget.limit:
            budget.make_room()

    def take_pending(self) -> list[RawRecord]:
        """Return the records that have no number yet, and forget them."""
        taken = self.pending or []
        self.pending = []
        return taken

    def return_pending(self, records: list[RawRecord]) -> None:
        """Keep records pending that could not be numbered."""
        self.pending = [*records, *(self.pending or [])][-self.capacity :]

    def drop_before(self, number: int) -> None:
        """Drop the exchanges before this number."""
        while self._records and self.first_number < number:
            self._drop_first()

    def request_head(self, method: str, path: str, query: bytes, headers: RawHeaders) -> RequestHead:
        """Return the head of a request. Identical requests, which a polling client sends, share one object."""
        line = (method, path, query)
        if line != self._last_line or headers != self._last_headers:
            self._last_line, self._last_headers, self._last_head = line, headers, _cut_head(line, pack_headers(headers))
            self._last_head_size = OVERHEAD_BYTES + sum(map(len, self._last_head[1:4]))
        return self._last_head

    def drop_oldest(self) -> None:
        """Drop the oldest exchange, because the journals of the server are full. A database drops it soon."""
        self._drop_first()
        if self.pending is not None:
            self.on_pending()

    @property
    def first_number(self) -> int:
        """The number of the oldest exchange that is kept, or of the next one if there is none."""
        return self.last_number - len(self._records) + 1

    def _drop_first(self) -> None:
        size = self._records.popleft()[SIZE_INDEX]
        self.size -= size
        self.budget.used -= size

    def clear(self) -> None:
        """Drop all exchanges."""
        self._records.clear()
        self.budget.used -= self.size
        self.size = 0

    def reset(self) -> None:
        """Drop all exchanges and start again at number 1."""
        self.clear()
        self.last_number = 0
        self.epoch += 1
        if self.pending:
            self.pending = []

    def close(self) -> None:
        """Give the bytes back to the server. Requests that are not answered yet may still be appended, for nobody."""
        self.budget.leave(self)
        self.budget = JournalBudget()
        self.budget.join(self)
        self.reset()

    def newest_records(self) -> Iterator[tuple[int, JournalRecord]]:
        """Yield the numbers and the records of the exchanges, newest first."""
        for age, raw in enumerate(reversed(self._records)):
            yield self.last_number - age, JournalRecord(*raw)


def _order_of(raw: RawRecord) -> tuple[int, float]:
    """Return the version and the time of a record."""
    if len(raw) <= SECONDS_INDEX:
        return NO_ORDER
    seconds, *version = raw[SECONDS_INDEX:]
    return (version[0] if version else 0), seconds


def _cut_head(line: tuple[str, str, bytes], headers: bytes) -> RequestHead:
    method, path, query = line
    truncated = max(len(path), len(query), len(headers)) > MAX_PART_BYTES or len(method) > MAX_METHOD_LENGTH
    return (
        method[:MAX_METHOD_LENGTH],
        path[:MAX_PART_BYTES],
        query[:MAX_PART_BYTES],
        headers[:MAX_PART_BYTES],
        truncated,
    )


def pack_headers(headers: RawHeaders) -> bytes:
    """Join headers into one byte string."""
    return SEPARATOR.join(chain.from_iterable(headers))


def _pack_few_headers(headers: RawHeaders) -> bytes:
    """Do the same for a response, whose headers are few. Adding tuples takes half the time then."""
    return SEPARATOR.join(sum(headers, ()))
