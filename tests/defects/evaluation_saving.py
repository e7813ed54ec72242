"""Defects in saving a package's settings, and in the statuses in which it is allowed."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from contracts.target.clock import machine_pause
from mock_server.domain import lifecycles
from mock_server.domain.causes import Cause
from mock_server.domain.errors import InvalidRequestError, PackageNotFoundError, PackageNotReadyError, Problem
from mock_server.domain.models import EvaluationSettings, Job
from mock_server.http import steps
from mock_server.http.context import RequestContext
from mock_server.http.fields import BODY_INTEGER
from mock_server.http.router import OperationRouter
from mock_server.operations import access, backhaul, due_jobs, events, packages, partners
from mock_server.platform_api.schemas import backhaul as wire
from tests.defects import step_order
from tests.defects.registry import Patch, defect

WINDOW = "backhaul_evaluation_attribution_window"
DETAILS_PATH_END = "/backhaul_evaluation_details"


def _replace_saving(patch: Patch, save: Any) -> None:
    """Save settings with `save(original, call, package_id, settings)`."""
    patch.wrap(
        backhaul,
        "replace_settings",
        lambda original: lambda call, package_id, settings: save(original, call, package_id, settings),
    )


@defect("BEV-02", "BEV-07")
def a_put_merges_settings(patch: Patch) -> None:
    """A PUT without `email_sent_date` keeps the previous date."""

    def merge(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        before = access.require_package(call, package_id).settings
        return original(
            call, package_id, replace(settings, email_sent_date=settings.email_sent_date or before.email_sent_date)
        )

    _replace_saving(patch, merge)


@defect("BEV-02")
def an_unchanged_put_starts_nothing(patch: Patch) -> None:
    """A PUT with the same settings as before starts no evaluation."""

    def lazy(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.require_package(call, package_id)
        unchanged = package.status == "DONE" and package.settings == settings
        return settings if unchanged else original(call, package_id, settings)

    _replace_saving(patch, lazy)


@defect("BEV-02")
def a_put_starts_nothing(patch: Patch) -> None:
    """A PUT stores the settings but starts no evaluation."""

    def quiet(_: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.require_package(call, package_id)
        if package.status != "DONE":
            raise PackageNotReadyError
        call.store.packages.put(replace(package, settings=settings), call.cause)
        return settings

    _replace_saving(patch, quiet)


@defect("BEV-02")
def a_put_answers_the_settings_before(patch: Patch) -> None:
    """A PUT returns the previous settings."""

    def before(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        old = access.require_package(call, package_id).settings
        original(call, package_id, settings)
        return old

    _replace_saving(patch, before)


@defect("BEV-02")
def a_put_is_stored_when_its_job_is_over(patch: Patch) -> None:
    """Until the new result appears, reading the settings returns the settings of the last result."""
    before: dict[tuple[object, str], Any] = {}

    def late(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        before[call.workspace, package_id] = access.require_package(call, package_id).settings
        return original(call, package_id, settings)

    def read(original: Any) -> Any:
        def settings_of(call: Any, package_id: str) -> Any:
            pending = any(job.kind == "evaluation" and job.subject == package_id for job in call.workspace.jobs)
            return before[call.workspace, package_id] if pending else original(call, package_id)

        return settings_of

    _replace_saving(patch, late)
    patch.wrap(backhaul, "get_settings", read)


@defect("BEV-02")
def a_put_lets_time_pass(patch: Patch) -> None:
    """A PUT moves the clock to the end of its job, two seconds later, before it responds."""

    def slow(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        answer = original(call, package_id, settings)
        now = lifecycles.add_duration(call.now, call.workspace.timing.evaluation)
        call.workspace.clock.set(now)
        due_jobs.run_due_jobs(call.workspace, now)
        return answer

    _replace_saving(patch, slow)


@defect("BEV-02", part="BEV-02.not_waiting")
def a_put_answers_when_its_job_is_over(patch: Patch) -> None:
    """A PUT responds only when its result shows. With a frozen clock, it moves the clock to that time."""

    def slow(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        answer = original(call, package_id, settings)
        clock, seconds = call.workspace.clock, call.workspace.timing.evaluation.total_seconds()
        if clock.mode == "frozen":
            clock.set(lifecycles.add_duration(call.now, call.workspace.timing.evaluation))
        else:
            machine_pause(seconds + 1)
        return answer

    _replace_saving(patch, slow)


@defect("BEV-02")
def wrong_settings_are_stored_before_they_are_refused(patch: Patch) -> None:
    """A window out of range is rejected, but only after it was stored."""
    fields = {"backhaul_evaluation_attribution_window": Annotated[int, BODY_INTEGER]}
    patch.replace(wire, "SettingsBody", type("SettingsBody", (wire.SettingsBody,), {"__annotations__": fields}))

    def late(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        answer = original(call, package_id, settings)
        if not 1 <= settings.attribution_window <= 365:
            raise InvalidRequestError(Problem("range", WINDOW, "1 to 365"))
        return answer

    _replace_saving(patch, late)


def _route_as(patch: Patch, method: str, end: str, handled_as: tuple[str, str]) -> None:
    """Handle a method on paths with this ending as another method on another path."""

    def lenient(original: Any) -> Any:
        def resolve(self: Any, path: str, requested_method: str) -> Any:
            if requested_method == method and path.endswith(end):
                return original(self, path.removesuffix(end) + handled_as[1], handled_as[0])
            return original(self, path, requested_method)

        return resolve

    patch.wrap(OperationRouter, "match", lenient)


@defect("BEV-02")
def a_post_runs_an_evaluation(patch: Patch) -> None:
    """A POST to the path of the result starts an evaluation."""
    _route_as(patch, "POST", "/backhaul_evaluation", ("GET", "/backhaul_evaluation"))


@defect("BEV-02")
def settings_are_saved_by_post(patch: Patch) -> None:
    """Settings can also be saved by POST, as the defaults are."""
    _route_as(patch, "POST", DETAILS_PATH_END, ("PUT", DETAILS_PATH_END))


def _schedule_evaluation(call: Any, package: Any) -> None:
    if package.status == "DONE":
        due_at = call.now + timedelta(seconds=2)
        call.workspace.schedule("evaluation", package.id, due_at, generation=package.revision)


def _evaluate_after(patch: Patch, owner: Any, name: str, select: Any) -> None:
    """After an operation, start evaluations of the packages that `select(call, packages, arguments)` returns."""

    def wrapper(original: Any) -> Any:
        def operation(call: Any, *arguments: Any) -> Any:
            answer = original(call, *arguments)
            for package in select(call, list(call.store.packages.group("partner", call.partner_id)), arguments):
                _schedule_evaluation(call, call.store.packages.get(package.id))
            return answer

        return operation

    patch.wrap(owner, name, wrapper)


def _packages_with_event(call: Any, owned: Any, arguments: Any) -> Any:
    return [package for package in owned if arguments[0] in package.event_ids]


@defect("BEV-02")
def an_events_model_evaluates_its_packages(patch: Patch) -> None:
    """A change of an event's model starts an evaluation of the packages with that event."""
    _evaluate_after(patch, events, "set_attribution_model", _packages_with_event)


@defect("BEV-02")
def a_series_evaluates_its_packages(patch: Patch) -> None:
    """A change of a series starts an evaluation of the packages with its events."""
    _evaluate_after(patch, events, "replace_event_series", _packages_with_event)


@defect("BEV-02")
def a_merge_evaluates_its_sources(patch: Patch) -> None:
    """A merge starts an evaluation of each of its source packages."""
    _evaluate_after(
        patch, packages, "merge_packages", lambda call, owned, given: [each for each in owned if each.id in given[0]]
    )


@defect("BEV-02", "DEF-02")
def changed_defaults_evaluate_packages(patch: Patch) -> None:
    """A change of the partner's defaults starts an evaluation of its packages."""
    _evaluate_after(patch, partners, "set_backhaul_defaults", lambda call, owned, given: owned)


@defect("BEV-02")
def a_read_of_settings_evaluates(patch: Patch) -> None:
    """A read of the settings starts an evaluation."""
    _evaluate_after(
        patch, backhaul, "get_settings", lambda call, owned, given: [each for each in owned if each.id == given[0]]
    )


@defect("BEV-02")
def every_night_evaluates_all_packages(patch: Patch) -> None:
    """The daily attribution run also evaluates all packages."""

    def nightly(workspace: Any, job: Job, cause: Cause) -> None:
        due_jobs.run_attribution(workspace, job, cause)
        for package in list(workspace.store.packages):
            if package.status == "DONE":
                due_jobs.publish_evaluation(
                    workspace, replace(job, subject=package.id, generation=package.revision), cause
                )

    patch.replace(due_jobs, "JOB_HANDLERS", {**due_jobs.JOB_HANDLERS, "attribution_run": nightly})


def _before_reading_body(patch: Patch, change: Any) -> None:
    """Run `change(call, package)` before the body of a PUT of settings is read."""

    def change_package(context: RequestContext) -> None:
        if context.method == "PUT" and context.path.endswith(DETAILS_PATH_END):
            call = step_order.make_call(context)
            package = call.store.packages.get(context.arguments["package_id"])
            if package is not None:
                change(call, package)

    step_order.insert(patch, change_package, before=steps.read_body)


@defect("BEV-02")
def a_refused_put_starts_an_evaluation(patch: Patch) -> None:
    """The evaluation is scheduled before the body is validated, so a rejected PUT starts one too."""
    _before_reading_body(patch, _schedule_evaluation)


@defect("BEV-02")
def a_refused_put_stops_an_evaluation(patch: Patch) -> None:
    """The pending evaluation is cancelled before the body is validated, so a rejected PUT cancels it too."""

    def stop(call: Any, package: Any) -> None:
        call.store.packages.put(replace(package, revision=call.ids.next_revision()), call.cause)

    _before_reading_body(patch, stop)


def _allow_saving_in(patch: Patch, *statuses: str) -> None:
    """Allow saving settings of packages in these statuses, which may have no clusters to evaluate."""

    def save(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.require_package(call, package_id)
        if package.status not in statuses:
            return original(call, package_id, settings)
        call.store.packages.put(replace(package, settings=settings, revision=call.ids.next_revision()), call.cause)
        return settings

    _replace_saving(patch, save)


@defect("BEV-09")
def settings_are_saved_before_a_package_is_done(patch: Patch) -> None:
    """A PUT is accepted while a package is being built."""
    _allow_saving_in(patch, "INITIALIZING", "INPROGRESS")


@defect("BEV-09")
def settings_are_saved_after_a_package_has_expired(patch: Patch) -> None:
    """A PUT is accepted after a package has expired."""
    _allow_saving_in(patch, "EXPIRED")


@defect("BEV-09")
def refused_settings_are_stored(patch: Patch) -> None:
    """A PUT while a package is being built is rejected, but its settings are stored."""

    def save(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.require_package(call, package_id)
        if package.status != "DONE":
            call.store.packages.put(replace(package, settings=settings), call.cause)
        return original(call, package_id, settings)

    _replace_saving(patch, save)


@defect("BEV-09")
def refused_settings_are_evaluated_when_a_package_is_built(patch: Patch) -> None:
    """A PUT while a package is being built is rejected, but an evaluation starts after the build."""

    def save(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.require_package(call, package_id)
        if package.status in ("INITIALIZING", "INPROGRESS"):
            due_at = call.now + timedelta(minutes=1)
            call.workspace.schedule("evaluation", package.id, due_at, generation=package.revision)
        return original(call, package_id, settings)

    _replace_saving(patch, save)


@defect("BEV-09")
def a_waiting_package_is_not_found(patch: Patch) -> None:
    """A PUT while a package is being built returns 404."""

    def save(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        if access.require_package(call, package_id).status in ("INITIALIZING", "INPROGRESS"):
            raise PackageNotFoundError
        return original(call, package_id, settings)

    _replace_saving(patch, save)


def _refuse_reading_in(patch: Patch, name: str, *statuses: str) -> None:
    """Reject reads of packages in these statuses."""

    def wrap(original: Any) -> Any:
        def read(call: Any, package_id: str) -> Any:
            if access.require_package(call, package_id).status in statuses:
                raise PackageNotFoundError
            return original(call, package_id)

        return read

    patch.wrap(backhaul, name, wrap)


@defect("BEV-09")
def a_waiting_package_has_no_settings_to_read(patch: Patch) -> None:
    """Reading a package's settings returns 404 until the package is DONE."""
    _refuse_reading_in(patch, "get_settings", "INITIALIZING", "INPROGRESS")


@defect("BEV-09")
def a_waiting_package_has_no_result_to_read(patch: Patch) -> None:
    """Reading a package's result returns 404 until the package is DONE."""
    _refuse_reading_in(patch, "get_evaluation", "INITIALIZING", "INPROGRESS")


@defect("BEV-09")
def an_expired_package_has_no_settings_to_read(patch: Patch) -> None:
    """Reading a package's settings returns 404 after the package has expired."""
    _refuse_reading_in(patch, "get_settings", "EXPIRED")


@defect("BEV-09")
def an_expired_package_forgets_its_settings(patch: Patch) -> None:
    """When a package expires, its settings are reset to the platform's defaults."""

    def expire(workspace: Any, job: Job, cause: Cause) -> None:
        due_jobs.expire_package(workspace, job, cause)
        package = workspace.store.packages.get(job.subject)
        workspace.store.packages.put(replace(package, settings=EvaluationSettings(30, "EVENTS_FROM_PACKAGE")), cause)

    patch.replace(due_jobs, "JOB_HANDLERS", {**due_jobs.JOB_HANDLERS, "package_expiry": expire})
