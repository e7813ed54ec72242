"""Run the contracts against the mock with each store, and record the verdicts: `python -m tests.storage.run_contracts`.

`contracts run` must find the same with the state in memory, in SQLite, and in PostgreSQL with one server, with one of
three processes, and with three servers behind HAProxy, which sends each connection to the next one; then the suite
opens a connection for each request.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.measured import MEASURED, Row, locked, read_rows, write_rows
from tests.storage import postgres_cluster, replicas

FILE = MEASURED / "stores.jsonl"
STORES = ("memory", "SQLite", "PostgreSQL", "PostgreSQL, 3 processes", "PostgreSQL, 3 replicas")
REPLICAS = 3
USER = "partner@acme.example"
COMMAND = [str(Path(sys.executable).parent / "contracts")]
WITHOUT_IDLE_CONNECTIONS = [
    sys.executable,
    "-c",
    "import sys; from contracts.cli.main import main; from contracts.target import loopback; "
    "loopback.IDLE_SECONDS = -1; sys.exit(main())",
]
"""The same command, which opens a connection for each request."""
GREEN = {"pass", "not applicable"}


@contextmanager
def running_store(store: str, folder: Path) -> Iterator[tuple[str, Sequence[replicas.ServerProcess]]]:
    """Run the mock with a store, and yield its origin and the servers."""
    with ExitStack() as stack:
        if store == "memory":
            servers = stack.enter_context(replicas.running_servers(folder, []))
        elif store == "SQLite":
            servers = stack.enter_context(replicas.running_servers(folder, ["--data", str(folder / "tank.db")]))
        else:
            url = stack.enter_context(postgres_cluster.running_cluster()).create_database("contracts")
            if store.endswith("replicas"):
                yield stack.enter_context(
                    replicas.running_replicas(folder, url, REPLICAS, (), replicas.running_haproxy)
                )
                return
            flags = ["--workers", str(REPLICAS)] if store.endswith("processes") else []
            servers = stack.enter_context(replicas.running_servers(folder, ["--database-url", url, *flags]))
        yield servers[0].origin, servers


def run(store: str, profile: str, seed: int, reports: Path | None = None) -> Row:
    """Run the contracts with a store, and return what they found. `reports` is a folder for the reports."""
    with tempfile.TemporaryDirectory(prefix="wavetank-contracts-") as parent:
        folder = Path(parent)
        with running_store(store, folder) as (origin, servers):
            started = time.perf_counter()
            report = (reports or folder) / store.replace(", ", "-").replace(" ", "-")
            arguments = ["run", "--profile", profile, "--seed", str(seed), "--base-url", f"{origin}/api/v3"]
            completed = subprocess.run(
                [
                    *(WITHOUT_IDLE_CONNECTIONS if store.endswith("replicas") else COMMAND),
                    *arguments,
                    "--user",
                    USER,
                    "--report-dir",
                    str(report),
                ],
                env=os.environ | {"CONTRACTS_PASSWORD": "wavetank"},
                stdout=subprocess.DEVNULL,
                check=False,
            )
            seconds = time.perf_counter() - started
            cpu = sum(server.cpu_seconds() for server in servers)
            errors = replicas.read_errors(servers)
            result = json.loads((report / "result.json").read_text(encoding="utf-8"))
    return _to_row(store, profile, result) | {
        "exit_code": completed.returncode,
        "log_lines": len(errors),
        "log": errors[:5],
        "seconds": round(seconds, 1),
        "server_cpu_seconds": round(cpu, 1),
    }


def _to_row(store: str, profile: str, result: dict[str, Any]) -> Row:
    rules = Counter(rule["verdict"] for rule in result["rules"])
    outcomes = Counter(outcome["verdict"] for outcome in result["outcomes"])
    others = sorted(
        {f"{each['contract']}: {each['verdict']}" for each in result["outcomes"] if each["verdict"] not in GREEN}
    )
    return {
        "store": store,
        "profile": profile,
        "requests": sum(outcome["requests"] for outcome in result["outcomes"]),
        "rules": dict(sorted(rules.items())),
        "outcomes": dict(sorted(outcomes.items())),
        "others": others,
    }


def record(row: Row) -> None:
    """Write the row of a run in the place of the earlier one with the same store and profile."""
    key = row["store"], row["profile"]
    with locked(FILE):
        kept = [each for each in read_rows(FILE) if (each["store"], each["profile"]) != key]
        rows = sorted([*kept, row], key=lambda each: (each["profile"], STORES.index(each["store"])))
        write_rows(FILE, rows)


def main() -> None:
    """Run the contracts, and print and record the rows. Exit with 1 if a run was not green."""
    parser = argparse.ArgumentParser(description="Run the contracts against the mock with each store.")
    parser.add_argument("--profile", default="smoke", choices=("smoke", "standard", "thorough"))
    parser.add_argument("--store", action="append", choices=STORES, help="a store; can be repeated (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reports", type=Path, help="folder in which the reports are kept")
    arguments = parser.parse_args()
    green = True
    for store in arguments.store or STORES:
        row = run(store, arguments.profile, arguments.seed, arguments.reports)
        record(row)
        sys.stdout.write(f"{json.dumps(row)}\n")
        sys.stdout.flush()
        green = green and row["exit_code"] == 0
    sys.exit(0 if green else 1)


if __name__ == "__main__":
    main()
