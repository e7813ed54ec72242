"""Pending jobs, and the order in which they are due. Rules: JOB-03, JOB-04, BEV-04."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain.models import Job
from mock_server.state.job_queue import BACKGROUND_KINDS, MAX_PAST_JOBS, MAX_STALE_ENTRIES, JobQueue
from tests.builders import START_TIME, at


def at_minute(number: int) -> Any:
    return START_TIME + timedelta(minutes=number)


def a_job(number: int, due_minute: int = 1, subject: str | None = None, **changes: Any) -> Job:
    """Return a job that is due this many minutes after the start. Each job has another subject by default."""
    return Job(number, changes.pop("kind", "evaluation"), subject or f"pkg_{number}", at_minute(due_minute), **changes)


def pending_jobs(*jobs: Job) -> JobQueue:
    pending = JobQueue()
    for job in jobs:
        pending.add(job)
    return pending


def pop_due_numbers(jobs: JobQueue, now: int) -> list[int]:
    """Take all jobs that are due at this minute, and return their numbers in the order in which they were taken."""
    numbers = []
    while (job := jobs.pop_due(at_minute(now))) is not None:
        numbers.append(job.number)
    return numbers


def past_jobs(jobs: JobQueue) -> list[tuple[int, str]]:
    return [(past.job.number, past.state) for past in jobs.past]


def test_jobs_fall_due_in_the_order_of_their_instants():
    """Rule: JOB-03."""
    assert pop_due_numbers(
        pending_jobs(a_job(1, due_minute=3), a_job(2, due_minute=1), a_job(3, due_minute=2)), now=3
    ) == [2, 3, 1]


def test_jobs_of_one_instant_fall_due_in_the_order_of_their_creation():
    """Rule: JOB-03: jobs are ordered by number, not by when they were added."""
    assert pop_due_numbers(pending_jobs(a_job(10), a_job(9), a_job(2), a_job(11)), now=1) == [2, 9, 10, 11]


def test_a_job_is_due_at_its_very_instant_and_not_a_second_before():
    """Rule: JOB-03."""
    jobs = pending_jobs(a_job(1, due_minute=5))
    assert jobs.pop_due(at_minute(5) - timedelta(seconds=1)) is None
    assert jobs.pop_due(at_minute(5)) == a_job(1, due_minute=5)


def test_a_job_is_taken_once():
    """Rule: JOB-04."""
    jobs = pending_jobs(a_job(1))
    assert pop_due_numbers(jobs, now=9) == [1]
    assert pop_due_numbers(jobs, now=9) == []


def test_nothing_is_due_where_nothing_waits():
    assert JobQueue().pop_due(at("9999-12-31T23:59:59")) is None
    assert JobQueue().next_due() is None


def test_a_job_of_the_same_kind_and_subject_supersedes_the_one_that_waits():
    """Rule: BEV-04."""
    jobs = pending_jobs(a_job(1, due_minute=2, subject="pkg_1"), a_job(2, due_minute=3, subject="pkg_1", generation=7))
    assert [job.number for job in jobs] == [2]
    assert past_jobs(jobs) == [(1, "superseded")]
    assert pop_due_numbers(jobs, now=9) == [2]


def test_a_superseding_job_may_fall_due_earlier():
    """Rule: BEV-04."""
    jobs = pending_jobs(a_job(1, due_minute=5, subject="pkg_1"), a_job(2, due_minute=3, subject="pkg_1"))
    assert jobs.next_due() == at_minute(3)
    assert pop_due_numbers(jobs, now=9) == [2]


def test_a_burst_leaves_the_last_job_alone():
    """Rule: BEV-04 (a burst may become one evaluation with the last settings)."""
    jobs = pending_jobs(*(a_job(number, due_minute=2, subject="pkg_1", generation=number) for number in range(1, 51)))
    assert [job.generation for job in jobs] == [50]
    assert pop_due_numbers(jobs, now=2) == [50]


def test_jobs_of_other_subjects_and_kinds_stay():
    """Rule: BEV-04."""
    jobs = pending_jobs(
        a_job(1, subject="pkg_1"), a_job(2, subject="pkg_2"), a_job(3, subject="pkg_1", kind="package_expiry")
    )
    assert pop_due_numbers(jobs, now=1) == [1, 2, 3]


def test_a_job_that_was_performed_is_not_superseded_afterwards():
    """Rule: BEV-04."""
    jobs = pending_jobs(a_job(1, due_minute=1, subject="pkg_1"))
    assert pop_due_numbers(jobs, now=1) == [1]
    jobs.add(a_job(2, due_minute=2, subject="pkg_1"))
    assert past_jobs(jobs) == [(1, "done")]
    assert pop_due_numbers(jobs, now=2) == [2]


def test_the_next_due_job_is_the_earliest_that_still_waits():
    """Rule: BEV-04: a superseded job is not the next one."""
    jobs = pending_jobs(
        a_job(1, due_minute=1, subject="pkg_1"), a_job(2, due_minute=4), a_job(3, due_minute=6, subject="pkg_1")
    )
    assert jobs.next_due() == at_minute(4)
    assert pop_due_numbers(jobs, now=4) == [2]
    assert jobs.next_due() == at_minute(6)


def test_nothing_is_next_once_all_that_waited_is_done():
    jobs = pending_jobs(a_job(1, subject="pkg_1"), a_job(2, subject="pkg_1"))
    assert pop_due_numbers(jobs, now=1) == [2]
    assert jobs.next_due() is None
    assert list(jobs) == []


def test_pending_jobs_are_read_in_the_order_in_which_they_will_be_performed():
    jobs = pending_jobs(a_job(4, due_minute=2), a_job(3, due_minute=2), a_job(2, due_minute=9), a_job(1, due_minute=5))
    assert [job.number for job in jobs] == [3, 4, 1, 2]
    assert jobs.next_due() == at_minute(2)


def test_scheduled_runs_and_expiries_do_not_keep_a_workspace_busy():
    jobs = pending_jobs(a_job(1, due_minute=1, kind="attribution_run"), a_job(2, due_minute=2, kind="package_expiry"))
    assert jobs.next_foreground_due() is None
    jobs.add(a_job(3, due_minute=8, kind="package_stage"))
    jobs.add(a_job(4, due_minute=7, kind="evaluation"))
    assert jobs.next_foreground_due() == at_minute(7)


def test_a_job_that_is_added_while_others_are_taken_has_its_place():
    """Rule: JOB-03."""
    jobs = pending_jobs(a_job(1, due_minute=1), a_job(2, due_minute=3))
    assert jobs.pop_due(at_minute(9)) == a_job(1, due_minute=1)
    jobs.add(a_job(3, due_minute=2))
    assert pop_due_numbers(jobs, now=9) == [3, 2]


def test_only_the_latest_past_jobs_are_remembered():
    jobs = pending_jobs(*(a_job(number) for number in range(1, MAX_PAST_JOBS + 6)))
    pop_due_numbers(jobs, now=1)
    assert past_jobs(jobs) == [(number, "done") for number in range(6, MAX_PAST_JOBS + 6)]


class ReferenceQueue:
    """A simple and slow implementation, which searches a list each time."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def add(self, job: Job) -> None:
        self.jobs = [other for other in self.jobs if (other.kind, other.subject) != (job.kind, job.subject)]
        self.jobs.append(job)

    def pop_due(self, now: Any) -> Job | None:
        for job in sorted(self.jobs, key=lambda job: (job.due, job.number)):
            if job.due <= now:
                self.jobs.remove(job)
                return job
        return None


steps = st.one_of(
    st.tuples(
        st.just("add"),
        st.sampled_from(["evaluation", "package_stage", "attribution_run"]),
        st.sampled_from(["pkg_1", "pkg_2", "pkg_3"]),
        st.integers(0, 9),
    ),
    st.tuples(st.just("pop"), st.just(""), st.just(""), st.integers(0, 9)),
)


@given(history=st.lists(steps, max_size=40))
@settings(deadline=None)
def test_the_queue_agrees_with_a_reference_implementation(history):
    """Rules: JOB-03, BEV-04."""
    jobs, diary = JobQueue(), ReferenceQueue()
    for number, (what, kind, subject, when) in enumerate(history, 1):
        if what == "add":
            job = a_job(number, when, subject, kind=kind)
            jobs.add(job)
            diary.add(job)
        else:
            assert jobs.pop_due(at_minute(when)) == diary.pop_due(at_minute(when))
        assert jobs.next_due() == min((job.due for job in diary.jobs), default=None)
        assert set(jobs) == set(diary.jobs)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["evaluation", "package_stage", "package_expiry"]),
            st.integers(1, 5),
            st.sampled_from(["pkg_1", "pkg_2", "pkg_3"]),
            st.booleans(),
        ),
        max_size=200,
    )
)
@settings(deadline=None)
def test_the_next_foreground_job_is_found_among_stale_entries(added: list[tuple[Any, int, str, bool]]) -> None:
    jobs = JobQueue()
    for number, (kind, minute, subject, pops) in enumerate(added, 1):
        jobs.add(a_job(number, minute, subject, kind=kind))
        if pops:
            jobs = jobs.copy()
            jobs.pop_due(at_minute(3))
        expected = min((job.due for job in jobs if job.kind not in BACKGROUND_KINDS), default=None)
        assert jobs.next_foreground_due() == expected


def test_jobs_that_are_done_leave_little_behind() -> None:
    jobs = JobQueue()
    for number in range(1, 20 * MAX_STALE_ENTRIES):
        jobs.add(a_job(number))
        jobs.pop_due(at_minute(1))
    assert max(len(jobs._heap), len(jobs._foreground)) <= MAX_STALE_ENTRIES + 2
