"""The command `python -m bench.stores`: what requests cost with each store, in CPU time, and record it.

CPU time is compared, and not rates: the load tool, nginx and the database share the machine with the servers.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.http_connection import HttpConnection
from bench.load import percentile, time_request
from bench.load_mix import Request, WorkspaceClient, change_row, create_workspaces, list_events, put_settings
from bench.report import format_table
from tests.measured import MEASURED, Row, write_rows
from tests.storage import postgres_cluster, replicas

FILE = MEASURED / "store_cost.jsonl"
STORES = {"memory": 1, "SQLite": 1, "PostgreSQL": 1, "PostgreSQL, 3 servers": 3}
"""The stores, and how many servers use each."""
CASES: dict[str, Request] = {
    "GET events": list_events,
    "PUT settings": put_settings,
    "POST, DELETE row": change_row,
}
WORKSPACES, CLIENTS, ROUNDS = 12, 4, 3


async def _send_round(clients: list[WorkspaceClient], case: str, count: int) -> list[float]:
    async def send(client: WorkspaceClient) -> list[float]:
        taken = []
        for _ in range(count):
            milliseconds, error = await time_request(CASES[case], client)
            assert not error, error
            taken.append(milliseconds)
        return taken

    return [each for one in await asyncio.gather(*map(send, clients)) for each in one]


async def _measure(
    store: str, origin: str, servers: list[replicas.ServerProcess], cluster: postgres_cluster.PostgresCluster | None
) -> Row:
    cpu = _sum_cpu(servers)
    workspaces = await create_workspaces(origin, WORKSPACES)
    row: Row = {"store": store, "create_ms": round(1000 * (_sum_cpu(servers) - cpu) / WORKSPACES, 2)}
    connections = [HttpConnection(origin) for _ in range(CLIENTS)]
    clients = [
        WorkspaceClient(connection, name, random.Random(1))
        for connection, name in zip(connections, workspaces, strict=False)
    ]
    for client in clients:
        await client.sign_in()
    for case in CASES:
        await _send_round(clients, case, 20)  # each server reads the workspaces
        costs, database, latencies = list[float](), list[float](), list[float]()
        for _ in range(ROUNDS):
            before, database_before = _sum_cpu(servers), _database_cpu(cluster)
            taken = await _send_round(clients, case, 60)
            latencies += taken
            costs.append(1000 * (_sum_cpu(servers) - before) / len(taken))
            database.append(1000 * (_database_cpu(cluster) - database_before) / len(taken))
        row[case] = {
            "server_ms": round(median(costs), 2),
            "database_ms": round(median(database), 2),
            "p50_ms": percentile(latencies, 50),
        }
    for connection in connections:
        connection.close()
    return row


def _sum_cpu(servers: list[replicas.ServerProcess]) -> float:
    return sum(server.cpu_seconds() for server in servers)


def _database_cpu(cluster: postgres_cluster.PostgresCluster | None) -> float:
    """Return the CPU seconds of the processes of the database."""
    process = None if cluster is None else cluster._process
    return 0.0 if process is None else replicas.cpu_seconds(process.pid)


def measure(store: str) -> Row:
    """Start the servers with a store, and return what requests cost."""
    with tempfile.TemporaryDirectory(prefix="wavetank-stores-") as parent, ExitStack() as stack:
        folder, cluster = Path(parent), None
        if store.startswith("PostgreSQL"):
            cluster = stack.enter_context(postgres_cluster.running_cluster())
            url = cluster.create_database("stores")
            origin, servers = stack.enter_context(replicas.running_replicas(folder, url, STORES[store]))
        else:
            flags = ["--data", str(folder / "tank.db")] if store == "SQLite" else []
            servers = stack.enter_context(replicas.running_servers(folder, flags))
            origin = stack.enter_context(replicas.running_proxy(folder, servers))
        return asyncio.run(_measure(store, origin, servers, cluster))


def format_costs(rows: Iterable[Row]) -> str:
    """Return the table of docs/scaling.md."""
    cells = [
        (
            row["store"],
            *(f"{row[case]['server_ms']:.1f} ms" for case in CASES),
            f"{row['create_ms']:.0f} ms",
            *(f"{1000 / row[case]['server_ms']:,.0f}" for case in list(CASES)[:2]),
            f"{row['PUT settings']['database_ms']:.1f} ms",
        )
        for row in rows
    ]
    costs = "`GET` events", "`PUT` settings", "`POST`, `DELETE` of a row", "new workspace"
    rates = "`GET` a second and core", "`PUT` a second and core"
    return format_table(["store", *costs, *rates, "database for a `PUT`"], cells)


def main() -> None:
    """Measure all stores, and print and record the rows."""
    argparse.ArgumentParser(description="Measure what requests cost with each store.").parse_args()
    rows = []
    for store in STORES:
        rows.append(measure(store))
        sys.stdout.write(f"{json.dumps(rows[-1])}\n")
        sys.stdout.flush()
    write_rows(FILE, rows)
    sys.stdout.write(f"{format_costs(rows)}\n")


if __name__ == "__main__":
    main()
