"""One leg: clients write into an empty store while its servers and its database are killed, then the checks are made.

A server is killed each time that a random number of writes were acknowledged, when at least 8 writes are in flight, and
started again. With PostgreSQL, the database is killed too, in turn by SIGKILL and as `pg_ctl -m immediate` does it. At
the end the state is read from each server, and once more after all servers were killed.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from threading import Event
from typing import Any

from tests.measured import Row
from tests.storage.kills import final_state, writers
from tests.storage.kills.checks import CHECKED_WRITES, check_all
from tests.storage.kills.client import Client
from tests.storage.kills.evidence import Evidence, Finding
from tests.storage.kills.fleet import Fleet
from tests.storage.kills.operation_log import OperationLog, read_log
from tests.storage.kills.processes import CommandProcess, Launch
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
    """How one store is tried. A kill follows `writes` acknowledged writes on average; `launch` starts a server."""

    store: str
    seed: int
    kills: int
    database_kills: int = 0
    writes: int = 90
    launch: Launch = CommandProcess

    def list_victims(self) -> list[str]:
        """Return what is killed, in order: the database at regular distances between the servers."""
        victims = ["server"] * self.kills
        for number in range(self.database_kills):
            position = (number + 1) * self.kills // (self.database_kills + 1) + number
            victims.insert(position, ("database", "database at once")[number % 2])
        return victims


class KilledRun:
    """Runs one leg in a folder. `cluster` is used if the store is PostgreSQL."""

    def __init__(self, leg: Leg, folder: Path, cluster: PostgresCluster | None) -> None:
        self._leg, self._folder, self._cluster = leg, folder, cluster
        self._random = Random(f"{leg.store} {leg.seed}")
        self._log = OperationLog(folder / "operations.jsonl")
        self._stopped = Event()
        self._fleet = Fleet(leg.launch, [*CLOCK, *self._store_flags()], STORES[leg.store], folder)
        self._clients = list[Client]()
        self._in_flight = list[int]()

    def run(self) -> Row:
        """Run the leg, and return its row."""
        try:
            self._fleet.start_all()
            readers = [self._add_client(workspace, self._random) for workspace in WORKSPACES]
            for reader in readers:
                writers.prepare(reader)
            self._write_and_kill()
            return self._describe(self._collect(readers))
        finally:
            self._fleet.close()
            self._log.close()
            for client in self._clients:
                client.close()

    def _store_flags(self) -> list[str]:
        if self._cluster is None:
            return ["--data", str(self._folder / "state.db")]
        name = f"leg_{self._leg.seed}_{STORES[self._leg.store]}"
        return ["--database-url", self._cluster.create_database(name)]

    def _add_client(self, workspace: str, random: Random) -> Client:
        client = Client(self._fleet, self._log, workspace, random)
        self._clients.append(client)
        return client

    def _write_and_kill(self) -> None:
        each = list(writers.list_writers(self._add_client, self._leg.seed, self._stopped))
        with ThreadPoolExecutor(len(each)) as threads:
            running = [threads.submit(writer.run) for writer in each]
            try:
                for victim in self._leg.list_victims():
                    self._kill_amid_writes(victim, running)
                self._await_writes(running)
            except BaseException:
                self._fleet.close()  # or the clients would wait for a server
                raise
            finally:
                self._stopped.set()
        for writer in running:
            writer.result()

    def _await_writes(self, running: list[Future[None]]) -> None:
        """Wait until some more writes were acknowledged."""
        log, more = self._log, self._random.randint(self._leg.writes // 2, self._leg.writes * 3 // 2)
        with log.changed:
            target = log.acknowledged + more
            assert log.changed.wait_for(
                lambda: log.acknowledged >= target or any(writer.done() for writer in running), PROGRESS_SECONDS
            ), "no progress"
        assert not any(writer.done() for writer in running), [writer.result() for writer in running if writer.done()]

    def _kill_amid_writes(self, victim: str, running: list[Future[None]]) -> None:
        """Kill a server or the database at a random moment when enough writes are in flight, and start it again."""
        self._await_writes(running)
        self._stopped.wait(self._random.random() / 50)
        number, log = self._random.randrange(self._fleet.size), self._log
        with log.changed:  # so no client learns of an outcome before the kill
            assert log.changed.wait_for(lambda: log.in_flight >= MIN_IN_FLIGHT, PROGRESS_SECONDS), "no writes in flight"
            self._in_flight.append(log.in_flight)
            start = self._kill_database(victim) if victim != "server" else self._kill_server(number)
        start()

    def _kill_server(self, number: int) -> Callable[[], None]:
        self._fleet.kill(number)
        return lambda: self._fleet.start(number)

    def _kill_database(self, victim: str) -> Callable[[], None]:
        assert self._cluster is not None
        if victim == "database":
            self._cluster.kill()
        else:
            self._cluster.stop_at_once()
        return self._cluster.start

    def _collect(self, readers: list[Client]) -> Evidence:
        """Read the final state from each server, also after a restart, and return all that is checked."""
        for reader in readers:
            final_state.settle(reader)
        readings = {f"server {number}": self._read_states(readers, number) for number in range(self._fleet.size)}
        self._fleet.kill_all()
        self._fleet.start(0)
        readings["server 0 after a restart"] = self._read_states(readers, 0)
        (self._folder / "states.json").write_text(json.dumps(readings))
        operations = read_log(self._folder / "operations.jsonl")
        states = readings.pop("server 0")
        return Evidence(operations, states, readings, self._leg.database_kills, self._fleet.read_logs())

    def _read_states(self, readers: list[Client], server: int) -> dict[str, Any]:
        for reader in readers:
            reader.server = server
        return {reader.workspace: final_state.read_state(reader) for reader in readers}

    def _describe(self, evidence: Evidence) -> Row:
        findings = check_all(evidence)
        writes = [each for each in evidence.operations if each["op"] in CHECKED_WRITES]
        return {
            "store": self._leg.store,
            "seed": self._leg.seed,
            "kills": self._leg.kills,
            "database_kills": self._leg.database_kills,
            "least_in_flight": min(self._in_flight),
            "acknowledged_writes": sum(each["outcome"] == "ok" for each in writes),
            "writes_without_answer": sum(each["outcome"] == "unknown" for each in writes),
            "checked": {name: finding.checked for name, finding in findings.items()},
            "faults": list(_list_faults(findings)),
        }


def _list_faults(findings: dict[str, Finding]) -> list[str]:
    return [f"{name}: {fault}" for name, finding in findings.items() for fault in finding.faults]


def run_leg(leg: Leg, cluster: PostgresCluster | None) -> Row:
    """Run a leg in a temporary folder, which is kept if a check fails, and return its row."""
    folder = Path(tempfile.mkdtemp(prefix="wavetank-kills-"))
    row = KilledRun(leg, folder, cluster).run()
    if row["faults"]:
        row["faults"].append(f"see {folder}")
    else:
        shutil.rmtree(folder)
    return row
