"""An event's sales adjustments: what may be entered by hand, and in which order rows are read."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from mock_server.domain.errors import Problem
from mock_server.domain.models import CampaignResult


def newest_first(rows: Iterable[CampaignResult]) -> list[CampaignResult]:
    """Rows by their instant, the latest first; of one instant the last written first. Rule: CR-01."""
    return sorted(rows, key=lambda row: (row.created_at, row.number), reverse=True)


def created_between(rows: Iterable[CampaignResult], first: date, last: date) -> list[CampaignResult]:
    """The rows whose `created_at` falls on a day of the range, both ends included. Rule: DRS-03."""
    return [row for row in rows if first <= row.created_at.date() <= last]


def problems(purchase: int, revenue: Decimal) -> tuple[Problem, ...]:
    """What is wrong with a manual adjustment as a whole. Rule: CR-03 (not both zero)."""
    if purchase == 0 and revenue == 0:
        return (Problem("range", "purchase", "purchase and revenue are both 0: there is nothing to adjust"),)
    return ()
