"""Defects in the adjustments of an event's daily revenue."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from mock_server.domain import adjustments
from mock_server.domain.revenue import RevenueDay
from mock_server.domain.sales import SalesTotal
from tests.defects.registry import Patch, defect
from tests.defects.revenue import NO_SALES, change_days, change_summary


def change_adjustments(patch: Patch, change: Callable[[list[Any]], list[Any]]) -> None:
    """Change the list of adjustments in daily revenue."""
    change_summary(patch, lambda call, found: replace(found, adjustments=change(found.adjustments)))


@defect("DRS-03")
def only_manual_rows_beside_the_days(patch: Patch) -> None:
    """Automated rows are missing from the adjustments."""
    change_adjustments(patch, lambda rows: [row for row in rows if row.source == "manual"])


@defect("DRS-03")
def corrections_missing_beside_the_days(patch: Patch) -> None:
    """Rows with a negative number of orders are missing from the adjustments."""
    change_adjustments(patch, lambda rows: [row for row in rows if row.purchase > 0])


@defect("DRS-03")
def rows_rounded_beside_the_days(patch: Patch) -> None:
    """The revenue of each adjustment is rounded to whole units of the currency."""
    change_adjustments(patch, lambda rows: [replace(row, revenue=row.revenue.quantize(Decimal(1))) for row in rows])


@defect("DRS-03")
def row_ids_differ_beside_the_days(patch: Patch) -> None:
    """The ids of adjustments differ from the ids of the same rows in the campaign results."""
    change_adjustments(patch, lambda rows: [replace(row, id=f"{row.id}_{row.number}") for row in rows])


@defect("DRS-03")
def rows_of_all_events_beside_the_days(patch: Patch) -> None:
    """The adjustments of all of the partner's events are returned."""

    def everyones(call: Any, found: Any) -> Any:
        rows = [row for row in call.store.results if row.partner_id == call.partner_id]
        return replace(found, adjustments=adjustments.newest_first(rows))

    change_summary(patch, everyones)


@defect("DRS-03")
def rows_beside_the_days_in_no_range(patch: Patch) -> None:
    """The adjustments of all days are returned, not only of the requested range."""
    patch.replace(adjustments, "created_between", lambda rows, first, last: list(rows))


@defect("DRS-03")
def rows_of_the_last_day_missing(patch: Patch) -> None:
    """Adjustments of the last day of the range are missing, unless they are at 00:00."""

    def before_midnight(rows: Any, first: date, last: date) -> list[Any]:
        return [row for row in rows if first <= row.created_at.date() < last]

    patch.replace(adjustments, "created_between", before_midnight)


@defect("DRS-03")
def rows_of_the_first_day_missing(patch: Patch) -> None:
    """Adjustments of the first day of the range are missing."""

    def later(rows: Any, first: date, last: date) -> list[Any]:
        return [row for row in rows if first < row.created_at.date() <= last]

    patch.replace(adjustments, "created_between", later)


def _add_rows_to_days(patch: Patch, source: str) -> None:
    def add_rows(summary: Any, days: list[RevenueDay]) -> list[RevenueDay]:
        known = {day.date: day for day in days}
        empty = dict.fromkeys(("campaign", "organic", "external"), NO_SALES)
        for row in (row for row in summary.adjustments if row.source == source):
            day = known.get(row.created_at.date()) or RevenueDay(row.created_at.date(), NO_SALES, empty)
            parts = {**day.split, "campaign": _add_row(day.split["campaign"], row)}
            known[day.date] = replace(day, total=_add_row(day.total, row), split=parts)
        return [known[day] for day in sorted(known)]

    change_days(patch, add_rows)


def _add_row(part: SalesTotal, row: Any) -> SalesTotal:
    return SalesTotal(part.revenue + row.revenue, part.purchases + row.purchase)


@defect("DRS-04")
def manual_rows_alter_the_days(patch: Patch) -> None:
    """Manual rows are added to the campaign sales of their days."""
    _add_rows_to_days(patch, "manual")


@defect("DRS-04")
def automated_rows_alter_the_days(patch: Patch) -> None:
    """Automated rows are added to the sales of their days."""
    _add_rows_to_days(patch, "automated")
