"""Work that falls due: a workspace's pending jobs, in the order in which they will be performed."""

import heapq
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, TypeAlias

from mock_server.domain.models import Job, JobKind

BACKGROUND_KINDS: frozenset[JobKind] = frozenset({"attribution_run", "package_expiry"})
"""Kinds that are always pending somewhere: a workspace with nothing else to do is idle."""

JobState: TypeAlias = Literal["pending", "done", "superseded", "failed", "missed", "delayed"]
"""The last three are a fault's doing; a delayed job is pending again, under a later instant."""
MAX_PAST_JOBS = 200
MAX_STALE_ENTRIES = 64
"""How many superseded jobs may stay in the heap before it is made anew."""


class JobQueue:
    """Pending jobs by due instant, then number (JOB-03: of one instant in order of creation)."""

    def __init__(self) -> None:
        self._pending: dict[int, Job] = {}
        self._heap: list[tuple[datetime, int]] = []
        self._latest_by_subject: dict[tuple[JobKind, str], int] = {}
        self.past: deque[tuple[Job, JobState]] = deque(maxlen=MAX_PAST_JOBS)

    def __iter__(self) -> Iterator[Job]:
        return iter(sorted(self._pending.values(), key=lambda job: (job.due, job.number)))

    def add(self, job: Job) -> None:
        """Wait for the job's instant. One of the same kind and subject that still waits is superseded (BEV-04)."""
        key = (job.kind, job.subject)
        superseded = self._pending.pop(self._latest_by_subject.get(key, 0), None)
        if superseded is not None:
            self.past.append((superseded, "superseded"))
        self._latest_by_subject[key] = job.number
        self._pending[job.number] = job
        heapq.heappush(self._heap, (job.due, job.number))
        if len(self._heap) > 2 * len(self._pending) + MAX_STALE_ENTRIES:
            self._heap = [(waiting.due, waiting.number) for waiting in self._pending.values()]
            heapq.heapify(self._heap)

    def copy(self) -> "JobQueue":
        """The same jobs; neither sees the other change."""
        other = JobQueue()
        other._pending = dict(self._pending)
        other._heap = list(self._heap)
        other._latest_by_subject = dict(self._latest_by_subject)
        other.past = self.past.copy()
        return other

    def set_last_state(self, state: JobState) -> None:
        """Say of the job that was taken last how it ended, where that is not by being done."""
        job, _ = self.past.pop()
        self.past.append((job, state))

    def next_due(self) -> datetime | None:
        """When the next job falls due, or None."""
        while self._heap and self._heap[0][1] not in self._pending:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def next_foreground_due(self) -> datetime | None:
        """When the next job falls due that is neither a scheduled run nor an expiry, or None."""
        return min((job.due for job in self._pending.values() if job.kind not in BACKGROUND_KINDS), default=None)

    def pop_due(self, now: datetime) -> Job | None:
        """Take the next job that is due by `now`, or None."""
        due = self.next_due()
        if due is None or due > now:
            return None
        job = self._pending.pop(heapq.heappop(self._heap)[1])
        if self._latest_by_subject.get((job.kind, job.subject)) == job.number:
            del self._latest_by_subject[job.kind, job.subject]
        self.past.append((job, "done"))
        return job
