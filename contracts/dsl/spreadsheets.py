"""Sheets as a partner has them: read from what is exported, written to be uploaded."""

import csv
import io
from collections.abc import Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("date", "purchases", "revenue")
Cells = list[str]


def parse_csv(content: bytes) -> list[Cells]:
    """The rows of a CSV file, as they are written."""
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def build_csv(*rows: Sequence[object], columns: Sequence[str] = COLUMNS) -> bytes:
    """A CSV file of these rows below the columns' names."""
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue().encode()


def parse_xlsx(content: bytes) -> list[list[Any]]:
    """The cells of a workbook's first sheet, as numbers and texts."""
    from openpyxl import load_workbook

    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]


def build_xlsx(*rows: Sequence[Any], columns: Sequence[str] = COLUMNS) -> bytes:
    """A workbook whose first sheet has these rows below the columns' names."""
    from openpyxl import Workbook

    workbook, buffer = Workbook(), io.BytesIO()
    for row in (columns, *rows):
        workbook.worksheets[0].append(list(row))
    workbook.create_sheet("notes").append(["of no concern"])
    workbook.save(buffer)
    return buffer.getvalue()


def build_zip_bomb(size: int) -> bytes:
    """A ZIP file that is small, and of this size once it is unpacked."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return buffer.getvalue()
