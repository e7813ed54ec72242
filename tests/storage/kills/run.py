"""Kill servers and databases in many legs, and record what was checked: `python -m tests.storage.kills.run`.

A leg that was recorded without a fault for the same code is not run again, so an interrupted run resumes. A leg in
which a check fails leaves its log and its states behind.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from tests.measured import MEASURED, Row, locked, read_rows, write_rows
from tests.storage import postgres_cluster
from tests.storage.kills.leg import STORES, Leg, run_leg

FILE = MEASURED / "kills.jsonl"
SEEDS = (1, 2, 3)
KILLS, DATABASE_KILLS = 25, 3
ROOT = Path(__file__).resolve().parents[3]


def list_legs() -> list[Leg]:
    """Return the legs of the long form."""
    return [Leg(store, seed, KILLS, 0 if store == "sqlite" else DATABASE_KILLS) for seed in SEEDS for store in STORES]


def code_digest() -> str:
    """Identify the code that a leg runs: the server, the clients and the checks."""
    digest = hashlib.sha256()
    files = [*(ROOT / "mock_server").rglob("*.py"), *(ROOT / "tests/storage/kills").glob("*.py")]
    for file in sorted(file for file in files if not file.name.startswith("test_")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def run_and_record(leg: Leg, *, again: bool = False, file: Path = FILE) -> Row:
    """Run a leg, unless it was recorded for this code, and record what it found. Return the row."""
    code = code_digest()
    for row in [] if again else read_rows(file):
        if _key(row) == (leg.store, leg.seed) and row["code"] == code and not row["faults"]:
            return row
    with nullcontext() if leg.store == "sqlite" else postgres_cluster.running_cluster() as cluster:
        row = {"code": code, **run_leg(leg, cluster)}
    with locked(file):
        others = [other for other in read_rows(file) if _key(other) != _key(row)]
        write_rows(file, sorted([*others, row], key=lambda each: (list(STORES).index(each["store"]), each["seed"])))
    return row


def _key(row: Row) -> tuple[str, int]:
    return row["store"], row["seed"]


def _choose(arguments: argparse.Namespace) -> Iterator[Leg]:
    for leg in list_legs():
        if arguments.store in (None, leg.store) and arguments.seed in (None, leg.seed):
            yield leg


def main() -> int:
    """Run the legs, print their rows, and return 1 if a check failed."""
    parser = argparse.ArgumentParser(description="Kill servers and databases while clients write.")
    parser.add_argument("--store", choices=list(STORES), help="run only the legs of this store")
    parser.add_argument("--seed", type=int, choices=SEEDS, help="run only the legs with this seed")
    parser.add_argument("--again", action="store_true", help="also run the legs that are recorded")
    arguments = parser.parse_args()
    failed = False
    for leg in _choose(arguments):
        row = run_and_record(leg, again=arguments.again)
        failed |= bool(row["faults"])
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
