"""The section of docs/reliability.md about what is kept in a database, from the figures of its long tests."""

from collections.abc import Iterator

from tests.measured import Row, read_rows
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

| test | count | result | command |
| --- | --- | --- | --- |
"""


def render() -> str:
    """Return the section."""
    rows = [*_simulation_rows(read_rows(simulation.FILE)), *map(_power_loss_row, read_rows(power_loss.FILE))]
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


def _command(module: str) -> str:
    return f"`.venv/bin/python -m tests.storage.{module}.run`"
