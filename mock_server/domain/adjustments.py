"""Sales adjustments: their order, selection by day, and the validation of manual adjustments."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from operator import attrgetter

from mock_server.domain.errors import Problem
from mock_server.domain.models import CampaignResult
from mock_server.domain.pieces import PART_SIZE, Steps, in_pieces, sort_values, split

_created_at_and_number = attrgetter("created_at", "number")


def newest_first(rows: Iterable[CampaignResult]) -> list[CampaignResult]:
    """Sort rows by `created_at`, latest first; rows with equal times by number, latest first. See: CR-01."""
    return sorted(rows, key=_created_at_and_number, reverse=True)


@in_pieces
def list_newest_first(rows: Collection[CampaignResult]) -> Steps[list[CampaignResult]]:
    """Return what `newest_first` returns, in steps if there are many rows."""
    if len(rows) <= PART_SIZE:
        return newest_first(rows)
    oldest_first = yield from sort_values((row.created_at, row.number, row) for row in rows)
    listed: list[CampaignResult] = []
    for part in split(reversed(oldest_first)):
        listed += [row for *_, row in part]
        yield len(part)
    return listed


def created_between(rows: Iterable[CampaignResult], first: date, last: date) -> list[CampaignResult]:
    """Return the rows created on the days from `first` to `last`, both included.

    Implements: DRS-03.
    """
    return [row for row in rows if first <= row.created_at.date() <= last]


def problems(purchase: int, revenue: Decimal) -> tuple[Problem, ...]:
    """Return the problems that concern a manual adjustment as a whole. See: CR-03 (not both zero)."""
    if purchase == 0 and revenue == 0:
        return (Problem("range", "purchase", "purchase and revenue must not both be 0"),)
    return ()
