"""Defects in an evaluation's result: the time at which it appears, its purchases, and its settings."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.domain import windows
from mock_server.domain.causes import Cause
from mock_server.domain.models import Evaluation, Job
from mock_server.http import steps
from mock_server.http.context import RequestContext
from mock_server.http.responses import send_bytes
from mock_server.operations import access, backhaul, due_jobs
from mock_server.state.job_queue import BACKGROUND_KINDS, JobQueue
from tests.defects import step_order
from tests.defects.registry import Patch, defect

LATEST = datetime(9999, 12, 31, tzinfo=UTC)
SETTINGS_PATH_END = "/backhaul_evaluation_details"


def _replace_job(patch: Patch, kind: str, perform: Any) -> None:
    """Replace the function that runs jobs of a kind."""
    patch.replace(due_jobs, "JOB_HANDLERS", {**due_jobs.JOB_HANDLERS, kind: perform})


def _after_saving(patch: Patch, change: Any) -> None:
    """Run `change(call, package, settings)` whenever settings are saved; `package` is from before the change."""

    def wrap(original: Any) -> Any:
        def replace_settings(call: Any, package_id: str, settings: Any) -> Any:
            before = call.store.packages.get(package_id)
            answer = original(call, package_id, settings)
            change(call, before, settings)
            return answer

        return replace_settings

    patch.wrap(backhaul, "replace_settings", wrap)


def _pending_evaluations(call: Any, package_id: str) -> list[Job]:
    return [job for job in call.workspace.jobs if job.kind == "evaluation" and job.subject == package_id]


def _is_read_during_run(context: RequestContext) -> bool:
    is_read = context.path.endswith("/backhaul_evaluation")
    return is_read and bool(_pending_evaluations(step_order.make_call(context), context.arguments["package_id"]))


@defect("BEV-02", "BEV-03")
def a_put_waits_for_its_job(patch: Patch) -> None:
    """A PUT of settings evaluates the package before it responds."""

    def at_once(call: Any, package: Any, _: Any) -> None:
        for job in _pending_evaluations(call, package.id):
            due_jobs.publish_evaluation(call.workspace, replace(job, due=call.now), call.cause)

    _after_saving(patch, at_once)


@defect("BEV-03")
def a_result_is_empty_during_a_run(patch: Patch) -> None:
    """A PUT of settings deletes the previous result."""

    def delete_result(call: Any, package: Any, _: Any) -> None:
        if call.store.evaluations.get(package.id) is not None:
            call.store.evaluations.delete(package.id, call.cause)

    _after_saving(patch, delete_result)


@defect("BEV-03")
def a_first_result_is_zero_until_it_is_there(patch: Patch) -> None:
    """Until the first evaluation of a package ends, its result contains a row of zeros for each cluster."""

    def zeros(original: Any) -> Any:
        def read(call: Any, package_id: str) -> Any:
            package = access.require_package(call, package_id)
            span = windows.compute_window(package.settings, package.created_at)
            return original(call, package_id) or due_jobs.evaluation.evaluate(package.clusters or (), (), span)

        return read

    patch.wrap(backhaul, "get_evaluation", zeros)


@defect("BEV-03")
def an_unevaluated_package_has_a_row(patch: Patch) -> None:
    """The result of a package without an evaluation contains one row, for an empty cluster."""

    def placeholder(original: Any) -> Any:
        row = {"tc": "", "customers": 0, "items": 0, "purchase": 0, "conversion_rate": 0.0}
        return lambda records: original(records) or [row]

    from mock_server.platform_api.schemas import backhaul as wire

    patch.wrap(wire, "cluster_evaluation_bodies", placeholder)


@defect("BEV-03")
def a_result_is_never_shown(patch: Patch) -> None:
    """A result is always returned as an empty list."""
    patch.replace(backhaul, "get_evaluation", lambda call, package_id: access.require_package(call, package_id) and ())


@defect("BEV-03")
def only_the_first_result_is_stored(patch: Patch) -> None:
    """A package's first result is never replaced by a later one."""

    def evaluate(workspace: Any, job: Job, cause: Cause) -> None:
        if workspace.store.evaluations.get(job.subject) is None:
            due_jobs.publish_evaluation(workspace, job, cause)

    _replace_job(patch, "evaluation", evaluate)


@defect("BEV-03")
def a_header_tells_that_a_job_is_under_way(patch: Patch) -> None:
    """While an evaluation is pending, responses contain a Retry-After header."""

    def ask_to_retry(context: RequestContext) -> None:
        if _is_read_during_run(context):
            context.response_headers.append((b"retry-after", b"2"))

    step_order.insert(patch, ask_to_retry, before=steps.read_body)


@defect("BEV-03")
def a_status_tells_that_a_job_is_under_way(patch: Patch) -> None:
    """While an evaluation is pending, reading the result returns 204 instead of the previous result."""

    def answer_nothing(context: RequestContext) -> Awaitable[None] | None:
        return send_bytes(context, 204, b"", []) if _is_read_during_run(context) else None

    step_order.insert(patch, answer_nothing, before=steps.read_body)


@defect("BEV-03")
def reading_a_result_hastens_it(patch: Patch) -> None:
    """Every tenth read of a result completes the pending evaluation, as in a fake that counts polls."""
    reads: dict[tuple[object, str], int] = {}

    def wrap(original: Any) -> Any:
        def read(call: Any, package_id: str) -> Any:
            key = call.workspace, package_id
            reads[key] = reads.get(key, 0) + 1
            for job in _pending_evaluations(call, package_id) if reads[key] % 10 == 9 else ():
                due_jobs.publish_evaluation(call.workspace, replace(job, due=call.now), call.cause)
            return original(call, package_id)

        return read

    patch.wrap(backhaul, "get_evaluation", wrap)


@defect("BEV-04")
def a_stale_result_is_published_after_a_newer_put(patch: Patch) -> None:
    """A job publishes a result for the settings that it was started with, even if newer settings were saved."""
    settings_of: dict[tuple[object, str, int], Any] = {}

    def remember(call: Any, package: Any, settings: Any) -> None:
        revision = call.store.packages.get(package.id).revision
        settings_of[call.workspace, package.id, revision] = settings

    def evaluate(workspace: Any, job: Job, cause: Cause) -> None:
        store, package = workspace.store, workspace.store.packages.get(job.subject)
        of_the_job = replace(package, settings=settings_of[workspace, package.id, job.generation])
        store.evaluations.put(
            due_jobs.evaluate_package(
                of_the_job,
                store.sales.for_event,
                due_jobs._partner_events(store, package),
                job.due,
            ),
            cause,
        )

    _after_saving(patch, remember)
    _replace_job(patch, "evaluation", evaluate)
    patch.replace(JobQueue, "add", _add_without_superseding)


def _add_without_superseding(self: JobQueue, job: Job) -> None:
    """Add a job without superseding other jobs of its kind and subject."""
    import heapq

    self._pending[job.number] = job
    heapq.heappush(self._heap, (job.due, job.number))
    if job.kind not in BACKGROUND_KINDS:
        heapq.heappush(self._foreground, (job.due, job.number))


@defect("BEV-04")
def of_a_burst_the_first_settings_win(patch: Patch) -> None:
    """A PUT during an evaluation saves its settings but starts no evaluation; the pending one uses the old settings."""
    started: dict[tuple[object, str], Any] = {}

    def replace_settings(original: Any) -> Any:
        def put(call: Any, package_id: str, settings: Any) -> Any:
            if not _pending_evaluations(call, package_id):
                started[call.workspace, package_id] = settings
                return original(call, package_id, settings)
            package = access.require_package(call, package_id)
            call.store.packages.put(replace(package, settings=settings), call.cause)
            return settings

        return put

    def evaluate(workspace: Any, job: Job, cause: Cause) -> None:
        store, package = workspace.store, workspace.store.packages.get(job.subject)
        of_the_job = replace(package, settings=started[workspace, package.id])
        store.evaluations.put(
            due_jobs.evaluate_package(
                of_the_job,
                store.sales.for_event,
                due_jobs._partner_events(store, package),
                job.due,
            ),
            cause,
        )

    patch.wrap(backhaul, "replace_settings", replace_settings)
    _replace_job(patch, "evaluation", evaluate)


@defect("BEV-04")
def a_put_during_a_run_loses_both(patch: Patch) -> None:
    """A PUT during an evaluation makes the pending result stale, but starts no new evaluation."""

    def replace_settings(original: Any) -> Any:
        def put(call: Any, package_id: str, settings: Any) -> Any:
            if not _pending_evaluations(call, package_id):
                return original(call, package_id, settings)
            package = access.require_package(call, package_id)
            call.store.packages.put(replace(package, settings=settings, revision=call.ids.next_revision()), call.cause)
            return settings

        return put

    patch.wrap(backhaul, "replace_settings", replace_settings)


@defect("BEV-04")
def a_result_appears_row_by_row(patch: Patch) -> None:
    """A job publishes one cluster a second."""

    def evaluate(workspace: Any, job: Job, cause: Cause) -> None:
        before = workspace.store.evaluations.get(job.subject)
        due_jobs.publish_evaluation(workspace, job, cause)
        whole = workspace.store.evaluations.get(job.subject)
        shown = len(before.rows) if before and before.revision == job.generation else 0
        if whole is not None and shown + 1 < len(whole.rows):
            workspace.store.evaluations.put(replace(whole, rows=whole.rows[: shown + 1]), cause)
            workspace.schedule_in("evaluation", job.subject, job.due, timedelta(seconds=1))
            workspace.jobs._pending[max(workspace.jobs._pending)] = replace(
                workspace.jobs._pending[max(workspace.jobs._pending)], generation=job.generation
            )

    _replace_job(patch, "evaluation", evaluate)


@defect("BEV-04")
def one_package_is_evaluated_at_a_time(patch: Patch) -> None:
    """A PUT cancels all pending evaluations, even those of other packages."""

    def replace_settings(original: Any) -> Any:
        def put(call: Any, package_id: str, settings: Any) -> Any:
            for job in [job for job in call.workspace.jobs if job.kind == "evaluation"]:
                del call.workspace.jobs._pending[job.number]
            return original(call, package_id, settings)

        return put

    patch.wrap(backhaul, "replace_settings", replace_settings)


def _evaluate_as_of(patch: Patch, change: Any) -> None:
    """Evaluate with the purchases known at `change(now)` instead of at the end of the job."""
    patch.wrap(
        due_jobs,
        "evaluate_package",
        lambda original: lambda package, books, events, now: original(package, books, events, change(now)),
    )


@defect("BEV-08")
def purchases_of_the_future_count(patch: Patch) -> None:
    """Purchases that become known only after the job completes count too."""
    _evaluate_as_of(patch, lambda _: LATEST)


@defect("BEV-08")
def purchases_after_the_put_do_not_count(patch: Patch) -> None:
    """A job counts only purchases that were known when it was started."""
    _evaluate_as_of(patch, lambda now: now - timedelta(seconds=2))


@defect("BEV-08")
def purchases_at_the_completion_do_not_count(patch: Patch) -> None:
    """A job excludes purchases that become known in the second in which it completes."""
    _evaluate_as_of(patch, lambda now: now - timedelta(seconds=1))


@defect("BEV-08")
def a_job_runs_when_it_is_looked_at(patch: Patch) -> None:
    """A job counts the purchases that are known when it runs, instead of those at its due time."""
    _replace_job(
        patch,
        "evaluation",
        lambda workspace, job, cause: due_jobs.publish_evaluation(
            workspace, replace(job, due=workspace.clock.now()), cause
        ),
    )


@defect("BEV-08")
def purchases_are_kept_for_90_days(patch: Patch) -> None:
    """If a window is longer than 90 days, only its last 90 days count."""
    patch.wrap(
        windows,
        "compute_window",
        lambda original: (
            lambda settings, created_at: replace(
                original(settings, created_at),
                first=max(
                    original(settings, created_at).first,
                    original(settings, created_at).last - timedelta(days=min(89, settings.attribution_window - 1)),
                ),
            )
        ),
    )


def _empty_evaluation(package: Any, now: datetime) -> Evaluation:
    return Evaluation(package.id, package.revision, now, ())


@defect("BEV-09")
def an_expired_package_loses_its_result(patch: Patch) -> None:
    """A package's result is deleted when the package expires."""

    def expire(workspace: Any, job: Job, cause: Cause) -> None:
        due_jobs.expire_package(workspace, job, cause)
        workspace.store.evaluations.put(_empty_evaluation(workspace.store.packages.get(job.subject), job.due), cause)

    _replace_job(patch, "package_expiry", expire)
