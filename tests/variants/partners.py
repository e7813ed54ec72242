"""Variants of partners: the record, the partner header and permissions."""

from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, add_members, change_objects, rename_members

borrow(__name__, "PART-01.empty", of=["empty_header_counts_as_none"])
borrow(__name__, "PART-01.admin_names_one", of=["admin_needs_no_header"])
borrow(__name__, "PART-01.twice", of=["header_twice_takes_the_first", "header_twice_passes_on_reads"])
borrow(__name__, "PART-02.status", of=["several_partners_without_header_are_400"])
borrow(__name__, "PART-03.model_default", of=["record_without_its_default_model"])
borrow(__name__, "PART-03.id", of=["record_id_is_the_slug"])
borrow(
    __name__,
    "PART-04.other_partner",
    of=[
        "partner_id_may_be_any_of_the_users",
        "partner_id_of_another_partner_is_400",
        "partner_id_of_another_partner_is_404",
        "partner_id_of_any_case",
    ],
)
borrow(
    __name__,
    "PART-05.existing_events",
    of=["default_model_reaches_the_events_that_are_there", "default_model_reaches_events_that_had_the_old_default"],
)
borrow(__name__, "PART-06.no_groups", of=["who_has_no_partner_gets_the_first", "who_has_no_partner_may_write"])
borrow(
    __name__,
    "PART-06.unknown_partner",
    of=["admin_may_name_what_does_not_exist", "admin_who_names_what_does_not_exist_is_404"],
)
borrow(
    __name__,
    "PERM-02.members",
    of=[
        "permissions_are_in_no_order",
        "permissions_are_told_twice",
        "permissions_tell_a_group_more",
        "permissions_tell_of_more_than_there_are",
        "permissions_tell_the_scoped_group_alone",
    ],
)
borrow(
    __name__,
    "PERM-02.features",
    of=["backhaul_is_shown_to_admins_alone", "features_are_texts", "permissions_do_not_tell_the_features"],
)
borrow(__name__, "PERM-03.honest", "PERM-04.all", of=["permissions_leave_packages_to_admins"])
borrow(__name__, "PERM-04.admin_only", of=["permissions_promise_what_is_kept_for_admins"])


@variant("PART-03.id")
def the_id_of_a_partner_is_a_number(patch: VariantPatch) -> None:
    """The `id` of a partner's record is the internal number of the client."""
    change_objects(patch, lambda record: {**record, "id": sum(record["domain"].encode())}, "getPartner")


@variant("PART-03.values")
def a_partners_words_are_others(patch: VariantPatch) -> None:
    """The record has values that no example shows."""
    values = {"vertical": "sports_and_arena", "pricing_tier": "enterprise_plus", "campaign_pricing_model": "hybrid"}
    add_members(patch, "getPartner", **values, ner_active=None)


@variant("PERM-01.details")
def permissions_name_the_user(patch: VariantPatch) -> None:
    """The permissions also name the user."""
    add_members(patch, "getPermissions", user="a user", roles=[])


@variant("PERM-02.members")
def permissions_have_other_names(patch: VariantPatch) -> None:
    """The members of the permissions have other names."""
    rename_members(patch, "getPermissions", permissions="scopes", partner_id="partner", groups="user_groups")
