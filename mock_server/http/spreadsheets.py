"""Sheets of cells as CSV and as XLSX, both ways; every cell is text here, a number in its own digits."""

import csv
import io
import warnings
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.http.media_types import CSV, XLSX, File

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell, MergedCell

Row: TypeAlias = list[str]
Cells: TypeAlias = Sequence[str | int | Decimal]
"""A row to be written."""
MOST_UNPACKED = 4 * 1024 * 1024
"""Bytes of all parts of an XLSX file together, once they are unpacked.

Seven times what the longest sheet needs: while one is read, about a second for each MiB, nobody else is served.
"""
MOST_COLUMNS = 16
LAST_ROW = 1_048_576
"""How far down spreadsheets go."""
NUMBER_DIGITS = 15
"""How many digits spreadsheets keep of a number; one with more is written as text, so that none is lost."""
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
CORE = "docProps/core.xml"
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What the library raises for a file that is not what it says it is."""


def read(file: File, most_rows: int) -> list[Row]:
    """The rows of a sheet as text, its first row among them; of a workbook the first sheet's.

    Raises InvalidRequest for what cannot be read, and for a sheet of more than `most_rows` rows below its first.
    """
    rows = _from_csv(file.content) if file.kind == CSV else _from_xlsx(file.content, most_rows + 1)
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > most_rows + 1:
        raise InvalidRequest(Problem("length", "rows", f"a sheet has at most {most_rows} rows below its first"))
    return rows


def to_csv(rows: Iterable[Cells], name: str) -> File:
    """The rows as CSV, lines ending as RFC 4180 has them."""
    text = io.StringIO()
    csv.writer(text).writerows([_plain(cell) for cell in row] for row in rows)
    return File(CSV, text.getvalue().encode(), f"{name}.csv")


def to_xlsx(rows: Iterable[Cells], name: str, now: datetime) -> File:
    """The rows as a workbook of one sheet: the same bytes for the same rows and instant."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "sales"
    for row in rows:
        sheet.append([_number_or_text(cell) for cell in row])
    return File(XLSX, _packed(book, now), f"{name}.xlsx")


def _plain(cell: str | int | Decimal) -> str:
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _number_or_text(cell: str | int | Decimal) -> str | int | float:
    if not isinstance(cell, Decimal):
        return cell
    exact = len(cell.as_tuple().digits) <= NUMBER_DIGITS and Decimal(repr(float(cell))) == cell
    return float(cell) if exact else _plain(cell)


def _packed(book: "Workbook", now: datetime) -> bytes:
    """The workbook's file, its parts dated alike, and itself dated by the workspace's clock."""
    from openpyxl.xml.functions import tostring

    written, packed = io.BytesIO(), io.BytesIO()
    book.save(written)
    book.properties.created = book.properties.modified = now.replace(tzinfo=None)
    with ZipFile(written) as source, ZipFile(packed, "w") as target:
        for part in source.namelist():
            content = tostring(book.properties.to_tree()) if part == CORE else source.read(part)
            target.writestr(ZipInfo(part, FIRST_DAY_OF_ZIP), content, ZIP_DEFLATED)
    return packed.getvalue()


def _from_csv(content: bytes) -> list[Row]:
    try:
        text = content.decode("utf-8-sig")
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except (UnicodeDecodeError, csv.Error) as malformed:
        raise InvalidRequest(Problem("csv", "body", f"the body is no CSV in UTF-8: {malformed}")) from malformed


def _from_xlsx(content: bytes, most: int) -> list[Row]:
    _require_small(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _first_sheet(content, most)
    except UNREADABLE as malformed:
        raise _no_workbook(str(malformed)) from malformed


def _first_sheet(content: bytes, most: int) -> list[Row]:
    """The first sheet's rows, up to the first that is one too many; of a gap between rows each row is the same one."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    rows: list[Row] = []
    before: object = None
    for row in book.worksheets[0].iter_rows(max_row=LAST_ROW, max_col=MOST_COLUMNS):
        if row is before and len(rows) == most:
            continue
        before, text = row, _trimmed([_text(cell) for cell in row])
        if len(rows) < most:
            rows.append(text)
        elif text:
            return [*rows, text]
    return rows


def _require_small(content: bytes) -> None:
    """Refuse a file that grows when it is unpacked: what it says of its parts is all that is read of them."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except UNREADABLE as malformed:
        raise _no_workbook(str(malformed)) from malformed
    if unpacked > MOST_UNPACKED:
        raise InvalidRequest(Problem("length", "body", f"unpacked the file has more than {MOST_UNPACKED} bytes"))


def _no_workbook(why: str) -> InvalidRequest:
    return InvalidRequest(Problem("xlsx", "body", f"the body is no XLSX workbook: {why}"))


def _trimmed(row: Row) -> Row:
    while row and not row[-1]:
        row.pop()
    return row


def _text(cell: "Cell | MergedCell") -> str:
    """A cell as CSV would have it; a formula is its own text, or a bare `=`."""
    value = cell.value
    if cell.data_type == "f":
        return value if isinstance(value, str) else "="
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value).strip()
