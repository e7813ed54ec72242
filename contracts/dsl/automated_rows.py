"""The rows that attribution runs create for an event."""

from contracts.dsl import assertions
from contracts.dsl.steps import Row, list_adjustments
from contracts.spec.breaches import checks_rule, may_differ
from contracts.target.client import Client

SCHEDULE_PART = "JOB-02.time"
RUN_TIME = "T08:00:00Z"


def list_automated_rows(client: Client, event_id: str, partner_id: str) -> list[tuple[str, int, float]]:
    """List the rows that attribution runs created for an event, oldest first: timestamp, purchases, revenue.

    A row of another time than that of the schedule is a breach of JOB-02, which blocks the contract. A contract of
    JOB-01 judges that itself, because it asks whether something else than the schedule has started a run.
    """
    rows = select_automated(list_adjustments(client, event_id, partner_id))
    if not may_differ(SCHEDULE_PART) and not checks_rule("JOB-01"):
        others = [row[0] for row in rows if not row[0].endswith(RUN_TIME)]
        assertions.prepared("automated rows at another time", others, [], owner=SCHEDULE_PART)
    return rows


def select_automated(rows: list[Row]) -> list[tuple[str, int, float]]:
    """Return the rows that attribution runs created, oldest first: timestamp, purchases, revenue."""
    automated = [row for row in rows if row["source"] == "automated"]
    return sorted((row["created_at"], row["purchase"], row["revenue"]) for row in automated)
