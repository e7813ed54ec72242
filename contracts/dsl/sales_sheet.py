"""The words of the contracts about the sheet of an event's sales: a shop, and what is exported and uploaded there."""

from decimal import Decimal

import httpx

from contracts.dsl import assertions, spreadsheets
from contracts.dsl.steps import a_sale, adjustments
from contracts.target.client import CSV, Client
from contracts.target.sandbox import ACME, Sandbox

PATH = "/daily_revenue_summary/sales_edit_export"
HEAD = list(spreadsheets.COLUMNS)


def export(client: Client, event: str, kind: str | None = "csv") -> httpx.Response:
    """The sheet as it is answered; the answer must be 200."""
    query = {"event_id": event} if kind is None else {"event_id": event, "format": kind}
    answer = client.call("exportSalesEdit", query=query)
    assertions.status(answer, 200)
    return answer


def days(client: Client, event: str) -> list[tuple[str, int, Decimal]]:
    """The days of the exported sheet."""
    rows = spreadsheets.rows_of_csv(export(client, event).content)
    assertions.equal("columns", rows[0], HEAD)
    return [(day, int(purchases), Decimal(amount)) for day, purchases, amount in rows[1:]]


def send(client: Client, event: str, file: bytes, kind: str = CSV) -> httpx.Response:
    """Upload a file, whatever comes of it."""
    query = f"event_id={event}"
    return client.send("POST", PATH, query=query, headers={"content-type": kind}, content=file)


def upload(client: Client, event: str, file: bytes, kind: str = CSV) -> int:
    """Upload a file; the answer must be 200. Gives how many days changed."""
    answer = send(client, event, file, kind)
    assertions.status(answer, 200)
    return int(answer.json()["changed"])


def by_hand(client: Client, event: str) -> list[tuple[str, int, float]]:
    """The manual rows of an event of the partner, the oldest first."""
    rows = [row for row in adjustments(client, event, ACME) if row["source"] == "manual"]
    return sorted((row["created_at"], row["purchase"], row["revenue"]) for row in rows)


def a_shop(sandbox: Sandbox) -> str:
    """An event with sales on 3 and 5 August, 10.1 and 0.2 + 0.1, of which a run credits all."""
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    for instant, amount in (("03T00:00:00", 10.1), ("05T10:00:00", 0.2), ("05T23:59:59", 0.1)):
        sandbox.sell(a_sale(buyer, event, f"2026-08-{instant}Z", revenue=amount))
    sandbox.go_to("2026-09-02T08:00:00Z")
    return event


def as_sold() -> list[tuple[str, int, Decimal]]:
    """The days of that event."""
    return [("2026-08-03", 1, Decimal("10.1")), ("2026-08-05", 2, Decimal("0.3"))]
