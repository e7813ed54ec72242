"""The section of docs/reliability.md about what is kept in a database, from the figures of its long tests."""

from collections.abc import Iterator

from tests.measured import Row, read_rows
from tests.storage import store_size
from tests.storage.kills import run as kills
from tests.storage.kills.leg import STORES
from tests.storage.power_loss import run as power_loss
from tests.storage.simulation import run as simulation

HEAD = """
## Kept in a database

`make soak` runs these tests in full and records the figures; `make test` runs a short form of each.

In the simulation, two or three servers with the real application and store share a simulated database, or one has it
alone. A scheduler decides which server goes on, at each call of the database and between the statements of a
transaction, and lets connections fail and servers crash. A seed repeats a run exactly. It has
no model of the answers. It checks that

- each server returns what was acknowledged before, also after crashes: settings, rows, deletions, workspaces;
- in each committed state, whatever is not finished has a job that finishes it, each attribution run is done once, an
  evaluation is published only by the job of its own settings, and no version, revision or id is used twice;
- the time does not go back behind a change, though the machines' clocks differ by up to 5 seconds;
- servers with the same version of a workspace have the same state, also one that has just started;
- no response has a status of 500 or more but 503, and no server waits for ever.

A power loss is replayed from a trace of the writes to an SQLite file: of what was not synced, any sectors of 512 bytes
are dropped. The setting NORMAL is there to show that the check finds losses.

In the killed runs, 17 clients write through real servers: campaign results, settings, packages, sales, clock moves,
resets. Servers are killed with SIGKILL at random moments when at least 8 writes are in flight, and started again;
PostgreSQL is killed too, in turn with SIGKILL and as `pg_ctl -m immediate` does it. Clients log what was acknowledged.
At the end, a checker that shares no code with the server compares this log with what each server shows, and shows
again after all were killed. It checks that

- each acknowledged write is there, what had no answer at most once, and nothing else;
- no job was done twice, none is overdue, and each evaluation is that of the newest settings;
- no outdated evaluation was published: none appears after a reading without it that followed newer settings;
- the clock has moved by each acknowledged move once, and never back; there was one attribution run each day, and each
  sale was counted by the run that was due next;
- no id of a record, a request or a token was given twice, and tokens stay valid;
- reads show what was acknowledged before, through any server;
- no answer has a status of 500 or more but 503 while the database is away, and errors have the platform's body.

The tests of the checker plant a violation of each kind into a log (`tests/storage/kills/test_checks.py`).

The steady traffic adds and deletes rows of results, changes settings, and moves the clock, so only what is kept of the
past could grow: rows of earlier versions, versions of records, past jobs, checkpoints and the journal.

| test | count | result | command |
| --- | --- | --- | --- |
"""


def render() -> str:
    """Return the section."""
    rows = [
        *_simulation_rows(read_rows(simulation.FILE)),
        *map(_power_loss_row, read_rows(power_loss.FILE)),
        *_kill_rows(read_rows(kills.FILE)),
        *map(_size_row, read_rows(store_size.FILE)),
    ]
    return HEAD + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _simulation_rows(rows: list[Row]) -> Iterator[tuple[str, str, str, str]]:
    if not rows:
        return
    total = {name: sum(row[name] for row in rows) for name in rows[0] if isinstance(rows[0][name], int | float)}
    result = (
        f"{sum(len(row['violations']) for row in rows):,} violations; {total['steps']:,} steps, "
        f"{total['requests']:,} requests, {total['commits']:,} commits, {total['crashes']:,} crashes, "
        f"{total['comparisons']:,} comparisons of memory, {total['cpu_seconds'] / 60:.0f} minutes of CPU"
    )
    count = f"{total['seeds']:,} seeds of at least {min(row['fewest_steps'] for row in rows)} steps"
    yield "simulated servers of one database", count, result, _command("simulation")


def _power_loss_row(row: Row) -> tuple[str, str, str, str]:
    result = (
        f"{row['lost']:,} of {row['confirmed']:,} confirmed transactions lost, "
        f"in {row['states_with_losses']:,} states; "
        f"{row['corrupt']:,} states corrupt"
    )
    what = f"power losses with `synchronous={row['synchronous']}`"
    return what, f"{row['states']:,} states", result, _command("power_loss")


def _kill_rows(rows: list[Row]) -> Iterator[tuple[str, str, str, str]]:
    for store, servers in STORES.items():
        legs = [row for row in rows if row["store"] == store]
        if not legs:
            continue
        database = "SQLite" if store == "sqlite" else "PostgreSQL"
        count = f"{_sum(legs, 'kills'):,} kills of servers"
        if store != "sqlite":
            count += f", {_sum(legs, 'database_kills')} of PostgreSQL"
        result = (
            f"{sum(len(leg['faults']) for leg in legs):,} faults; {_sum(legs, 'acknowledged_writes'):,} acknowledged "
            f"writes and {sum(sum(leg['checked'].values()) for leg in legs):,} facts checked, "
            f"{_sum(legs, 'writes_without_answer'):,} writes without an answer; "
            f"at least {min(leg['least_in_flight'] for leg in legs)} writes in flight"
        )
        yield f"{servers} {'server' if servers == 1 else 'servers'} on {database}", count, result, _command("kills")


def _sum(rows: list[Row], name: str) -> int:
    return sum(row[name] for row in rows)


def _size_row(row: Row) -> tuple[str, str, str, str]:
    half, command = row["half"], "`.venv/bin/python -m tests.storage.store_size`"
    result = (
        f"{row['rows']:,} rows and {row['bytes'] / 1024 / 1024:.1f} MiB at the end, {half['rows']:,} rows and "
        f"{half['bytes'] / 1024 / 1024:.1f} MiB after {half['changes']:,} changes; in the last half, "
        f"{row['rows_per_thousand']:+.1f} rows and {row['bytes_per_thousand'] / 1024:+.1f} KiB for 1,000 changes"
    )
    return "size of an SQLite file under steady traffic", f"{row['changes']:,} changes", result, command


def _command(module: str) -> str:
    return f"`.venv/bin/python -m tests.storage.{module}.run`"
