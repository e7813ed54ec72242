"""Defects in a `partner_id` that differs from the header, and in requests of admins and of users without a partner."""

import json

from mock_server.domain import errors, scoping
from mock_server.domain.errors import PartnerNotFoundError
from mock_server.http import auth
from mock_server.operations import access, campaign_results, partners
from tests.defects.partners import record_reads, replace_scoping
from tests.defects.registry import Patch, defect

# PART-04


@defect("PART-04")
def partner_id_of_another_partner_passes(patch: Patch) -> None:
    """`partner_id` is not compared with the header."""
    patch.replace(access, "require_scoped", lambda call, partner_id: None)


@defect("PART-04")
def partner_id_may_be_any_of_the_users(patch: Patch) -> None:
    """`partner_id` may name any of the user's partners, even if the header names another one."""

    def require(original):
        def require_group(call, partner_id):
            if partner_id not in call.groups:
                original(call, partner_id)

        return require_group

    patch.wrap(access, "require_scoped", require)


@defect("PART-04")
def partner_id_is_free_to_admins(patch: Patch) -> None:
    """An admin may name one partner in the header and another in the query."""
    patch.wrap(
        access,
        "require_scoped",
        lambda right: lambda call, partner_id: None if "fd-admin" in call.groups else right(call, partner_id),
    )


@defect("PART-04")
def partner_id_of_another_partner_is_404(patch: Patch) -> None:
    """A `partner_id` that differs from the header returns 404 instead of 403."""
    patch.replace(access, "NotAuthorizedError", errors.EventNotFoundError)


@defect("PART-04")
def partner_id_of_another_partner_is_400(patch: Patch) -> None:
    """A `partner_id` that differs from the header returns 400 instead of 403."""
    patch.replace(access, "NotAuthorizedError", errors.InvalidRequestError)


@defect("PART-04")
def partner_id_of_any_case(patch: Patch) -> None:
    """`partner_id` is compared without regard to case."""
    patch.wrap(access, "require_scoped", lambda right: lambda call, partner_id: right(call, partner_id.lower()))


@defect("PART-04")
def partner_id_is_checked_in_paths_only(patch: Patch) -> None:
    """A `partner_id` is compared with the header only in the path, not in the query."""

    class Lax:
        def __getattr__(self, name):
            return (lambda call, partner_id: None) if name == "require_scoped" else getattr(access, name)

    patch.replace(campaign_results, "access", Lax())


@defect("PART-04")
def partner_id_is_checked_on_reads_only(patch: Patch) -> None:
    """When defaults are set, any `partner_id` is accepted, and the defaults are stored for that partner."""
    patch.replace(
        partners,
        "set_backhaul_defaults",
        lambda call, partner_id, settings: (
            call.store.defaults.put(partners.PartnerDefaults(partner_id, settings), call.cause) or settings
        ),
    )


@defect("PART-04")
def empty_partner_id_passes(patch: Patch) -> None:
    """An empty `partner_id` is accepted and means the partner in the header."""
    patch.wrap(
        access, "require_scoped", lambda right: lambda call, partner_id: right(call, partner_id or call.partner_id)
    )


# PART-06


@defect("PART-06", "ERR-03")
def admin_may_name_what_does_not_exist(patch: Patch) -> None:
    """An unknown partner in an admin's header is accepted; its lists are empty."""
    replace_scoping(
        patch,
        lambda right, groups, known, wanted: (
            wanted if wanted and scoping.ADMIN_GROUP in groups else right(groups, known, wanted)
        ),
    )


@defect("PART-06", "ERR-03")
def admin_who_names_what_does_not_exist_is_404(patch: Patch) -> None:
    """An unknown partner in an admin's header returns 404 instead of 403."""

    def pick(original, groups, known, wanted):
        if scoping.ADMIN_GROUP in groups and wanted is not None and wanted not in known:
            raise PartnerNotFoundError
        return original(groups, known, wanted)

    replace_scoping(patch, pick)


@defect("PART-06")
def only_reads_look_at_an_admins_header(patch: Patch) -> None:
    """An admin's write with an unknown partner in the header acts for the first partner."""
    reading = record_reads(patch)

    def pick(original, groups, known, wanted):
        lost = scoping.ADMIN_GROUP in groups and wanted not in known and not reading[-1]
        return "partner-id-acme" if lost else original(groups, known, wanted)

    replace_scoping(patch, pick)


@defect("PART-06")
def sign_in_looks_at_the_partner_header(patch: Patch) -> None:
    """A sign-in fails if it contains a partner header, such as one left over from an earlier session."""
    _refuse_unknown_header(patch, "/auth")


@defect("PART-06")
def status_looks_at_the_partner_header(patch: Patch) -> None:
    """`/status/` rejects an unknown partner in the header."""
    _refuse_unknown_header(patch, "/status/")


def _refuse_unknown_header(patch: Patch, path: str) -> None:
    refusal = {"message": "error.auth.not_authorized", "error_code": "NOT_AUTHORIZED"}
    refusal_body = json.dumps({**refusal, "error_subcode": None, "validation_errors": []}).encode()

    def change(scope, answer):
        header = dict(scope["headers"]).get(auth.PARTNER_HEADER)
        if header == b"partner-id-of-nobody" and scope["path"].endswith(path):
            answer.status, answer.body = 403, refusal_body
            answer.set("content-type", "application/json")

    patch.change_responses(change)


@defect("PART-06")
def who_has_no_partner_gets_the_first(patch: Patch) -> None:
    """A user without a partner reads and writes the data of the first partner."""

    def pick(original, groups, known, wanted):
        nobody = scoping.ADMIN_GROUP not in groups and not set(groups).intersection(known)
        return "partner-id-acme" if nobody else original(groups, known, wanted)

    replace_scoping(patch, pick)


@defect("PART-06")
def who_has_no_partner_may_write(patch: Patch) -> None:
    """For a user without a partner, reads are rejected but writes are not."""
    reading = record_reads(patch)

    def pick(original, groups, known, wanted):
        nobody = scoping.ADMIN_GROUP not in groups and not set(groups).intersection(known)
        return "partner-id-acme" if nobody and not reading[-1] else original(groups, known, wanted)

    replace_scoping(patch, pick)
