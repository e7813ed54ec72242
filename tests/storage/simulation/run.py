"""Run the long form of the simulation and record what it did: `python -m tests.storage.simulation.run`.

It runs seeds in blocks. A block that was recorded for the same code is not run again, so an interrupted run resumes.
`--half 1` and `--half 2` run in two processes.
"""

import argparse
import hashlib
import logging
import sys
import time
from dataclasses import astuple, fields
from math import inf
from pathlib import Path

from tests.measured import MEASURED, Row, locked, read_rows, write_rows
from tests.storage.simulation.cluster import Counts, ViolationError, simulate

FILE = MEASURED / "simulation.jsonl"
SEEDS, BLOCK = 10_000, 500
ROOT = Path(__file__).resolve().parents[3]


def code_digest() -> str:
    """Identify the code that the simulation runs: the server and the simulation."""
    digest = hashlib.sha256()
    for folder in ("mock_server", "tests/storage/simulation"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def run_block(first: int, *, again: bool = False, file: Path = FILE) -> Row:
    """Run a block of seeds, unless it was recorded for this code, and record what it did. Return the row."""
    code = code_digest()
    if not again:
        for row in read_rows(file):
            if row["first"] == first and row["code"] == code:
                return row
    row = {"first": first, "seeds": BLOCK, "code": code, **_run(range(first, first + BLOCK))}
    with locked(file):
        others = [other for other in read_rows(file) if other["first"] != first]
        write_rows(file, sorted([*others, row], key=lambda each: int(each["first"])))
    return row


def _run(seeds: range) -> Row:
    totals = dict.fromkeys((field.name for field in fields(Counts)), 0)
    violations, fewest, started = list[str](), inf, time.process_time()
    for seed in seeds:
        try:
            counts = simulate(seed)
        except ViolationError as error:
            violations.append(str(error))
            continue
        fewest = min(fewest, counts.steps)
        for name, number in zip(totals, astuple(counts), strict=True):
            totals[name] += number
    seconds = round(time.process_time() - started, 1)
    return {**totals, "fewest_steps": fewest, "cpu_seconds": seconds, "violations": violations}


def main() -> int:
    """Run all blocks, and print what each did."""
    parser = argparse.ArgumentParser(description="Run the long form of the simulation.")
    parser.add_argument("--again", action="store_true", help="also run the blocks that are recorded")
    parser.add_argument("--half", type=int, choices=(1, 2), help="run half of the blocks")
    arguments = parser.parse_args()
    logging.getLogger("mock_server").setLevel(logging.CRITICAL + 1)
    failed = 0
    blocks = range(0, SEEDS, BLOCK)
    for first in blocks if arguments.half is None else blocks[arguments.half - 1 :: 2]:
        row = run_block(first, again=arguments.again)
        failed += len(row["violations"])
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
