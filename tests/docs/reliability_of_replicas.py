"""The section of docs/reliability.md about several servers that share a database, from measured figures."""

from collections.abc import Iterator

from mock_server.state.checkpoints import MAX_CHECKPOINTS
from mock_server.state.record_history import MAX_DELETED_RECORDS
from tests.measured import MEASURED, Row, read_rows
from tests.storage import run_contracts

HEAD = """
## Several servers and one database

`contracts run` is to find the same with each store. With replicas, HAProxy sends each connection to the next server,
and the suite opens a connection for each request, so it meets another server on each call.

| store | profile | requests | contracts | others | log lines | CPU of the servers |
| --- | --- | --- | --- | --- | --- | --- |
"""
LOAD_HEAD = """
Repeat it with `.venv/bin/python -m tests.storage.run_contracts --profile smoke`. On each change, a test kills one of
three servers while clients write: they see no error but the 502 of a `POST` that the killed server was answering.

Under load, clients send a mix of requests (70 % reads, 12 % `PUT`, 12 % `POST` and `DELETE`, clock moves, sign-ins) to
random workspaces through nginx. All processes share the machine.

| servers, workspaces, clients | time | requests | rate | p50, p99 | errors | memory of the servers | database |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
LOAD_END = f"""
Repeat it with `.venv/bin/python -m bench.load`, and with `--workspaces 20`. The workspaces are full before the servers
start: each has {MAX_CHECKPOINTS} checkpoints and the history of {MAX_DELETED_RECORDS:,} deleted results, as after
weeks. The slope of the memory is that of the second half of the time. Data that were loaded at a start need less memory
than the data that replace them, so the servers grow by some 10 % until most are replaced. With 20 workspaces this takes
minutes, and that row shows the slope after it. Each server has at most 16 connections to the database.
"""


def render() -> str:
    """Return the section, or nothing if nothing was measured."""
    stores, loads = read_rows(run_contracts.FILE), read_rows(MEASURED / "load.jsonl")
    text = HEAD + _format(map(_store_cells, stores)) if stores else ""
    return text + LOAD_HEAD + _format(map(_load_cells, loads)) + LOAD_END if loads else text


def _format(rows: Iterator[list[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _store_cells(row: Row) -> list[str]:
    outcomes = dict(row["outcomes"])
    passed, not_applicable = outcomes.pop("pass", 0), outcomes.pop("not applicable", 0)
    others = ", ".join(f"{count} {verdict}" for verdict, count in outcomes.items()) or "none"
    return [
        row["store"],
        row["profile"],
        f"{row['requests']:,}",
        f"{passed:,} pass, {not_applicable} not applicable",
        others,
        str(row["log_lines"]),
        f"{row['server_cpu_seconds']:.0f} s",
    ]


def _load_cells(row: Row) -> list[str]:
    memory, database = row["memory_mib"], row["database_mib"]
    return [
        f"{row['replicas']}, {row['workspaces']}, {row['clients']}",
        f"{row['seconds'] / 60:g} min",
        f"{row['requests']:,}",
        f"{row['rate']:.0f} a second",
        f"{row['p50_ms']:.0f} ms, {row['p99_ms']:.0f} ms",
        str(row["errors"]),
        f"{memory['start']}, {memory['half']}, {memory['end']} MiB; {row['memory_slope']:+.1f} MiB a minute",
        f"{row['connections']} connections; {database['start']} to {database['end']} MiB",
    ]
