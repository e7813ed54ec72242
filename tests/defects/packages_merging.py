"""Defects in merging packages."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from mock_server.domain import packages as rules
from mock_server.domain.errors import InvalidRequestError, PackageNotFoundError, PackageNotReadyError, Problem
from mock_server.http.fields import ListedText
from mock_server.operations import access
from mock_server.operations import packages as operations
from mock_server.platform_api.schemas import packages as wire
from tests.defects.packages_builds import wrap_job
from tests.defects.registry import Patch, defect


def _replace_merge_query(patch: Patch, ids_type: Any) -> None:
    query_model = type("MergeQuery", (wire.MergeQuery,), {"__annotations__": {"packages_ids": ids_type}})
    patch.replace(wire, "MergeQuery", query_model)


@defect("PKG-05")
def one_package_is_merged(patch: Patch) -> None:
    """A merge of one package makes a copy."""
    _replace_merge_query(patch, Annotated[list[ListedText], Field(min_length=1), AfterValidator(wire.require_distinct)])


@defect("PKG-05")
def a_package_is_merged_with_itself(patch: Patch) -> None:
    """A merge accepts the same package twice."""
    _replace_merge_query(patch, Annotated[list[ListedText], Field(min_length=2)])


@defect("PKG-05")
def a_comma_list_is_merged(patch: Patch) -> None:
    """`packages_ids` accepts a list of ids separated by commas."""

    def apart(ids: list[str]) -> list[str]:
        return [part for each in ids for part in each.split(",")]

    _replace_merge_query(patch, Annotated[list[str], AfterValidator(apart)])


def _allow_merging(patch: Patch, *statuses: str) -> None:
    """Allow merging packages in these statuses."""

    def merge(call: Any, package_ids: Any) -> Any:
        sources = access.require_packages(call, package_ids, "packages_ids")
        if any(source.status not in ("DONE", *statuses) for source in sources):
            raise PackageNotReadyError
        merged_package = operations._create(call, rules.merge_orders(sources))
        for source in sources:
            call.store.packages.put(replace(source, merge_id=merged_package.id), call.cause)
        return operations._build_view(call, merged_package)

    patch.replace(operations, "merge_packages", merge)


@defect("PKG-05")
def a_package_that_is_not_built_is_merged(patch: Patch) -> None:
    """A merge accepts packages that are still being built."""
    _allow_merging(patch, "INITIALIZING", "INPROGRESS")


@defect("PKG-05")
def an_expired_package_is_merged(patch: Patch) -> None:
    """A merge accepts expired packages."""
    _allow_merging(patch, "EXPIRED")


def _after_merge(patch: Patch, change: Any) -> None:
    """Run `change(call, made, sources)` after a merge; `sources` are as they were before."""

    def wrap(original: Any) -> Any:
        def merge(call: Any, package_ids: Any) -> Any:
            before = [call.store.packages.get(key) for key in package_ids]
            view = original(call, package_ids)
            change(call, view.package, before)
            return operations._build_view(call, call.store.packages.get(view.package.id) or view.package)

        return merge

    patch.wrap(operations, "merge_packages", wrap)


@defect("PKG-05", "PKG-08")
def a_source_has_no_merge_id(patch: Patch) -> None:
    """A merge does not set the `merge_id` of its sources."""
    _after_merge(patch, lambda call, _, sources: [call.store.packages.put(source, call.cause) for source in sources])


@defect("PKG-05", part="PKG-05.merge")
def the_merged_package_has_the_merge_id(patch: Patch) -> None:
    """A merge sets the `merge_id` of the new package too."""
    _after_merge(patch, lambda call, made, _: call.store.packages.put(replace(made, merge_id=made.id), call.cause))


@defect("PKG-05")
def a_merge_deletes_its_sources(patch: Patch) -> None:
    """A merge deletes its sources."""
    _after_merge(
        patch, lambda call, _, sources: [call.store.packages.delete(source.id, call.cause) for source in sources]
    )


@defect("PKG-08")
def a_merge_changes_its_sources(patch: Patch) -> None:
    """A merge sets the status of its sources to EXPIRED."""
    _after_merge(
        patch,
        lambda call, made, sources: [
            call.store.packages.put(replace(source, merge_id=made.id, status="EXPIRED"), call.cause)
            for source in sources
        ],
    )


@defect("PKG-08")
def a_merge_resets_its_sources_settings(patch: Patch) -> None:
    """A merge resets the settings of its sources to the defaults."""
    _after_merge(
        patch,
        lambda call, made, sources: [
            call.store.packages.put(replace(source, merge_id=made.id, settings=made.settings), call.cause)
            for source in sources
        ],
    )


@defect("PKG-08", "DEF-02", part="DEF-02.new_packages")
def a_merged_package_takes_over_its_first_sources_settings(patch: Patch) -> None:
    """A merged package starts with the settings of its first source instead of the defaults."""
    _after_merge(
        patch,
        lambda call, made, sources: call.store.packages.put(replace(made, settings=sources[0].settings), call.cause),
    )


def _change_merge_order(patch: Patch, change: Any) -> None:
    """Change the package that a merge creates: `change(sources, order)` returns the fields that differ."""
    patch.wrap(
        rules,
        "merge_orders",
        lambda original: lambda sources: replace(original(sources), **change(sources, original(sources))),
    )


@defect("PKG-05", "PKG-08")
def a_merged_package_has_the_first_ones_events(patch: Patch) -> None:
    """A merged package contains only the events of its first source."""
    _change_merge_order(patch, lambda sources, _: {"event_ids": sources[0].event_ids})


@defect("PKG-08")
def a_merged_package_has_an_event_twice(patch: Patch) -> None:
    """An event that two sources contain is in the merged package twice."""
    _change_merge_order(
        patch, lambda sources, _: {"event_ids": tuple(key for source in sources for key in source.event_ids)}
    )


@defect("PKG-08")
def a_merged_packages_events_are_sorted(patch: Patch) -> None:
    """The events of a merged package are sorted by id instead of in the order of the sources."""
    _change_merge_order(patch, lambda _, order: {"event_ids": tuple(sorted(order.event_ids))})


@defect("PKG-08")
def merged_titles_are_joined_by_commas(patch: Patch) -> None:
    """The title of a merged package is the sources' titles, joined by commas."""
    _change_merge_order(patch, lambda sources, _: {"title": ", ".join(source.title for source in sources)[:200]})


@defect("PKG-08")
def a_merged_title_is_not_cut(patch: Patch) -> None:
    """The title of a merged package has no maximum length."""
    _change_merge_order(patch, lambda sources, _: {"title": " + ".join(source.title for source in sources)})


@defect("PKG-08")
def a_merged_package_has_the_last_ones_mode(patch: Patch) -> None:
    """A merged package takes the targeting mode of its last source."""
    _change_merge_order(patch, lambda sources, _: {"targeting_mode": sources[-1].targeting_mode})


@defect("PKG-08")
def a_merged_package_has_the_most_clusters_of_one(patch: Patch) -> None:
    """`num_packages` of a merged package is the maximum over its sources instead of the sum."""
    _change_merge_order(patch, lambda sources, _: {"num_packages": max(source.num_packages for source in sources)})


@defect("PKG-08")
def a_merged_package_has_more_than_20_clusters(patch: Patch) -> None:
    """`num_packages` of a merged package may exceed the maximum of 20."""
    _change_merge_order(patch, lambda sources, _: {"num_packages": sum(source.num_packages for source in sources)})


@defect("PKG-08")
def a_merged_package_has_the_fewest_further_events(patch: Patch) -> None:
    """`n_top_events` of a merged package is the minimum over its sources."""
    _change_merge_order(patch, lambda sources, _: {"n_top_events": min(source.n_top_events for source in sources)})


@defect("PKG-08")
def further_events_add_up_in_a_merge(patch: Patch) -> None:
    """`n_top_events` of a merged package is the sum over its sources."""
    _change_merge_order(patch, lambda sources, _: {"n_top_events": sum(source.n_top_events for source in sources)})


@defect("PKG-08")
def an_unknown_source_is_left_out(patch: Patch) -> None:
    """A merge ignores the ids of unknown packages."""

    def lenient(original: Any) -> Any:
        def packages(call: Any, package_ids: Any, field: str) -> Any:
            known = [key for key in package_ids if call.store.packages.get(key)]
            return original(call, known or package_ids, field)

        return packages

    patch.wrap(access, "require_packages", lenient)


@defect("PKG-08")
def an_unknown_source_is_a_malformed_merge(patch: Patch) -> None:
    """A merge with an unknown package returns 400 instead of 404."""

    def wrap(original: Any) -> Any:
        def packages(call: Any, package_ids: Any, field: str) -> Any:
            try:
                return original(call, package_ids, field)
            except PackageNotFoundError as missing:
                raise InvalidRequestError(Problem("unknown", field, "no such package")) from missing

        return packages

    patch.wrap(access, "require_packages", wrap)


@defect("PKG-03", "PKG-05")
def a_merged_package_fails(patch: Patch) -> None:
    """The build of a merged package ends with the status FAILED."""

    def failing(original: Any) -> Any:
        def merge(call: Any, package_ids: Any) -> Any:
            made = original(call, package_ids)
            call.store.packages.put(replace(made.package, title=made.package.title, tc_run_id=-1), call.cause)
            return made

        return merge

    def stage(original: Any) -> Any:
        def advance(workspace: Any, job: Any, cause: Any) -> None:
            package = workspace.store.packages.get(job.subject)
            if package.tc_run_id == -1 and package.status == "INPROGRESS":
                workspace.store.packages.put(replace(package, status="FAILED"), cause)
            else:
                original(workspace, job, cause)

        return advance

    patch.wrap(operations, "merge_packages", failing)
    wrap_job(patch, "package_stage", stage)
