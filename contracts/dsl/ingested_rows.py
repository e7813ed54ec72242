"""The rows of an event that transaction summaries have brought in."""

from contracts.dsl import assertions
from contracts.dsl.steps import list_adjustments
from contracts.target.client import Client
from contracts.target.sandbox import ACME

MIDNIGHT = "T00:00:00Z"
DayRow = tuple[str, int, float]
"""The row of a day: timestamp, orders, revenue."""


def ingested_rows(client: Client, event: str) -> list[DayRow]:
    """Return the rows of an event of the partner, oldest first.

    All of them are manual rows of midnight: another source or time is a breach of ING-04, which blocks the contract.
    """
    rows = list_adjustments(client, event, ACME)
    others = [row for row in rows if row["source"] != "manual" or not row["created_at"].endswith(MIDNIGHT)]
    assertions.prepared("rows with another source or time", others, [], owner="ING-04.rows")
    return sorted((row["created_at"], row["purchase"], row["revenue"]) for row in rows)
