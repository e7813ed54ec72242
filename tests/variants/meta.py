"""Variants of Meta's integration."""

from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, add_members, rename_members

borrow(__name__, "META-01.rows", of=["meta_rows_are_called_items"])
borrow(__name__, "META-01.unknown", "META-04.unknown", of=["meta_knows_nothing_of_an_unknown_event"])
borrow(__name__, "META-02.event_rows", of=["meta_event_results_come_oldest_first"])
borrow(__name__, "META-02.event_rows", "META-02.series_rows", of=["meta_results_are_the_automated_ones"])
borrow(
    __name__,
    "META-02.series_rows",
    of=["meta_series_are_all_events_of_the_partner", "meta_series_results_have_the_events_own"],
)
borrow(__name__, "META-03.every_user", of=["meta_results_are_the_admins_too"])
borrow(__name__, "META-05.days", of=["meta_report_comes_newest_first", "meta_report_has_days_of_nothing"])
borrow(__name__, "META-05.days", of=["meta_purchases_are_tickets", "meta_value_is_rounded"])
borrow(__name__, "META-05.activity", of=["meta_report_swaps_clicks_and_impressions"])
borrow(__name__, "META-05.drawn", of=["meta_activity_is_drawn_at_each_read"])
borrow(__name__, "META-05.range", of=["meta_report_leaves_its_last_day_out", "meta_turned_range_is_empty"])
borrow(__name__, "META-06.conversions", of=["meta_reports_every_sale", "meta_reports_what_the_platform_credits"])
borrow(__name__, "META-06.adjustments", of=["meta_report_counts_adjustments"])


@variant("META-05.activity")
def a_reports_members_have_other_names(patch: VariantPatch) -> None:
    """The activity of a day is in `click_count`, `ad_spend` and `impression_count`."""
    rename_members(patch, "getMetaInsights", clicks="click_count", spend="ad_spend", impressions="impression_count")


@variant("META-01.rows")
def results_have_sums(patch: VariantPatch) -> None:
    """The results also have sums beside them."""
    add_members(patch, "getMetaCampaignResults", totals={"purchase": 0}, currency="EUR")
