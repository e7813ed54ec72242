"""Reads `purchases.csv` into columns, a few thousand rows at a time.

This reader accepts valid files only, and is fast because of that: it looks up most cells in tables of the cells that it
has already parsed. It reports no problems. If a file is invalid, it returns None, and `csv_files.read` reads the file
again with `csv_table.load`, which reports every problem.
"""

import codecs
import csv
from array import array
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

from mock_server.domain import formats, text_encoding
from mock_server.domain.models import Customer, Event
from mock_server.domain.purchase_columns import CREDIT_TRIPLES, Columns, IntArray, PurchaseColumns, to_seconds
from mock_server.worlds.csv_cells import MONEY, POSITIVE_COUNT
from mock_server.worlds.csv_columns import CREDIT, PURCHASES

BATCH_ROWS = 1024
DATE_LENGTH = len("2026-11-23T")
_LAST_DAY = "9999-12-31T"


def read_sales(
    path: Path, events: Mapping[str, Event], customers: Mapping[str, Customer]
) -> dict[str, PurchaseColumns] | None:
    """Return the purchases by event, or None if the file is missing or anything in it is invalid.

    Each event's purchases are sorted by time. Purchases with equal times keep the order of the file.
    """
    try:
        content = path.read_bytes()
        if text_encoding.find_foreign_encoding(content) is not None or not _is_utf8(content):
            return None
        rows = FileColumns(events, customers)
        rows.read(BytesIO(text_encoding.strip_byte_order_mark(content)))
    except (OSError, ValueError, KeyError, csv.Error):
        return None
    return rows.group_by_event() if rows.have_same_partners() else None


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), 1 << 20):
            decoder.decode(content[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class ParsedCells(dict[Any, int]):
    """The values of cells that have been parsed. An invalid cell raises ValueError."""

    def __init__(self, parse: Callable[[Any], int]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, cell: Any) -> int:
        value = self[cell] = self._parse(cell)
        return value


class FileColumns:
    """The columns of the file, in its order. Ids, amounts and credits are stored as numbers."""

    def __init__(self, events: Mapping[str, Event], customers: Mapping[str, Customer]) -> None:
        self._events, self._customers = list(events.values()), list(customers.values())
        self._event_codes = {event_id: code for code, event_id in enumerate(events)}
        self._customer_codes = {customer_id: code for code, customer_id in enumerate(customers)}
        self._amount_values: list[Decimal] = []
        self._rows_by_event: list[IntArray] = [array("I") for _ in events]
        self._buyers, self._tickets, self._amounts = array("I"), array("I"), array("I")
        self._seconds, self._credits = array("q"), bytearray()
        self._parsed_counts = ParsedCells(POSITIVE_COUNT.parse)
        self._parsed_amounts = ParsedCells(self._parse_amount)
        self._parsed_credits = ParsedCells(_parse_credits)
        self._parsed_days = ParsedCells(lambda day: to_seconds(formats.parse_timestamp(f"{day}00:00:00Z")))
        self._parsed_times = ParsedCells(_parse_time)

    def read(self, content: BytesIO) -> None:
        """Read the rows of a file. Raises ValueError, KeyError or csv.Error if anything is invalid."""
        with TextIOWrapper(content, encoding="utf-8", newline="") as text:
            reader = csv.reader(text, strict=True)
            header = next(reader, [])
            if sorted(header) != sorted(column.name for column in PURCHASES.columns):
                raise ValueError(header)
            for batch in _read_batches(reader, len(header)):
                self._add_batch(dict(zip(header, zip(*batch, strict=True), strict=True)))

    def have_same_partners(self) -> bool:
        """Return whether each purchase's event and customer belong to the same partner."""
        for event, rows in zip(self._events, self._rows_by_event, strict=True):
            buyers = set(map(self._buyers.__getitem__, rows))
            if not {self._customers[code].partner_id for code in buyers} <= {event.partner_id}:
                return False
        return True

    def group_by_event(self) -> dict[str, PurchaseColumns]:
        """Return the purchases of each event that has any, sorted by time, and numbered event by event."""
        customer_ids = [customer.id for customer in self._customers]
        sales, first_number = {}, 1
        for event, rows in zip(self._events, self._rows_by_event, strict=True):
            if rows:
                sales[event.id] = PurchaseColumns(self._select_event(event.id, rows, first_number, customer_ids))
                first_number += len(rows)
        return sales

    def _select_event(self, event_id: str, rows: IntArray, first_number: int, customer_ids: list[str]) -> Columns:
        rows = array("I", sorted(rows, key=self._seconds.__getitem__))
        return Columns(
            event_id,
            first_number,
            array("I", map(self._buyers.__getitem__, rows)),
            array("q", map(self._seconds.__getitem__, rows)),
            array("I", map(self._tickets.__getitem__, rows)),
            array("I", map(self._amounts.__getitem__, rows)),
            bytes(map(self._credits.__getitem__, rows)),
            customer_ids,
            self._amount_values,
        )

    def _add_batch(self, cells: Mapping[str, tuple[str, ...]]) -> None:
        first_row = len(self._buyers)
        for row, code in enumerate(map(self._event_codes.__getitem__, cells["event_id"]), first_row):
            self._rows_by_event[code].append(row)
        self._buyers.extend(map(self._customer_codes.__getitem__, cells["customer_id"]))
        days, times = self._parsed_days, self._parsed_times
        self._seconds.extend([days[cell[:DATE_LENGTH]] + times[cell[DATE_LENGTH:]] for cell in cells["at"]])
        self._tickets.extend(map(self._parsed_counts.__getitem__, cells["tickets"]))
        self._amounts.extend(map(self._parsed_amounts.__getitem__, cells["revenue"]))
        triples = zip(cells["fd"], cells["meta"], cells["external"], strict=True)
        self._credits.extend(map(self._parsed_credits.__getitem__, triples))

    def _parse_amount(self, cell: str) -> int:
        self._amount_values.append(MONEY.parse(cell))
        return len(self._amount_values) - 1


def _read_batches(reader: Any, width: int) -> Iterator[list[list[str]]]:
    """Yield the rows, without empty lines. Raises ValueError for a row with another number of cells."""
    while batch := list(islice(reader, BATCH_ROWS)):
        widths = set(map(len, batch))
        if not widths <= {0, width}:
            raise ValueError(widths)
        if filled := [cells for cells in batch if cells] if 0 in widths else batch:
            yield filled


def _parse_credits(cells: tuple[str, str, str]) -> int:
    return CREDIT_TRIPLES.index(tuple(map(CREDIT.parse, cells)))


def _parse_time(cell: str) -> int:
    """Parse the part of a timestamp after the day. It is parsed on the last day, which no time of day may exceed."""
    return to_seconds(formats.parse_timestamp(_LAST_DAY + cell)) - to_seconds(
        formats.parse_timestamp(f"{_LAST_DAY}00:00:00Z")
    )
