"""Lose power in many states of two databases and record the losses: `python -m tests.storage.power_loss.run`."""

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.measured import MEASURED, Row, locked, read_rows, write_rows
from tests.storage.power_loss import writer
from tests.storage.power_loss.replay import DATABASE, Losses, check_states
from tests.storage.power_loss.trace import record

FILE = MEASURED / "power_loss.jsonl"
STATES, TRANSACTIONS = 1_000, 600


def measure(synchronous: str, states: int, transactions: int) -> Losses:
    """Write with a setting of `PRAGMA synchronous`, lose power in a number of states, and return the losses."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent).resolve() / "written"
        folder.mkdir()
        arguments = [str(folder / DATABASE), synchronous, str(transactions)]
        events = record([sys.executable, str(writer.__file__), *arguments], folder)
        return check_states(events, Path(parent) / "left", states, seed=1)


def measure_and_record(synchronous: str) -> Row:
    """Run the long form, and record what it found."""
    started = time.process_time()
    losses = measure(synchronous, STATES, TRANSACTIONS)
    seconds = round(time.process_time() - started, 1)
    row = {"synchronous": synchronous, **asdict(losses), "cpu_seconds": seconds}
    with locked(FILE):
        write_rows(FILE, [*(each for each in read_rows(FILE) if each["synchronous"] != synchronous), row])
    return row


def main() -> None:
    """Run the long form of both settings, and print what was found."""
    argparse.ArgumentParser(description="Lose power in many states of two databases.").parse_args()
    for synchronous in ("FULL", "NORMAL"):
        sys.stdout.write(f"{measure_and_record(synchronous)}\n")


if __name__ == "__main__":
    main()
