"""Reads a world from a folder of CSV files, and writes a world to a folder."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

from mock_server.domain.models import Customer, Event, Partner, Purchase, User
from mock_server.worlds import csv_columns, csv_purchases, csv_references
from mock_server.worlds.csv_columns import CsvSchema
from mock_server.worlds.csv_references import WorldTables
from mock_server.worlds.csv_table import CsvTable, load
from mock_server.worlds.world import World, WorldError, derive_subject, group_purchases

__all__ = ["WorldError", "contains_world", "read", "write"]


def read(folder: Path) -> World:
    """Read a world from the five files of a folder, which docs/worlds.md describes.

    Purchases are sorted by time; purchases with equal times keep the order of the file. Raises WorldError, with a line
    for each problem in the files.
    """
    if not folder.is_dir():
        raise WorldError("the folder does not exist")
    partners, users, events, customers, purchases = csv_columns.CSV_SCHEMAS
    tables = WorldTables(
        load(folder, partners),
        load(folder, users),
        load(folder, events),
        load(folder, customers),
        CsvTable.empty(purchases),
    )
    csv_references.check_references(tables)
    if not any(table.problems for table in tables.all()):
        world = _build_world(tables)
        sales = csv_purchases.read_sales(folder / purchases.file, world.events, world.customers)
        if sales is not None:
            return replace(world, sales=sales, purchase_count=sum(map(len, sales.values())))
    return read_records(folder)


def read_records(folder: Path) -> World:
    """Read a world, with a record for each purchase. Raises WorldError, with a line for each problem in the files."""
    tables = WorldTables(*(load(folder, schema) for schema in csv_columns.CSV_SCHEMAS))
    csv_references.check_references(tables)
    lines = [line for table in tables.all() for line in table.format_problems()]
    if lines:
        raise WorldError("\n".join(lines))
    return _build_world(tables)


def contains_world(folder: Path) -> bool:
    """Return whether any of a world's files is in the folder."""
    return any((folder / schema.file).exists() for schema in csv_columns.CSV_SCHEMAS)


def write(world: World, folder: Path) -> None:
    """Write a world's five files into a folder, which is created if it is missing. Extras are not written."""
    folder.mkdir(parents=True, exist_ok=True)
    for schema in csv_columns.CSV_SCHEMAS:
        _write_file(schema, world, folder / schema.file)


def _build_world(tables: WorldTables) -> World:
    customers = {row["id"]: Customer(**row) for row in tables.customers.rows()}
    events = {row["id"]: Event(**row) for row in tables.events.rows()}
    purchases = _build_purchases(tables.purchases, customers, events)
    return World(
        partners={row["id"]: Partner(**row) for row in tables.partners.rows()},
        users={row["username"]: User(**_with_subject(row)) for row in tables.users.rows()},
        events=events,
        customers=customers,
        sales=group_purchases(events, purchases),
        purchase_count=len(purchases),
    )


def _with_subject(row: dict[str, Any]) -> dict[str, Any]:
    return row if row["sub"] is not None else {**row, "sub": derive_subject(row["username"])}


def _build_purchases(table: CsvTable, customers: dict[str, Customer], events: dict[str, Event]) -> list[Purchase]:
    """Build the purchases. To save memory, they share the id strings of customers and events."""
    columns = table.columns
    instants = columns["at"]
    other_columns = [columns[name] for name in ("tickets", "revenue", "fd", "meta", "external")]
    return [
        Purchase(
            index,
            customers[columns["customer_id"][index]].id,
            events[columns["event_id"][index]].id,
            instants[index],
            instants[index],
            *(column[index] for column in other_columns),
        )
        for index in range(len(instants))
    ]


def _write_file(schema: CsvSchema, world: World, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in schema.columns])
        for record in schema.records(world):
            values = ((column.cell_type.format_value, getattr(record, column.name)) for column in schema.columns)
            writer.writerow(["" if value is None else format_value(value) for format_value, value in values])
