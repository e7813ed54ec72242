"""Evaluations that properties compare with each other, all of one package whose events have sold.

The end of a job shows only in a changed result. So an evaluation whose result equals the one before is made again
after a result that differs, and a result is read again only where a property needs it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_case
from contracts.dsl.measurements import forget_unless, remember
from contracts.dsl.sold_days import ONE_DAY, SoldDays, choose_settled_events, read_sold_days
from contracts.dsl.steps import (
    SENT_DATE_FIELD,
    Row,
    evaluation_totals,
    package_order,
    parse_evaluation,
    read_evaluation,
    rows_by_cluster,
    settings_body,
    wait_for_build,
    wait_for_evaluation,
)
from contracts.spec.breaches import may_differ
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.clock import FIRST_PAUSE, machine_seconds
from contracts.target.deployment import Deployment

MAX_WINDOW = 365
OWN_EVENTS = "EVENTS_FROM_PACKAGE"
ADDITIVE_FIELDS = ("items", "purchase")
"""The counts of two windows that add up. `customers` does not: a buyer in both windows counts once."""
WHAT_ITEMS_COUNT = "BEV-08.counts"
"""The assumed part that says that items are tickets, which add up."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window of an evaluation: its first day and its number of days."""

    first: date
    days: int

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=self.days - 1)

    def settings(self, model: str = OWN_EVENTS) -> Row:
        """Return settings with this window."""
        return settings_body(self.days, model, **{SENT_DATE_FIELD: self.first.isoformat()})

    def __str__(self) -> str:
        return f"{self.days} days from {self.first}"


FAR_FUTURE = Window(date(2100, 1, 1), MAX_WINDOW)
"""A window in which there are no sales yet."""


@dataclass(frozen=True, slots=True)
class SoldPackage:
    """A package that is DONE, its events, whose sales are over, and the days on which they sold."""

    id: str
    event_ids: tuple[str, ...]
    sold: SoldDays

    @property
    def whole(self) -> Window:
        """The window over all sales of its events, with a margin; over the latest ones if that is too long."""
        last = self.sold.last + 2 * ONE_DAY
        first = max(self.sold.first - 2 * ONE_DAY, last - timedelta(days=MAX_WINDOW - 1))
        return Window(first, (last - first).days + 1)

    @property
    def before_sales(self) -> Window:
        """A day before all sales of its events."""
        return Window(self.sold.first - 30 * ONE_DAY, 1)


def ensure_sold_package(deployment: Deployment) -> SoldPackage:
    """Return the run's package over events whose sales are over. It is ordered on first use.

    Only properties that wait for their evaluations use it, so that none is in progress when the next one is saved.
    """
    if "sold package" not in deployment.shared:
        event_ids = tuple(event.id for event in choose_settled_events(deployment))
        order = package_order(list(event_ids), package_title=deployment.title("sold"))
        deployment.shared["sold package"] = steps.create_package(deployment.partner, order)["id"], event_ids
    package_id, event_ids = deployment.shared["sold package"]
    return remember(deployment, "sold package", lambda: _build_package(deployment, package_id, event_ids))


def _build_package(deployment: Deployment, package_id: str, event_ids: tuple[str, ...]) -> SoldPackage:
    built = wait_for_build(deployment, package_id)
    require_case(built["status"] == "DONE", f"a package over events whose sales are over ({package_id} is not DONE)")
    return SoldPackage(package_id, event_ids, read_sold_days(deployment.partner, event_ids))


def measure(deployment: Deployment, package: SoldPackage, window: Window, model: str = OWN_EVENTS) -> dict[str, Row]:
    """Return the rows by cluster that the window counts, from an earlier evaluation of the run if there is one."""
    name = f"{package.id} in {window} under {model}"
    return remember(deployment, name, lambda: evaluate_anew(deployment, package, window, model))


def evaluate_anew(
    deployment: Deployment, package: SoldPackage, window: Window, model: str = OWN_EVENTS
) -> dict[str, Row]:
    """Evaluate the package and return the rows by cluster. Raises InconclusiveError if no result can be told apart."""
    before = read_evaluation(deployment.partner, package.id)
    known = before
    if not before or _should_differ(package.sold.count(window.first, window.last), evaluation_totals(before)[2], model):
        started = machine_seconds()
        rows = evaluate_settings(deployment, package.id, window.settings(model), before)
        if rows != before:
            deployment.shared["evaluation seconds"] = machine_seconds() - started
            return rows_by_cluster(rows)
        known = read_evaluation(deployment.partner, package.id)
    detour = package.whole if evaluation_totals(before) == (0, 0, 0) else FAR_FUTURE
    apart = evaluate_settings(deployment, package.id, detour.settings(), known)
    if apart == before:
        raise InconclusiveError(f"no saved settings changed the result of {package.id} within the job timeout")
    return rows_by_cluster(evaluate_settings(deployment, package.id, window.settings(model), apart))


def _should_differ(sold: int, before: int, model: str) -> bool:
    """Whether a window in which the package's own events sold so many should change a result with so many purchases.

    A wider model counts at least as many, so it is only known whether it should count anything.
    """
    return before != sold if model == OWN_EVENTS else (before == 0) is not (sold == 0)


def evaluate_settings(deployment: Deployment, package_id: str, body: Row, known: list[Row] | None = None) -> list[Row]:
    """Save settings, and return the result when it has changed, or at the job timeout.

    `known` is the result before, if it has just been read.

    Raises InconclusiveError if the settings are refused: the bounds of a window and its dates are not documented.
    """
    client = deployment.partner
    before = read_evaluation(client, package_id) if known is None else known
    answer = client.call("replaceEvaluationSettings", {"package_id": package_id}, body=body)
    require_case(answer.status_code != 400, f"settings that the target accepts ({body} are refused)")
    assertions.step_status(answer, 200)
    return wait_for_evaluation(deployment, package_id, before)


def evaluate_from_zero(deployment: Deployment, package_id: str, body: Row) -> list[Row]:
    """Evaluate these settings. The result before counts nothing, so that the end of the job shows in what is counted.

    Without this, settings whose result equals the one before would be compared with the earlier result.
    """
    known = read_evaluation(deployment.partner, package_id)
    if not known or any(evaluation_totals(known)):
        known = evaluate_settings(deployment, package_id, FAR_FUTURE.settings(), known)
    return evaluate_settings(deployment, package_id, body, known)


def find_open_part(field: str) -> str | None:
    """Return the part in which the target may differ if this count of two windows does not add up. None if none."""
    return WHAT_ITEMS_COUNT if field == "items" and may_differ(WHAT_ITEMS_COUNT) else None


def sum_fields(rows: dict[str, Row], *fields: str) -> tuple[int, ...]:
    """Add up these fields over all clusters."""
    return tuple(sum(row[name] for row in rows.values()) for name in fields)


def wait_in_vain(
    deployment: Deployment, read: Callable[[], object], before: object, seconds: float | None = None
) -> object:
    """Read until the value differs from `before`, for twice the time of an evaluation. Return the last value read.

    An evaluation takes these `seconds`, by default those of the last one that was measured.
    """
    seconds = float(deployment.shared.get("evaluation seconds", 0)) if seconds is None else seconds
    until = machine_seconds() + 1 + 2 * seconds
    return deployment.clock.wait_for_change(
        "evaluation", read, lambda seen: seen != before or machine_seconds() > until, at_once=False, pause=FIRST_PAUSE
    )


def question(deployment: Deployment, package: SoldPackage, holds: bool) -> None:
    """If a comparison does not hold, let a repetition of the contract measure anew.

    Raises InconclusiveError if it may not hold because sales of the package's events have arrived meanwhile.
    """
    forget_unless(deployment, holds)
    if not holds:
        settled = read_sold_days(deployment.partner, package.event_ids) == package.sold
        require_case(settled, f"days whose sales stay as they are: {', '.join(package.event_ids)} have sold more")


def read_rows_and_headers(client: Client, package_id: str) -> tuple[list[Row], frozenset[str]]:
    """Read the evaluation of a package. Return its rows and the names of the response's headers."""
    answer = client.call("getEvaluation", {"package_id": package_id})
    return parse_evaluation(answer), frozenset(name.lower() for name in answer.headers)
