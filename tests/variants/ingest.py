"""Variants of transaction summaries."""

from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, add_members

borrow(__name__, "ING-01.members", of=["the_record_has_rejected_entries_too"])
borrow(__name__, "ING-01.required", of=["orders_that_are_left_out_are_0"])
borrow(__name__, "ING-01.bounds", of=["a_summary_may_end_before_it_begins", "a_summary_may_span_any_number_of_days"])
borrow(__name__, "ING-01.refused", of=["a_summary_of_an_unknown_event_is_taken"])
borrow(
    __name__,
    "ING-02.left_out",
    of=["one_bad_entry_leaves_out_all_that_follow", "one_bad_entry_refuses_the_whole_summary"],
)
borrow(__name__, "ING-02.reasons", of=["entries_of_one_type_are_added_up"])
borrow(__name__, "ING-02.report", of=["bad_entries_are_left_out_in_silence"])
borrow(__name__, "ING-03.until_then", "ING-03.duration", of=["a_summary_shows_at_once"])
borrow(__name__, "ING-03.duration", of=["a_summary_shows_a_second_late"])
borrow(
    __name__,
    "ING-04.rows",
    of=[
        "brought_in_rows_are_automated_ones",
        "brought_in_rows_stand_at_noon",
        "days_without_a_share_have_rows_of_nothing",
    ],
)
borrow(__name__, "ING-05.exact", of=["amounts_are_divided_in_cents_alone", "shares_are_rounded"])
borrow(__name__, "ING-05.seeded", of=["shares_are_drawn_anew", "shares_are_those_of_one_seed"])
borrow(__name__, "ING-06.twice", of=["a_summary_sent_twice_counts_once"])
borrow(__name__, "ING-06.cleared", of=["what_is_on_its_way_survives_a_clearing"])
borrow(__name__, "ING-07.columns", of=["columns_of_a_period_are_unknown", "rows_without_a_period_are_yesterdays"])
borrow(__name__, "ING-07.as_ingested", of=["all_periods_of_a_file_are_one"])
borrow(__name__, "ING-07.left_out", of=["a_wrong_row_refuses_its_file", "rows_of_tickets_are_counted_from_1"])
borrow(__name__, "ING-07.days_together", of=["the_periods_of_a_file_have_no_limit_together"])
borrow(
    __name__, "ING-07.refused", of=["a_file_for_an_unknown_event_is_taken", "a_file_may_have_more_than_a_thousand_rows"]
)


@variant("ING-01.members")
def the_record_of_an_import_has_an_id(patch: VariantPatch) -> None:
    """The answer to an import has further members."""
    add_members(patch, "ingestTransactionSummary", id="ing_1", status="PENDING")
