"""Checks the columns and cells of uploaded spreadsheets."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from mock_server.domain import formats
from mock_server.domain.errors import Problem
from mock_server.platform_api.schemas.campaign_results import MAX_AMOUNT, MAX_COUNT

MAX_DECIMAL_PLACES = 340
"""The maximum number of decimal places of an amount that a JSON number represents without rounding (BASE-14)."""
CellProblem: TypeAlias = tuple[str, str]
"""The error code and the message for an invalid cell."""
NO_CELL_PROBLEM: CellProblem = ("", "")
UNITS_PER_ROW = 100
"""How many units of work (`domain/pieces.py`) it takes to check a row."""
CellCheck: TypeAlias = Callable[[str], CellProblem]


def find_column_problems(
    columns: Sequence[str], required: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[Problem]:
    """Yield the problems of the names in the first row."""
    expected = ", ".join(required)
    for name in (*required, *(name for name in optional if name in columns)):
        if columns.count(name) != 1:
            code = "duplicate" if name in columns else "required"
            yield Problem(code, name, f"the first row must contain each of these column names once: {expected}")
    known = ", ".join((*required, *optional))
    for name in dict.fromkeys(columns):
        if name not in required and name not in optional:
            message = f"unknown column {name}" if name else "a column has no name"
            yield Problem("unknown", name or "rows", f"{message}; the columns are: {known}")


def cells_by_column(row: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Return the cells of a row by the names of their columns. Cells that the row lacks are empty."""
    return dict(zip(columns, [*row, *[""] * (len(columns) - len(row))], strict=True))


def find_cell_problem(cell: str, check: CellCheck) -> CellProblem:
    """Return the problem of a cell that must not be empty."""
    if not cell:
        return "required", "the cell is empty"
    if cell.startswith("="):
        return "formula", "the cell contains a formula; replace it with its value"
    return check(cell)


def check_day(cell: str) -> CellProblem:
    """Check that the cell is a calendar day."""
    try:
        formats.parse_day(cell)
    except ValueError:
        return "type", "must be a calendar day such as 2026-09-30"
    return NO_CELL_PROBLEM


def check_count(cell: str) -> CellProblem:
    """Check that the cell is an integer of at most 32 bits."""
    try:
        purchases = formats.parse_integer(cell)
    except ValueError:
        return "type", "must be an integer such as 12"
    if not -MAX_COUNT <= purchases <= MAX_COUNT:
        return "range", f"must be between {-MAX_COUNT} and {MAX_COUNT}"
    return NO_CELL_PROBLEM


def check_amount(cell: str) -> CellProblem:
    """Check that the cell is an amount. A later check ensures that a JSON number can hold it exactly."""
    try:
        revenue = formats.parse_amount(cell)
    except ValueError:
        return "type", "must be a number such as 540.5"
    exponent = revenue.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MAX_DECIMAL_PLACES:
        return "digits", "has more digits than a JSON number can hold"
    if not -MAX_AMOUNT < revenue < MAX_AMOUNT:
        return "range", f"must be greater than {-MAX_AMOUNT} and less than {MAX_AMOUNT}"
    return NO_CELL_PROBLEM
