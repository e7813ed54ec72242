"""What a fault does to a job that falls due: hold it up, let it fail, miss it, or start it twice."""

from datetime import timedelta

from mock_server.domain import faults, lifecycles, packages, schedule
from mock_server.domain.faults import Effect, JobEffect, Mishap
from mock_server.domain.models import Job, JobKind
from mock_server.state.workspace import Workspace

STRUCK_BY: dict[JobKind, JobEffect] = {
    "evaluation": "evaluation",
    "package_stage": "build",
    "attribution_run": "attribution_run",
}


def starts(workspace: Workspace, job: Job) -> int:
    """How often the job is performed now: once, unless a rule of the workspace strikes it. Rules: JOB-04, PKG-03."""
    if job.number in workspace.faults.delayed:
        workspace.faults = faults.forget_delay(workspace.faults, job.number)
        return 1
    effect = _struck(workspace, job)
    if effect is None:
        return 1
    if effect.attribution_run is not None:
        return 2 if effect.attribution_run == "twice" else _miss(workspace, job)
    mishap = effect.evaluation or effect.build or Mishap()
    return _fail(workspace, job) if mishap.fails else _delay(workspace, job, mishap.takes)


def _struck(workspace: Workspace, job: Job) -> Effect | None:
    """What strikes the job; a build is struck at its end, once."""
    kind = STRUCK_BY.get(job.kind)
    if kind is None:
        return None
    package = None if kind == "attribution_run" else workspace.store.packages.get(job.subject)
    if kind == "build" and package is not None and package.status == "INITIALIZING":
        return None
    partner = None if package is None else package.partner_id
    workspace.faults, strikes = faults.on_job(workspace.faults, kind, partner, job.due)
    return strikes[0].effect if strikes else None


def _miss(workspace: Workspace, job: Job) -> int:
    """The run does not happen; the one after it is due when it would have been. Rule: JOB-04."""
    workspace.jobs.tell_last("missed")
    following = schedule.next_run(job.due)
    if following is not None:
        workspace.schedule(job.kind, job.subject, following)
    return 0


def _fail(workspace: Workspace, job: Job) -> int:
    """The build ends FAILED; of an evaluation nothing is published, and the result before it stays."""
    workspace.jobs.tell_last("failed")
    if job.kind == "package_stage":
        package = workspace.store.packages.mapping()[job.subject]
        workspace.store.packages.put(packages.failed(package))
    return 0


def _delay(workspace: Workspace, job: Job, seconds: int) -> int:
    """The job is due so many seconds later; newer settings supersede it until then. Rule: BEV-04."""
    workspace.jobs.tell_last("delayed")
    later = lifecycles.after(job.due, timedelta(seconds=seconds))
    workspace.schedule(job.kind, job.subject, later, job.generation)
    workspace.faults = faults.delay(workspace.faults, workspace.ids.last_number("job"))
    return 0
