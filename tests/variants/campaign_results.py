"""Variants of campaign results, of the attribution job and of rate limits."""

from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, change_status, change_values

borrow(__name__, "CR-01.order", of=["rows_oldest_first", "rows_in_the_order_of_their_ids"])
borrow(__name__, "CR-01.required", of=["rows_without_a_partner_are_the_scoped_ones", "rows_without_an_event_are_all"])
borrow(__name__, "CR-01.unknown", of=["rows_of_an_unknown_event_are_none"])
borrow(__name__, "CR-02.orders", of=["tickets_counted_as_orders"])
borrow(__name__, "CR-03.answer", of=["entry_answers_200"])
borrow(
    __name__,
    "CR-03.bounds",
    of=[
        "a_million_millions_accepted",
        "entry_with_parts_left_out",
        "half_an_order_is_cut",
        "large_revenue_refused",
        "most_orders_refused",
        "one_order_too_many_accepted",
        "orders_without_bound",
    ],
)
borrow(__name__, "CR-03.signs", of=["both_zero_accepted", "either_zero_refused", "negative_entry_refused"])
borrow(__name__, "CR-04.twice", of=["deleting_twice_is_204"])
borrow(__name__, "CR-05.at_once", of=["list_kept_for_a_minute", "overlay_shows_a_new_row_a_second_later"])
borrow(__name__, "JOB-02.time", of=["no_run_at_weekends", "run_at_7", "run_at_8_of_local_time"])
borrow(__name__, "JOB-03.takes", of=["run_always_by_fd", "run_credits_organic_sales_too"])
borrow(
    __name__, "JOB-03.row", of=["external_writes_rows", "empty_row_where_nothing_is_credited", "one_row_for_each_sale"]
)
borrow(__name__, "JOB-03.order", of=["jobs_of_one_instant_newest_first"])
borrow(__name__, "JOB-04.sum", of=["history_in_two_rows", "history_of_the_last_month_only"])
borrow(__name__, "JOB-04.no_double", of=["missed_runs_are_skipped", "run_doubled", "repeated_run_counts_again"])
borrow(__name__, "JOB-04.deleted", of=["deleted_row_comes_back"])
borrow(__name__, "RATE-01.key", of=["a_429_has_another_key"])
borrow(__name__, "RATE-01.counting", of=["all_partners_share_one_limit", "refused_requests_count_too"])
borrow(__name__, "RATE-01.unlimited", of=["limits_are_on_by_default"])


@variant("CR-02.manual")
def the_source_of_a_posted_row_is_another_word(patch: VariantPatch) -> None:
    """The `source` of a posted row is `adjustment`."""
    change_values(patch, "source", {"manual": "adjustment"})


@variant("CR-03.answer")
def an_entry_is_answered_without_the_row(patch: VariantPatch) -> None:
    """The POST returns 204 without the row."""
    change_status(patch, 201, 204, "createCampaignResult", empty=True)
