"""Reads one file of a CSV world into columns, and collects its problems."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mock_server.domain import text_encoding
from mock_server.worlds.csv_columns import Column, CsvSchema

MAX_PROBLEMS_SHOWN = 20
MAX_VALUE_LENGTH = 60
MISSING_CELL = ""
"""The cell of a column that is missing in the header."""


@dataclass(slots=True)
class CsvTable:
    """The values of a file.

    `lines` contains the line number of each row, and `columns` a list of values for each column.

    An invalid cell is None. `has_valid_keys` is true if each row has a valid and unique key; otherwise, references to
    this file cannot be checked. A problem is a line number, 0 for the whole file, and a message.
    """

    schema: CsvSchema
    lines: list[int] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    has_valid_keys: bool = True
    problems: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def empty(cls, schema: CsvSchema) -> "CsvTable":
        """Return a table without rows."""
        return cls(schema, columns={column.name: [] for column in schema.columns})

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dict of values by column."""
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(self.columns, values, strict=True))

    def add_problem(self, line: int, column: str | None, message: str, value: str | None = None) -> None:
        """Add a problem of a line, or of the cell in a column. `value` is the cell to show."""
        shown = "" if value is None else f" ({_format_value(value)})"
        self.problems.append((line, f"{'' if column is None else column + ': '}{message}{shown}"))

    def format_problems(self) -> list[str]:
        """Return a line for each problem, in the file's order: `file:line: column: message (value)`."""
        file = self.schema.file
        ordered = sorted(self.problems, key=lambda problem: problem[0])
        shown = [f"{file}:{line}: {text}" if line else f"{file}: {text}" for line, text in ordered[:MAX_PROBLEMS_SHOWN]]
        omitted = len(ordered) - MAX_PROBLEMS_SHOWN
        return [*shown, f"{file}: and {omitted} more problems"] if omitted > 0 else shown


def load(folder: Path, schema: CsvSchema) -> CsvTable:
    """Read a file of a folder. The returned table contains the file's problems, except for invalid references."""
    table = CsvTable.empty(schema)
    text = _read_text(table, folder / schema.file)
    if text is None:
        table.has_valid_keys = False
        return table
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if _is_header_valid(table, header):
            _read_rows(table, header, reader)
        else:
            table.has_valid_keys = False
    except csv.Error as error:
        table.has_valid_keys = False
        table.add_problem(reader.line_num, None, f"is not CSV: {error}")
    _check_repeated_keys(table)
    return table


def _read_text(table: CsvTable, path: Path) -> str | None:
    try:
        content = path.read_bytes()
        encoding = text_encoding.find_foreign_encoding(content)
        if encoding is None:
            return text_encoding.strip_byte_order_mark(content).decode()
        table.add_problem(1, None, f"is in {encoding}; save it as UTF-8")
    except FileNotFoundError:
        table.add_problem(0, None, "the file is missing")
    except OSError as error:
        table.add_problem(0, None, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        table.add_problem(line, None, f"is not UTF-8: {error.reason}")
    return None


def _is_header_valid(table: CsvTable, header: list[str]) -> bool:
    columns = {column.name: column for column in table.schema.columns}
    for name in dict.fromkeys(header):
        if name not in columns:
            table.add_problem(1, _format_value(name), f"unknown column; the columns are {', '.join(columns)}")
        elif header.count(name) > 1:
            table.add_problem(1, name, "the column occurs more than once")
    for column in table.schema.columns:
        if column.required and column.name not in header:
            table.add_problem(1, column.name, "the column is missing")
    return not table.problems


def _read_rows(table: CsvTable, header: list[str], reader: Any) -> None:
    indexes = {name: index for index, name in enumerate(header)}
    column_indexes = [(column, indexes.get(column.name, len(header))) for column in table.schema.columns]
    line = reader.line_num + 1
    for cells in reader:
        if len(cells) == len(header):
            _read_row(table, column_indexes, line, [*cells, MISSING_CELL])
        elif cells:
            table.has_valid_keys = False
            table.add_problem(line, None, f"has {_format_cell_count(len(cells))}; the header has {len(header)}")
        line = reader.line_num + 1


def _read_row(table: CsvTable, column_indexes: list[tuple[Column, int]], line: int, cells: list[str]) -> None:
    table.lines.append(line)
    for column, index in column_indexes:
        cell, value = cells[index], None
        if cell == "":
            value = column.default
            if column.required:
                table.add_problem(line, column.name, "must not be empty")
        else:
            try:
                value = column.cell_type.parse(cell)
            except ValueError:
                table.add_problem(line, column.name, f"must be {column.cell_type.description.replace('`', '')}", cell)
        table.columns[column.name].append(value)


def _check_repeated_keys(table: CsvTable) -> None:
    key = table.schema.key
    if key is None:
        return
    first_lines: dict[str, int] = {}
    for line, value in zip(table.lines, table.columns[key], strict=True):
        if value is None:
            table.has_valid_keys = False
        elif first_lines.setdefault(value, line) != line:
            table.has_valid_keys = False
            table.add_problem(line, key, f"already used on line {first_lines[value]}", value)


def _format_cell_count(number: int) -> str:
    return f"{number} cell" if number == 1 else f"{number} cells"


def _format_value(value: str) -> str:
    """Quote a value in one line, with at most `MAX_VALUE_LENGTH` characters."""
    return repr(value if len(value) <= MAX_VALUE_LENGTH else f"{value[:MAX_VALUE_LENGTH]}…")
