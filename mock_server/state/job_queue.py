"""The queue of a workspace's pending jobs, in the order in which they fall due.

How it works. Nothing runs in the background. A job is a record with a due time. Operations add jobs to the queue.
Before each request, the jobs that are due by its time are taken from the queue, one by one, and performed
(`operations/due_jobs.py`). A job may add another job that is already due; the same loop performs it.

    queue.add(Job(7, "evaluation", "pkg_1", due=12:00:02, generation=3))
    queue.add(Job(8, "evaluation", "pkg_1", due=12:00:05, generation=4))   # supersedes job 7
    queue.pop_due(12:00:04)                                                # None
    queue.pop_due(12:00:05)                                                # job 8

Order. Jobs are ordered by due time, then by number, which is the order of their creation (JOB-03).

Superseding. A new job replaces a pending job of the same kind and subject. For evaluations, this only keeps the queue
short when settings are saved in quick succession; BEV-04 is implemented where an evaluation is published
(`due_jobs.publish_evaluation`). Jobs that must not replace each other, such as two ingests of one event, have
different subjects.

Data structures. `_pending` contains the jobs by number, and `_heap` contains their due times and numbers. `_foreground`
is such a heap without the jobs of BACKGROUND_KINDS. Superseding removes a job from `_pending` only, and performing a
job leaves its entry in `_foreground`. Such stale entries are skipped when they reach the top. The heaps are rebuilt
when they outnumber the pending jobs. `_latest_by_subject` is used to find the job to supersede.

History. The last `MAX_PAST_JOBS` jobs that are no longer pending are kept with their state for the control API.
`pop_due` records a job as done. If a fault is then applied to the job, `set_last_state` corrects its state.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from mock_server.domain.models import Job, JobKind

BACKGROUND_KINDS: frozenset[JobKind] = frozenset({"attribution_run", "package_expiry"})
"""Kinds of jobs that are nearly always pending. A workspace is idle if it has no pending jobs of other kinds."""

JobState: TypeAlias = Literal["pending", "done", "superseded", "failed", "missed", "delayed"]
"""The states of a job. The last three result from faults. A delayed job is pending again with another number."""
MAX_PAST_JOBS = 200
MAX_STALE_ENTRIES = 64
"""The heap is rebuilt if it contains this many more stale entries than there are pending jobs."""


@dataclass(frozen=True, slots=True)
class PastJob:
    """A job that is no longer pending, and its state."""

    job: Job
    state: JobState


class JobQueue:
    """The pending jobs of a workspace, in due order, and the last jobs that are no longer pending."""

    def __init__(self) -> None:
        self._pending: dict[int, Job] = {}
        self._heap: list[tuple[datetime, int]] = []
        self._foreground: list[tuple[datetime, int]] = []
        self._latest_by_subject: dict[tuple[JobKind, str], int] = {}
        self.past: deque[PastJob] = deque(maxlen=MAX_PAST_JOBS)
        self.changed: dict[int, None] | None = None
        """The numbers of the jobs that were added, done or forgotten since the last commit. None without a database."""

    def __iter__(self) -> Iterator[Job]:
        return iter(sorted(self._pending.values(), key=lambda job: (job.due, job.number)))

    def __len__(self) -> int:
        """Return how many jobs are pending."""
        return len(self._pending)

    def add(self, job: Job) -> None:
        """Add a job. It supersedes a pending job of the same kind and subject."""
        key = (job.kind, job.subject)
        superseded = self._pending.pop(self._latest_by_subject.get(key, 0), None)
        if superseded is not None:
            self._add_past(superseded, "superseded")
        self._mark_changed(job.number)
        self._latest_by_subject[key] = job.number
        self._pending[job.number] = job
        heapq.heappush(self._heap, (job.due, job.number))
        if job.kind not in BACKGROUND_KINDS:
            heapq.heappush(self._foreground, (job.due, job.number))
        if max(len(self._heap), len(self._foreground)) > 2 * len(self._pending) + MAX_STALE_ENTRIES:
            self._rebuild_heaps()

    def replace(self, removed: Iterable[int], added: Iterable[Job]) -> None:
        """Remove pending jobs by their numbers, if they exist, then add others. No job supersedes another."""
        for number in removed:
            job = self._pending.pop(number, None)
            if job is not None and self._latest_by_subject.get((job.kind, job.subject)) == number:
                del self._latest_by_subject[job.kind, job.subject]
        for job in added:
            self._latest_by_subject[job.kind, job.subject] = job.number
            self._pending[job.number] = job
        self._rebuild_heaps()

    def pending(self) -> Mapping[int, Job]:
        """Return the pending jobs by number, read-only."""
        return self._pending

    def _add_past(self, job: Job, state: JobState) -> None:
        if len(self.past) == MAX_PAST_JOBS:
            self._mark_changed(self.past[0].job.number)
        self.past.append(PastJob(job, state))
        self._mark_changed(job.number)

    def _mark_changed(self, number: int) -> None:
        if self.changed is not None:
            self.changed[number] = None

    def _rebuild_heaps(self) -> None:
        pending = self._pending.values()
        self._heap = [(job.due, job.number) for job in pending]
        self._foreground = [(job.due, job.number) for job in pending if job.kind not in BACKGROUND_KINDS]
        heapq.heapify(self._heap)
        heapq.heapify(self._foreground)

    def copy(self) -> "JobQueue":
        """Return a copy of the queue, which changes independently."""
        other = JobQueue()
        other._pending = dict(self._pending)
        other._heap, other._foreground = list(self._heap), list(self._foreground)
        other._latest_by_subject = dict(self._latest_by_subject)
        other.past = self.past.copy()
        return other

    def set_last_state(self, state: JobState) -> None:
        """Correct the state of the job that was popped last. This is needed if it did not run normally."""
        self._add_past(self.past.pop().job, state)

    def next_due(self) -> datetime | None:
        """Return the due time of the next job, or None if no job is pending."""
        return self._first_due(self._heap)

    def has_due(self, now: datetime) -> bool:
        """Return whether a job may be due by `now`. False is certain; a superseded job may cause a True."""
        heap = self._heap
        return heap[0][0] <= now if heap else False

    def next_foreground_due(self) -> datetime | None:
        """Return the due time of the next job that is neither an attribution run nor an expiry, or None."""
        return self._first_due(self._foreground)

    def _first_due(self, heap: list[tuple[datetime, int]]) -> datetime | None:
        while heap and heap[0][1] not in self._pending:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: datetime) -> Job | None:
        """Remove and return the next job that is due by `now`, or None."""
        due = self.next_due()
        if due is None or due > now:
            return None
        job = self._pending.pop(heapq.heappop(self._heap)[1])
        if self._latest_by_subject.get((job.kind, job.subject)) == job.number:
            del self._latest_by_subject[job.kind, job.subject]
        self._add_past(job, "done")
        return job
