"""The content of a database, which can be compared with that of another one."""

from typing import Any

from mock_server.storage import schema
from mock_server.storage.database import Cursor
from mock_server.storage.transfer import OF_SERVER, OF_WORKSPACE


def dump_tables(cursor: Cursor) -> dict[str, list[Any]]:
    """Return all rows of all tables. Workspaces have their names instead of their ids."""
    tables = {table: sorted(_select(cursor, table, "")) for table in (*OF_SERVER, "workspaces")}
    names = {table: f"(SELECT name FROM workspaces WHERE id = {table}.workspace), " for table in OF_WORKSPACE}
    tables |= {table: sorted(_select(cursor, table, name), key=repr) for table, name in names.items()}
    return tables


def _select(cursor: Cursor, table: str, first: str) -> list[tuple[Any, ...]]:
    columns = ", ".join(schema.COLUMNS[table])
    rows = cursor.execute(f"SELECT {first}{columns} FROM {table}")
    return [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in rows]
