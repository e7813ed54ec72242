"""Format of the sales spreadsheet: its columns, its cell values, and the errors of an invalid file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from typing_extensions import TypedDict

from mock_server.domain import formats
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.domain.sales import EXACT, SalesTotal
from mock_server.domain.sales_edit import MAX_ROWS, StatedDay, StatedSheet
from mock_server.http.error_body import ValidationErrorEntry, validation_error_entries
from mock_server.http.fields import ClosedModel, Count, Text, closed
from mock_server.http.media_types import File, name_download
from mock_server.operations.sales_edit import UploadResult
from mock_server.platform_api.schemas import sheet_cells
from mock_server.platform_api.schemas.sheet_cells import UNITS_PER_ROW, CellCheck

if TYPE_CHECKING:
    from mock_server.http.spreadsheets import OutputRow

Format: TypeAlias = Literal["xlsx", "csv"]
COLUMNS = ("date", "purchases", "revenue")


class ExportQuery(ClosedModel):
    """Query that exports an event's sales. See: SED-01."""

    event_id: Text
    format: Format = "xlsx"


class UploadQuery(ClosedModel):
    """Query that uploads a sales spreadsheet. See: SED-03."""

    event_id: Text


@closed
class UploadedBody(TypedDict):
    """Response body of an upload. See: SED-03, SED-05."""

    changed: Count
    validation_errors: list[ValidationErrorEntry]


def build_sales_sheet(days: Mapping[date, SalesTotal], query: ExportQuery, now: datetime) -> File:
    """Build the spreadsheet file: a header row, then one row for each day.

    See: SED-02.
    Implements: SED-01.
    """
    day_rows = ((day.isoformat(), total.purchases, _strip_trailing_zeros(total.revenue)) for day, total in days.items())
    from mock_server.http import spreadsheets as sheets

    rows: list[OutputRow] = [COLUMNS, *day_rows]
    name = name_download("sales", query.event_id)
    return sheets.to_csv(rows, name) if query.format == "csv" else sheets.to_xlsx(rows, name, now)


def uploaded_body(result: UploadResult) -> UploadedBody:
    """Build the response body of an upload. See: SED-03, SED-05."""
    return {"changed": result.changed, "validation_errors": validation_error_entries(result.problems)}


@in_pieces
def parse_sales_sheet(file: File) -> Steps[StatedSheet]:
    """Parse an uploaded spreadsheet into one record for each valid row, with the problems of the others.

    Raises InvalidRequestError if the file cannot be read, or its columns are wrong.

    See: SED-03.
    Implements: SED-05.
    """
    from mock_server.http import spreadsheets as sheets

    rows = yield from steps_of(sheets.parse_sheet, file, MAX_ROWS)
    columns = rows[0] if rows else []
    if column_problems := list(_column_problems(columns)):
        raise InvalidRequestError(*column_problems)
    stated_days: list[StatedDay] = []
    problems: list[Problem] = []
    for index, row in enumerate(rows[1:]):
        if any(row):
            problems += _parse_row(index, row, columns, stated_days)
        yield UNITS_PER_ROW
    problems += _repeated_day_problems(stated_days)
    return StatedSheet(tuple(stated_days), tuple(problems))


def _strip_trailing_zeros(amount: Decimal) -> Decimal:
    """Remove trailing zeros after the decimal point."""
    shortest = amount.normalize(EXACT)
    return shortest if shortest else Decimal(0)


def _column_problems(columns: Sequence[str]) -> Iterator[Problem]:
    return sheet_cells.find_column_problems(columns, COLUMNS)


def _parse_row(index: int, row: Sequence[str], columns: Sequence[str], stated_days: list[StatedDay]) -> list[Problem]:
    """Append the row to `stated_days` if it is valid, and return its problems."""
    if len(row) > len(columns):
        return [Problem("length", f"rows.{index}", f"line {index + 2} contains more cells than the first row")]
    cells = sheet_cells.cells_by_column(row, columns)
    problems = [problem for name in COLUMNS if (problem := _cell_problem(name, cells[name], index)) is not None]
    if not problems:
        day, purchases = formats.parse_day(cells["date"]), formats.parse_integer(cells["purchases"])
        stated_days.append(StatedDay(index, day, purchases, formats.parse_amount(cells["revenue"])))
    return problems


def _cell_problem(name: str, cell: str, index: int) -> Problem | None:
    """Check a cell, and return its problem or None."""
    code, message = sheet_cells.find_cell_problem(cell, CELL_CHECKS[name])
    return Problem(code, f"rows.{index}.{name}", f"line {index + 2}, {name}: {message}") if code else None


CELL_CHECKS: Mapping[str, CellCheck] = {
    "date": sheet_cells.check_day,
    "purchases": sheet_cells.check_count,
    "revenue": sheet_cells.check_amount,
}


def _repeated_day_problems(stated_days: Sequence[StatedDay]) -> Iterator[Problem]:
    """Yield a problem for each row whose day also occurs in an earlier row."""
    seen_days: set[date] = set()
    for row in stated_days:
        if row.date in seen_days:
            message = f"line {row.row_index + 2}, date: {row.date.isoformat()} is already in an earlier line"
            yield Problem("duplicate", f"rows.{row.row_index}.date", message)
        seen_days.add(row.date)
