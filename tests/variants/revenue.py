"""Variants of daily revenue, of the attribution model and of the sales sheet."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from mock_server.operations import sales_edit
from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, add_members, change_header, change_status, drop_members

borrow(__name__, "LAM-01.answer", of=["model_put_answers_the_old_one"])
borrow(__name__, "LAM-04.total", of=["external_part_left_out", "a_cent_is_lost_in_the_split"])
borrow(__name__, "LAM-04.credited_by", of=["external_credits_by_meta"])
borrow(__name__, "DRS-01.currency", of=["any_currency_accepted", "currency_in_any_case", "currency_refused"])
borrow(__name__, "DRS-02.daily", of=["days_newest_first", "days_of_local_time", "revenue_of_days_rounded"])
borrow(__name__, "DRS-03.in_range", of=["rows_beside_the_days_in_no_range"])
borrow(__name__, "DRS-04.overlay", of=["manual_rows_alter_the_days"])
borrow(__name__, "DRS-05.what", of=["clearing_removes_automated_rows", "clearing_removes_the_feeds_sales"])
borrow(__name__, "SED-01.event_id", of=["an_unknown_event_has_an_empty_sheet"])
borrow(__name__, "SED-01.format", of=["the_sheet_is_csv_by_default", "the_sheet_is_always_a_workbook"])
borrow(__name__, "SED-01.attachment", of=["the_sheet_is_shown_in_place_of_saved"])
borrow(__name__, "SED-01.columns", of=["days_of_the_sheet_descend"])
borrow(__name__, "SED-02.totals", of=["automated_rows_are_in_the_sheet_too"])
borrow(__name__, "SED-03.field", of=["a_file_may_be_in_any_field", "an_upload_is_always_a_form"])
borrow(__name__, "SED-03.answer", of=["an_upload_does_not_say_what_it_changed"])
borrow(__name__, "SED-04.no_change", of=["days_that_are_left_out_come_to_nothing"])
borrow(
    __name__,
    "SED-05.row_errors",
    of=[
        "half_an_order_is_rounded",
        "rows_are_counted_as_spreadsheets_do",
        "the_last_row_of_a_day_counts",
        "wrong_cells_are_passed_over",
        "wrong_cells_are_told_by_row_alone",
        "wrong_cells_get_400",
    ],
)
borrow(__name__, "SED-05.unreadable", of=["a_sheet_may_have_any_number_of_rows", "further_columns_are_passed_over"])
borrow(__name__, "SED-05.type", of=["any_text_is_a_sheet"])


@variant("LAM-01.answer")
def setting_a_model_answers_nothing(patch: VariantPatch) -> None:
    """The PUT of a model returns 204 without a body."""
    change_status(patch, 200, 204, "setEventAttributionModel", empty=True)


@variant("DRS-02.members")
def a_summary_has_other_members(patch: VariantPatch) -> None:
    """Daily revenue has no `currency` and no model, and has totals."""
    drop_members(patch, "getDailyRevenueSummary", names=["currency", "attribution_model"])
    add_members(patch, "getDailyRevenueSummary", totals={"revenue": 0, "purchases": 0})


@variant("SED-01.attachment")
def a_sheet_has_no_file_name(patch: VariantPatch) -> None:
    """The sheet has no `Content-Disposition`."""
    change_header(patch, "content-disposition", None)


@variant("SED-03.answer")
def an_upload_is_answered_with_201(patch: VariantPatch) -> None:
    """An upload of a sheet returns 201."""
    change_status(patch, 200, 201, "uploadSalesEdit")


@variant("SED-03.rows")
def an_upload_is_recorded_at_noon(patch: VariantPatch) -> None:
    """The rows of an upload are at 12:00 of their days."""

    def at_noon(original: Any) -> Any:
        def build(call: Any, event: Any, day: Any) -> Any:
            return replace(original(call, event, day), created_at=datetime.combine(day.date, time(12), UTC))

        return build

    patch.wrap(sales_edit, "_adjustment_row", at_noon)
