"""Defects in the permissions of a user."""

from collections.abc import Callable
from typing import Any

from mock_server.domain import permissions as rules
from mock_server.domain.errors import NotAuthorizedError
from mock_server.operations import campaign_results, packages, permissions
from mock_server.platform_api.schemas import permissions as wire
from tests.defects.registry import Patch, WireResponse, defect


def _change_shown_permissions(patch: Patch, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change the permissions in the response, but not the granted ones."""
    patch.wrap(
        wire, "permissions_body", lambda original: lambda *given: {**original(*given), **change(original(*given))}
    )


def _change_listed(patch: Patch, change: Callable[[Any, list[str]], list[str]]) -> None:
    """Replace the listed permissions, but not the granted ones, with `change(call, listed)`."""
    patch.wrap(permissions, "get_permissions", lambda original: lambda call: tuple(change(call, list(original(call)))))


@defect("PERM-01", part="PERM-01.read")
def permissions_are_the_admins_to_ask_for(patch: Patch) -> None:
    """Only admins may list permissions."""

    def wrap(original: Any) -> Any:
        def get_permissions(call: Any) -> Any:
            if "fd-admin" not in call.groups:
                raise NotAuthorizedError
            return original(call)

        return get_permissions

    patch.wrap(permissions, "get_permissions", wrap)


@defect("PERM-01", part="PERM-01.read")
def permissions_are_told_with_204(patch: Patch) -> None:
    """Listing permissions returns 204 without a body."""

    def empty(scope: Any, answer: WireResponse) -> None:
        if scope["path"].endswith("/permissions"):
            answer.status, answer.body = 204, b""
            answer.drop("content-type")

    patch.change_responses(empty)


@defect("PERM-02")
def permissions_name_the_first_partner(patch: Patch) -> None:
    """`partner_id` is the first of the user's partners, whatever the header says."""
    _change_shown_permissions(patch, lambda body: {"partner_id": body["groups"][0]})


@defect("PERM-02")
def permissions_tell_the_scoped_group_alone(patch: Patch) -> None:
    """`groups` contains only the scoped partner."""
    _change_shown_permissions(
        patch, lambda body: {"groups": [group for group in body["groups"] if group == body["partner_id"]]}
    )


@defect("PERM-02")
def permissions_tell_a_group_more(patch: Patch) -> None:
    """`groups` contains an extra group that all users are in."""
    _change_shown_permissions(patch, lambda body: {"groups": [*body["groups"], "everybody"]})


@defect("PERM-02")
def permissions_are_in_no_order(patch: Patch) -> None:
    """The permissions are listed newest first instead of in alphabetical order."""
    _change_shown_permissions(patch, lambda body: {"permissions": body["permissions"][::-1]})


@defect("PERM-02")
def permissions_are_told_twice(patch: Patch) -> None:
    """A permission that two groups give is listed twice."""
    _change_shown_permissions(
        patch, lambda body: {"permissions": sorted([*body["permissions"], *body["permissions"][:1]])}
    )


@defect("PERM-02")
def permissions_tell_of_more_than_there_are(patch: Patch) -> None:
    """A permission without any effect is listed."""
    _change_shown_permissions(patch, lambda body: {"permissions": [*body["permissions"], "users:write"]})


@defect("PERM-02")
def permissions_do_not_tell_the_features(patch: Patch) -> None:
    """`Permissions` is omitted."""
    patch.wrap(
        wire,
        "permissions_body",
        lambda original: (
            lambda *given: {name: told for name, told in original(*given).items() if name != "Permissions"}
        ),
    )


@defect("PERM-02")
def backhaul_is_shown_to_admins_alone(patch: Patch) -> None:
    """`backhaul` is true only for admins, although all users may read packages."""
    _change_shown_permissions(
        patch, lambda body: {"Permissions": {**body["Permissions"], "backhaul": "fd-admin" in body["groups"]}}
    )


@defect("PERM-02")
def features_are_texts(patch: Patch) -> None:
    """`backhaul` and `wave` are strings, such as "true"."""
    _change_shown_permissions(
        patch, lambda body: {"Permissions": {name: str(shown).lower() for name, shown in body["Permissions"].items()}}
    )


@defect("PERM-03", "PERM-04", documentation="newer")
def permissions_promise_what_is_kept_for_admins(patch: Patch) -> None:
    """All users see all permissions, even if campaign results are restricted to admins."""
    _change_listed(patch, lambda call, told: list(rules.PERMISSIONS))


@defect("PERM-03", documentation="newer")
def permissions_keep_writes_alone_for_admins(patch: Patch) -> None:
    """If campaign results are restricted to admins, other users still see the permission to read them."""
    _change_listed(patch, lambda call, told: sorted({*told, "campaign_results:read"}))


@defect("PERM-03", documentation="newer")
def permissions_are_not_asked_for_on_delete(patch: Patch) -> None:
    """Deleting a row needs no permission."""

    def wrap(original: Any) -> Any:
        def delete(call: Any, row_id: str) -> None:
            row = call.store.results.get(row_id)
            if row is None or row.partner_id != call.partner_id:
                raise campaign_results.CampaignResultNotFoundError
            call.store.results.delete(row_id, call.cause)

        return delete

    patch.wrap(campaign_results, "delete_campaign_result", wrap)


@defect("PERM-03")
def permissions_promise_merges_that_are_refused(patch: Patch) -> None:
    """Merging packages is refused, although the permission to write packages is listed."""

    def refuse(*_: Any) -> Any:
        raise NotAuthorizedError

    patch.replace(packages, "merge_packages", refuse)


@defect("PERM-03", "PERM-04")
def permissions_leave_packages_to_admins(patch: Patch) -> None:
    """The permission to write packages is listed only for admins, although all users have it."""
    _change_listed(
        patch, lambda call, told: [name for name in told if name != "packages:write" or "fd-admin" in call.groups]
    )


@defect("PERM-04", documentation="newer")
def permissions_of_admins_are_kept_from_them(patch: Patch) -> None:
    """If campaign results are restricted to admins, even admins do not see the permissions for campaign results."""
    patch.wrap(
        rules,
        "list_granted",
        lambda original: lambda groups, *, admin_only: original((), admin_only=admin_only),
    )


@defect("PERM-04")
def permissions_to_write_rows_are_for_admins_always(patch: Patch) -> None:
    """Only admins may create rows, even if campaign results are not restricted to admins."""

    def wrap(original: Any) -> Any:
        def without(groups: Any, *, admin_only: bool) -> Any:
            found = original(groups, admin_only=admin_only)
            return found if "fd-admin" in groups else tuple(each for each in found if each != "campaign_results:write")

        return without

    patch.wrap(rules, "list_granted", wrap)


def _grant(patch: Patch, granted: str) -> None:
    """Require a permission of nobody."""
    patch.wrap(
        permissions,
        "require",
        lambda right: lambda call, permission: None if permission == granted else right(call, permission),
    )


@defect("CR-01", documentation="newer")
def every_user_may_read_rows(patch: Patch) -> None:
    """The mock follows the newer documentation, but every user may read campaign results."""
    _grant(patch, campaign_results.READ)


@defect("CR-03", "CR-04", documentation="newer")
def every_user_may_write_rows(patch: Patch) -> None:
    """The mock follows the newer documentation, but every user may create and delete campaign results."""
    _grant(patch, campaign_results.WRITE)
