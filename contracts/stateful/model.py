"""What the platform must hold after each step, told from its written rules alone: small, slow and plain.

It shares no code with any server. Instants are aware datetimes in UTC, money is a float that carries quarters whole.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

STAGE, EVALUATION, LIFE = timedelta(seconds=2), timedelta(seconds=2), timedelta(days=28)
"""How long a stage of a build, an evaluation and a built package's life take in a sandbox. Rule: PKG-03."""
INGEST = timedelta(seconds=2)
"""How long a summary of transactions is on its way in a sandbox. Rule: ING-03."""
MIDNIGHT = time(tzinfo=UTC)
RUN_AT = time(8, tzinfo=UTC)
"""When the platform attributes. Rule: JOB-02."""
CREDITS = ("campaign", "organic", "external")
NOT_DONE = ("INITIALIZING", "INPROGRESS", "EXPIRED")


@dataclass
class Sale:
    """One order. `arrival` is when the platform hears of it; `credits` tell whom each model credits."""

    customer: str
    event: str
    at: datetime
    arrival: datetime
    tickets: int
    revenue: float
    credits: dict[str, str]
    brought_in: bool
    looked_at: bool = False


@dataclass
class Adjustment:
    """A campaign result; `id` is learnt from the platform where the platform made the row."""

    event: str
    purchase: int
    revenue: float
    created_at: datetime
    source: str
    id: str | None = None


@dataclass
class Summary:
    """Transactions that are on their way until `due`: what they come to, and over which days they are spread."""

    event: str
    first: date
    days: int
    sold: int
    cents: int
    due: datetime


@dataclass
class Settings:
    """What a package is evaluated by."""

    window: int
    model: str
    sent: date | None = None


@dataclass
class Package:
    """A package. `clusters` are None until it is built, and then learnt where the platform built them."""

    events: list[str]
    created_at: datetime
    settings: Settings
    clusters: dict[str, list[str]] | None
    born: datetime
    built: datetime
    pending: datetime | None = None
    result: list[dict[str, Any]] = field(default_factory=list)
    before: list[dict[str, Any]] = field(default_factory=list)
    merge_id: str | None = None


@dataclass
class Event:
    """An event: its Lookout model, and the key of the series that it stands in."""

    model: str
    series: int


class Model:
    """One partner's world, from `now` on."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.events: dict[str, Event] = {}
        self.packages: dict[str, Package] = {}
        self.sales: list[Sale] = []
        self.rows: list[Adjustment] = []
        self.summaries: list[Summary] = []
        self.brought_in: set[str] = set()
        self.defaults = Settings(30, "EVENTS_FROM_PACKAGE")
        self.event_default = "FD"
        self._series = 0

    def pass_to(self, instant: datetime) -> None:
        """Let time pass; each job on the way is done at its own instant. Rules: JOB-03, PKG-03, BEV-03, BEV-04."""
        while (due := min(self._dues(), key=lambda job: job[0]))[0] <= instant:
            self.now = due[0]
            due[1](due[0])
        self.now = instant

    def _dues(self) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
        tomorrow = self.now.date() + timedelta(days=1)
        today = datetime.combine(self.now.date(), RUN_AT)
        yield (today if today > self.now else datetime.combine(tomorrow, RUN_AT)), self._attribute
        for summary in self.summaries:
            yield summary.due, lambda due, summary=summary: self._show(summary)  # type: ignore[misc] # mypy cannot infer it
        for package in self.packages.values():
            if package.pending is not None:
                yield package.pending, lambda due, package=package: self._evaluate(package, due)  # type: ignore[misc] # mypy cannot infer it

    def _attribute(self, due: datetime) -> None:
        """Rule: JOB-03."""
        for event_id, event in self.events.items():
            fresh = [s for s in self.sales if s.event == event_id and not s.looked_at and max(s.at, s.arrival) <= due]
            credited = [s for s in fresh if event.model != "EXTERNAL" and s.credits[event.model] == "campaign"]
            for sale in fresh:
                sale.looked_at = True
            if credited:
                revenue = sum(sale.revenue for sale in credited)
                self.rows.append(Adjustment(event_id, len(credited), revenue, due, "automated"))

    def _show(self, summary: Summary) -> None:
        """Rules: ING-03, ING-04, ING-05."""
        self.summaries.remove(summary)
        sold = cents = 0
        for number in range(summary.days):
            part = [whole * (number + 1) // summary.days for whole in (summary.sold, summary.cents)]
            if part != [sold, cents]:
                at = datetime.combine(summary.first + timedelta(days=number), MIDNIGHT)
                share = (part[1] - cents) / 100
                self.rows.append(Adjustment(summary.event, part[0] - sold, share, at, "manual"))
            sold, cents = part

    def _evaluate(self, package: Package, due: datetime) -> None:
        """Rules: BEV-03, BEV-04, PKG-13 (there is nothing to count while a package is built again)."""
        package.pending = None
        if package.clusters is None:
            return
        package.before = package.result
        package.result = self.counted(package, package.settings, due)

    def status(self, package: Package) -> str:
        """Rule: PKG-03."""
        if self.now >= package.built + LIFE:
            return "EXPIRED"
        if self.now >= package.built:
            return "DONE"
        return "INPROGRESS" if self.now >= package.born + STAGE else "INITIALIZING"

    def counted(self, package: Package, settings: Settings, due: datetime) -> list[dict[str, Any]]:
        """The rows of an evaluation that ends at `due`. Rules: BEV-05 to BEV-08."""
        first = settings.sent or package.created_at.date()
        days = {first + timedelta(days=day) for day in range(settings.window)}
        events = self._events_counted(package, settings.model)
        known = [s for s in self.sales if max(s.at, s.arrival) <= due and s.at.date() in days and s.event in events]
        rows = []
        for tc, customers in (package.clusters or {}).items():
            mine = [sale for sale in known if sale.customer in customers]
            buyers = len({sale.customer for sale in mine})
            rate = buyers / len(customers) if customers else 0
            items = sum(sale.tickets for sale in mine)
            rows.append({"tc": tc, "customers": buyers, "items": items, "purchase": len(mine), "conversion_rate": rate})
        return rows

    def _events_counted(self, package: Package, model: str) -> set[str]:
        """Rule: BEV-06."""
        if model == "ALL_PURCHASES":
            return set(self.events)
        if model == "EVENTS_FROM_PACKAGE":
            return set(package.events)
        series = {self.events[event_id].series for event_id in package.events}
        return {event_id for event_id, event in self.events.items() if event.series in series}

    def in_series_with(self, event_id: str) -> set[str]:
        """The others of an event's series. Rule: EVT-04."""
        series = self.events[event_id].series
        return {other for other, event in self.events.items() if event.series == series and other != event_id}

    def new_series(self) -> int:
        """A series of its own."""
        self._series += 1
        return self._series

    def replace_series(self, event_id: str, named: Iterable[str]) -> None:
        """Rules: EVT-04, EVT-05."""
        members = {event_id, *named}
        for left in self.in_series_with(event_id) - members:
            self.events[left].series = self.new_series()
        together = self.new_series()
        for member in members:
            self.events[member].series = together

    def regenerate(self, package: Package) -> bool:
        """Whether the package is built again. Rules: PKG-11, PKG-12, PKG-13."""
        if self.status(package) != "EXPIRED":
            return False
        package.born, package.built, package.clusters = self.now, self.now + 2 * STAGE, None
        return True

    def save(self, package: Package, settings: Settings) -> bool:
        """Whether the settings are taken. Rules: BEV-02, BEV-09."""
        if self.status(package) != "DONE":
            return False
        package.settings, package.pending = settings, self.now + EVALUATION
        return True

    def clear(self, event_id: str) -> None:
        """Rules: DRS-05, ING-06."""
        self.summaries = [summary for summary in self.summaries if summary.event != event_id]
        self.sales = [sale for sale in self.sales if sale.event != event_id or not sale.brought_in]
        self.rows = [row for row in self.rows if row.event != event_id or row.source != "manual"]

    def rows_of(self, event_id: str) -> list[Adjustment]:
        """Newest first, of one instant the last written first. Rule: CR-01."""
        ascending = sorted(self.rows, key=lambda row: row.created_at)
        return [row for row in reversed(ascending) if row.event == event_id]

    def sheet_of(self, event_id: str) -> dict[date, tuple[int, int]]:
        """What each day comes to: orders, and cents. Rule: SED-02."""
        known = [s for s in self.sales if s.event == event_id and max(s.at, s.arrival) <= self.now]
        by_hand = [row for row in self.rows if row.event == event_id and row.source == "manual"]
        found: dict[date, tuple[int, int]] = {}
        parts = [(sale.at.date(), 1, sale.revenue) for sale in known]
        for day, orders, revenue in [*parts, *((row.created_at.date(), row.purchase, row.revenue) for row in by_hand)]:
            before = found.get(day, (0, 0))
            found[day] = before[0] + orders, before[1] + round(revenue * 100)
        return dict(sorted(found.items()))

    def edit(self, event_id: str, day: date, orders: int, cents: int) -> bool:
        """Whether a sheet changes the day. Rules: SED-03, SED-04."""
        before = self.sheet_of(event_id).get(day, (0, 0))
        if (orders, cents) == before:
            return False
        difference = (cents - before[1]) / 100
        at = datetime.combine(day, MIDNIGHT)
        self.rows.append(Adjustment(event_id, orders - before[0], difference, at, "manual"))
        return True

    def reported_by_meta(self, event_id: str) -> list[dict[str, Any]]:
        """Rules: META-05, META-06."""
        known = [s for s in self.sales if s.event == event_id and max(s.at, s.arrival) <= self.now]
        days: dict[str, list[Sale]] = {}
        for sale in known:
            if sale.credits["META"] == "campaign":
                days.setdefault(sale.at.date().isoformat(), []).append(sale)
        return [
            {"date": day, "purchases": len(days[day]), "purchase_value": sum(sale.revenue for sale in days[day])}
            for day in sorted(days)
        ]

    def days_of(self, event_id: str) -> list[dict[str, Any]]:
        """Rules: DRS-02, LAM-03, LAM-04."""
        model = self.events[event_id].model
        known = [s for s in self.sales if s.event == event_id and max(s.at, s.arrival) <= self.now]
        days = []
        for day in sorted({sale.at.date() for sale in known}):
            mine = [sale for sale in known if sale.at.date() == day]
            split = {kind: [sale for sale in mine if sale.credits[model] == kind] for kind in CREDITS}
            days.append({"date": day.isoformat(), **_sum(mine), **{kind: _sum(sales) for kind, sales in split.items()}})
        return days


def _sum(sales: list[Sale]) -> dict[str, Any]:
    return {"revenue": sum(sale.revenue for sale in sales), "purchases": len(sales)}
