"""What is written before the next attribution runs, so that the runs show what they may not do.

The settings of a package are saved, and nothing evaluates it until after the runs. The automated rows of an event are
deleted, and its model is EXTERNAL during the first run. This is done to events that `--allow-rows` names; in a sandbox,
to the event that sells most.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from contracts.dsl.cases import require_case
from contracts.dsl.measured_evaluations import (
    FAR_FUTURE,
    MAX_WINDOW,
    SoldPackage,
    Window,
    ensure_sold_package,
    evaluate_anew,
    evaluate_settings,
    sum_fields,
)
from contracts.dsl.measurements import remember
from contracts.dsl.next_runs import FollowedEvent, NextRuns, observe_next_runs
from contracts.dsl.sold_days import read_today
from contracts.dsl.steps import read_evaluation, rows_by_cluster, save_settings, set_lookout_model
from contracts.spec.verdicts import BlockedError
from contracts.target.deployment import Deployment

PREPARED_KEY = "prepared runs"
WRITES = ("createPackage", "replaceEvaluationSettings", "setEventAttributionModel", "deleteCampaignResult")
"""What a contract writes that is the first one to wait for the runs."""
DAYS_BEFORE = 300
"""The window begins so many days ago and lasts a year, so that it contains the days of the next runs."""
EVERY, EXTERNAL = "ALL_PURCHASES", "EXTERNAL"


@dataclass(slots=True)
class PreparedRuns:
    """What was written before the runs: a package's settings, with the orders of its result, and the deleted rows."""

    deployment: Deployment
    package: SoldPackage | None = None
    window: Window | None = None
    orders_before: int = 0
    deleted: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def before_runs(self, runs: NextRuns) -> None:
        """Write what the runs are to meet."""
        self._save_settings()
        for event in self._choose_events(runs):
            self._delete_rows(event)
            set_lookout_model(self.deployment.partner, event.id, EXTERNAL)
            runs.events.remove(event)
            runs.switched.append(event)

    def after_first_run(self, runs: NextRuns) -> None:
        """Restore the models, so that sales are credited to campaigns again."""
        for event in runs.switched:
            set_lookout_model(self.deployment.partner, event.id, event.model)
            event.readings.clear()

    def _save_settings(self) -> None:
        """Save the settings of a known result again, so that the new one may only show the same."""
        self.package = ensure_sold_package(self.deployment)
        self.window = Window(read_today(self.deployment) - timedelta(days=DAYS_BEFORE), MAX_WINDOW)
        before = evaluate_anew(self.deployment, self.package, self.window, EVERY)
        evaluate_settings(self.deployment, self.package.id, FAR_FUTURE.settings())
        save_settings(self.deployment.partner, self.package.id, self.window.settings(EVERY))
        self.orders_before = sum_fields(before, "purchase")[0]

    def _choose_events(self, runs: NextRuns) -> list[FollowedEvent]:
        events = [event for event in runs.crediting_events if event.role == "partner"]
        if self.deployment.is_sandbox:
            return sorted(events, key=lambda event: sum(row["purchase"] for row in event.row_lists[0]))[-1:]
        return [event for event in events if event.id in self.deployment.row_events]

    def _delete_rows(self, event: FollowedEvent) -> None:
        rows = [row for row in event.row_lists[0] if row["source"] == "automated"]
        for row in rows:
            answer = self.deployment.results_user.call("deleteCampaignResult", query={"id": row["id"]})
            if answer.status_code != 204:
                self.refused.append(f"{row['id']}: {answer.status_code}")
        self.deleted[event.id] = rows


def observe_prepared_runs(deployment: Deployment) -> tuple[NextRuns, PreparedRuns]:
    """Return the next runs, and what was written before. Raises InconclusiveError if the wait began without it."""
    prepared = deployment.shared.setdefault(PREPARED_KEY, PreparedRuns(deployment))
    runs = observe_next_runs(deployment, prepared)
    require_case(prepared.package is not None, "a package whose settings were saved before the runs")
    return runs, prepared


@dataclass(frozen=True, slots=True)
class NightPackage:
    """The orders that a package's result counts: before the runs, after them, and after one more PUT."""

    id: str
    before: int
    after: int
    anew: int


def observe_night(deployment: Deployment) -> NightPackage:
    """Return what the results of the package count."""
    _, prepared = observe_prepared_runs(deployment)
    return remember(deployment, "night package", lambda: _evaluate_again(deployment, prepared))


def _evaluate_again(deployment: Deployment, prepared: PreparedRuns) -> NightPackage:
    package, window = prepared.package, prepared.window
    if package is None or window is None:
        raise BlockedError("the settings of the package could not be saved before the runs")
    after = _read_orders(deployment, package)
    save_settings(deployment.partner, package.id, window.settings(EVERY))
    anew = deployment.clock.wait_for_change(
        "evaluation", lambda: _read_orders(deployment, package), lambda orders: orders != after, at_once=False
    )
    return NightPackage(package.id, prepared.orders_before, after, anew)


def _read_orders(deployment: Deployment, package: SoldPackage) -> int:
    return sum_fields(rows_by_cluster(read_evaluation(deployment.partner, package.id)), "purchase")[0]
