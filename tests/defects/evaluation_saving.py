"""Broken: what saving a package's settings does, and when it may be done."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from mock_server.domain import lifecycles
from mock_server.domain.errors import InvalidRequest, PackageNotFound, PackageNotReady, Problem
from mock_server.domain.models import EvaluationSettings, Job
from mock_server.http import endpoint
from mock_server.http.fields import IN_BODY
from mock_server.operations import access, backhaul, events, packages, partners, run_due_jobs
from mock_server.platform_api.schemas import backhaul as wire
from tests.defects.registry import Patch, defect

WINDOW = "backhaul_evaluation_attribution_window"
DETAILS = "/backhaul_evaluation_details"


def _put(patch: Patch, save: Any) -> None:
    """Save settings another way: `save(original, call, package_id, settings)`."""
    patch.wrap(
        backhaul,
        "replace_settings",
        lambda original: lambda call, package_id, settings: save(original, call, package_id, settings),
    )


@defect("BEV-02", "BEV-07")
def a_put_merges_settings(patch: Patch) -> None:
    """A PUT without email_sent_date keeps the one before."""

    def merge(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        before = access.package(call, package_id).settings
        return original(
            call, package_id, replace(settings, email_sent_date=settings.email_sent_date or before.email_sent_date)
        )

    _put(patch, merge)


@defect("BEV-02")
def an_unchanged_put_starts_nothing(patch: Patch) -> None:
    """A PUT of the settings that are there already is answered, and that is all."""

    def lazy(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.package(call, package_id)
        unchanged = package.status == "DONE" and package.settings == settings
        return settings if unchanged else original(call, package_id, settings)

    _put(patch, lazy)


@defect("BEV-02")
def a_put_starts_nothing(patch: Patch) -> None:
    """A PUT saves, and the result waits for tonight."""

    def quiet(_: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.package(call, package_id)
        if package.status != "DONE":
            raise PackageNotReady
        call.store.packages.put(replace(package, settings=settings))
        return settings

    _put(patch, quiet)


@defect("BEV-02")
def a_put_answers_the_settings_before(patch: Patch) -> None:
    """A PUT answers what it has replaced."""

    def before(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        old = access.package(call, package_id).settings
        original(call, package_id, settings)
        return old

    _put(patch, before)


@defect("BEV-02")
def a_put_is_stored_when_its_job_is_over(patch: Patch) -> None:
    """The settings that are read are those of the last result."""
    before: dict[tuple[object, str], Any] = {}

    def late(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        before[call.workspace, package_id] = access.package(call, package_id).settings
        return original(call, package_id, settings)

    def read(original: Any) -> Any:
        def settings_of(call: Any, package_id: str) -> Any:
            pending = any(job.kind == "evaluation" and job.subject == package_id for job in call.workspace.jobs)
            return before[call.workspace, package_id] if pending else original(call, package_id)

        return settings_of

    _put(patch, late)
    patch.wrap(backhaul, "get_settings", read)


@defect("BEV-02")
def a_put_lets_time_pass(patch: Patch) -> None:
    """A PUT answers when its job is over, two seconds later."""

    def slow(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        answer = original(call, package_id, settings)
        now = lifecycles.after(call.now, call.workspace.timing.evaluation)
        call.workspace.clock.set(now)
        run_due_jobs.catch_up(call.workspace, now)
        return answer

    _put(patch, slow)


@defect("BEV-02")
def wrong_settings_are_stored_before_they_are_refused(patch: Patch) -> None:
    """A window out of range is refused once it is stored."""
    fields = {"backhaul_evaluation_attribution_window": Annotated[int, IN_BODY]}
    patch.replace(wire, "SettingsBody", type("SettingsBody", (wire.SettingsBody,), {"__annotations__": fields}))

    def late(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        answer = original(call, package_id, settings)
        if not 1 <= settings.attribution_window <= 365:
            raise InvalidRequest(Problem("range", WINDOW, "1 to 365"))
        return answer

    _put(patch, late)


def _found(patch: Patch, method: str, end: str, stands_for: tuple[str, str]) -> None:
    """Answer a method on paths with this end as another method, on another path, is answered."""

    def lenient(original: Any) -> Any:
        def found(self: Any, path: str, called: str) -> Any:
            if called == method and path.endswith(end):
                return original(self, path.removesuffix(end) + stands_for[1], stands_for[0])
            return original(self, path, called)

        return found

    patch.wrap(endpoint.Table, "_found", lenient)


@defect("BEV-02")
def a_post_runs_an_evaluation(patch: Patch) -> None:
    """There is a run button after all: POST on the result."""
    _found(patch, "POST", "/backhaul_evaluation", ("GET", "/backhaul_evaluation"))


@defect("BEV-02")
def settings_are_saved_by_post(patch: Patch) -> None:
    """Settings are written by POST too, as the defaults are."""
    _found(patch, "POST", DETAILS, ("PUT", DETAILS))


def _evaluate(call: Any, package: Any) -> None:
    if package.status == "DONE":
        due_at = call.now + timedelta(seconds=2)
        call.workspace.schedule("evaluation", package.id, due_at, generation=package.revision)


def _evaluates(patch: Patch, owner: Any, name: str, chosen: Any) -> None:
    """Start evaluations after an operation: `chosen(call, packages, arguments)`."""

    def wrapper(original: Any) -> Any:
        def operation(call: Any, *given: Any) -> Any:
            answer = original(call, *given)
            for package in chosen(call, list(call.store.packages.group("partner", call.partner_id)), given):
                _evaluate(call, call.store.packages.get(package.id))
            return answer

        return operation

    patch.wrap(owner, name, wrapper)


def _over_the_event(call: Any, owned: Any, given: Any) -> Any:
    return [package for package in owned if given[0] in package.event_ids]


@defect("BEV-02")
def an_events_model_evaluates_its_packages(patch: Patch) -> None:
    """A change of an event's own model starts an evaluation of the packages over it."""
    _evaluates(patch, events, "set_attribution_model", _over_the_event)


@defect("BEV-02")
def a_series_evaluates_its_packages(patch: Patch) -> None:
    """A change of a series starts an evaluation of the packages over it."""
    _evaluates(patch, events, "replace_event_series", _over_the_event)


@defect("BEV-02")
def a_merge_evaluates_its_sources(patch: Patch) -> None:
    """A merge starts an evaluation of its sources."""
    _evaluates(
        patch, packages, "merge_packages", lambda call, owned, given: [each for each in owned if each.id in given[0]]
    )


@defect("BEV-02", "DEF-02")
def changed_defaults_evaluate_packages(patch: Patch) -> None:
    """A change of the partner's defaults starts an evaluation of its packages."""
    _evaluates(patch, partners, "set_backhaul_defaults", lambda call, owned, given: owned)


@defect("BEV-02")
def a_read_of_settings_evaluates(patch: Patch) -> None:
    """A read of the settings starts an evaluation, so that the result is fresh."""
    _evaluates(
        patch, backhaul, "get_settings", lambda call, owned, given: [each for each in owned if each.id == given[0]]
    )


@defect("BEV-02")
def every_night_evaluates_all_packages(patch: Patch) -> None:
    """The daily run evaluates the packages too."""

    def nightly(workspace: Any, job: Job) -> None:
        run_due_jobs.attribute(workspace, job)
        for package in list(workspace.store.packages):
            if package.status == "DONE":
                run_due_jobs.evaluate(workspace, replace(job, subject=package.id, generation=package.revision))

    patch.replace(run_due_jobs, "PERFORM", {**run_due_jobs.PERFORM, "attribution_run": nightly})


def _before_the_body(patch: Patch, change: Any) -> None:
    """Do something to a package before the body of a PUT is read: `change(call, package)`."""

    def hasty(original: Any) -> Any:
        async def handle(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if self.path.endswith(DETAILS) and "PUT" in self.methods:
                package = scope["call"].store.packages.get(scope["arguments"]["package_id"])
                if package is not None:
                    change(scope["call"], package)
            await original(self, scope, receive, send)

        return handle

    patch.wrap(endpoint.Operation, "handle", hasty)


@defect("BEV-02")
def a_refused_put_starts_an_evaluation(patch: Patch) -> None:
    """The job is scheduled before the body is checked."""
    _before_the_body(patch, _evaluate)


@defect("BEV-02")
def a_refused_put_stops_an_evaluation(patch: Patch) -> None:
    """What is pending is superseded before the body is checked."""

    def stop(call: Any, package: Any) -> None:
        call.store.packages.put(replace(package, revision=call.ids.revision()))

    _before_the_body(patch, stop)


def _ready(patch: Patch, *statuses: str) -> None:
    """Save settings in these statuses too, which have no clusters to evaluate perhaps."""

    def save(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.package(call, package_id)
        if package.status not in statuses:
            return original(call, package_id, settings)
        call.store.packages.put(replace(package, settings=settings, revision=call.ids.revision()))
        return settings

    _put(patch, save)


@defect("BEV-09")
def settings_are_saved_before_a_package_is_done(patch: Patch) -> None:
    """A PUT is taken while a package builds."""
    _ready(patch, "INITIALIZING", "INPROGRESS")


@defect("BEV-09")
def settings_are_saved_after_a_package_has_expired(patch: Patch) -> None:
    """A PUT is taken when a package has expired."""
    _ready(patch, "EXPIRED")


@defect("BEV-09")
def refused_settings_are_stored(patch: Patch) -> None:
    """A PUT while a package builds is refused, and stored for later."""

    def save(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.package(call, package_id)
        if package.status != "DONE":
            call.store.packages.put(replace(package, settings=settings))
        return original(call, package_id, settings)

    _put(patch, save)


@defect("BEV-09")
def refused_settings_are_evaluated_when_a_package_is_built(patch: Patch) -> None:
    """A PUT while a package builds is refused, and its job waits for the build."""

    def save(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        package = access.package(call, package_id)
        if package.status in ("INITIALIZING", "INPROGRESS"):
            due_at = call.now + timedelta(minutes=1)
            call.workspace.schedule("evaluation", package.id, due_at, generation=package.revision)
        return original(call, package_id, settings)

    _put(patch, save)


@defect("BEV-09")
def a_waiting_package_is_not_found(patch: Patch) -> None:
    """A PUT while a package builds is 404."""

    def save(original: Any, call: Any, package_id: str, settings: Any) -> Any:
        if access.package(call, package_id).status in ("INITIALIZING", "INPROGRESS"):
            raise PackageNotFound
        return original(call, package_id, settings)

    _put(patch, save)


def _closed(patch: Patch, name: str, *statuses: str) -> None:
    """Refuse a read in these statuses."""

    def guarded(original: Any) -> Any:
        def read(call: Any, package_id: str) -> Any:
            if access.package(call, package_id).status in statuses:
                raise PackageNotFound
            return original(call, package_id)

        return read

    patch.wrap(backhaul, name, guarded)


@defect("BEV-09")
def a_waiting_package_has_no_settings_to_read(patch: Patch) -> None:
    """Settings are 404 until a package is DONE."""
    _closed(patch, "get_settings", "INITIALIZING", "INPROGRESS")


@defect("BEV-09")
def a_waiting_package_has_no_result_to_read(patch: Patch) -> None:
    """The result is 404 until a package is DONE."""
    _closed(patch, "get_evaluation", "INITIALIZING", "INPROGRESS")


@defect("BEV-09")
def an_expired_package_has_no_settings_to_read(patch: Patch) -> None:
    """Settings are 404 when a package has expired."""
    _closed(patch, "get_settings", "EXPIRED")


@defect("BEV-09")
def an_expired_package_forgets_its_settings(patch: Patch) -> None:
    """Expiry puts a package's settings back to the platform's first."""

    def expire(workspace: Any, job: Job) -> None:
        run_due_jobs.expire(workspace, job)
        package = workspace.store.packages.get(job.subject)
        workspace.store.packages.put(replace(package, settings=EvaluationSettings(30, "EVENTS_FROM_PACKAGE")))

    patch.replace(run_due_jobs, "PERFORM", {**run_due_jobs.PERFORM, "package_expiry": expire})
