"""A package whose series grows: what an evaluation counts when one, the other, or both of two events join it.

The events that join are in no series, and have sold more than others while the package's events were on sale.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from contracts.dsl.cases import require_case
from contracts.dsl.measured_evaluations import (
    MAX_WINDOW,
    SoldPackage,
    Window,
    ensure_sold_package,
    evaluate_anew,
)
from contracts.dsl.measurements import remember
from contracts.dsl.series import post_series, preserve_series, read_series
from contracts.dsl.sold_days import SoldEvent, find_sold_events, read_today
from contracts.dsl.steps import Row, read_evaluation, rows_by_cluster
from contracts.target.deployment import Deployment

BY_SERIES = "EVENT_SERIES"
Rows = dict[str, Row]


@dataclass(frozen=True, slots=True)
class SeriesGrowth:
    """The counts of the package by series: as it is, with the event `one`, with `other`, and with both.

    `every` contains the counts of all purchases. All counts are of `window`. `is_in_series` says that the package's
    first event is in a series before others join it.
    """

    package: SoldPackage
    window: Window
    one: SoldEvent
    other: SoldEvent
    alone: Rows
    with_one: Rows
    with_other: Rows
    with_both: Rows
    every: Rows
    is_in_series: bool

    @property
    def has_grown(self) -> bool:
        """Whether the two events changed what is counted."""
        return self.with_both != self.alone


def measure_growth(deployment: Deployment) -> SeriesGrowth:
    """Return the growth that the run has measured. It is measured on first use; the series are restored."""
    return remember(deployment, "series growth", lambda: _measure(deployment))


@contextmanager
def grown_series(deployment: Deployment, growth: SeriesGrowth) -> Iterator[Rows]:
    """Let both events join while the package's result is the one without them. Yield that result."""
    client, package = deployment.partner, growth.package
    if rows_by_cluster(read_evaluation(client, package.id)) != growth.alone:
        evaluate_anew(deployment, package, growth.window, BY_SERIES)
    joining = [growth.one.id, growth.other.id]
    with preserve_series(client, [package.event_ids[0], *joining]):
        _join(deployment, package, *joining)
        yield growth.alone


def _measure(deployment: Deployment) -> SeriesGrowth:
    client, package = deployment.partner, ensure_sold_package(deployment)
    window = Window(read_today(deployment) - timedelta(days=MAX_WINDOW + 1), MAX_WINDOW)
    one, other = _choose_joining(deployment, package, window)
    with preserve_series(client, [package.event_ids[0], one.id, other.id]):
        with_one, with_other, with_both = (
            _count_joined(deployment, package, window, *joining)
            for joining in ((one.id,), (other.id,), (one.id, other.id))
        )
    every = evaluate_anew(deployment, package, window, "ALL_PURCHASES")
    alone = evaluate_anew(deployment, package, window, BY_SERIES)
    is_in_series = bool(deployment.shared[_original_key(package)])
    return SeriesGrowth(package, window, one, other, alone, with_one, with_other, with_both, every, is_in_series)


def _count_joined(deployment: Deployment, package: SoldPackage, window: Window, *joining: str) -> Rows:
    _join(deployment, package, *joining)
    return evaluate_anew(deployment, package, window, BY_SERIES)


def _join(deployment: Deployment, package: SoldPackage, *joining: str) -> None:
    """Post the series of the package's first event, which contains these events instead of earlier ones."""
    event, key = package.event_ids[0], _original_key(package)
    if key not in deployment.shared:
        deployment.shared[key] = read_series(deployment.partner, event)
    post_series(deployment.partner, event, *deployment.shared[key], *joining)


def _original_key(package: SoldPackage) -> str:
    return f"original series of {package.event_ids[0]}"


def _choose_joining(deployment: Deployment, package: SoldPackage, window: Window) -> tuple[SoldEvent, SoldEvent]:
    """Return two events outside the package and without a series that have sold most in the window."""
    free = [event for event in find_sold_events(deployment) if not event.series and event.id not in package.event_ids]
    free.sort(key=lambda event: event.sold.count(window.first, window.last), reverse=True)
    require_case(len(free) > 1, "two events with sales that are in no series and not in the package")
    return free[0], free[1]
