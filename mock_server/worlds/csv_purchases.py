"""Reads `purchases.csv` into columns, some hundred thousand characters at a time.

This reader accepts valid files only, and is fast because of that:

- It cuts all cells of a block of lines with one `split`. From the first block with a quote or an empty line on,
  it reads the file with `csv.reader`.
- It looks up most cells in tables of the cells that it has already parsed.
- It packs each row into a few bytes, whose order is that of the rows. To sort an event's rows, it sorts the bytes.

It reports no problems. If a file is invalid, it returns None, and `csv_files.read` reads the file again with
`csv_table.load`, which reports every problem.
"""

import csv
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from io import SEEK_CUR, TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from struct import iter_unpack
from typing import Any, BinaryIO, TypeAlias

from typing_extensions import Buffer

from mock_server.domain import formats, text_encoding
from mock_server.domain.models import Customer, Event
from mock_server.domain.purchase_columns import CREDIT_TRIPLES, Columns, IntArray, PurchaseColumns, to_seconds
from mock_server.worlds.csv_cells import MONEY, POSITIVE_COUNT
from mock_server.worlds.csv_columns import CREDIT, PURCHASES

BLOCK_BYTES = 1 << 16
"""How much is split at once: the cells of a block fit into a processor's cache."""
BATCH_ROWS = 1024
ROW_WORDS = 7
ROW_BYTES = 4 * ROW_WORDS
"""A packed row: its time as 8 bytes and its number as 4 bytes, both big-endian, so that rows are sorted like their
bytes. The codes of its buyer, tickets, amount and credits follow as 4 bytes each, in the machine's order."""
TIME_OF_ROW = f">Q{ROW_BYTES - 8}x"
TIMESTAMP_LENGTH = len("2026-11-23T09:00:00Z")
FIRST_SECOND = to_seconds(formats.parse_timestamp("0001-01-01T00:00:00Z"))
"""The earliest time. Packed times are counted from it, so they are not negative."""
Cells: TypeAlias = Mapping[str, Sequence[str]]
"""The cells of some rows by column."""


def read_sales(
    path: Path, events: Mapping[str, Event], customers: Mapping[str, Customer]
) -> dict[str, PurchaseColumns] | None:
    """Return the purchases by event, or None if the file is missing or anything in it is invalid.

    Each event's purchases are sorted by time. Purchases with equal times keep the order of the file.
    """
    rows = PackedRows(events, customers)
    try:
        with path.open("rb") as file:
            for cells in _read_file(file):
                rows.add(cells)
    except (OSError, ValueError, KeyError, csv.Error):
        return None
    return rows.group_by_event()


def _read_file(file: BinaryIO) -> Iterator[Cells]:
    """Yield the cells of the file in parts. Raises ValueError or csv.Error if it is not a table of the columns."""
    start = file.read(4)
    if text_encoding.find_foreign_encoding(start) is not None:
        raise ValueError(start)
    file.seek(len(start) - len(text_encoding.strip_byte_order_mark(start)))
    header = _read_header(file)
    if header is not None:
        yield from _read_plain_blocks(file, header)
    with TextIOWrapper(file, encoding="utf-8", newline="") as text:
        reader = csv.reader(text, strict=True)
        yield from _read_batches(reader, header or _require_columns(next(reader, [])))


def _read_header(file: BinaryIO) -> list[str] | None:
    """Read the header. Return None, and read nothing, if only `csv.reader` can read it."""
    content = file.readline()
    line = _to_plain_text(content)
    if line is None:
        file.seek(-len(content), SEEK_CUR)
        return None
    return _require_columns(line.rstrip("\n").split(","))


def _require_columns(header: list[str]) -> list[str]:
    if sorted(header) != sorted(column.name for column in PURCHASES.columns):
        raise ValueError(header)
    return header


def _read_plain_blocks(file: BinaryIO, header: list[str]) -> Iterator[Cells]:
    """Yield the cells of the file in blocks of lines, up to a block that only `csv.reader` can read."""
    while content := file.read(BLOCK_BYTES) + file.readline():
        cells = _split_block(_to_plain_text(content), header)
        if cells is None:
            file.seek(-len(content), SEEK_CUR)
            return
        yield cells


def _to_plain_text(lines: bytes) -> str | None:
    """Decode lines, and end each of them with a line feed. Return None if quotes decide where cells or lines end."""
    text = lines.decode()
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if '"' in text or "\r" in text:
        return None
    return text if text.endswith("\n") else f"{text}\n"


def _split_block(block: str | None, header: list[str]) -> Cells | None:
    """Return the cells of a block of lines. Return None if it is not plain text, or not all lines have all cells.

    The end of each line is kept as a cell, so that one `split` shows how many cells each line has.
    """
    width = len(header) + 1
    cells = [] if block is None else block.replace("\n", ",\n,").split(",")[:-1]
    ends = cells[len(header) :: width]
    if not ends or len(cells) != width * len(ends) or ends.count("\n") != len(ends):
        return None
    return {name: cells[place::width] for place, name in enumerate(header)}


def _read_batches(reader: Any, header: list[str]) -> Iterator[Cells]:
    """Yield the cells of the rows, without empty lines. Raises ValueError for a row with another number of cells."""
    while batch := list(islice(reader, BATCH_ROWS)):
        widths = set(map(len, batch))
        if not widths <= {0, len(header)}:
            raise ValueError(widths)
        if filled := [cells for cells in batch if cells] if 0 in widths else batch:
            yield dict(zip(header, zip(*filled, strict=True), strict=True))


class ParsedCells(dict[Any, int]):
    """The values of cells that have been parsed. An invalid cell raises ValueError."""

    def __init__(self, parse: Callable[[Any], int]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, cell: Any) -> int:
        value = self[cell] = self._parse(cell)
        return value


class PackedRows:
    """The rows of the file by event, in its order. Ids, amounts and credits are stored as numbers."""

    def __init__(self, events: Mapping[str, Event], customers: Mapping[str, Customer]) -> None:
        self._events, self._customers = events, list(customers.values())
        self._customer_ids, self._codes = list(customers), list(range(len(customers)))
        self._customer_codes = dict(zip(self._customer_ids, self._codes, strict=True))
        self._amount_values: list[Decimal] = []
        self._rows = {event_id: bytearray() for event_id in events}
        self._count = 0
        self._parsed_counts = ParsedCells(POSITIVE_COUNT.parse)
        self._parsed_amounts = ParsedCells(self._parse_amount)
        self._parsed_credits = ParsedCells(_parse_credits)
        self._times = ParsedTimes()

    def add(self, cells: Cells) -> None:
        """Add rows. Raises ValueError or KeyError if a cell is invalid."""
        packed = _pack(
            self._count,
            self._times.parse(cells["at"]),
            (
                map(self._customer_codes.__getitem__, cells["customer_id"]),
                map(self._parsed_counts.__getitem__, cells["tickets"]),
                map(self._parsed_amounts.__getitem__, cells["revenue"]),
                map(self._parsed_credits.__getitem__, zip(cells["fd"], cells["meta"], cells["external"], strict=True)),
            ),
        )
        self._count += len(cells["at"])
        for rows, row in zip(map(self._rows.__getitem__, cells["event_id"]), _split_rows(packed), strict=True):
            rows += row

    def group_by_event(self) -> dict[str, PurchaseColumns] | None:
        """Return the purchases of each event that has any, sorted by time, and numbered event by event.

        Return None if a purchase's event and customer belong to different partners.
        """
        sales, first_number = {}, 1
        for event_id, rows in self._rows.items():
            if rows:
                columns = self._build_columns(event_id, rows, first_number)
                if not self._has_one_partner(columns):
                    return None
                sales[event_id] = PurchaseColumns(columns)
                first_number += len(columns.seconds)
        return sales

    def _build_columns(self, event_id: str, rows: bytearray, first_number: int) -> Columns:
        packed = b"".join(sorted(_split_rows(rows)))
        words = array("I", packed)
        buyers, tickets, amounts, credit_codes = (words[place::ROW_WORDS] for place in range(3, ROW_WORDS))
        return Columns(
            event_id,
            first_number,
            tuple(map(self._codes.__getitem__, buyers)),
            array("q", [second + FIRST_SECOND for (second,) in iter_unpack(TIME_OF_ROW, packed)]),
            tickets,
            amounts,
            bytes(credit_codes.tolist()),
            self._customer_ids,
            self._amount_values,
        )

    def _has_one_partner(self, columns: Columns) -> bool:
        partner_ids = {self._customers[code].partner_id for code in set(columns.buyers)}
        return partner_ids == {self._events[columns.event_id].partner_id}

    def _parse_amount(self, cell: str) -> int:
        self._amount_values.append(MONEY.parse(cell))
        return len(self._amount_values) - 1


class ParsedTimes:
    """The times of cells in seconds from FIRST_SECOND, looked up by hour, minute and second."""

    def __init__(self) -> None:
        self._hours = ParsedCells(_parse_hour)
        self._minutes = {f"{minute:02}": 60 * minute for minute in range(60)}
        self._seconds = {f"{second:02}Z": second for second in range(60)}

    def parse(self, cells: Sequence[str]) -> list[int]:
        """Return the times of cells. Raises ValueError or KeyError if a cell is not a timestamp."""
        if not set(map(len, cells)) <= {TIMESTAMP_LENGTH}:
            raise ValueError(cells)
        parts = ":".join(cells).split(":")
        hours = map(self._hours.__getitem__, parts[0::3])
        minutes = map(self._minutes.__getitem__, parts[1::3])
        seconds = map(self._seconds.__getitem__, parts[2::3])
        return [hour + minute + second for hour, minute, second in zip(hours, minutes, seconds, strict=True)]


def _parse_hour(cell: str) -> int:
    """Parse the part of a timestamp before the minutes. Its last second is parsed, so that the hour 24 is refused."""
    return to_seconds(formats.parse_timestamp(f"{cell}:59:59Z")) - 3599 - FIRST_SECOND


def _parse_credits(cells: tuple[str, str, str]) -> int:
    return CREDIT_TRIPLES.index(tuple(map(CREDIT.parse, cells)))


def _pack(first_number: int, seconds: Sequence[int], codes: Iterable[Iterable[int]]) -> IntArray:
    """Return rows as bytes, as ROW_BYTES describes."""
    times, numbers = array("Q", seconds), array("I", range(first_number, first_number + len(seconds)))
    if sys.byteorder == "little":
        times.byteswap()
        numbers.byteswap()
    halves = array("I", times.tobytes())
    packed = array("I", bytes(ROW_BYTES * len(seconds)))
    for place, column in enumerate((halves[0::2], halves[1::2], numbers, *(array("I", list(each)) for each in codes))):
        packed[place::ROW_WORDS] = column
    return packed


def _split_rows(packed: Buffer) -> Iterator[bytes]:
    return chain.from_iterable(iter_unpack(f"{ROW_BYTES}s", packed))
