"""What has changed in a workspace since a cursor.

How it works. Nothing notes what happens for a stream: a stream compares the workspace with what it has seen before. The
journal has the requests with their numbers, and the job queue the jobs with theirs, so a cursor of a few numbers says
what is new. So a workspace costs no more if nobody looks, changes of other servers are found like its own, and a client
can resume at any server.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple, TypeAlias

from mock_server.control.clock_schemas import clock_body, job_body
from mock_server.control.stream.events import (
    Cursor,
    Event,
    FaultChange,
    WorkspaceChange,
    count_events,
    request_event,
)
from mock_server.domain.faults import Faults
from mock_server.domain.models import Job
from mock_server.state.clock import WorkspaceClock
from mock_server.state.job_queue import MAX_PAST_JOBS, JobState
from mock_server.state.request_journal import Journal, JournalRecord
from mock_server.state.store import Store
from mock_server.state.workspace import Workspace

MAX_EVENTS = 25
"""How many requests and jobs a stream shows one by one at a time. More are counted."""
NumberedRecord: TypeAlias = tuple[int, JournalRecord]


class Requests(NamedTuple):
    """The requests after a number, earliest first, the last number of all, and how many are no longer known."""

    records: Sequence[NumberedRecord]
    last: int
    dropped: int = 0


class Jobs(NamedTuple):
    """The jobs after a cursor, with their states, and whether some of them are no longer known."""

    changes: Sequence[tuple[Job, JobState]]
    is_incomplete: bool = False


@dataclass(slots=True)
class Seen:
    """What a stream has seen of a workspace, apart from its cursor."""

    store: Store
    last_cause: int
    clock: WorkspaceClock
    clock_setting: int
    faults: Faults


def look_at(workspace: Workspace) -> Seen:
    """Return what there is to see of a workspace."""
    store, clock = workspace.store, workspace.clock
    return Seen(store, store.last_cause_number, clock, clock.setting, workspace.faults)


def current_cursor(workspace: Workspace, start: int, last_request: int) -> Cursor:
    """Return the cursor at which nothing of the workspace is new."""
    past = workspace.jobs.past
    return Cursor(
        start,
        workspace.epoch,
        last_request,
        workspace.ids.last_number("job"),
        past[-1].job.number if past else 0,
        identify_faults(workspace.faults),
    )


def identify_faults(faults: Faults) -> int:
    """Return a number that differs, most likely, if the rules or their counters differ."""
    return zlib.crc32(repr([(rule.id, rule.match, rule.effect, rule.applied) for rule in faults.rules]).encode())


def was_restored(workspace: Workspace, seen: Seen, cursor: Cursor) -> bool:
    """Return whether a workspace that was not reset went to another state: a snapshot, or a checkpoint."""
    store = workspace.store
    is_replaced = workspace.clock is seen.clock and store is not seen.store
    went_back = store.last_cause_number < seen.last_cause or workspace.ids.last_number("job") < cursor.job
    return is_replaced or went_back or store.restored_at != seen.store.restored_at


def find_requests(journal: Journal, after: int) -> Requests:
    """Return the requests in the journal in memory after a number."""
    newer = list(takewhile(lambda numbered: numbered[0] > after, journal.newest_records()))
    newer.reverse()
    return Requests(newer, journal.last_number, max(0, journal.first_number - after - 1))


def find_jobs(workspace: Workspace, cursor: Cursor) -> Jobs:
    """Return the jobs that were scheduled, then those that ended, in this order."""
    ended, is_incomplete = [], True
    for past in reversed(workspace.jobs.past):
        if past.job.number == cursor.past:
            is_incomplete = False
            break
        ended.append(past)
    else:
        is_incomplete = cursor.past != 0 or len(ended) == MAX_PAST_JOBS
    ended.reverse()
    known = {past.job.number: past.job for past in ended}
    scheduled = _find_scheduled(workspace, known, cursor.job)
    changes: list[tuple[Job, JobState]] = [(job, "pending") for job in scheduled]
    return Jobs(changes + [(past.job, past.state) for past in ended], is_incomplete)


def _find_scheduled(workspace: Workspace, known: Mapping[int, Job], after: int) -> list[Job]:
    """Return the pending and the known jobs after a number, in the order of their numbers.

    There may be many more numbers than jobs: a snapshot sets the last number, up to 2**53.
    """
    pending, last = workspace.jobs.pending(), workspace.ids.last_number("job")
    numbers: Iterable[int] = range(after + 1, last + 1)
    if last - after > len(pending) + len(known):
        numbers = sorted(number for number in {*pending, *known} if number > after)
    return [job for number in numbers if (job := pending.get(number) or known.get(number)) is not None]


def to_events(workspace: Workspace, cursor: Cursor, requests: Requests, jobs: Jobs) -> list[Event]:
    """Return the events for requests and jobs after a cursor: one for each, or one with their numbers."""
    if len(requests.records) + len(jobs.changes) > MAX_EVENTS:
        present = current_cursor(
            workspace, cursor.start, requests.records[-1][0] if requests.records else cursor.request
        )
        counted = count_events((record for _, record in requests.records), (state for _, state in jobs.changes))
        return [Event("counts", counted, present._replace(faults=cursor.faults))]
    events = []
    for number, record in requests.records:
        cursor = cursor._replace(request=number)
        events.append(Event("request", request_event(number, record, workspace.tokens.username_of), cursor))
    for job, state in jobs.changes:
        cursor = cursor._replace(**({"job": job.number} if state == "pending" else {"past": job.number}))
        events.append(Event("job", {**job_body(job, state), "number": job.number}, cursor))
    return events


def clock_event(workspace: Workspace, cursor: Cursor) -> Event:
    """Return the event for the present setting of the clock."""
    return Event("clock", clock_body(workspace.clock.now(), workspace.clock), cursor)


def workspace_event(name: str, change: WorkspaceChange, cursor: Cursor | None = None) -> Event:
    """Return the event for a change of a workspace."""
    return Event("workspace", {"name": name, "change": change}, cursor)


def find_fault_events(before: Faults, after: Faults, cursor: Cursor) -> list[Event]:
    """Return the events for the rules that were added, applied or removed."""
    old, new = ({rule.id: rule for rule in faults.rules} for faults in (before, after))
    changes: list[tuple[str, FaultChange, int]] = []
    for rule_id, rule in new.items():
        known = old.get(rule_id)
        is_new = (
            known is None or (known.match, known.effect) != (rule.match, rule.effect) or rule.applied < known.applied
        )
        if is_new:
            changes.append((rule_id, "added", rule.applied))
        if rule.applied > (0 if known is None or is_new else known.applied):
            changes.append((rule_id, "applied", rule.applied))
    changes += [(rule_id, "removed", rule.applied) for rule_id, rule in old.items() if rule_id not in new]
    cursor = cursor._replace(faults=identify_faults(after))
    return [
        Event("fault", {"rule": rule, "change": change, "applied": count}, cursor) for rule, change, count in changes
    ]
