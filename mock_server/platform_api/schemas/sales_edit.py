"""The sheet of an event's sales on the wire: its columns, what its cells may hold, and what is wrong with one."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.domain.sales import EXACT, Takings
from mock_server.domain.sales_edit import MOST_ROWS, StatedDay
from mock_server.http.fields import JSON_INTEGER, JSON_NUMBER, Closed, Count, Text, closed, day
from mock_server.http.media_types import File
from mock_server.platform_api.schemas.campaign_results import MOST, MOST_ORDERS

if TYPE_CHECKING:
    from mock_server.http.spreadsheets import Cells

Format: TypeAlias = Literal["xlsx", "csv"]
COLUMNS = ("date", "purchases", "revenue")
MOST_PLACES = 340
"""The decimal places of the longest amount that a JSON number carries (BASE-14)."""
UNSAFE_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
Verdict: TypeAlias = tuple[str, str]
"""The code and the words of what is wrong with a cell."""
FINE: Verdict = ("", "")


class ExportQuery(Closed):
    """Rule: SED-01."""

    event_id: Text
    format: Format = "xlsx"


class UploadQuery(Closed):
    """Rule: SED-03."""

    event_id: Text


@closed
class UploadedBody(TypedDict):
    """Rule: SED-03."""

    changed: Count


def exported(days: Mapping[date, Takings], query: ExportQuery, now: datetime) -> File:
    """The days as a sheet, a row each below the columns' names. Rules: SED-01, SED-02."""
    shown = ((day.isoformat(), of.purchases, _shortest(of.revenue)) for day, of in days.items())
    from mock_server.http import spreadsheets as sheets

    rows: list[Cells] = [COLUMNS, *shown]
    name = f"sales_{UNSAFE_IN_A_NAME.sub('_', query.event_id)}"
    return sheets.to_csv(rows, name) if query.format == "csv" else sheets.to_xlsx(rows, name, now)


def uploaded(changed: int) -> UploadedBody:
    """The answer to an upload. Rule: SED-03."""
    return {"changed": changed}


def stated(file: File) -> list[StatedDay]:
    """What a sheet states of each day. Raises InvalidRequest, a problem for each wrong cell. Rules: SED-03, SED-05."""
    from mock_server.http import spreadsheets as sheets

    rows = sheets.read(file, MOST_ROWS)
    columns = rows[0] if rows else []
    if problems := list(_wrong_columns(columns)):
        raise InvalidRequest(*problems)
    found: list[StatedDay] = []
    for place, row in enumerate(rows[1:]):
        if any(row):
            problems += _read(place, row, columns, found)
    problems += _repeated(found)
    if problems:
        raise InvalidRequest(*problems)
    return found


def _shortest(amount: Decimal) -> Decimal:
    """The same amount without noughts at its end."""
    shortest = amount.normalize(EXACT)
    return shortest if shortest else Decimal(0)


def _wrong_columns(columns: Sequence[str]) -> Iterator[Problem]:
    expected = ", ".join(COLUMNS)
    for name in COLUMNS:
        if columns.count(name) != 1:
            code = "duplicate" if name in columns else "required"
            yield Problem(code, name, f"the first row names the columns, each once: {expected}")
    for name in dict.fromkeys(columns):
        if name not in COLUMNS:
            yield Problem("unknown", name or "rows", f"{name or 'a column without a name'} is no column: {expected}")


def _read(place: int, row: Sequence[str], columns: Sequence[str], found: list[StatedDay]) -> list[Problem]:
    """Add what the row states to `found`, or tell what is wrong with it."""
    if len(row) > len(columns):
        return [Problem("length", f"rows.{place}", f"line {place + 2} has more cells than there are columns")]
    cells = dict(zip(columns, [*row, *[""] * (len(columns) - len(row))], strict=True))
    problems = [problem for name in COLUMNS if (problem := _wrong(name, cells[name], place)) is not None]
    if not problems:
        at = date.fromisoformat(cells["date"])
        found.append(StatedDay(place, at, int(cells["purchases"]), Decimal(cells["revenue"])))
    return problems


def _wrong(name: str, cell: str, place: int) -> Problem | None:
    """What is wrong with a cell, or None."""
    if not cell:
        code, told = "required", "the cell is empty"
    elif cell.startswith("="):
        code, told = "formula", "the cell holds a formula: write down what it comes to"
    else:
        code, told = JUDGES[name](cell)
    return Problem(code, f"rows.{place}.{name}", f"line {place + 2}, {name}: {told}") if code else None


def _wrong_date(cell: str) -> Verdict:
    try:
        day(cell)
    except PydanticCustomError as refused:
        return "type", refused.message()
    return FINE


def _wrong_purchases(cell: str) -> Verdict:
    if not JSON_INTEGER.fullmatch(cell):
        return "type", "must be an integer such as 12"
    return FINE if -MOST_ORDERS <= int(cell) <= MOST_ORDERS else ("range", f"must be at most {MOST_ORDERS}")


def _wrong_revenue(cell: str) -> Verdict:
    if not JSON_NUMBER.fullmatch(cell):
        return "type", "must be a number such as 540.5"
    exponent = Decimal(cell).as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MOST_PLACES:
        return "digits", "has more digits than a JSON number carries"
    return FINE if -MOST < Decimal(cell) < MOST else ("range", f"must be less than {MOST}")


JUDGES: Mapping[str, Callable[[str], Verdict]] = {
    "date": _wrong_date,
    "purchases": _wrong_purchases,
    "revenue": _wrong_revenue,
}


def _repeated(found: Sequence[StatedDay]) -> Iterator[Problem]:
    """A problem for each row of a day that stands in a row before it."""
    known: set[date] = set()
    for row in found:
        if row.date in known:
            told = f"line {row.place + 2}, date: {row.date.isoformat()} stands in a line before it"
            yield Problem("duplicate", f"rows.{row.place}.date", told)
        known.add(row.date)
