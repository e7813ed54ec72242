"""Worlds as a folder of CSV files: read, and written."""

import csv
from pathlib import Path
from typing import Any

from mock_server.domain.models import Customer, Event, Partner, Purchase, User
from mock_server.worlds import csv_columns, csv_references
from mock_server.worlds.csv_columns import Sheet
from mock_server.worlds.csv_references import Tables
from mock_server.worlds.csv_table import Table, load
from mock_server.worlds.subjects import subject
from mock_server.worlds.world import BadWorld, World, books

__all__ = ["BadWorld", "holds_a_world", "read", "write"]


def read(folder: Path) -> World:
    """The world that a folder's five files hold; docs/worlds.md describes them.

    Purchases are put in the order of their instants, those of one instant in the file's order. Raises
    BadWorld with a line for each problem of any file.
    """
    if not folder.is_dir():
        raise BadWorld("there is no such folder")
    tables = Tables(*(load(folder, sheet) for sheet in csv_columns.SHEETS))
    csv_references.check(tables)
    lines = [line for table in tables.all() for line in table.report()]
    if lines:
        raise BadWorld("\n".join(lines))
    return _world(tables)


def holds_a_world(folder: Path) -> bool:
    """Whether any of a world's files is in the folder."""
    return any((folder / sheet.file).exists() for sheet in csv_columns.SHEETS)


def write(world: World, folder: Path) -> None:
    """Write a world's five files into a folder, which is made where it is missing. Extras are not written."""
    folder.mkdir(parents=True, exist_ok=True)
    for sheet in csv_columns.SHEETS:
        _write(sheet, world, folder / sheet.file)


def _world(tables: Tables) -> World:
    customers = {row["id"]: Customer(**row) for row in tables.customers.rows()}
    events = {row["id"]: Event(**row) for row in tables.events.rows()}
    purchases = _purchases(tables.purchases, customers, events)
    return World(
        partners={row["id"]: Partner(**row) for row in tables.partners.rows()},
        users={row["username"]: User(**_with_subject(row)) for row in tables.users.rows()},
        events=events,
        customers=customers,
        sales=books(events, purchases),
        purchase_count=len(purchases),
    )


def _with_subject(row: dict[str, Any]) -> dict[str, Any]:
    return row if row["sub"] is not None else {**row, "sub": subject(row["username"])}


def _purchases(table: Table, customers: dict[str, Customer], events: dict[str, Event]) -> list[Purchase]:
    """The purchases, with the ids of the records that they name: thousands of copies would stay in memory."""
    columns = table.columns
    moments = columns["at"]
    rest = [columns[name] for name in ("tickets", "revenue", "fd", "meta", "external")]
    return [
        Purchase(
            place,
            customers[columns["customer_id"][place]].id,
            events[columns["event_id"][place]].id,
            moments[place],
            moments[place],
            *(column[place] for column in rest),
        )
        for place in range(len(moments))
    ]


def _write(sheet: Sheet, world: World, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in sheet.columns])
        for record in sheet.records(world):
            values = ((column.kind.text, getattr(record, column.name)) for column in sheet.columns)
            writer.writerow(["" if value is None else text(value) for text, value in values])
