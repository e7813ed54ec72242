"""The rows of transaction summaries: read from the platform, checked, and copied into the model.

The platform spreads a summary at random, so the model predicts no share. The properties of every valid spread are
checked: its sum, its days and its signs.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from contracts.stateful.model import Adjustment, TransactionSummary
from contracts.stateful.modelled_world import ModelledWorld, format_timestamp, parse_timestamp, require_equal
from contracts.target.sandbox import ACME

RULES = ("ING-03", "ING-04", "ING-05", "ING-06")
Rows = list[dict[str, Any]]


def learn(world: ModelledWorld) -> None:
    """Copy the rows of the summaries that have been processed since the last time. Raises BrokenRuleError."""
    unread, world.model.unread_summaries = world.model.unread_summaries, []
    for event_id in dict.fromkeys(summary.event for summary in unread):
        rows = _list_new_rows(world, event_id)
        _check_rows(event_id, rows, [summary for summary in unread if summary.event == event_id])
        for row in rows:
            at = parse_timestamp(row["created_at"])
            world.model.rows.append(Adjustment(event_id, row["purchase"], row["revenue"], at, "manual", row["id"]))


def _list_new_rows(world: ModelledWorld, event_id: str) -> Rows:
    """Return the event's manual rows that are not in the model; the row written last comes last."""
    known = {row.id for row in world.model.rows}
    query = {"eid": event_id, "partner_id": ACME}
    listed = world.call("listCampaignResults", 200, "CR-01", query=query).json()
    return [row for row in reversed(listed) if row["source"] == "manual" and row["id"] not in known]


def _check_rows(event_id: str, rows: Rows, summaries: Sequence[TransactionSummary]) -> None:
    totals = sum(row["purchase"] for row in rows), round(sum(row["revenue"] for row in rows) * 100)
    expected = sum(summary.sold for summary in summaries), sum(summary.cents for summary in summaries)
    require_equal(f"orders and cents of the summaries' rows of {event_id}", totals, expected, *RULES)
    negative = [row for row in rows if row["purchase"] < 0 or row["revenue"] < 0]
    require_equal(f"negative shares of {event_id}", negative, [], "ING-05")
    fractions = [row for row in rows if abs(row["revenue"] * 100 - round(row["revenue"] * 100)) > 1e-6]
    require_equal(f"shares of {event_id} with fractions of a cent", fractions, [], "ING-05")
    allowed = Counter(format_timestamp(midnight) for summary in summaries for midnight in summary.midnights)
    excess = Counter(row["created_at"] for row in rows) - allowed
    require_equal(f"rows of {event_id} on days without a summary", dict(excess), {}, "ING-04")
