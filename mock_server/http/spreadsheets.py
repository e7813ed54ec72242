"""Reads and writes spreadsheets as CSV and XLSX. Every cell is read as text; numbers keep their digits."""

import csv
import io
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from mock_server.domain import formats, text_encoding
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.http.media_types import CSV, XLSX, File
from mock_server.http.workbook_limits import WorkbookLimits, provide_dimensions

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell, MergedCell

TextRow: TypeAlias = list[str]
OutputRow: TypeAlias = Sequence[str | int | Decimal]
"""A row to write."""
MAX_UNPACKED_BYTES = 4 * 1024 * 1024
"""The maximum total size of an XLSX file's XML parts when unpacked, in bytes. Pictures and other parts are not read.

The limit is seven times the size of the longest sheet.
"""
MAX_DIRECTORY_BYTES = 65_557
"""The maximum size of the list of parts in an XLSX file, which has space for 700 parts.

zipfile reads this much of the end of a file to find the list. The time in which it reads the list may be proportional
to the square of the list's size.
"""
XML_SUFFIXES = (".xml", ".rels")
PACKINGS = (ZIP_STORED, ZIP_DEFLATED)
"""The ways in which a part may be packed. Of others, zipfile unpacks more than the declared size."""
UNITS_PER_ROW, UNITS_PER_CELL = 200, 50
"""How many units of work (`domain/pieces.py`) it takes to read a row of a workbook."""
UNITS_PER_PART, BYTES_PER_UNIT = 100, 400
"""How many units of work it takes to unpack a part of a workbook, and how many bytes are a further unit."""
MAX_ROW_LENGTH = 131_072
"""The maximum number of characters in a row of a CSV file: as many as Python's parser accepts in a cell."""
CSV_UNITS_PER_ROW, CHARACTERS_PER_CSV_UNIT = 2, 20
"""How many units of work it takes to read a row of a CSV file, and how many characters are a further unit."""
MAX_COLUMNS = 16
LAST_ROW = 1_048_576
"""The last row of a spreadsheet."""
MAX_NUMBER_DIGITS = 15
"""The number of digits that spreadsheet programs keep in a number.

Longer numbers are written as text, to keep every digit.
"""
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
CORE_PROPERTIES = "docProps/core.xml"
WORKBOOK_ERRORS = (
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
"""The exceptions that openpyxl raises for a file that is not a workbook."""


@in_pieces
def parse_sheet(file: File, max_rows: int) -> Steps[list[TextRow]]:
    """Read the rows of a CSV file, or of a workbook's first sheet, as text. The first row is included.

    Raises InvalidRequestError if the file cannot be read, or contains more than `max_rows` rows below the first.
    """
    rows = yield from (_parse_csv if file.media_type == CSV else _parse_xlsx)(file, max_rows + 1)
    if len(rows) > max_rows + 1:
        raise InvalidRequestError(
            Problem("length", "rows", f"the sheet contains more than {max_rows} rows below the first")
        )
    return rows


def to_csv(rows: Iterable[OutputRow], name: str) -> File:
    """Write rows as CSV, with the line breaks of RFC 4180."""
    text = io.StringIO()
    csv.writer(text).writerows([_format_cell(cell) for cell in row] for row in rows)
    return File(CSV, text.getvalue().encode(), f"{name}.csv")


def to_xlsx(rows: Iterable[OutputRow], name: str, now: datetime) -> File:
    """Write rows as a workbook with one sheet. The same rows and time always give the same bytes."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "sales"
    for row in rows:
        sheet.append([_number_or_text(cell) for cell in row])
    return File(XLSX, _pack_workbook(book, now), f"{name}.xlsx")


def _format_cell(cell: str | int | Decimal) -> str:
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _number_or_text(cell: str | int | Decimal) -> str | int | float:
    if not isinstance(cell, Decimal):
        return cell
    exact = len(cell.as_tuple().digits) <= MAX_NUMBER_DIGITS and formats.is_exact_as_double(cell)
    return float(cell) if exact else _format_cell(cell)


def _pack_workbook(book: "Workbook", now: datetime) -> bytes:
    """Pack the workbook. The date of its ZIP entries is fixed, and its properties contain the workspace's time."""
    from openpyxl.xml.functions import tostring

    saved, packed = io.BytesIO(), io.BytesIO()
    book.save(saved)
    book.properties.created = book.properties.modified = now.replace(tzinfo=None)
    with ZipFile(saved) as source, ZipFile(packed, "w") as target:
        for part in source.namelist():
            content = tostring(book.properties.to_tree()) if part == CORE_PROPERTIES else source.read(part)
            target.writestr(ZipInfo(part, ZIP_EPOCH), content, ZIP_DEFLATED)
    return packed.getvalue()


class _CsvLines:
    """The lines of a CSV file, decoded as they are read. `row_length` is the length of those of the current row."""

    def __init__(self, content: bytes) -> None:
        self._lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
        self.row_length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.readline(MAX_ROW_LENGTH - self.row_length + 1)
        self.row_length += len(line)
        if self.row_length > MAX_ROW_LENGTH:
            raise csv.Error(f"a row is longer than {MAX_ROW_LENGTH} characters")
        if not line:
            raise StopIteration
        return line


def _parse_csv(file: File, max_rows: int) -> Steps[list[TextRow]]:
    """Read the rows of a CSV file, at most one more than `max_rows`, and at most MAX_COLUMNS + 1 cells of a row.

    Empty rows at the end are left out. A row with text only in cells that are not read is not empty.
    """
    encoding = text_encoding.find_foreign_encoding(file.content)
    if encoding is not None:
        raise InvalidRequestError(Problem("csv", file.field, f"the {file.field} is in {encoding}; send CSV in UTF-8"))
    content = text_encoding.strip_byte_order_mark(file.content)
    try:
        try:
            return (yield from _read_csv_rows(content, max_rows))
        except UnicodeDecodeError:
            content.decode()  # its error tells the position in the whole file
            raise
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequestError(
            Problem("csv", file.field, f"the {file.field} is not CSV in UTF-8: {error}")
        ) from error


def _read_csv_rows(content: bytes, max_rows: int) -> Steps[list[TextRow]]:
    rows: list[TextRow] = []
    used, lines = 0, _CsvLines(content)
    for number, row in enumerate(csv.reader(lines, strict=True)):
        yield CSV_UNITS_PER_ROW + lines.row_length // CHARACTERS_PER_CSV_UNIT
        lines.row_length = 0
        text, has_text = [cell.strip() for cell in row[: MAX_COLUMNS + 1]], any(map(str.strip, row))
        if len(rows) < max_rows:
            rows.append(text)
            used = len(rows) if has_text else used
        elif has_text:
            return [*rows, text]
        elif number >= LAST_ROW:
            raise csv.Error(f"it contains more than {LAST_ROW} rows")
    return rows[:used]


def _parse_xlsx(file: File, max_rows: int) -> Steps[list[TextRow]]:
    workbook = yield from _unpack_xml(file)
    try:
        return (yield from _read_first_sheet(workbook, max_rows))
    except WORKBOOK_ERRORS as error:
        raise _invalid_workbook_error(file, str(error)) from error


def _read_first_sheet(content: bytes, max_rows: int) -> Steps[list[TextRow]]:
    """Read the first sheet's rows, at most one more than `max_rows`.

    All empty rows in a gap are the same shared list.
    """
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    rows: list[TextRow] = []
    previous: object = None
    for row in book.worksheets[0].iter_rows(max_row=LAST_ROW, max_col=MAX_COLUMNS):
        if row is previous and len(rows) == max_rows:
            continue
        yield UNITS_PER_ROW + UNITS_PER_CELL * len(row)
        previous, text = row, _trim_empty_cells([_cell_text(cell) for cell in row])
        if len(rows) < max_rows:
            rows.append(text)
        elif text:
            return [*rows, text]
    while rows and not rows[-1]:
        rows.pop()
    return rows


class _BoundedDirectory(io.BytesIO):
    """A file whose list of parts zipfile can read only if it is short. `is_listed` is set when it has been read."""

    is_listed = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Read so many bytes. Raises BadZipFile if the list of parts is longer than MAX_DIRECTORY_BYTES."""
        if not self.is_listed and size is not None and size > MAX_DIRECTORY_BYTES:
            raise BadZipFile(f"its list of parts is larger than {MAX_DIRECTORY_BYTES} bytes")
        return super().read(size)


def _unpack_xml(file: File) -> Steps[bytes]:
    """Return a workbook of the XML parts of this one, not packed. Other parts, such as pictures, are not read.

    Raises InvalidRequestError if it is too large when unpacked, or takes long to read. The ZIP reader never unpacks
    more of a part than it is asked for, which is the declared size, if it is packed in one of PACKINGS.
    """
    unpacked = io.BytesIO()
    try:
        content = _BoundedDirectory(file.content)
        with ZipFile(content) as archive, ZipFile(unpacked, "w") as target:
            content.is_listed = True
            parts = {part.filename: part for part in archive.infolist() if part.filename.endswith(XML_SUFFIXES)}
            _require_small_parts(file, parts.values())
            limits = WorkbookLimits()
            for name, part in parts.items():
                with archive.open(part) as packed:
                    xml = provide_dimensions(packed.read(part.file_size))
                excess = limits.find_excess(xml)
                if excess is not None:
                    raise _too_long(file, excess)
                target.writestr(ZipInfo(name), xml)
                yield UNITS_PER_PART + len(xml) // BYTES_PER_UNIT
    except WORKBOOK_ERRORS as error:
        raise _invalid_workbook_error(file, str(error)) from error
    return unpacked.getvalue()


def _require_small_parts(file: File, parts: Iterable[ZipInfo]) -> None:
    if any(part.compress_type not in PACKINGS for part in parts):
        raise BadZipFile("it is packed with another method than deflate")
    if sum(max(part.file_size, part.compress_size) for part in parts) > MAX_UNPACKED_BYTES:
        raise _too_long(file, f"the unpacked file is larger than {MAX_UNPACKED_BYTES} bytes")


def _too_long(file: File, message: str) -> InvalidRequestError:
    return InvalidRequestError(Problem("length", file.field, message))


def _invalid_workbook_error(file: File, reason: str) -> InvalidRequestError:
    return InvalidRequestError(Problem("xlsx", file.field, f"the {file.field} is not an XLSX workbook: {reason}"))


def _trim_empty_cells(row: TextRow) -> TextRow:
    while row and not row[-1]:
        row.pop()
    return row


def _cell_text(cell: "Cell | MergedCell") -> str:
    """Convert a cell to text. The text of a formula is its source, or `=` if the source is not available."""
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
