"""One PUT of settings, observed once in a run: what its response and the reads during and after its job show."""

from dataclasses import dataclass, field

from contracts.dsl import assertions
from contracts.dsl.measured_evaluations import (
    FAR_FUTURE,
    SoldPackage,
    Window,
    ensure_sold_package,
    evaluate_settings,
    read_rows_and_headers,
)
from contracts.dsl.measurements import remember
from contracts.dsl.steps import Row, evaluation_totals, read_evaluation, save_settings
from contracts.target.clock import FIRST_PAUSE, machine_seconds
from contracts.target.deployment import Deployment


@dataclass(slots=True)
class ObservedPut:
    """A PUT of a window with other counts than the window before.

    `put_seconds` is how long the PUT took, and `right_after` the result that the next read showed. `headers_during`
    contains the header names of each read that still showed the result before, `headers_after` those of two reads
    afterwards. `changed` is whether a new result appeared within the job timeout.
    """

    window: Window
    before: list[Row]
    right_after: list[Row] = field(default_factory=list)
    after: list[Row] = field(default_factory=list)
    put_seconds: float = 0.0
    headers_during: list[frozenset[str]] = field(default_factory=list)
    headers_after: list[frozenset[str]] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether a new result appeared."""
        return self.after != self.before

    @property
    def waited(self) -> bool:
        """Whether the new result was already there right after the response."""
        return self.right_after != self.before


def observe_put(deployment: Deployment) -> ObservedPut:
    """Return the PUT that the run has observed. It is sent on first use."""
    return remember(deployment, "put", lambda: _observe(deployment, ensure_sold_package(deployment)))


def _observe(deployment: Deployment, package: SoldPackage) -> ObservedPut:
    """Save a window without sales if the result counts anything, else the window over all sales."""
    client = deployment.partner
    before = read_evaluation(client, package.id)
    if not before:
        save_settings(client, package.id, package.whole.settings())
        before = deployment.clock.wait_for_change(
            "evaluation", lambda: read_evaluation(client, package.id), lambda seen: seen != []
        )
    elif evaluation_totals(before) == (0, 0, 0):
        before = evaluate_settings(deployment, package.id, package.whole.settings())
    observed = ObservedPut(FAR_FUTURE, before)
    if not before:
        return observed
    _put(deployment, package, observed)
    observed.right_after, headers = read_rows_and_headers(client, package.id)
    if not observed.waited:
        observed.headers_during.append(headers)
    _observe_job(deployment, package, observed)
    return observed


def _put(deployment: Deployment, package: SoldPackage, observed: ObservedPut) -> None:
    """Save the window, or an earlier one without sales if dates in the future are refused (BEV-07.any_date)."""
    path = {"package_id": package.id}
    for observed.window in (FAR_FUTURE, package.before_sales):
        started = machine_seconds()
        answer = deployment.partner.call("replaceEvaluationSettings", path, body=observed.window.settings())
        observed.put_seconds = machine_seconds() - started
        if answer.status_code != 400:
            break
    assertions.step_status(answer, 200)


def _observe_job(deployment: Deployment, package: SoldPackage, observed: ObservedPut) -> None:
    def read() -> list[Row]:
        rows, headers = read_rows_and_headers(deployment.partner, package.id)
        if rows == observed.before:
            observed.headers_during.append(headers)
        return rows

    observed.after = deployment.clock.wait_for_change(
        "evaluation", read, lambda seen: seen != observed.before, at_once=False, pause=FIRST_PAUSE
    )
    observed.headers_after = [read_rows_and_headers(deployment.partner, package.id)[1] for _ in range(2)]
