"""Sales on three days, and the date ranges that contain some of these days."""

from collections.abc import Mapping, Sequence

from contracts.dsl.steps import Row, sale_row

DATE_RANGE_CASES: tuple[tuple[Mapping[str, str], Sequence[str]], ...] = (
    ({}, ("2026-08-01", "2026-08-02", "2026-08-03")),
    ({"start_date": "2026-08-02"}, ("2026-08-02", "2026-08-03")),
    ({"end_date": "2026-08-02"}, ("2026-08-01", "2026-08-02")),
    ({"start_date": "2026-08-02", "end_date": "2026-08-02"}, ("2026-08-02",)),
)
"""Date ranges to query, and the days that the response must contain if there are sales on 1, 2 and 3 August."""


def three_days_of_sales(customer_id: str, event_id: str) -> list[Row]:
    """Build three sales, at noon on 1, 2 and 3 August."""
    return [sale_row(customer_id, event_id, f"2026-08-0{day}T12:00:00Z") for day in (1, 2, 3)]
