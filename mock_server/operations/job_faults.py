"""Applies fault rules to jobs that fall due: delays or fails a job, skips an attribution run or performs it twice."""

from datetime import timedelta

from mock_server.domain import faults, lifecycles, packages, schedule
from mock_server.domain.causes import Cause
from mock_server.domain.faults import Effect, JobEffect, JobFault
from mock_server.domain.models import Job, JobKind
from mock_server.state.workspace import Workspace

EFFECT_BY_JOB_KIND: dict[JobKind, JobEffect] = {
    "evaluation": "evaluation",
    "package_stage": "build",
    "attribution_run": "attribution_run",
}


def apply_job_faults(workspace: Workspace, job: Job, cause: Cause) -> int:
    """Apply the workspace's fault rules to a job. Return how many times to perform it now: 0, 1 or 2.

    When a delayed job falls due again, no rule is applied to it a second time. See: JOB-04, PKG-03.
    """
    if job.number in workspace.faults.delayed_jobs:
        workspace.faults = faults.unmark_delayed(workspace.faults, job.number)
        return 1
    effect = _take_effect(workspace, job)
    if effect is None:
        return 1
    if effect.attribution_run is not None:
        return 2 if effect.attribution_run == "twice" else _skip_run(workspace, job)
    job_fault = effect.evaluation or effect.build or JobFault()
    return _fail_job(workspace, job, cause) if job_fault.fails else _delay_job(workspace, job, job_fault.extra_seconds)


def _take_effect(workspace: Workspace, job: Job) -> Effect | None:
    """Return the effect of the rule that applies to the job. In a build, rules apply only to the second stage."""
    kind = EFFECT_BY_JOB_KIND.get(job.kind)
    if kind is None:
        return None
    package = None if kind == "attribution_run" else workspace.store.packages.get(job.subject)
    if kind == "build" and package is not None and package.status == "INITIALIZING":
        return None
    partner = None if package is None else package.partner_id
    workspace.faults, applied = faults.apply_to_job(workspace.faults, kind, partner, job.due)
    return applied[0].effect if applied else None


def _skip_run(workspace: Workspace, job: Job) -> int:
    """Skip an attribution run and schedule the next one at its usual time. See: JOB-04."""
    workspace.jobs.set_last_state("missed")
    next_run = schedule.next_run(job.due)
    if next_run is not None:
        workspace.schedule(job.kind, job.subject, next_run)
    return 0


def _fail_job(workspace: Workspace, job: Job, cause: Cause) -> int:
    """Fail a job: a build ends FAILED, an evaluation publishes nothing and leaves the previous result."""
    workspace.jobs.set_last_state("failed")
    if job.kind == "package_stage":
        package = workspace.store.packages.require(job.subject)
        workspace.store.packages.put(packages.fail_build(package), cause)
    return 0


def _delay_job(workspace: Workspace, job: Job, seconds: int) -> int:
    """Schedule the job again, `seconds` after its due time. Newer settings still supersede the job. See: BEV-04."""
    workspace.jobs.set_last_state("delayed")
    due_at = lifecycles.add_duration(job.due, timedelta(seconds=seconds))
    workspace.schedule(job.kind, job.subject, due_at, job.generation)
    workspace.faults = faults.mark_delayed(workspace.faults, workspace.ids.last_number("job"))
    return 0
