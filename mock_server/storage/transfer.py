"""Writes a database into a file, and fills an empty database from one, also of the other kind.

Both read and write row by row, so the memory that they need does not grow with the database. An import is one
transaction: if the file turns out to be damaged, nothing is kept.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, BinaryIO, NamedTuple

from mock_server.storage import schema
from mock_server.storage.database import (
    Cursor,
    Database,
    StorageError,
    StorageSetupError,
    UniqueViolationError,
    explain,
)
from mock_server.storage.export_format import ExportFileError, ExportReader, ExportWriter
from mock_server.storage.reading import Reader

OF_SERVER = ("server", "worlds")
"""The tables whose rows belong to no workspace. The version is not written: the file has its own."""
OF_WORKSPACE = ("records", "journals", "journal")
KEYS = {
    "server": "name",
    "worlds": "digest, part",
    "records": "kind, key, since",
    "journals": "epoch",
    "journal": "epoch, number",
}
"""The columns by which rows are ordered."""
BATCH_ROWS = 500
BATCH_BYTES = 4 * 1024 * 1024
"""How many rows are inserted at once, and how large they may be together."""

Rows = Iterator[tuple[str, list[Any]]]


class Amount(NamedTuple):
    """How many workspaces and rows were written."""

    workspaces: int
    rows: int


def export(reader: Reader, write: Callable[[bytes], object]) -> Amount:
    """Write all that is in a database. `write` takes the bytes of a line. Raises StorageError."""
    writer = ExportWriter(write)
    for table in OF_SERVER:
        condition = "name <> 'version'" if table == "server" else "1 = 1"
        for row in reader.stream(_select(table, condition)):
            writer.write_row(table, row)
    columns = ", ".join(schema.COLUMNS["workspaces"])
    heads = reader.execute(f"SELECT id, content, {columns} FROM workspaces ORDER BY name")  # noqa: S608 - constants
    for identity, content, *head in heads:
        writer.write_row("workspaces", head)
        for table in OF_WORKSPACE:
            number = content if table == "records" else identity
            for row in reader.stream(_select(table, "workspace = ?"), (number,)):
                writer.write_row(table, row)
    writer.finish()
    return Amount(len(heads), writer.rows)


def _select(table: str, condition: str) -> str:
    columns = ", ".join(schema.COLUMNS[table])
    return f"SELECT {columns} FROM {table} WHERE {condition} ORDER BY {KEYS[table]}"  # noqa: S608 - constants


def fill(database: Database, file: BinaryIO) -> Amount:
    """Fill an empty database from a file. Raises StorageSetupError, ExportFileError and OSError, and keeps nothing."""
    return _Import(database, file).run()


class _Import:
    """Fills a database from a file, once."""

    def __init__(self, database: Database, file: BinaryIO) -> None:
        self._database = database
        self._file = file
        self._has_begun = False

    def run(self) -> Amount:
        """Import everything in one transaction."""
        try:
            return self._database.run_now(self._work)
        except StorageError as error:
            raise StorageSetupError(f"{self._database.description}: {explain(error)}") from error

    def _work(self, cursor: Cursor) -> Amount:
        if self._has_begun:  # the connection was lost, and the file has been read in part
            raise StorageError from ConnectionError("the connection was lost")
        schema.require_known(schema.find_or_create(cursor, self._database), self._database.description)
        if cursor.execute("SELECT 1 FROM workspaces LIMIT 1"):
            raise StorageSetupError(f"{self._database.description}: it is not empty, so nothing was imported")
        self._has_begun = True
        source = ExportReader(self._file)
        for table in schema.COLUMNS:
            cursor.execute(f"DROP TABLE {table}")
        schema.find_or_create(cursor, self._database, source.version)
        try:
            amount = _insert_all(cursor, source.rows())
            if source.version >= schema.FIRST_WITH_CONTENTS:
                schema.reset_contents(cursor)
            schema.migrate(cursor, source.version, schema.VERSION)
            cursor.execute("UPDATE workspaces SET format = ?", (schema.VERSION,))
            return amount
        except (UniqueViolationError, OverflowError, ValueError) as error:
            raise ExportFileError("the file is damaged: it contains a value that no export has") from error


def _insert_all(cursor: Cursor, rows: Rows) -> Amount:
    """Insert rows as they come. Those of a workspace follow its own row."""
    workspaces, count, identity = 0, 0, None
    for table, of_table in groupby(rows, key=itemgetter(0)):
        for batch in _batches(of_table):
            count += len(batch)
            if table != "workspaces":
                _insert(cursor, table, batch, identity)
                continue
            for values in batch:
                identity = _insert_workspace(cursor, values)
            workspaces += len(batch)
    return Amount(workspaces, count)


def _batches(rows: Rows) -> Iterator[list[list[Any]]]:
    """Yield the values of rows in lists of a bounded size."""
    batch, size = list[list[Any]](), 0
    for _, values in rows:
        batch.append(values)
        size += sum(len(value) for value in values if isinstance(value, str | bytes))
        if len(batch) == BATCH_ROWS or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _insert_workspace(cursor: Cursor, values: list[Any]) -> int:
    columns = ", ".join(schema.COLUMNS["workspaces"])
    marks = ", ".join("?" * len(values))
    statement = f"INSERT INTO workspaces ({columns}) VALUES ({marks}) RETURNING id"  # noqa: S608 - constants
    return int(cursor.execute(statement, values)[0][0])


def _insert(cursor: Cursor, table: str, batch: list[list[Any]], identity: int | None) -> None:
    """Insert rows of one table. Those of a workspace get its id.

    A row that exists already is left out: only a damaged file has one, which is recognized at its end.
    """
    columns = list(schema.COLUMNS[table])
    if table in OF_WORKSPACE:
        if identity is None:
            raise ExportFileError(f"the file is damaged: rows of {table} belong to no workspace")
        columns.append("workspace")
        batch = [[*values, identity] for values in batch]
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
    cursor.execute_many(statement, batch)
