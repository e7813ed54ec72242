"""Defects in the spreadsheet of an event's sales."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from mock_server.domain import sales_edit as rules
from mock_server.domain.errors import EventNotFoundError
from mock_server.domain.sales import SalesTotal
from mock_server.http import forms, request_body, spreadsheets
from mock_server.http.media_types import FILE_FIELD, FORM
from mock_server.operations import revenue, sales_edit
from mock_server.platform_api.schemas import sales_edit as schemas
from tests.defects.registry import Patch, WireResponse, defect

PATH = "/sales_edit_export"


@defect("SED-01")
def the_sheet_is_always_a_workbook(patch: Patch) -> None:
    """`format` is ignored, so the sheet is always a workbook."""

    def workbook(exported: Any) -> Any:
        return lambda days, query, now: exported(days, query.model_copy(update={"format": "xlsx"}), now)

    patch.wrap(schemas, "build_sales_sheet", workbook)


@defect("SED-01")
def the_sheet_is_csv_by_default(patch: Patch) -> None:
    """Without `format`, the sheet is CSV."""

    def csv_first(exported: Any) -> Any:
        def export(days: Any, query: Any, now: Any) -> Any:
            named = "format" in query.model_fields_set
            return exported(days, query if named else query.model_copy(update={"format": "csv"}), now)

        return export

    patch.wrap(schemas, "build_sales_sheet", csv_first)


@defect("SED-01")
def the_sheet_is_shown_in_place_of_saved(patch: Patch) -> None:
    """The sheet's `Content-Disposition` is `inline` instead of `attachment`."""

    def inline(scope: Any, answer: WireResponse) -> None:
        if scope["path"].endswith(PATH) and answer.status == 200 and scope["method"] == "GET":
            answer.set("content-disposition", "inline")

    patch.change_responses(inline)


@defect("SED-01")
def days_of_the_sheet_descend(patch: Patch) -> None:
    """The newest day of the sheet is first."""
    patch.wrap(rules, "totals_by_day", lambda days: lambda daily, rows: dict(reversed(days(daily, rows).items())))


@defect("SED-01")
def the_sheet_has_no_columns_names(patch: Patch) -> None:
    """The sheet contains no header row."""
    patch.wrap(spreadsheets, "to_csv", lambda to_csv: lambda rows, name: to_csv(list(rows)[1:], name))


@defect("SED-01")
def an_unknown_event_has_an_empty_sheet(patch: Patch) -> None:
    """For an unknown event, an empty sheet is returned instead of 404."""

    def lenient(export: Any) -> Any:
        def export_sheet(call: Any, event_id: str) -> Any:
            try:
                return export(call, event_id)
            except EventNotFoundError:
                return {}

        return export_sheet

    patch.wrap(sales_edit, "export_sales", lenient)


@defect("SED-02")
def automated_rows_are_in_the_sheet_too(patch: Patch) -> None:
    """A day's total also includes automated rows, so credited sales count twice."""

    def both(days: Any) -> Any:
        return lambda daily, rows: days(daily, [replace(row, source="manual") for row in rows])

    patch.wrap(rules, "totals_by_day", both)


@defect("SED-02")
def manual_rows_are_not_in_the_sheet(patch: Patch) -> None:
    """A day's total does not include manual rows."""
    patch.wrap(rules, "totals_by_day", lambda days: lambda daily, rows: days(daily, ()))


@defect("SED-02")
def days_with_manual_rows_alone_are_not_in_the_sheet(patch: Patch) -> None:
    """Days with only manual rows are missing from the sheet."""

    def wrap(days: Any) -> Any:
        def only(daily: Any, rows: Any) -> Any:
            known = {day.date for day in daily}
            return {day: of for day, of in days(daily, rows).items() if day in known}

        return only

    patch.wrap(rules, "totals_by_day", wrap)


@defect("SED-02")
def days_that_come_to_nothing_are_not_in_the_sheet(patch: Patch) -> None:
    """Days whose totals are 0 orders and 0 revenue are missing from the sheet."""

    def some(days: Any) -> Any:
        return lambda daily, rows: {day: of for day, of in days(daily, rows).items() if of.purchases or of.revenue}

    patch.wrap(rules, "totals_by_day", some)


@defect("SED-02", "SED-04")
def the_sheet_rounds_to_cents(patch: Patch) -> None:
    """Amounts are written with two decimal places."""
    patch.replace(schemas, "_strip_trailing_zeros", lambda amount: amount.quantize(Decimal("0.01")))


@defect("SED-02", "SED-04")
def workbooks_hold_numbers_alone(patch: Patch) -> None:
    """Amounts are cut to the fifteen digits that a spreadsheet can store in a number."""
    patch.replace(
        spreadsheets, "_number_or_text", lambda cell: float(f"{cell:.15g}") if isinstance(cell, Decimal) else cell
    )


@defect("SED-02", "SED-03")
def the_sheet_adds_in_floats(patch: Patch) -> None:
    """Amounts are added as floats."""

    def inexact(days: Any) -> Any:
        def add_totals(daily: Any, rows: Any) -> Any:
            found = dict(days(daily, ()))
            for row in rows:
                if row.source == "manual":
                    before = found.get(row.created_at.date(), rules.NO_SALES)
                    amount = Decimal(repr(float(before.revenue) + float(row.revenue)))
                    found[row.created_at.date()] = SalesTotal(amount, before.purchases + row.purchase)
            return dict(sorted(found.items()))

        return add_totals

    patch.wrap(rules, "totals_by_day", inexact)


@defect("SED-03")
def an_upload_adds_in_place_of_sets(patch: Patch) -> None:
    """An upload adds the sheet's values to the current totals instead of replacing them."""
    patch.replace(rules, "find_differences", lambda current, stated: list(stated))


@defect("SED-03")
def an_upload_is_only_checked(patch: Patch) -> None:
    """An upload returns the number of differences but records none of them."""

    def wrap(original: Any) -> Any:
        def upload(call: Any, event_id: str, sheet: Any) -> Any:
            known = {row.id for row in call.store.results}
            result = original(call, event_id, sheet)
            for row in [row for row in call.store.results if row.id not in known]:
                call.store.results.delete(row.id, call.cause)
            return result

        return upload

    patch.wrap(sales_edit, "upload_sales", wrap)


def _change_accepted_types(patch: Patch, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
    """Change the media types that are accepted for uploads."""
    patch.wrap(
        request_body,
        "read_file",
        lambda read: lambda headers, receive, accepted, size: read(headers, receive, change(accepted), size),
    )


@defect("SED-03")
def an_upload_is_never_a_form(patch: Patch) -> None:
    """An upload as multipart/form-data gets 415."""
    _change_accepted_types(patch, lambda accepted: tuple(each for each in accepted if each != FORM))


@defect("SED-03")
def an_upload_is_always_a_form(patch: Patch) -> None:
    """A CSV or XLSX file that is sent as the whole body gets 415."""
    _change_accepted_types(patch, lambda accepted: (FORM,))


@defect("SED-03", "ING-07")
def a_file_may_be_in_any_field(patch: Patch) -> None:
    """A form may have its file in a field of any name."""

    def rename(parse: Any) -> Any:
        def parse_parts(content: bytes, content_type: bytes) -> Any:
            parts = parse(content, content_type)
            return [part if part.filename is None else part._replace(name=FILE_FIELD) for part in parts]

        return parse_parts

    patch.wrap(forms, "_parse_parts", rename)


@defect("SED-03")
def an_upload_does_not_say_what_it_changed(patch: Patch) -> None:
    """The response to an upload has no `changed`."""

    def vague(body: Any) -> Any:
        return lambda result: {name: told for name, told in body(result).items() if name != "changed"}

    patch.wrap(schemas, "uploaded_body", vague)


@defect("SED-03")
def an_upload_is_recorded_as_of_now(patch: Patch) -> None:
    """An uploaded row's `created_at` is the time of the upload instead of the row's day."""
    patch.wrap(
        sales_edit,
        "_adjustment_row",
        lambda row: lambda call, event, day: replace(row(call, event, day), created_at=call.now),
    )


@defect("SED-03")
def an_upload_is_recorded_a_day_early(patch: Patch) -> None:
    """An uploaded row's `created_at` is one day too early."""

    def early(row: Any) -> Any:
        def made(call: Any, event: Any, day: Any) -> Any:
            record = row(call, event, day)
            return replace(record, created_at=record.created_at - timedelta(days=1))

        return made

    patch.wrap(sales_edit, "_adjustment_row", early)


@defect("SED-03")
def an_upload_only_adds(patch: Patch) -> None:
    """An upload ignores values that are lower than the current total."""

    def more(differences: Any) -> Any:
        return lambda current, stated: [
            day for day in differences(current, stated) if day.purchases >= 0 and day.revenue >= 0
        ]

    patch.wrap(rules, "find_differences", more)


@defect("SED-03")
def only_days_that_were_sold_on_can_be_edited(patch: Patch) -> None:
    """An upload ignores days that the downloaded sheet did not contain."""

    def known(differences: Any) -> Any:
        return lambda current, stated: [day for day in differences(current, stated) if day.date in current]

    patch.wrap(rules, "find_differences", known)


@defect("SED-03")
def columns_are_told_by_their_place(patch: Patch) -> None:
    """The columns of an uploaded sheet are identified by position instead of name."""

    def wrap(read: Any) -> Any:
        def rows(file: Any, most: int) -> Any:
            found = read(file, most)
            return [list(schemas.COLUMNS), *found[1:]] if found and set(found[0]) == set(schemas.COLUMNS) else found

        return rows

    patch.wrap(spreadsheets, "parse_sheet", wrap)


@defect("SED-04")
def an_upload_records_every_day(patch: Patch) -> None:
    """An upload records a row for every day of the sheet, even if its values are unchanged."""

    def every(original: Any) -> Any:
        def upload(call: Any, event_id: str, sheet: Any) -> Any:
            return replace(original(call, event_id, sheet), changed=len(sheet.days))

        return upload

    patch.wrap(sales_edit, "upload_sales", every)


@defect("SED-04")
def days_that_are_left_out_come_to_nothing(patch: Patch) -> None:
    """An upload sets the days that are not in its sheet to 0."""

    def whole(differences: Any) -> Any:
        def all_days(current: Any, stated: Any) -> Any:
            named = {day.date for day in stated}
            others = [day for day in current if day not in named]
            nothing = [rules.StatedDay(0, day, 0, Decimal(0)) for day in others]
            return differences(current, [*stated, *nothing])

        return all_days

    patch.wrap(rules, "find_differences", whole)


@defect("ERR-04")
def another_partners_sales_are_exported(patch: Patch) -> None:
    """A download does not check that the event belongs to the partner."""

    def anyones(original: Any) -> Any:
        def export(call: Any, event_id: str) -> Any:
            event = call.store.events.get(event_id)
            if event is None:
                return original(call, event_id)
            return rules.totals_by_day(revenue.known_days(call, event), call.store.results.group("event", event_id))

        return export

    patch.wrap(sales_edit, "export_sales", anyones)
