"""Send steady traffic to a server, and record that its database stops growing: `python -m tests.storage.store_size`.

What the traffic creates, it deletes: it adds and deletes rows of results, changes settings of a package, and moves the
clock, which performs jobs and takes checkpoints. So all growth is of what is kept of the past: rows of earlier
versions, versions of records, past jobs, checkpoints, and the journal.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression

from mock_server.storage.database import Cursor
from tests.example_requests import SETTINGS
from tests.measured import MEASURED, Row, locked, write_rows
from tests.storage.stored_server import StoredServer, a_stored_server

FILE = MEASURED / "store_size.jsonl"
CYCLES, POINTS = 5_000, 50
ROWS = "/api/v3/campaign_results/"
PARTNER_ROWS = f"{ROWS}?eid=evt_abc123&partner_id=partner-id-acme"
SETTINGS_OF_PACKAGE = "/api/v3/package_builder/packages/pkg_555/backhaul_evaluation_details"
CYCLES_PER_MOVE = 5


@dataclass(frozen=True, slots=True)
class Size:
    """How large a database is after a number of changes. `past_rows` are those that are not valid any more."""

    changes: int
    rows: int
    past_rows: int
    recorded: int
    bytes: int


def measure(file: Path, cycles: int, points: int) -> Iterator[Size]:
    """Send cycles of traffic, and yield the size of the database at so many points."""
    with a_stored_server(file) as server:
        for point in range(points):
            numbers = range(point * cycles // points, (point + 1) * cycles // points)
            asyncio.run(_send(server, numbers))
            yield server.stored.database.run_now(lambda cursor: _measure(cursor, file))


async def _send(server: StoredServer, numbers: range) -> None:
    """Send a cycle of traffic for each number."""
    for number in numbers:
        if number % CYCLES_PER_MOVE == 0:
            await server.driver.request("POST", "/_mock/clock/advance", {"seconds": 20})
            await server.driver.sign_in()
        added = await server.driver.request("POST", f"{PARTNER_ROWS}&purchase={number % 50 + 1}&revenue=10")
        statuses = [added.status]
        requests = [
            ("DELETE", f"{ROWS}?id={added.json()['id']}", None),
            ("PUT", SETTINGS_OF_PACKAGE, {**SETTINGS, "backhaul_evaluation_attribution_window": number % 7 + 1}),
            ("GET", PARTNER_ROWS, None),
        ]
        statuses += [(await server.driver.request(*request)).status for request in requests]
        assert max(statuses) < 300, statuses


def _measure(cursor: Cursor, file: Path) -> Size:
    ((version,),) = cursor.execute("SELECT version FROM workspaces")
    ((rows, past),) = cursor.execute("SELECT count(*), count(until) FROM records")
    ((recorded,),) = cursor.execute("SELECT count(*) FROM journal")
    log = Path(f"{file}-wal")
    return Size(version, rows, past, recorded, file.stat().st_size + log.stat().st_size)


def slope(sizes: list[Size], member: str) -> float:
    """Return by how much a member grows in 1,000 changes, over the last half of the points."""
    last = sizes[len(sizes) // 2 :]
    changes = [size.changes / 1_000 for size in last]
    return linear_regression(changes, [float(getattr(size, member)) for size in last]).slope


def measure_and_record(cycles: int = CYCLES) -> Row:
    """Run the long form, and record what it found."""
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        sizes = list(measure(Path(folder) / "tank.db", cycles, POINTS))
    row = {
        **asdict(sizes[-1]),
        "half": asdict(sizes[len(sizes) // 2 - 1]),
        "rows_per_thousand": round(slope(sizes, "rows"), 2),
        "bytes_per_thousand": round(slope(sizes, "bytes")),
        "cpu_seconds": round(time.process_time() - started, 1),
    }
    with locked(FILE):
        write_rows(FILE, [row])
    return row


def main() -> None:
    """Run the long form, and print what was found."""
    parser = argparse.ArgumentParser(description="Send steady traffic, and record the size of the database.")
    parser.add_argument("--cycles", type=int, default=CYCLES)
    sys.stdout.write(f"{measure_and_record(parser.parse_args().cycles)}\n")


if __name__ == "__main__":
    main()
