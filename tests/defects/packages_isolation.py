"""Defects in access to the packages of a partner."""

from dataclasses import replace
from typing import Any

from mock_server.domain import packages as rules
from mock_server.domain.errors import NotAuthorizedError, PackageNotFoundError, Problem
from mock_server.operations import access, backhaul
from mock_server.operations import packages as operations
from mock_server.operations.packages import PackageView
from tests.defects.registry import Patch, defect


@defect("ERR-04")
def another_partners_package_is_found(patch: Patch) -> None:
    """A user can read the package of another partner."""

    def any_partners(call: Any, package_id: str) -> Any:
        package = call.store.packages.get(package_id)
        if package is None:
            raise PackageNotFoundError
        return package

    patch.replace(access, "require_package", any_partners)


@defect("ERR-04")
def another_partners_evaluation_is_read(patch: Patch) -> None:
    """A user can read the result of another partner's package."""

    def read(call: Any, package_id: str) -> Any:
        evaluation = call.store.evaluations.get(package_id)
        return evaluation.rows if evaluation else operations.get_package(call, package_id) and ()

    patch.replace(backhaul, "get_evaluation", read)


@defect("ERR-04")
def another_partners_package_is_forbidden(patch: Patch) -> None:
    """Another partner's package returns 403 instead of 404, which reveals that it exists."""

    def wrap(original: Any) -> Any:
        def package(call: Any, package_id: str) -> Any:
            stored = call.store.packages.get(package_id)
            if stored is not None and stored.partner_id != call.partner_id:
                raise NotAuthorizedError
            return original(call, package_id)

        return package

    patch.wrap(access, "require_package", wrap)


@defect("ERR-04")
def a_refusal_names_another_partners_package(patch: Patch) -> None:
    """The error for another partner's package contains its title."""

    def wrap(original: Any) -> Any:
        def package(call: Any, package_id: str) -> Any:
            stored = call.store.packages.get(package_id)
            if stored is not None and stored.partner_id != call.partner_id:
                raise PackageNotFoundError(Problem("scope", "package_id", f"{stored.title} is not yours"))
            return original(call, package_id)

        return package

    patch.wrap(access, "require_package", wrap)


@defect("ERR-04")
def another_partners_package_is_merged(patch: Patch) -> None:
    """A merge that names another partner's package returns 404, but sets the `merge_id` of that package."""

    def loose(original: Any) -> Any:
        def packages(call: Any, package_ids: Any, field: str) -> Any:
            for found in filter(None, map(call.store.packages.get, package_ids)):
                call.store.packages.put(replace(found, merge_id="pkg_stolen"), call.cause)
            return original(call, package_ids, field)

        return packages

    patch.wrap(access, "require_packages", loose)


@defect("ERR-04")
def a_package_over_another_partners_event_is_made(patch: Patch) -> None:
    """A package can be created for an event of another partner."""
    patch.replace(
        operations.access,
        "require_events",
        lambda call, ids, _: [call.store.events.mapping()[key] for key in ids],
    )


@defect("PART-01")
def all_partners_packages_are_listed(patch: Patch) -> None:
    """The list contains the packages of all partners."""

    def everything(call: Any) -> list[PackageView]:
        return [operations._build_view(call, package) for package in rules.newest_first(list(call.store.packages))]

    patch.replace(operations, "list_packages", everything)
