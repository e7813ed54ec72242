"""Parses and builds the files of sales edit: CSV and XLSX."""

import csv
import io
from collections.abc import Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("date", "purchases", "revenue")
Cells = list[str]


def parse_csv(content: bytes) -> list[Cells]:
    """Parse the rows of a CSV file. All cells are strings."""
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def build_csv(*rows: Sequence[object], columns: Sequence[str] = COLUMNS) -> bytes:
    """Build a CSV file: a row of column names, then these rows."""
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue().encode()


def parse_xlsx(content: bytes) -> list[list[Any]]:
    """Parse the cells of a workbook's first sheet, as numbers and strings."""
    from openpyxl import load_workbook

    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]


def build_xlsx(*rows: Sequence[Any], columns: Sequence[str] = COLUMNS) -> bytes:
    """Build a workbook whose first sheet contains a row of column names, then these rows."""
    from openpyxl import Workbook

    workbook, buffer = Workbook(), io.BytesIO()
    for row in (columns, *rows):
        workbook.worksheets[0].append(list(row))
    workbook.create_sheet("notes").append(["not part of the upload"])
    workbook.save(buffer)
    return buffer.getvalue()


def build_zip_bomb(size: int) -> bytes:
    """Build a small ZIP file that unpacks to this size in bytes."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return buffer.getvalue()
