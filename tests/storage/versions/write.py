"""Writes a store, an export and a snapshot of the present version. Each version's files are written once and kept.

Run it after `schema.VERSION` was increased: `.venv/bin/python -m tests.storage.versions.write`.
"""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from mock_server.control.snapshots import operations as snapshots
from mock_server.state import snapshot
from mock_server.state.request_journal import JournalRecord
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.storage import journals, reading, schema, transfer
from mock_server.storage.database import Cursor
from tests.builders import START_TIME, a_customer, a_purchase, a_workspace, a_world, an_event
from tests.storage.kept_workspace import KeptWorkspace
from tests.storage.test_round_trip import Action, perform

FOLDER = Path(__file__).parent
STEPS: list[Action] = [
    ("package", 0, 2, 0),
    ("advance", 0, 4, 0),
    ("sale", 1, 3, 0),
    ("manual", 2, 7, 0),
    ("limit", 0, 1, 0),
    ("faults", 0, 3, 0),
    ("advance", 0, 1, 0),
    ("delete", 1, 2, 0),
]
RECORD = JournalRecord(
    START_TIME,
    ("GET", "/api/v3/events/", b"city=M%C3%BCnchen", b"", False),
    b"\xff\x00",
    2,
    "partner-id-acme",
    200,
    b"",
    b'{"id": 1}',
    9,
    None,
    0,
    False,
    100,
    "partner@acme.example",
)


def store_file(version: int) -> Path:
    """Return the file with the statements that make the store of a version."""
    return FOLDER / f"store_{version}.sql"


def export_file(version: int) -> Path:
    """Return the export of the store of a version."""
    return FOLDER / f"export_{version}.jsonl"


def snapshot_file(version: int) -> Path:
    """Return the file with a snapshot of a version of the snapshots. All stores have the same workspace."""
    return FOLDER / f"snapshot_{version}.json"


def save_snapshot(workspace: Workspace) -> bytes:
    """Return the snapshot of a workspace."""
    return snapshots.save(OperationCall(workspace, workspace.clock.now()))


def main() -> None:
    """Write the files."""
    version = schema.VERSION
    with TemporaryDirectory() as folder:
        kept = KeptWorkspace(Path(folder), a_small_workspace())
        for step in STEPS:
            perform(kept.workspace, step)
            kept.commit()
        snapshot_file(snapshot.VERSION).write_bytes(save_snapshot(kept.workspace) + b"\n")
        kept.database.run_now(lambda cursor: _add_record(cursor, kept.workspace.epoch))
        # A server generates a key if there is none.
        kept.database.run_now(lambda cursor: cursor.execute("DELETE FROM server WHERE name = 'signing_key'"))
        kept.database.close()
        file = Path(folder) / "tank.db"
        with closing(sqlite3.connect(file)) as connection:
            store_file(version).write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")
        with export_file(version).open("wb") as output, reading.open_reader(file, None) as reader:
            transfer.export(reader, output.write)


def _add_record(cursor: Cursor, epoch: int) -> None:
    cursor.execute("INSERT INTO journals SELECT id, ?, 1, 1 FROM workspaces", (epoch,))
    statement = "INSERT INTO journal SELECT id, ?, 1, ?, ? FROM workspaces"
    cursor.execute(statement, (epoch, RECORD.size, journals.encode_record(RECORD)))


def a_small_workspace() -> Workspace:
    """Return a workspace of the world of all stores."""
    sales = [
        a_purchase(START_TIME + timedelta(days=day), event_id=f"evt_{place}", customer_id=f"cus_{(day * place) % 5}")
        for day in range(-3, 3)
        for place in range(1, 5)
    ]
    events = [an_event(f"evt_{place}", series="s" if place < 3 else None) for place in range(1, 5)]
    customers = [a_customer(f"cus_{number}", cluster=f"taste {number % 2}") for number in range(5)]
    return a_workspace(a_world(events=events, purchases=sales, customers=customers))


if __name__ == "__main__":
    main()
