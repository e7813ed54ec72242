"""One file of a world, read column by column, and what is wrong with it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mock_server.worlds.csv_columns import Column, Sheet

MOST_SHOWN = 20
LONGEST_SHOWN = 60
LEFT_OUT = ""
"""The cell of every column that the header leaves out."""


@dataclass(slots=True)
class Table:
    """A file's cells as values: `columns` by name, all as long as `lines`, the rows' places in the file.

    A cell with a problem is None. `whole` tells whether each row's key is known, and its own: where one is
    not, what refers to this file cannot be judged. A problem is a line, 0 for the file as a whole, and its text.
    """

    sheet: Sheet
    lines: list[int] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    whole: bool = True
    problems: list[tuple[int, str]] = field(default_factory=list)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each row as values by column."""
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(self.columns, values, strict=True))

    def refuse(self, line: int, column: str | None, wrong: str, value: str | None = None) -> None:
        """Note what is wrong with a line, or with one of its cells."""
        shown = "" if value is None else f" ({_shown(value)})"
        self.problems.append((line, f"{'' if column is None else column + ': '}{wrong}{shown}"))

    def report(self) -> list[str]:
        """A line for each problem, in the file's order: `file:line: column: what is wrong (the value)`."""
        file = self.sheet.file
        ordered = sorted(self.problems, key=lambda problem: problem[0])
        shown = [f"{file}:{line}: {text}" if line else f"{file}: {text}" for line, text in ordered[:MOST_SHOWN]]
        left = len(ordered) - MOST_SHOWN
        return [*shown, f"{file}: and {left} more"] if left > 0 else shown


def load(folder: Path, sheet: Sheet) -> Table:
    """Read a file of a folder; all that is wrong with it by itself is in the table's problems."""
    table = Table(sheet, columns={column.name: [] for column in sheet.columns})
    text = _decoded(table, folder / sheet.file)
    if text is None:
        table.whole = False
        return table
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if _header_is_right(table, header):
            _read_rows(table, header, reader)
        else:
            table.whole = False
    except csv.Error as error:
        table.whole = False
        table.refuse(reader.line_num, None, f"is not CSV: {error}")
    _refuse_repeated_keys(table)
    return table


def _decoded(table: Table, path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        table.refuse(0, None, "the file is missing")
    except OSError as error:
        table.refuse(0, None, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        table.refuse(line, None, f"is not UTF-8: {error.reason}")
    return None


def _header_is_right(table: Table, header: list[str]) -> bool:
    columns = {column.name: column for column in table.sheet.columns}
    for name in dict.fromkeys(header):
        if name not in columns:
            table.refuse(1, _shown(name), f"there is no such column; there are {', '.join(columns)}")
        elif header.count(name) > 1:
            table.refuse(1, name, "the column is there more than once")
    for column in table.sheet.columns:
        if column.required and column.name not in header:
            table.refuse(1, column.name, "the column is missing")
    return not table.problems


def _read_rows(table: Table, header: list[str], reader: Any) -> None:
    place = {name: index for index, name in enumerate(header)}
    wanted = [(column, place.get(column.name, len(header))) for column in table.sheet.columns]
    line = reader.line_num + 1
    for cells in reader:
        if len(cells) == len(header):
            _read_row(table, wanted, line, [*cells, LEFT_OUT])
        elif cells:
            table.whole = False
            table.refuse(line, None, f"has {_counted(len(cells))}, not {len(header)} as the header has")
        line = reader.line_num + 1


def _read_row(table: Table, wanted: list[tuple[Column, int]], line: int, cells: list[str]) -> None:
    table.lines.append(line)
    for column, index in wanted:
        cell, value = cells[index], None
        if cell == "":
            value = column.default
            if column.required:
                table.refuse(line, column.name, "must not be empty")
        else:
            try:
                value = column.kind.parse(cell)
            except ValueError:
                table.refuse(line, column.name, f"must be {column.kind.words.replace('`', '')}", cell)
        table.columns[column.name].append(value)


def _refuse_repeated_keys(table: Table) -> None:
    key = table.sheet.key
    if key is None:
        return
    first: dict[str, int] = {}
    for line, value in zip(table.lines, table.columns[key], strict=True):
        if value is None:
            table.whole = False
        elif first.setdefault(value, line) != line:
            table.whole = False
            table.refuse(line, key, f"is on line {first[value]} already", value)


def _counted(number: int) -> str:
    return f"{number} cell" if number == 1 else f"{number} cells"


def _shown(value: str) -> str:
    """In quotes, on one line whatever it holds, and cut where it is long."""
    return repr(value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…")
