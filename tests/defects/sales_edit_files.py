"""Defects in the acceptance and rejection of uploaded sheets."""

from dataclasses import replace
from typing import Any

from pydantic_core import PydanticCustomError

from mock_server.domain import formats
from mock_server.domain import sales_edit as rules
from mock_server.domain.errors import InvalidRequestError
from mock_server.http import media_types, spreadsheets
from mock_server.http.media_types import CSV, File
from mock_server.operations import sales_edit
from mock_server.platform_api.schemas import sales_edit as schemas
from tests.defects.registry import Patch, defect


@defect("SED-05")
def wrong_cells_are_passed_over(patch: Patch) -> None:
    """Rows with an invalid cell are ignored; the other rows are recorded."""
    patch.wrap(schemas, "_parse_row", lambda read: lambda *row: read(*row) and [])


@defect("SED-05")
def wrong_cells_get_400(patch: Patch) -> None:
    """An upload with an invalid row gets 400 instead of 200 with `validation_errors`."""

    def strict(upload: Any) -> Any:
        def upload_sales(call: Any, event_id: str, sheet: Any) -> Any:
            result = upload(call, event_id, sheet)
            if result.problems:
                raise InvalidRequestError(*result.problems)
            return result

        return upload_sales

    patch.wrap(sales_edit, "upload_sales", strict)


@defect("SED-05")
def rows_beside_a_wrong_cell_are_recorded(patch: Patch) -> None:
    """An invalid cell is reported, but the other rows of the upload are recorded."""

    def lenient(upload: Any) -> Any:
        def upload_sales(call: Any, event_id: str, sheet: Any) -> Any:
            result = upload(call, event_id, replace(sheet, problems=()))
            return replace(result, problems=(*sheet.problems, *result.problems))

        return upload_sales

    patch.wrap(sales_edit, "upload_sales", lenient)


@defect("SED-05")
def rows_are_counted_as_spreadsheets_do(patch: Patch) -> None:
    """In errors, the first row of data is `rows.2`, as spreadsheets number it."""
    patch.wrap(schemas, "_cell_problem", lambda wrong: lambda name, cell, place: wrong(name, cell, place + 2))


@defect("SED-05")
def wrong_cells_are_told_by_row_alone(patch: Patch) -> None:
    """The error for an invalid cell names only the row, not the column."""

    def vague(wrong: Any) -> Any:
        def name_row(name: str, cell: str, place: int) -> Any:
            problem = wrong(name, cell, place)
            return problem and replace(problem, field=f"rows.{place}")

        return name_row

    patch.wrap(schemas, "_cell_problem", vague)


@defect("SED-05")
def the_last_row_of_a_day_counts(patch: Patch) -> None:
    """A day may be in the sheet twice; the last row counts."""
    patch.replace(schemas, "_repeated_day_problems", lambda found: iter(()))


@defect("SED-05", part="SED-05.row_errors")
def formulas_are_what_they_come_to_or_nothing(patch: Patch) -> None:
    """A formula without a stored value is read as 0."""
    patch.wrap(schemas, "_parse_row", lambda read: lambda place, row, *rest: read(place, _formulas_as_zero(row), *rest))


@defect("SED-05")
def further_columns_are_passed_over(patch: Patch) -> None:
    """Unknown columns are ignored instead of rejected."""

    def known(problems: Any) -> Any:
        return lambda columns: (problem for problem in problems(columns) if problem.code != "unknown")

    patch.wrap(schemas, "_column_problems", known)


@defect("SED-05", part="SED-05.row_errors")
def dates_of_a_workbook_are_read_loosely(patch: Patch) -> None:
    """A date in a workbook may also be written as 03.08.2026."""

    def german(day: Any) -> Any:
        def read(cell: str) -> Any:
            parts = cell.split(".")
            return day("-".join(reversed(parts)) if len(parts) == 3 else cell)

        return read

    patch.replace(schemas, "CELL_CHECKS", {**schemas.CELL_CHECKS, "date": german(schemas.CELL_CHECKS["date"])})
    patch.wrap(
        schemas,
        "_parse_row",
        lambda read: lambda place, row, *rest: read(place, [_reverse_date_parts(cell) for cell in row], *rest),
    )


@defect("SED-05")
def half_an_order_is_rounded(patch: Patch) -> None:
    """A fractional number of orders is rounded instead of rejected."""
    patch.wrap(
        schemas,
        "_parse_row",
        lambda read: lambda place, row, *rest: read(place, [_truncate_halves(cell) for cell in row], *rest),
    )


@defect("SED-05")
def a_difference_may_be_rounded(patch: Patch) -> None:
    """A difference with too many digits for a JSON number is accepted, and rounded when it is read."""
    patch.replace(formats, "is_exact_as_double", lambda amount: True)


@defect("SED-05")
def a_sheet_may_have_any_number_of_rows(patch: Patch) -> None:
    """The number of rows in a sheet is not limited."""
    patch.replace(schemas, "MAX_ROWS", 100_000)


@defect("SED-05")
def a_sheet_of_the_most_rows_is_too_long(patch: Patch) -> None:
    """A sheet with the maximum number of rows, 4,000, is rejected."""
    patch.replace(schemas, "MAX_ROWS", rules.MAX_ROWS - 1)


@defect("SED-05")
def any_text_is_a_sheet(patch: Patch) -> None:
    """The content type is ignored: a body that is not a workbook is read as CSV."""

    def lenient(named: Any) -> Any:
        return lambda kind, kinds: named(kind, kinds) or (CSV if CSV in kinds else None)

    patch.wrap(media_types, "match_media_type", lenient)


@defect("SED-05", "ERR-03")
def a_broken_workbook_breaks_the_server(patch: Patch) -> None:
    """A file that is not a valid workbook raises an error in the server."""
    patch.replace(spreadsheets, "WORKBOOK_ERRORS", (PydanticCustomError,))


@defect("SED-05")
def a_broken_workbook_has_no_rows(patch: Patch) -> None:
    """A file that is not a valid workbook is read as a sheet without rows."""

    def empty(read: Any) -> Any:
        def rows(file: File, most: int) -> Any:
            try:
                return read(file, most)
            except InvalidRequestError:
                return [list(schemas.COLUMNS)]

        return rows

    patch.wrap(spreadsheets, "parse_sheet", empty)


def _formulas_as_zero(row: Any) -> list[str]:
    return ["0" if cell.startswith("=") else cell for cell in row]


def _reverse_date_parts(cell: str) -> str:
    parts = cell.split(".")
    return "-".join(reversed(parts)) if len(parts) == 3 else cell


def _truncate_halves(cell: str) -> str:
    return cell.partition(".")[0] if cell.endswith(".5") else cell
