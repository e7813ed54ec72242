"""The reference model: a simple implementation of the platform's written rules, without regard to speed.

It shares no code with any server. Timestamps are aware datetimes in UTC. Money is a float in multiples of 0.25, which
floats add without error, except in the rows of transaction summaries, which are read from the platform in cents.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

BUILD_STAGE_DURATION = EVALUATION_DURATION = timedelta(seconds=2)
"""How long an evaluation takes in a sandbox. Each of the two stages of a build takes as long. Rule: PKG-03."""
PACKAGE_LIFETIME = timedelta(days=28)
"""How long after its build a package expires. Rule: PKG-03."""
INGEST_DELAY = timedelta(seconds=2)
"""How long a sandbox takes to process a transaction summary. Rule: ING-03."""
MIDNIGHT = time(tzinfo=UTC)
ATTRIBUTION_TIME = time(8, tzinfo=UTC)
"""The time at which the attribution job runs each day. Rule: JOB-02."""
CREDIT_KINDS = ("campaign", "organic", "external")
NOT_DONE_STATUSES = ("INITIALIZING", "INPROGRESS", "EXPIRED")


@dataclass
class Sale:
    """One order. `arrived_at` is when the platform learns of the order. `credits` maps models to credited sources."""

    customer: str
    event: str
    sold_at: datetime
    arrived_at: datetime
    tickets: int
    revenue: float
    credits: dict[str, str]
    from_partner: bool
    is_attributed: bool = False


@dataclass
class Adjustment:
    """A campaign result. If the platform created the row, `id` is None until the row is read."""

    event: str
    purchase: int
    revenue: float
    created_at: datetime
    source: str
    id: str | None = None


@dataclass
class TransactionSummary:
    """A transaction summary that is processed at `due_at`: its totals, and the days over which they are spread."""

    event: str
    first_day: date
    day_count: int
    sold: int
    cents: int
    due_at: datetime

    @property
    def midnights(self) -> list[datetime]:
        """The possible timestamps of its rows. Rule: ING-04."""
        first = datetime.combine(self.first_day, MIDNIGHT)
        return [first + timedelta(days=number) for number in range(self.day_count)]


@dataclass
class EvaluationSettings:
    """A package's evaluation settings. `window` is in days."""

    window: int
    model: str
    email_sent_date: date | None = None


@dataclass
class Package:
    """A package. `clusters` is None until the package is built, and is then copied from the platform."""

    events: list[str]
    created_at: datetime
    settings: EvaluationSettings
    clusters: dict[str, list[str]] | None
    build_started_at: datetime
    built_at: datetime
    evaluation_due_at: datetime | None = None
    result: list[dict[str, Any]] = field(default_factory=list)
    previous_result: list[dict[str, Any]] = field(default_factory=list)
    merge_id: str | None = None


@dataclass
class Event:
    """An event: its Lookout model, and the key of its series."""

    attribution_model: str
    series: int


class ReferenceModel:
    """The state of one partner."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.events: dict[str, Event] = {}
        self.packages: dict[str, Package] = {}
        self.sales: list[Sale] = []
        self.rows: list[Adjustment] = []
        self.summaries: list[TransactionSummary] = []
        self.unread_summaries: list[TransactionSummary] = []
        self.events_with_summaries: set[str] = set()
        self.defaults = EvaluationSettings(30, "EVENTS_FROM_PACKAGE")
        self.default_attribution_model = "FD"
        self._last_series = 0

    def advance_to(self, timestamp: datetime) -> None:
        """Advance the clock. Each job that falls due runs at its due time. Rules: JOB-03, PKG-03, BEV-03, BEV-04."""
        while (next_job := min(self._due_jobs(), key=lambda job: job[0]))[0] <= timestamp:
            self.now = next_job[0]
            next_job[1](next_job[0])
        self.now = timestamp

    def _due_jobs(self) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
        tomorrow = self.now.date() + timedelta(days=1)
        today = datetime.combine(self.now.date(), ATTRIBUTION_TIME)
        yield (today if today > self.now else datetime.combine(tomorrow, ATTRIBUTION_TIME)), self._run_attribution
        for summary in self.summaries:
            yield summary.due_at, lambda due, summary=summary: self._apply_summary(summary)  # type: ignore[misc] # mypy cannot infer it
        for package in self.packages.values():
            if package.evaluation_due_at is not None:
                yield package.evaluation_due_at, lambda due, package=package: self._evaluate(package, due)  # type: ignore[misc] # mypy cannot infer it

    def _run_attribution(self, due: datetime) -> None:
        """Credit the sales that no run has processed. Rule: JOB-03."""
        for event_id, event in self.events.items():
            new_sales = [
                s
                for s in self.sales
                if s.event == event_id and not s.is_attributed and max(s.sold_at, s.arrived_at) <= due
            ]
            credited = [
                s
                for s in new_sales
                if event.attribution_model != "EXTERNAL" and s.credits[event.attribution_model] == "campaign"
            ]
            for sale in new_sales:
                sale.is_attributed = True
            if credited:
                revenue = sum(sale.revenue for sale in credited)
                self.rows.append(Adjustment(event_id, len(credited), revenue, due, "automated"))

    def _apply_summary(self, summary: TransactionSummary) -> None:
        """Mark a summary as processed. Its rows are read from the platform, which spreads them at random.

        Rules: ING-03, ING-04.
        """
        self.summaries.remove(summary)
        self.unread_summaries.append(summary)

    def _evaluate(self, package: Package, due: datetime) -> None:
        """Publish an evaluation. Rules: BEV-03, BEV-04, PKG-13 (no result while the package is rebuilt)."""
        package.evaluation_due_at = None
        if package.clusters is None:
            return
        package.previous_result = package.result
        package.result = self.evaluate(package, package.settings, due)

    def status(self, package: Package) -> str:
        """Return the package's status. Rule: PKG-03."""
        if self.now >= package.built_at + PACKAGE_LIFETIME:
            return "EXPIRED"
        if self.now >= package.built_at:
            return "DONE"
        return "INPROGRESS" if self.now >= package.build_started_at + BUILD_STAGE_DURATION else "INITIALIZING"

    def evaluate(self, package: Package, settings: EvaluationSettings, due: datetime) -> list[dict[str, Any]]:
        """Return the rows of an evaluation that ends at `due`. Rules: BEV-05 to BEV-08."""
        first = settings.email_sent_date or package.created_at.date()
        days = {first + timedelta(days=day) for day in range(settings.window)}
        events = self._counted_events(package, settings.model)
        counted_sales = [
            s
            for s in self.sales
            if max(s.sold_at, s.arrived_at) <= due and s.sold_at.date() in days and s.event in events
        ]
        rows = []
        for tc, customers in (package.clusters or {}).items():
            cluster_sales = [sale for sale in counted_sales if sale.customer in customers]
            buyers = len({sale.customer for sale in cluster_sales})
            rate = buyers / len(customers) if customers else 0
            items = sum(sale.tickets for sale in cluster_sales)
            rows.append(
                {"tc": tc, "customers": buyers, "items": items, "purchase": len(cluster_sales), "conversion_rate": rate}
            )
        return rows

    def _counted_events(self, package: Package, model: str) -> set[str]:
        """Return the events that count for a package. Rule: BEV-06."""
        if model == "ALL_PURCHASES":
            return set(self.events)
        if model == "EVENTS_FROM_PACKAGE":
            return set(package.events)
        series = {self.events[event_id].series for event_id in package.events}
        return {event_id for event_id, event in self.events.items() if event.series in series}

    def other_series_members(self, event_id: str) -> set[str]:
        """Return the other events of an event's series. Rule: EVT-04."""
        series = self.events[event_id].series
        return {other for other, event in self.events.items() if event.series == series and other != event_id}

    def create_series(self) -> int:
        """Return the key of a new series."""
        self._last_series += 1
        return self._last_series

    def replace_series(self, event_id: str, named: Iterable[str]) -> None:
        """Replace an event's series. Former members that are not named leave the series. Rules: EVT-04, EVT-05."""
        members = {event_id, *named}
        for removed in self.other_series_members(event_id) - members:
            self.events[removed].series = self.create_series()
        new_series = self.create_series()
        for member in members:
            self.events[member].series = new_series

    def regenerate(self, package: Package) -> bool:
        """Rebuild the package, or return False if its status does not allow this. Rules: PKG-11, PKG-12, PKG-13."""
        if self.status(package) != "EXPIRED":
            return False
        package.build_started_at, package.built_at, package.clusters = (
            self.now,
            self.now + 2 * BUILD_STAGE_DURATION,
            None,
        )
        return True

    def save_settings(self, package: Package, settings: EvaluationSettings) -> bool:
        """Save the settings, or return False if the package's status does not allow this. Rules: BEV-02, BEV-09."""
        if self.status(package) != "DONE":
            return False
        package.settings, package.evaluation_due_at = settings, self.now + EVALUATION_DURATION
        return True

    def clear_sales(self, event_id: str) -> None:
        """Remove the partner's sales, the manual rows and the pending summaries of an event. Rules: DRS-05, ING-06."""
        self.summaries = [summary for summary in self.summaries if summary.event != event_id]
        self.sales = [sale for sale in self.sales if sale.event != event_id or not sale.from_partner]
        self.rows = [row for row in self.rows if row.event != event_id or row.source != "manual"]

    def rows_of(self, event_id: str) -> list[Adjustment]:
        """Return the rows, newest first. If timestamps are equal, the row written last comes first. Rule: CR-01."""
        ascending = sorted(self.rows, key=lambda row: row.created_at)
        return [row for row in reversed(ascending) if row.event == event_id]

    def sheet_of(self, event_id: str) -> dict[date, tuple[int, int]]:
        """Return the totals of each day: orders, and revenue in cents. Rule: SED-02."""
        known_sales = [s for s in self.sales if s.event == event_id and max(s.sold_at, s.arrived_at) <= self.now]
        manual_rows = [row for row in self.rows if row.event == event_id and row.source == "manual"]
        totals: dict[date, tuple[int, int]] = {}
        parts = [(sale.sold_at.date(), 1, sale.revenue) for sale in known_sales]
        for day, orders, revenue in [
            *parts,
            *((row.created_at.date(), row.purchase, row.revenue) for row in manual_rows),
        ]:
            before = totals.get(day, (0, 0))
            totals[day] = before[0] + orders, before[1] + round(revenue * 100)
        return dict(sorted(totals.items()))

    def edit_day(self, event_id: str, day: date, orders: int, cents: int) -> bool:
        """Set a day's totals from an uploaded sheet. Return whether they changed. Rules: SED-03, SED-04."""
        before = self.sheet_of(event_id).get(day, (0, 0))
        if (orders, cents) == before:
            return False
        difference = (cents - before[1]) / 100
        at = datetime.combine(day, MIDNIGHT)
        self.rows.append(Adjustment(event_id, orders - before[0], difference, at, "manual"))
        return True

    def meta_report(self, event_id: str) -> list[dict[str, Any]]:
        """Return the conversions by day: sales that Meta credits to campaigns. Rules: META-05, META-06."""
        known_sales = [s for s in self.sales if s.event == event_id and max(s.sold_at, s.arrived_at) <= self.now]
        days: dict[str, list[Sale]] = {}
        for sale in known_sales:
            if sale.credits["META"] == "campaign":
                days.setdefault(sale.sold_at.date().isoformat(), []).append(sale)
        return [
            {"date": day, "purchases": len(days[day]), "purchase_value": sum(sale.revenue for sale in days[day])}
            for day in sorted(days)
        ]

    def daily_revenue(self, event_id: str) -> list[dict[str, Any]]:
        """Return the days with sales, split by the event's Lookout model. Rules: DRS-02, LAM-03, LAM-04."""
        model = self.events[event_id].attribution_model
        known_sales = [s for s in self.sales if s.event == event_id and max(s.sold_at, s.arrived_at) <= self.now]
        days = []
        for day in sorted({sale.sold_at.date() for sale in known_sales}):
            day_sales = [sale for sale in known_sales if sale.sold_at.date() == day]
            split = {kind: [sale for sale in day_sales if sale.credits[model] == kind] for kind in CREDIT_KINDS}
            days.append(
                {
                    "date": day.isoformat(),
                    **_totals(day_sales),
                    **{kind: _totals(sales) for kind, sales in split.items()},
                }
            )
        return days


def _totals(sales: list[Sale]) -> dict[str, Any]:
    return {"revenue": sum(sale.revenue for sale in sales), "purchases": len(sales)}
