"""Variants of packages: orders, builds, clusters, merges and rebuilds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mock_server.domain import lifecycles
from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, add_members, change_json, change_status, rename_members, rewrite_path

borrow(
    __name__, "PKG-02.targeting_modes", of=["a_targeting_mode_in_capitals_is_taken", "inclusive_is_no_targeting_mode"]
)
borrow(__name__, "PKG-02.answer", of=["an_order_is_answered_with_200"])
borrow(__name__, "PKG-02.required", of=["a_title_has_no_bounds", "an_order_without_a_title_is_taken"])
borrow(__name__, "PKG-02.num_packages", of=["twenty_one_clusters_are_taken"])
borrow(__name__, "PKG-02.num_packages", "PKG-10.clusters", of=["there_is_a_cluster_for_each_taste"])
borrow(
    __name__,
    "PKG-02.n_top_events",
    of=["any_number_of_further_events_is_taken", "at_most_fifty_further_events_are_taken"],
)
borrow(__name__, "PKG-02.n_top_events", "PKG-10.buyers", of=["further_events_bring_nobody"])
borrow(
    __name__,
    "PKG-02.event_ids",
    of=["an_event_may_be_named_twice", "an_order_over_no_event_is_taken", "an_unknown_event_is_a_malformed_order"],
)
borrow(__name__, "PKG-03.durations", of=["a_quick_build_takes_a_second_a_stage"])
borrow(__name__, "PKG-04.until_done", of=["there_is_content_from_the_start"])
borrow(__name__, "PKG-04.cluster", of=["size_share_is_in_per_cent", "size_share_is_of_the_largest_cluster"])
borrow(__name__, "PKG-04.disjoint", of=["clusters_overlap"])
borrow(
    __name__,
    "PKG-05.sources",
    of=["a_package_that_is_not_built_is_merged", "an_expired_package_is_merged", "one_package_is_merged"],
)
borrow(__name__, "PKG-06.format", of=["a_customer_list_is_an_object"])
borrow(__name__, "PKG-07.order", of=["packages_are_listed_by_title", "the_oldest_package_is_listed_first"])
borrow(
    __name__,
    "PKG-08.merged",
    of=[
        "a_merged_package_has_the_last_ones_mode",
        "a_merged_packages_events_are_sorted",
        "a_merged_title_is_not_cut",
        "merged_titles_are_joined_by_commas",
    ],
)
borrow(__name__, "PKG-08.sources", of=["a_merge_resets_its_sources_settings"])
borrow(__name__, "PKG-08.unknown", of=["an_unknown_source_is_a_malformed_merge"])
borrow(__name__, "PKG-09.unknown_cluster", of=["an_unknown_cluster_is_empty", "a_tc_is_found_by_its_slug_too"])
borrow(__name__, "PKG-09.not_built", of=["a_waiting_package_has_no_such_cluster"])
borrow(
    __name__,
    "PKG-10.buyers",
    of=["a_build_takes_the_buyers_of_its_order", "a_match_counts_orders", "a_match_is_the_lowest_id"],
)
borrow(__name__, "PKG-10.clusters", of=["tastes_are_mixed"])
borrow(__name__, "PKG-10.nobody", of=["nobody_is_a_cluster"])
borrow(__name__, "PKG-11.answer", of=["regenerate_answers_202"])
borrow(__name__, "PKG-11.failed", of=["regenerate_refuses_failed_packages"])
borrow(__name__, "PKG-11.content", of=["regenerate_shows_the_old_content"])
borrow(
    __name__,
    "PKG-12.status",
    of=[
        "regenerate_of_a_package_that_is_done_is_malformed",
        "regenerate_takes_a_package_that_is_done",
        "regenerate_twice_is_once",
    ],
)
borrow(__name__, "PKG-12.unknown", of=["regenerate_looks_for_an_event"])
borrow(
    __name__,
    "PKG-13.keeps",
    of=["regenerate_forgets_the_email_date", "regenerate_marks_the_title", "regenerate_takes_the_partners_defaults"],
)
borrow(__name__, "PKG-13.rebuilt", of=["regenerate_keeps_the_run"])
borrow(__name__, "PKG-13.evaluation", of=["regenerate_drops_the_evaluation", "regenerate_evaluates_again"])


@variant("PKG-01.details")
def a_package_has_more_members(patch: VariantPatch) -> None:
    """A package has further members."""
    add_members(patch, "listPackages", "getPackage", created_by="a user", progress=None, tags=[])


@variant("PKG-02.answer")
def an_order_answers_with_the_id(patch: VariantPatch) -> None:
    """The POST of an order returns only the id of the new package."""
    change_json(patch, lambda body: {"id": body["id"]}, "createPackage")


@variant("PKG-03.durations")
def builds_take_longer(patch: VariantPatch) -> None:
    """In the profile `quick`, a build takes 6 s and an evaluation 3 s."""
    longer = replace(lifecycles.TIMINGS["quick"], stage=timedelta(seconds=3), evaluation=timedelta(seconds=3))
    lifecycles.TIMINGS["quick"] = longer


@variant("PKG-04.cluster")
def a_clusters_members_have_other_names(patch: VariantPatch) -> None:
    """A cluster has `name`, `size` and `share` instead of `label`, `customers` and `size_share`."""
    rename_members(patch, "getPackage", label="name", customers="size", size_share="share")


@variant("PKG-05.status")
def a_merge_is_answered_with_200(patch: VariantPatch) -> None:
    """A merge returns 200."""
    change_status(patch, 201, 200, "mergePackages")


@variant("PKG-11.path")
def a_rebuild_has_another_path(patch: VariantPatch) -> None:
    """The path of a rebuild ends in `/rebuild`."""

    def change(scope: dict[str, Any]) -> None:
        ends = ("/regenerate", "/recreate") if scope["path"].endswith("/regenerate") else ("/rebuild", "/regenerate")
        rewrite_path(scope, *ends)

    patch.change_requests(change)
