"""The command `python -m bench.load`: load servers that share a database for minutes, and record what they did.

python -m bench.load                          # 3 servers, 200 workspaces, 10 minutes; writes docs/measured/load.jsonl
python -m bench.load --seconds 30 --dry-run   # only print the result

Clients send a mix of requests to random workspaces through nginx, which sends each request to the next server. Any
answer that the mix does not expect is an error. The memory of the servers, the connections to the database and its size
are sampled meanwhile. The workspaces are full before (`load_mix`), and the servers are started after that, so that each
has in memory what it reads.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression
from typing import Any

from bench.http_connection import HttpConnection
from bench.load_mix import MIX, SIGN_IN, Request, WorkspaceClient, create_workspaces
from bench.machine import load_average
from tests.measured import MEASURED, Row, locked, read_rows, write_rows
from tests.storage import postgres_cluster, replicas

FILE = MEASURED / "load.jsonl"
FLAGS = ("--timing", "quick", "--journal", "50")
"""The journals are short, so that they are full before the half of the time in which the memory is measured."""
SAMPLES = 60
COUNT_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'wavetank'"


@dataclass(slots=True)
class Samples:
    """What was sampled: the seconds since the start, the MiB of each server, and the database's connections and MiB."""

    seconds: list[float] = field(default_factory=list)
    memory: list[list[float]] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def memory_slope(self) -> float:
        """Return by how many MiB a minute the servers' memory grows in the second half of the time, together."""
        half = len(self.seconds) // 2
        total = [sum(each) for each in self.memory]
        return 60 * linear_regression(self.seconds[half:], total[half:]).slope


@dataclass(slots=True)
class Tally:
    """The latencies of the answered requests in milliseconds, by kind, and the errors."""

    latencies: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, milliseconds: float, error: str) -> None:
        """Note a request. `error` is empty if its answer is as expected."""
        self.latencies.setdefault(kind, []).append(milliseconds)
        if error:
            self.errors[f"{kind}: {error}"] += 1

    def total(self) -> list[float]:
        """Return the latencies of all requests."""
        return [each for latencies in self.latencies.values() for each in latencies]


async def send_many(origin: str, workspaces: Sequence[str], seed: int, deadline: float, tally: Tally) -> None:
    """Send requests one after another until the time is over."""
    chance, connection = random.Random(seed), HttpConnection(origin)
    clients = {name: WorkspaceClient(connection, name, chance) for name in workspaces}
    kinds, weights = list(MIX), [weight for _, weight in MIX.values()]
    while time.perf_counter() < deadline:
        client, kind = clients[chance.choice(workspaces)], chance.choices(kinds, weights)[0]
        if not client.has_token:
            tally.note(SIGN_IN, *await time_request(MIX[SIGN_IN][0], client))
        tally.note(kind, *await time_request(MIX[kind][0], client))
    connection.close()


async def time_request(request: Request, client: WorkspaceClient) -> tuple[float, str]:
    """Send a request. Return its latency in milliseconds, and its error, an empty text if there was none."""
    started = time.perf_counter()
    try:
        error = await request(client)
    except (OSError, EOFError) as failure:
        error = type(failure).__name__
    return 1000 * (time.perf_counter() - started), error


async def sample_until(
    deadline: float, interval: float, servers: Sequence[replicas.ServerProcess], url: str
) -> Samples:
    """Sample the servers and the database until the time is over."""
    import psycopg

    samples, started = Samples(), time.perf_counter()
    with psycopg.connect(url, autocommit=True) as database:
        while (now := time.perf_counter()) < deadline:
            samples.seconds.append(now - started)
            samples.memory.append([server.memory_kib() / 1024 for server in servers])
            samples.connections.append(_read_number(database, COUNT_CONNECTIONS))
            samples.database.append(_read_number(database, "SELECT pg_database_size(current_database())") / 2**20)
            await asyncio.sleep(interval)
    return samples


def _read_number(database: Any, statement: str) -> int:
    return int(database.execute(statement).fetchone()[0])


async def load(
    origin: str,
    servers: Sequence[replicas.ServerProcess],
    url: str,
    workspaces: Sequence[str],
    options: argparse.Namespace,
) -> tuple[Tally, Samples, float]:
    """Load the servers, after each of them has read each workspace once. Return their CPU seconds meanwhile, too."""
    for server in servers:
        connection = HttpConnection(server.origin)
        for name in workspaces:
            await connection.send("GET", f"/w/{name}/_mock/clock")
        connection.close()
    before = sum(server.cpu_seconds() for server in servers)
    tally, deadline = Tally(), time.perf_counter() + options.seconds
    clients = [send_many(origin, workspaces, seed, deadline, tally) for seed in range(options.clients)]
    sampling = asyncio.create_task(sample_until(deadline, options.seconds / SAMPLES, servers, url))
    await asyncio.gather(*clients)
    return tally, await sampling, sum(server.cpu_seconds() for server in servers) - before


def measure(options: argparse.Namespace) -> Row:
    """Start the database, the servers and nginx, load them, and return what was measured."""
    with tempfile.TemporaryDirectory(prefix="wavetank-load-") as parent, postgres_cluster.running_cluster() as cluster:
        folder, url = Path(parent), cluster.create_database("load")
        with replicas.running_replicas(folder, url, options.replicas, FLAGS) as (origin, _):
            workspaces = asyncio.run(create_workspaces(origin, options.workspaces))
        with replicas.running_replicas(folder, url, options.replicas, FLAGS) as (origin, servers):
            tally, samples, cpu = asyncio.run(load(origin, servers, url, workspaces, options))
        log = replicas.read_errors(servers)
    return to_row(options, tally, samples) | {
        "server_cpu_ms": round(1000 * cpu / max(1, len(tally.total())), 2),
        "log_lines": len(log),
        "log": log[:5],
        "load_average": load_average(),
    }


def to_row(options: argparse.Namespace, tally: Tally, samples: Samples) -> Row:
    """Return the figures of a run."""
    latencies = tally.total()
    return {
        "replicas": options.replicas,
        "workspaces": options.workspaces,
        "clients": options.clients,
        "seconds": options.seconds,
        "requests": len(latencies),
        "rate": round(len(latencies) / options.seconds, 1),
        "p50_ms": percentile(latencies, 50),
        "p99_ms": percentile(latencies, 99),
        "errors": sum(tally.errors.values()),
        "error_kinds": dict(tally.errors.most_common(5)),
        "memory_mib": {
            "start": round(sum(samples.memory[0])),
            "half": round(sum(samples.memory[len(samples.memory) // 2])),
            "end": round(sum(samples.memory[-1])),
        },
        "memory_slope": round(samples.memory_slope(), 2),
        "connections": max(samples.connections),
        "database_mib": {"start": round(samples.database[0]), "end": round(samples.database[-1])},
        "kinds": {
            kind: {"requests": len(each), "p50_ms": percentile(each, 50), "p99_ms": percentile(each, 99)}
            for kind, each in sorted(tally.latencies.items())
        },
    }


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))], 1)


def main() -> None:
    """Run the load, and print and record the result. Exit with 1 if there were errors."""
    parser = argparse.ArgumentParser(description="Load servers that share a database.")
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--workspaces", type=int, default=200)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--dry-run", action="store_true", help="do not write the result to a file")
    options = parser.parse_args()
    row = measure(options)
    if not options.dry_run:
        key = ("replicas", "workspaces", "seconds")
        with locked(FILE):
            kept = [each for each in read_rows(FILE) if [each[name] for name in key] != [row[name] for name in key]]
            write_rows(FILE, [*kept, row])
    print(json.dumps(row))
    sys.exit(1 if row["errors"] else 0)


if __name__ == "__main__":
    main()
