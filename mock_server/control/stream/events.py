"""The events of a stream, and how they are written as server-sent events."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from pydantic_core import to_json
from typing_extensions import TypedDict

from mock_server.control.clock_schemas import ClockBody, JobBody
from mock_server.control.journal.queries import resolve_operation
from mock_server.http import suggestions
from mock_server.http.fields import TimestampText, closed, format_timestamp
from mock_server.state.recorded_exchange import (
    UsernameResolver,
    find_user,
    is_from_console,
    mask_target,
    resolve_record,
)
from mock_server.state.request_journal import SIGN_IN_PATH, JournalRecord

EventKind: TypeAlias = Literal["request", "job", "clock", "workspace", "fault", "counts", "gap"]
WorkspaceChange: TypeAlias = Literal["created", "deleted", "reset", "restored"]
FaultChange: TypeAlias = Literal["added", "removed", "applied", "changed"]
GapReason: TypeAlias = Literal["slow", "dropped", "reset", "unknown"]
MAX_TEXT = 500
"""How many characters of a path and of a query an event has."""
HINT = b'"code":"%b"' % suggestions.HINT.encode()
"""A part of each error body that suggests another operation."""
KEEP_ALIVE = b": keep-alive\n\n"
RETRY = b"retry: 2000\n\n"
"""After how many milliseconds a browser connects again."""


class Cursor(NamedTuple):
    """How far a stream has come, as the `id` of an event says it. Every server that shares the database reads it.

    `start` identifies the start of a server that keeps its state in memory; with a database, it is 0. `epoch` counts
    the resets of the workspace. `request` is the number of the last request in the journal, `job` that of
    the job that was scheduled last, and `past` that of the job that ended last. `faults` identifies the fault rules.
    """

    start: int
    epoch: int
    request: int
    job: int
    past: int
    faults: int

    def __str__(self) -> str:
        return "-".join(map(str, self))


def parse_cursor(text: bytes) -> Cursor | None:
    """Return the cursor that a client sends, None if it is not one."""
    parts = text.split(b"-")
    if len(parts) != len(Cursor._fields) or not all(part.isdigit() and len(part) < 20 for part in parts):
        return None
    return Cursor(*map(int, parts))


@closed
class RequestEvent(TypedDict):
    """A request that was answered: a summary of its entry in the journal.

    `status` is null if the connection was closed before a response. `fault` names the fault rules that were applied.
    `near_miss` says that the response suggests another operation, and `console` that the console sent the request.
    """

    number: int
    at: TimestampText
    method: str
    path: str
    query: str
    operation: str | None
    status: int | None
    delay_milliseconds: int
    partner: str | None
    user: str | None
    fault: str | None
    near_miss: bool
    console: bool


@closed
class JobEvent(JobBody):
    """A job that was scheduled (its state is `pending`), or that is no longer pending."""

    number: int


@closed
class WorkspaceEvent(TypedDict):
    """A workspace that was created or deleted, or this one, if it was reset or restored to another state."""

    name: str
    change: WorkspaceChange


@closed
class FaultEvent(TypedDict):
    """A fault rule that was added or removed, or applied. `applied` counts how often.

    After a resume, `changed` stands for all changes, and `rule` is null.
    """

    rule: str | None
    change: FaultChange
    applied: int


@closed
class CountsEvent(TypedDict):
    """How many requests and jobs there were, instead of an event for each of them.

    `statuses` counts responses by `2xx`, `4xx` and so on, and requests without one as `aborted`. `writes` is how many
    of the requests may have changed something: those with another method than GET, except sign-ins.
    """

    requests: int
    writes: int
    statuses: dict[str, int]
    jobs: dict[str, int]


@closed
class GapEvent(TypedDict):
    """Events that the client has missed: read again what is shown. `events` is how many, null if that is unknown."""

    reason: GapReason
    events: int | None


class Event(NamedTuple):
    """An event with the cursor after it."""

    kind: EventKind
    data: RequestEvent | JobEvent | ClockBody | WorkspaceEvent | FaultEvent | CountsEvent | GapEvent
    cursor: Cursor | None = None


def gap_event(reason: GapReason, count: int | None = None) -> Event:
    """Return the event for events that a client has missed."""
    return Event("gap", {"reason": reason, "events": count})


def encode(event: Event) -> bytes:
    """Return the event as a client receives it."""
    identity = b"" if event.cursor is None else f"id: {event.cursor}\n".encode()
    return b"%bevent: %b\ndata: %b\n\n" % (identity, event.kind.encode(), to_json(event.data))


def request_event(number: int, record: JournalRecord, resolve_username: UsernameResolver) -> RequestEvent:
    """Summarize a record of the journal, without secrets."""
    path, query = mask_target(record)
    operation, _ = resolve_record(record, resolve_operation)
    return {
        "number": number,
        "at": format_timestamp(record.at),
        "method": record.head[0],
        "path": path[:MAX_TEXT],
        "query": query[:MAX_TEXT],
        "operation": operation,
        "status": record.status,
        "delay_milliseconds": record.delay_milliseconds,
        "partner": record.partner or None,
        "user": find_user(record, resolve_username),
        "fault": record.fault,
        "near_miss": HINT in record.response_body,
        "console": is_from_console(record),
    }


def count_events(records: Iterable[JournalRecord], job_states: Iterable[str]) -> CountsEvent:
    """Count requests and jobs."""
    statuses, writes = Counter[str](), 0
    for record in records:
        statuses["aborted" if record.status is None else f"{record.status // 100}xx"] += 1
        method, path, *_ = record.head
        writes += method != "GET" and SIGN_IN_PATH not in path
    jobs = dict(Counter(job_states))
    return {"requests": statuses.total(), "writes": writes, "statuses": dict(statuses), "jobs": jobs}
