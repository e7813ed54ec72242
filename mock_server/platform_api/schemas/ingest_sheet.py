"""Format of a spreadsheet with a transaction summary: its columns, and the values of its cells."""

import re
from collections.abc import Iterator, Mapping, Sequence

from mock_server.domain import formats
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.ingest import Entry
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.http.fields import TEXT_PATTERN, ClosedModel, Text
from mock_server.http.media_types import File
from mock_server.operations.ingest import SheetRow, TicketsSheet
from mock_server.platform_api.schemas import sheet_cells
from mock_server.platform_api.schemas.ingest import MAX_ENTRIES, MAX_TYPE_LENGTH
from mock_server.platform_api.schemas.sheet_cells import NO_CELL_PROBLEM, UNITS_PER_ROW, CellCheck, CellProblem

COLUMNS = ("type", "sold", "revenue")
PERIOD_COLUMNS = ("from", "to")


class SheetQuery(ClosedModel):
    """Query that imports a transaction summary from a spreadsheet. See: ING-07."""

    eid: Text


@in_pieces
def parse_tickets_sheet(file: File) -> Steps[TicketsSheet]:
    """Parse an uploaded spreadsheet into one record for each valid row, with the problems of the invalid rows.

    Raises InvalidRequestError if the file cannot be read, if its columns are wrong, or if it contains no row.

    Implements: ING-07.
    """
    from mock_server.http import spreadsheets as sheets

    rows = yield from steps_of(sheets.parse_sheet, file, MAX_ENTRIES)
    columns = rows[0] if rows else []
    if problems := list(_find_column_problems(columns)):
        raise InvalidRequestError(*problems)
    if not any(any(row) for row in rows[1:]):
        raise InvalidRequestError(Problem("length", "rows", "the sheet contains no row below the first"))
    found: list[SheetRow] = []
    for index, row in enumerate(rows[1:]):
        if any(row):
            problems += _parse_row(index, row, columns, found)
        yield UNITS_PER_ROW
    return TicketsSheet(tuple(found), tuple(problems))


def _find_column_problems(columns: Sequence[str]) -> Iterator[Problem]:
    """Yield the problems of the first row. It must contain either both columns of the period or neither."""
    has_period = any(name in columns for name in PERIOD_COLUMNS)
    required = (*COLUMNS, *PERIOD_COLUMNS) if has_period else COLUMNS
    return sheet_cells.find_column_problems(columns, required, PERIOD_COLUMNS)


def _parse_row(index: int, row: Sequence[str], columns: Sequence[str], found: list[SheetRow]) -> list[Problem]:
    """Append the row to `found` if its cells are valid, and return its problems."""
    if len(row) > len(columns):
        return [Problem("length", f"tickets.{index}", f"line {index + 2} contains more cells than the first row")]
    cells = sheet_cells.cells_by_column(row, columns)
    has_period = any(cells.get(name) for name in PERIOD_COLUMNS)
    names = (*COLUMNS, *PERIOD_COLUMNS) if has_period else COLUMNS
    problems = [problem for name in names if (problem := _find_cell_problem(name, cells[name], index)) is not None]
    if not problems:
        first, last = (formats.parse_day(cells[name]) if has_period else None for name in PERIOD_COLUMNS)
        sold, revenue = formats.parse_integer(cells["sold"]), formats.parse_amount(cells["revenue"])
        found.append(SheetRow(Entry(index, cells["type"], sold, revenue), first, last))
    return problems


def _find_cell_problem(name: str, cell: str, index: int) -> Problem | None:
    code, message = sheet_cells.find_cell_problem(cell, CELL_CHECKS[name])
    return Problem(code, f"tickets.{index}.{name}", f"line {index + 2}, {name}: {message}") if code else None


def _check_type(cell: str) -> CellProblem:
    if len(cell) > MAX_TYPE_LENGTH:
        return "length", f"must have at most {MAX_TYPE_LENGTH} characters"
    if not re.fullmatch(TEXT_PATTERN, cell):
        return "characters", "contains characters that are not allowed"
    return NO_CELL_PROBLEM


def _check_exact_amount(cell: str) -> CellProblem:
    code, message = sheet_cells.check_amount(cell)
    if not code and not formats.is_exact_as_double(formats.parse_amount(cell)):
        return "digits", "has more digits than a JSON number can hold"
    return code, message


CELL_CHECKS: Mapping[str, CellCheck] = {
    "type": _check_type,
    "sold": sheet_cells.check_count,
    "revenue": _check_exact_amount,
    "from": sheet_cells.check_day,
    "to": sheet_cells.check_day,
}
