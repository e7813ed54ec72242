"""Backhaul evaluation: properties of windows that hold on any deployment whose events have sold."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.evaluations import cluster_sizes
from contracts.dsl.measured_evaluations import (
    ADDITIVE_FIELDS,
    FAR_FUTURE,
    MAX_WINDOW,
    OWN_EVENTS,
    SoldPackage,
    Window,
    ensure_sold_package,
    evaluate_anew,
    evaluate_from_zero,
    evaluate_settings,
    find_open_part,
    measure,
    question,
    sum_fields,
)
from contracts.dsl.sold_days import ONE_DAY, SoldDays, find_sold_events, read_today
from contracts.dsl.steps import COUNT_FIELDS, Row, evaluation_totals, read_package, rows_by_cluster, settings_body
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

ALL = "ALL_PURCHASES"
EARLIER_DAYS = 305
MANY = 100
WRITES = ("createPackage", "replaceEvaluationSettings")
SPLITS = ((1, 7), (7, 38), (30, 60))
"""Windows of N and of M days that follow each other. Months of 31, 30 or 28 days would change one of the three."""


def _days_between(first: date, last: date) -> Iterator[date]:
    for days in range((last - first).days + 1):
        yield first + timedelta(days=days)


def choose_start(sold: SoldDays, today: date, split: int, total: int) -> date:
    """Return the first day of windows in which a wrong length shows, because the days at both sides of the split sold.

    Windows over a 29 February come first, then those that begin in a month of another length than 30 days. All of the
    window is in the past.
    """
    latest = min(sold.last - timedelta(days=split), today - timedelta(days=total + 2))

    def rank(first: date) -> tuple[bool, bool, int]:
        last, split_day = first + timedelta(days=total - 1), first + timedelta(days=split)
        leap = any((day.month, day.day) == (2, 29) and day in sold.orders for day in _days_between(first, last))
        month = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY
        around = min(sold.orders.get(day, 0) for day in (first, split_day - ONE_DAY, split_day))
        return around > 0 and leap, around > 0 and month.day != 30, around

    starts = require_cases(_days_between(sold.first, latest), f"sales that ended {total} days ago or earlier")
    best = max(starts, key=rank)
    require_case(rank(best)[2] > 0, f"orders on the first day, and before and after the split {split} days later")
    return best


@property_test("BEV-07.begin", "BEV-07.length", writes=WRITES)
@pytest.mark.parametrize(("days", "further"), SPLITS)
def test_two_windows_in_a_row_count_what_one_over_both_counts(writable: Deployment, days: int, further: int) -> None:
    package, today = ensure_sold_package(writable), read_today(writable)
    first = choose_start(package.sold, today, days, days + further)
    windows = Window(first, days), Window(first + timedelta(days=days), further), Window(first, days + further)
    one, next_one, both = (measure(writable, package, window) for window in windows)
    sums = {(tc, name): one[tc][name] + next_one[tc][name] for tc in both for name in ADDITIVE_FIELDS}
    question(writable, package, all(total == both[tc][name] for (tc, name), total in sums.items()))
    for (tc, name), total in sums.items():
        what = f"{name} of {tc} in {windows[0]}, added to those in {windows[1]}, compared with {windows[2]}"
        assertions.equal(what, total, both[tc][name], part=find_open_part(name))
    require_case(sum_fields(both, "purchase") != (0,), f"orders of the package's customers in {windows[2]}")


def _last_year(deployment: Deployment) -> Window:
    """Return the longest window that ended two days ago."""
    return Window(read_today(deployment) - timedelta(days=MAX_WINDOW + 1), MAX_WINDOW)


@property_test("BEV-07.begin", "BEV-07.length", writes=WRITES)
def test_all_purchases_of_a_year_are_those_of_its_two_parts(writable: Deployment) -> None:
    package, year = ensure_sold_package(writable), _last_year(writable)
    first = year.first
    windows = Window(first, EARLIER_DAYS), Window(first + timedelta(days=EARLIER_DAYS), MAX_WINDOW - EARLIER_DAYS)
    parts = [sum_fields(measure(writable, package, window, ALL), *ADDITIVE_FIELDS) for window in windows]
    whole = sum_fields(measure(writable, package, year, ALL), *ADDITIVE_FIELDS)
    both = tuple(map(sum, zip(*parts, strict=True)))
    if both != whole:
        again = sum_fields(evaluate_anew(writable, package, year, ALL), *ADDITIVE_FIELDS)
        question(writable, package, holds=False)
        require_case(again == whole, "a year whose sales stay as they are: more have arrived meanwhile")
    for name, total, expected in zip(ADDITIVE_FIELDS, both, whole, strict=True):
        what = f"{name} in {windows[0]} and in {windows[1]}, compared with {year}"
        assertions.equal(what, total, expected, part=find_open_part(name))
    require_case(any(whole), f"purchases of the package's customers in {year}")


def _list_measured(deployment: Deployment, package: SoldPackage) -> list[tuple[Window, int]]:
    """Return windows of different lengths and the orders that the package's own events have in each."""
    today = read_today(deployment)
    firsts = [choose_start(package.sold, today, days, days + further) for days, further in SPLITS]
    windows = [Window(first, days) for first, (days, _) in zip(firsts, SPLITS, strict=True)]
    return [(window, sum_fields(measure(deployment, package, window), "purchase")[0]) for window in windows]


def _counts_all(deployment: Deployment, package: SoldPackage) -> bool:
    """Whether the package's customers made all orders of its events. Else a window only has an upper bound."""
    seen = sum_fields(measure(deployment, package, package.whole), "purchase")[0]
    most = package.sold.count(package.whole.first, package.whole.last)
    if not seen:
        _expect_any_purchase(deployment, package)
    require_case(seen > 0, "orders of the package's customers for its events")
    require_case(seen <= most, "a daily revenue that counts in orders, as evaluations do")
    return seen == most


def _expect_any_purchase(deployment: Deployment, package: SoldPackage) -> None:
    """Check that the customers of a large package have bought anything at all in the year before today."""
    size = sum(cluster_sizes(deployment, package.id).values())
    require_case(size >= MANY, f"a package of {MANY} customers or more")
    year = _last_year(deployment)
    orders = sum(event.sold.count(year.first, year.last) for event in find_sold_events(deployment))
    require_case(orders >= MANY, f"{MANY} orders in a year")
    rows = evaluate_settings(deployment, package.id, year.settings(ALL))
    assertions.is_true(
        f"any purchases of {size} customers are counted in {year} under ALL_PURCHASES",
        evaluation_totals(rows) != (0, 0, 0),
        expected=f"some; events of the partner have {orders} orders in these days",
        seen=rows,
    )


@property_test("BEV-06.models", "BEV-07.begin", "BEV-07.length", writes=WRITES)
def test_a_window_counts_the_orders_of_its_days(writable: Deployment) -> None:
    """The zone of the days is not documented, so the days at both ends may count or not."""
    package = ensure_sold_package(writable)
    counts_all, measured = _counts_all(writable, package), _list_measured(writable, package)
    for window, seen in measured:
        most = package.sold.count(window.first - ONE_DAY, window.last + ONE_DAY)
        least = package.sold.count(window.first + ONE_DAY, window.last - ONE_DAY) if counts_all else 0
        expected = f"{least} to {most}, the orders of its days in the daily revenue"
        question(writable, package, least <= seen <= most)
        assertions.is_true(f"orders counted in {window}", least <= seen <= most, expected=expected, seen=seen)


@property_test("BEV-08.counts", writes=WRITES)
def test_clusters_count_no_more_orders_than_were_sold(writable: Deployment) -> None:
    package = ensure_sold_package(writable)
    rows, whole = measure(writable, package, package.whole), package.whole
    sold = package.sold.count(whole.first, whole.last)
    (counted,) = sum_fields(rows, "purchase")
    question(writable, package, counted <= sold)
    assertions.at_most(f"orders of all clusters in {whole}", counted, sold)
    require_case(sum_fields(rows, "purchase") != (0,), "orders of the package's customers for its events")


@property_test("BEV-08.counts", writes=WRITES)
def test_a_cluster_has_no_more_buyers_than_customers(writable: Deployment) -> None:
    package = ensure_sold_package(writable)
    rows, sizes = measure(writable, package, _last_year(writable), ALL), cluster_sizes(writable, package.id)
    for tc, row in rows.items():
        assertions.at_most(f"customers of {tc}, compared with the size of the cluster", row["customers"], sizes[tc])
    repeated = any(row["purchase"] > sizes[tc] for tc, row in rows.items())
    require_case(repeated, "a cluster with more orders than customers")


@property_test("BEV-07.begin", writes=WRITES)
def test_a_window_does_not_count_the_days_of_another(writable: Deployment) -> None:
    """A shift by whole days cannot come from a time zone: then each window counts exactly the orders of other days."""
    package = ensure_sold_package(writable)
    require_case(_counts_all(writable, package), "a package whose customers made all orders of its events")
    measured = _list_measured(writable, package)
    shifts = [
        {days for days in range(-2, 3) if seen == _count_shifted(package.sold, window, days)}
        for window, seen in measured
    ]
    common = set.intersection(*shifts)
    require_case(bool(common), "days of the daily revenue that are the days of a window")
    question(writable, package, 0 in common)
    windows = ", ".join(str(window) for window, _ in measured)
    what = f"days by which the counted days differ from {windows}"
    assertions.is_true(what, 0 in common, expected=0, seen=sorted(common))


@property_test("BEV-07.ends", writes=WRITES)
def test_a_window_counts_whole_days_of_the_daily_revenue(writable: Deployment) -> None:
    package = ensure_sold_package(writable)
    require_case(_counts_all(writable, package), "a package whose customers made all orders of its events")
    measured = _list_measured(writable, package)
    for window, seen in measured:
        expected = _count_shifted(package.sold, window, 0)
        question(writable, package, seen == expected)
        assertions.equal(f"orders counted in {window}", seen, expected)


def _count_shifted(sold: SoldDays, window: Window, days: int) -> int:
    shift = timedelta(days=days)
    return sold.count(window.first + shift, window.last + shift)


def _find_empty_windows(sold: SoldDays, today: date) -> Iterator[Window]:
    """Yield past windows without orders, a day away from the days that have any."""
    days = 30
    yield Window(sold.first - timedelta(days=days + 1), days)
    after = min(days, (today - sold.last).days - 3)
    if after > 0:
        yield Window(sold.last + 2 * ONE_DAY, after)


@property_test("BEV-06.models", "BEV-07.begin", "BEV-07.length", writes=WRITES)
@pytest.mark.parametrize("place", ["before the first sale", "after the last sale"])
def test_a_window_without_sales_counts_nothing(writable: Deployment, place: str) -> None:
    package, today = ensure_sold_package(writable), read_today(writable)
    before, *after = _find_empty_windows(package.sold, today)
    windows = [before] if place == "before the first sale" else after
    require_case(_counts_any(writable, package), "orders of the package's customers for its events")
    for empty in require_cases(windows, "days between the last sale and today"):
        counts = _totals(measure(writable, package, empty))
        question(writable, package, not any(counts.values()))
        assertions.equal(f"counts of all clusters in {empty}", counts, dict.fromkeys(COUNT_FIELDS, 0))


@property_test("BEV-07.begin", writes=WRITES)
@pytest.mark.parametrize("model", [OWN_EVENTS, ALL])
def test_a_window_in_the_far_future_counts_nothing(writable: Deployment, model: str) -> None:
    package = ensure_sold_package(writable)
    counts = _totals(measure(writable, package, FAR_FUTURE, model))
    question(writable, package, not any(counts.values()))
    assertions.equal(f"counts of all clusters in {FAR_FUTURE}", counts, dict.fromkeys(COUNT_FIELDS, 0))
    require_case(_counts_any(writable, package), "orders of the package's customers for its events")


@property_test("BEV-08.completion", writes=WRITES)
def test_a_window_of_days_to_come_counts_nothing(writable: Deployment) -> None:
    package = ensure_sold_package(writable)
    window = Window(read_today(writable) + 2 * ONE_DAY, MAX_WINDOW)
    counts = _totals(measure(writable, package, window, ALL))
    question(writable, package, not any(counts.values()))
    assertions.equal(f"counts of all clusters in {window}", counts, dict.fromkeys(COUNT_FIELDS, 0))
    require_case(_counts_any(writable, package), "orders of the package's customers for its events")


@property_test("BEV-07.no_date", writes=WRITES)
def test_a_window_without_a_date_begins_on_the_day_of_creation(writable: Deployment) -> None:
    """It counts what a window that begins on this date counts before and after it, while sales may arrive."""
    package = ensure_sold_package(writable)
    created = date.fromisoformat(read_package(writable.partner, package.id)["created_at"][:10])
    sold = any(event.sold.count(created, created) for event in find_sold_events(writable))
    require_case(sold, "sales on the day on which the package was created")
    dated, undated = Window(created, 1).settings(ALL), settings_body(1, ALL)
    before, seen, after = (
        _totals(rows_by_cluster(evaluate_from_zero(writable, package.id, body))) for body in (dated, undated, dated)
    )
    require_case(before["purchase"] > 0, "orders of the package's customers on the day on which it was created")
    for name in COUNT_FIELDS:
        assertions.at_most(f"{name} in a window from {created}", before[name], seen[name])
        assertions.at_most(f"{name} in a window without a date", seen[name], after[name])


def _counts_any(deployment: Deployment, package: SoldPackage) -> bool:
    return sum_fields(measure(deployment, package, package.whole), "purchase") != (0,)


def _totals(rows: dict[str, Row]) -> dict[str, int]:
    return dict(zip(COUNT_FIELDS, sum_fields(rows, *COUNT_FIELDS), strict=True))
