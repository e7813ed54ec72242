"""Kill servers and databases at random moments while clients write, then check that nothing acknowledged was lost.

python -m tests.storage.kill_soak [--stores sqlite,postgres-1,postgres-3] [--legs 3] [--kills 25] [--seed 1] [--resume]
    [--json docs/measured/kills.jsonl]

Each leg starts with an empty store. A server is killed each time that a random number of writes were acknowledged, when
at least 8 writes are in flight, and started again. With PostgreSQL, the database is killed too. At the end the state is
read from each server, all servers are killed and started once more, and the checks of `kills/checks.py` are made.

The counts are printed and, with --json, written as a row for each leg. A leg that fails leaves its log and its states
behind.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from threading import Event, Thread
from typing import Any

from tests.measured import Row, locked, read_rows, write_rows
from tests.storage import postgres_cluster
from tests.storage.kills import final_state, writers
from tests.storage.kills.checks import Evidence, check_all
from tests.storage.kills.client import Client
from tests.storage.kills.fleet import Fleet
from tests.storage.kills.operation_log import OperationLog, read_log
from tests.storage.postgres_cluster import PostgresCluster

STORES = {"sqlite": 1, "postgres-1": 1, "postgres-3": 3}
"""The stores, and how many servers share each."""
MIN_IN_FLIGHT = 8
PROGRESS_SECONDS = 300
"""If so few writes are acknowledged in this time that no server is killed, the servers hang."""
CLOCK = ("--clock", "running", "--speed", str(writers.SPEED), "--now", writers.START)
WORKSPACES = (writers.DEFAULT, writers.QUIET, writers.DAYS, writers.FRESH)


@dataclass(frozen=True)
class Leg:
    """How one store is tried. A kill follows after `writes` acknowledged writes on average."""

    store: str
    seed: int
    kills: int
    database_kills: int = 0
    writes: int = 110


class KilledRun:
    """Runs one leg in a folder. `cluster` is used if the store is PostgreSQL."""

    def __init__(self, leg: Leg, folder: Path, cluster: PostgresCluster | None) -> None:
        self._leg, self._folder, self._cluster = leg, folder, cluster
        self._random = Random(f"{leg.store} {leg.seed}")
        self._log = OperationLog(folder / "operations.jsonl")
        self._stopped = Event()
        self._fleet = Fleet([*CLOCK, *self._store_flags()], STORES[leg.store], folder)
        self._in_flight = list[int]()
        self._database_kills = 0

    def run(self) -> Row:
        """Run the leg, and return its row."""
        fleet = self._fleet
        try:
            fleet.start_all()
            for client in self._clients():
                writers.prepare(client)
            self._write_and_kill()
            return self._check()
        finally:
            self._stopped.set()
            self._log.close()
            fleet.kill_all()

    def _store_flags(self) -> list[str]:
        if self._cluster is None:
            return ["--data", str(self._folder / "state.db")]
        name = f"leg_{self._leg.seed}_{STORES[self._leg.store]}"
        return ["--database-url", self._cluster.create_database(name)]

    def _client(self, workspace: str, random: Random) -> Client:
        return Client(self._fleet, self._log, workspace, random)

    def _clients(self) -> list[Client]:
        self._readers = [self._client(workspace, self._random) for workspace in WORKSPACES]
        return self._readers

    def _write_and_kill(self) -> None:
        each = writers.list_writers(self._client, self._leg.seed, self._stopped)
        threads = [Thread(target=writer.run, daemon=True) for writer in each]
        for thread in threads:
            thread.start()
        victims = ["server"] * self._leg.kills
        for number in range(self._leg.database_kills):
            victims.insert((number + 1) * self._leg.kills // (self._leg.database_kills + 1) + number, "database")
        for victim in victims:
            self._await_moment()
            self._kill(victim)
        self._await_moment()
        self._stopped.set()
        for thread in threads:
            thread.join(PROGRESS_SECONDS)
            assert not thread.is_alive(), "a request got no answer"

    def _await_moment(self) -> None:
        """Wait until the next kill is due, and note how many writes are in flight then."""
        log, more = self._log, self._random.randint(self._leg.writes // 2, self._leg.writes * 3 // 2)
        with log.changed:
            target = log.acknowledged + more
            assert log.changed.wait_for(lambda: log.acknowledged >= target, PROGRESS_SECONDS), "no progress"
        Event().wait(self._random.random() / 50)
        with log.changed:
            assert log.changed.wait_for(lambda: log.in_flight >= MIN_IN_FLIGHT, PROGRESS_SECONDS), "no writes in flight"
            self._in_flight.append(log.in_flight)

    def _kill(self, victim: str) -> None:
        if victim == "database":
            assert self._cluster is not None
            self._cluster.kill()
            self._database_kills += 1
            self._cluster.start()
            return
        number = self._random.randrange(self._fleet.size)
        self._fleet.kill(number)
        self._fleet.start(number)

    def _read_states(self) -> dict[str, Any]:
        return {reader.workspace: final_state.read_state(reader) for reader in self._readers}

    def _check(self) -> Row:
        for reader in self._readers:
            final_state.settle(reader)
        states = self._read_states()
        others = [self._read_states() for _ in range(self._fleet.size - 1)]
        self._fleet.kill_all()
        self._fleet.start_all()
        again = self._read_states()
        (self._folder / "states.json").write_text(json.dumps([states, *others, again]))
        operations = read_log(self._folder / "operations.jsonl")
        evidence = Evidence(operations, states, again, others, self._database_kills, self._fleet.read_logs())
        findings = check_all(evidence)
        writes = [each for each in operations if each["writes"]]
        return {
            "store": self._leg.store,
            "seed": self._leg.seed,
            "kills": self._leg.kills,
            "database_kills": self._database_kills,
            "least_in_flight": min(self._in_flight[:-1]),
            "acknowledged_writes": sum(each["outcome"] == "ok" for each in writes),
            "writes_without_answer": sum(each["outcome"] == "unknown" for each in writes),
            "checked": {name: finding.checked for name, finding in findings.items()},
            "faults": [f"{name}: {fault}" for name, finding in findings.items() for fault in finding.faults],
        }


@contextmanager
def cluster_for(store: str) -> Iterator[PostgresCluster | None]:
    """Run the database that a store needs until the block ends."""
    if store == "sqlite":
        yield None
        return
    with postgres_cluster.running_cluster() as cluster:
        yield cluster


def run_leg(leg: Leg) -> Row:
    """Run a leg in a temporary folder, which is kept if a check fails."""
    folder = Path(tempfile.mkdtemp(prefix="wavetank-kills-"))
    with cluster_for(leg.store) as cluster:
        row = KilledRun(leg, folder, cluster).run()
    if row["faults"]:
        row["faults"].append(f"see {folder}")
    else:
        shutil.rmtree(folder)
    return row


def main() -> int:
    """Run the legs, print their rows, and return 1 if a check failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--stores", default=",".join(STORES))
    parser.add_argument("--legs", type=int, default=3, help="legs for each store")
    parser.add_argument("--kills", type=int, default=25, help="killed servers in each leg")
    parser.add_argument("--database-kills", type=int, default=3, help="killed databases in each leg of PostgreSQL")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first leg")
    parser.add_argument("--resume", action="store_true", help="leave out the legs that are in the file")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    recorded = {(row["store"], row["seed"]) for row in read_rows(options.json)} if options.resume else set()
    failed = False
    for seed in range(options.seed, options.seed + options.legs):
        for store in options.stores.split(","):
            if (store, seed) in recorded:
                continue
            database_kills = 0 if store == "sqlite" else options.database_kills
            row = run_leg(Leg(store, seed, options.kills, database_kills))
            print(json.dumps(row), flush=True)
            failed |= bool(row["faults"])
            if options.json and not row["faults"]:
                record(row, options.json)
    return int(failed)


def record(row: Row, file: Path) -> None:
    """Write a row into the file, in place of an earlier one of the same leg."""
    with locked(file):
        kept = [each for each in read_rows(file) if (each["store"], each["seed"]) != (row["store"], row["seed"])]
        write_rows(file, sorted([*kept, row], key=lambda each: (list(STORES).index(each["store"]), each["seed"])))


if __name__ == "__main__":
    sys.exit(main())
