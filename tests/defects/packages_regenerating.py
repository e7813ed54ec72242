"""Defects in regenerating a package."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mock_server.domain import lifecycles
from mock_server.domain import packages as rules
from mock_server.domain.errors import EventNotFoundError, InvalidRequestError, Problem
from mock_server.domain.lifecycles import PACKAGE_LIFETIME
from mock_server.domain.models import Package
from mock_server.operations import access, due_jobs, partners
from mock_server.operations import packages as operations
from mock_server.platform_api.schemas import packages as wire
from mock_server.state.workspace import Workspace
from tests.defects.packages_builds import wrap_job
from tests.defects.registry import Patch, WireResponse, defect


def _change_new_build(patch: Patch, change: Callable[[Package, Package], Package]) -> None:
    """Change the package with `change(before, begun)` when its new build starts."""
    patch.wrap(rules, "restart_build", lambda original: lambda package: change(package, original(package)))


def _after_regenerating(patch: Patch, change: Callable[[Any, Any], None]) -> None:
    """Run `change(call, package)` after a package has been regenerated."""

    def wrap(original: Any) -> Any:
        def regenerate(call: Any, package_id: str) -> Any:
            view = original(call, package_id)
            change(call, view.package)
            return operations.get_package(call, package_id)

        return regenerate

    patch.wrap(operations, "regenerate_package", wrap)


def _allow_regenerating(patch: Patch, *statuses: str) -> None:
    """Allow regenerating packages in these statuses."""
    transitions = {**lifecycles.REGENERATED_STATUS, **dict.fromkeys(statuses, "INITIALIZING")}
    for module in (lifecycles, operations):
        patch.replace(module, "REGENERATED_STATUS", transitions)


@defect("PKG-11")
def regenerate_answers_202(patch: Patch) -> None:
    """Regenerating returns 202 instead of 200."""

    def change_status(scope: Any, answer: WireResponse) -> None:
        if scope["path"].endswith("/regenerate") and answer.status == 200:
            answer.status = 202

    patch.change_responses(change_status)


@defect("PKG-11")
def regenerate_is_over_at_once(patch: Patch) -> None:
    """A regenerated package is DONE at once and still has its old content."""
    patch.replace(
        operations,
        "regenerate_package",
        lambda call, package_id: (
            call.store.packages.put(replace(access.require_package(call, package_id), status="DONE"), call.cause)
            or operations.get_package(call, package_id)
        ),
    )


@defect("PKG-11")
def regenerate_shows_the_old_content(patch: Patch) -> None:
    """The old content is shown until the new build ends."""
    _change_new_build(patch, lambda before, begun: replace(begun, clusters=before.clusters, tc_run_id=before.tc_run_id))


@defect("PKG-11")
def regenerate_builds_nothing(patch: Patch) -> None:
    """No build is started for a regenerated package."""
    patch.replace(
        operations,
        "regenerate_package",
        lambda call, package_id: (
            call.store.packages.put(rules.restart_build(access.require_package(call, package_id)), call.cause)
            or operations.get_package(call, package_id)
        ),
    )


@defect("PKG-11")
def regenerate_begins_in_progress(patch: Patch) -> None:
    """The new build skips its first stage, INITIALIZING."""
    _change_new_build(patch, lambda before, begun: replace(begun, status="INPROGRESS"))


@defect("PKG-11")
def regenerate_refuses_expired_packages(patch: Patch) -> None:
    """An expired package cannot be regenerated."""
    for module in (lifecycles, operations):
        patch.replace(module, "REGENERATED_STATUS", {"FAILED": "INITIALIZING"})


@defect("PKG-11")
def regenerate_refuses_failed_packages(patch: Patch) -> None:
    """A failed package cannot be regenerated."""
    for module in (lifecycles, operations):
        patch.replace(module, "REGENERATED_STATUS", {"EXPIRED": "INITIALIZING"})


@defect("PKG-12")
def regenerate_takes_a_package_that_is_done(patch: Patch) -> None:
    """A package that is DONE can be regenerated."""
    _allow_regenerating(patch, "DONE")


@defect("PKG-12")
def regenerate_takes_a_package_that_is_being_built(patch: Patch) -> None:
    """A package that is being built can be regenerated."""
    _allow_regenerating(patch, "INITIALIZING", "INPROGRESS")


@defect("PKG-12")
def regenerate_twice_is_once(patch: Patch) -> None:
    """Regenerating a package that is being built returns 200 instead of 409."""

    def wrap(original: Any) -> Any:
        def regenerate(call: Any, package_id: str) -> Any:
            package = access.require_package(call, package_id)
            return operations.get_package(call, package_id) if package.clusters is None else original(call, package_id)

        return regenerate

    patch.wrap(operations, "regenerate_package", wrap)


@defect("PKG-12")
def regenerate_of_a_package_that_is_done_is_malformed(patch: Patch) -> None:
    """A package in the wrong status returns 400 instead of 409."""

    def wrap(original: Any) -> Any:
        def regenerate(call: Any, package_id: str) -> Any:
            status = access.require_package(call, package_id).status
            if status not in lifecycles.REGENERATED_STATUS:
                raise InvalidRequestError(Problem("state", "package_id", f"the package is {status}"))
            return original(call, package_id)

        return regenerate

    patch.wrap(operations, "regenerate_package", wrap)


@defect("PKG-12")
def regenerate_refuses_and_drops_the_content(patch: Patch) -> None:
    """A request for a package in the wrong status is rejected, but the package loses its content."""

    def hasty(original: Any) -> Any:
        def regenerate(call: Any, package_id: str) -> Any:
            call.store.packages.put(
                replace(access.require_package(call, package_id), clusters=None, tc_run_id=None), call.cause
            )
            return original(call, package_id)

        return regenerate

    patch.wrap(operations, "regenerate_package", hasty)


@defect("PKG-12")
def regenerate_does_not_tell_the_status(patch: Patch) -> None:
    """The error for a package in the wrong status does not contain the status."""

    def silent(original: Any) -> Any:
        def regenerate(call: Any, package_id: str) -> Any:
            try:
                return original(call, package_id)
            except operations.PackageNotReadyError as refusal:
                raise operations.PackageNotReadyError(Problem("state", "package_id", "not now")) from refusal

        return regenerate

    patch.wrap(operations, "regenerate_package", silent)


@defect("PKG-12")
def regenerate_looks_for_an_event(patch: Patch) -> None:
    """The error for an unknown package contains the message key for an unknown event."""

    def wrap(original: Any) -> Any:
        def regenerate(call: Any, package_id: str) -> Any:
            if call.store.packages.get(package_id) is None:
                raise EventNotFoundError
            return original(call, package_id)

        return regenerate

    patch.wrap(operations, "regenerate_package", wrap)


@defect("PKG-13")
def regenerate_makes_a_new_package(patch: Patch) -> None:
    """A new package is created, and the old one stays EXPIRED."""

    def order_again(call: Any, package_id: str) -> Any:
        old = access.require_package(call, package_id)
        if old.status not in lifecycles.REGENERATED_STATUS:
            raise operations.PackageNotReadyError(Problem("state", "package_id", f"the package is {old.status}"))
        order = rules.PackageOrder(old.title, old.event_ids, old.targeting_mode, old.num_packages, old.n_top_events)
        return operations.create_package(call, order)

    patch.replace(operations, "regenerate_package", order_again)


@defect("PKG-13")
def regenerate_renews_created_at(patch: Patch) -> None:
    """`created_at` is set to the time at which the package was regenerated."""
    _after_regenerating(
        patch, lambda call, package: call.store.packages.put(replace(package, created_at=call.now), call.cause)
    )


@defect("PKG-13")
def regenerate_forgets_the_merge(patch: Patch) -> None:
    """A regenerated package loses its `merge_id`."""
    _change_new_build(patch, lambda before, begun: replace(begun, merge_id=None))


@defect("PKG-13")
def regenerate_marks_the_title(patch: Patch) -> None:
    """A note that the package was regenerated is added to its title."""
    _change_new_build(patch, lambda before, begun: replace(begun, title=f"{begun.title} (2)"))


@defect("PKG-13")
def regenerate_forgets_the_targeting_mode(patch: Patch) -> None:
    """A regenerated package has the default targeting mode."""
    _change_new_build(patch, lambda before, begun: replace(begun, targeting_mode="lookalike"))


@defect("PKG-13")
def regenerate_takes_the_partners_defaults(patch: Patch) -> None:
    """A regenerated package takes the partner's defaults, as a new package does."""
    _after_regenerating(
        patch,
        lambda call, package: call.store.packages.put(
            replace(package, settings=partners.current_defaults(call)), call.cause
        ),
    )


@defect("PKG-13")
def regenerate_forgets_the_email_date(patch: Patch) -> None:
    """Regenerating sets `email_sent_date` to null."""
    _change_new_build(
        patch, lambda before, begun: replace(begun, settings=replace(begun.settings, email_sent_date=None))
    )


@defect("PKG-13")
def regenerate_drops_the_evaluation(patch: Patch) -> None:
    """Regenerating deletes the package's last result."""

    def drop(call: Any, package: Package) -> None:
        if call.store.evaluations.get(package.id) is not None:
            call.store.evaluations.delete(package.id, call.cause)

    _after_regenerating(patch, drop)


@defect("PKG-13")
def regenerate_evaluates_again(patch: Patch) -> None:
    """An evaluation starts when the new build ends."""

    def evaluating(original: Any) -> Any:
        def stage(workspace: Any, job: Any, cause: Any) -> None:
            original(workspace, job, cause)
            package = workspace.store.packages.get(job.subject)
            if package.clusters is not None and workspace.store.evaluations.get(package.id) is not None:
                due_jobs.publish_evaluation(workspace, replace(job, generation=package.revision), cause)

        return stage

    wrap_job(patch, "package_stage", evaluating)


@defect("PKG-13")
def regenerate_evaluates_nobody_meanwhile(patch: Patch) -> None:
    """An evaluation that is due during the new build publishes an empty result."""

    def regardless(workspace: Any, job: Any, cause: Any) -> None:
        package = workspace.store.packages.get(job.subject)
        if package.revision == job.generation:
            books, events = workspace.store.sales.for_event, due_jobs._partner_events(workspace.store, package)
            workspace.store.evaluations.put(due_jobs.evaluate_package(package, books, events, job.due), cause)

    wrap_job(patch, "evaluation", lambda _: regardless)


@defect("PKG-13")
def regenerate_builds_from_what_was_known_before(patch: Patch) -> None:
    """The new build uses only the buyers that were known at the first build."""

    def wrap(original: Any) -> Any:
        kept: dict[str, Any] = {}

        def build(package: Package, books: Any, customers: Any, now: Any) -> Any:
            return kept.setdefault(package.id, original(package, books, customers, now))

        return build

    patch.wrap(due_jobs, "build_clusters", wrap)


@defect("PKG-13")
def regenerate_keeps_the_run(patch: Patch) -> None:
    """The new content contains the `tc_run_id` of the old content."""

    def wrap(original: Any) -> Any:
        runs: dict[str, str] = {}

        def build(package: Package, tc_run_id: int, clusters: Any) -> Package:
            return original(package, runs.setdefault(package.id, tc_run_id), clusters)

        return build

    patch.wrap(rules, "complete_build", wrap)


@defect("PKG-13")
def regenerate_lasts_for_ever(patch: Patch) -> None:
    """A regenerated package does not expire."""

    def once(original: Any) -> Any:
        expired: set[str] = set()

        def expire(workspace: Any, job: Any, cause: Any) -> None:
            if job.subject not in expired:
                expired.add(job.subject)
                original(workspace, job, cause)

        return expire

    wrap_job(patch, "package_expiry", once)


@defect("PKG-13")
def regenerate_expires_28_days_after_the_request_for_it(patch: Patch) -> None:
    """A regenerated package expires 28 days after it was regenerated instead of after it was built."""

    def early(call: Any, package: Package) -> None:
        call.workspace.schedule_in("package_expiry", package.id, call.now, PACKAGE_LIFETIME)

    def first(original: Any) -> Any:
        def schedule(self: Any, kind: Any, subject: str, start: Any, delay: Any) -> None:
            waiting = {(job.kind, job.subject) for job in self.jobs}
            if kind != "package_expiry" or (kind, subject) not in waiting:
                original(self, kind, subject, start, delay)

        return schedule

    _after_regenerating(patch, early)
    patch.wrap(Workspace, "schedule_in", first)


@defect("PKG-13")
def regenerate_answers_a_package_without_its_events(patch: Patch) -> None:
    """The response contains no events while the package is being built."""
    patch.wrap(
        wire,
        "package_body",
        lambda original: (
            lambda view: {**original(view), "events": [] if view.package.clusters is None else original(view)["events"]}
        ),
    )
