"""Steps that use evaluations: count a single order, get any result, and compare two results."""

from datetime import date, timedelta
from typing import Any

from contracts.dsl import assertions
from contracts.dsl.cases import require_case
from contracts.dsl.measured_evaluations import ensure_sold_package, evaluate_anew
from contracts.dsl.series import list_by_series, read_series
from contracts.dsl.steps import (
    COUNT_FIELDS,
    Row,
    evaluation_totals,
    read_evaluation,
    read_package,
    rows_by_cluster,
    sale_row,
    save_and_evaluate,
)
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox


def count_orders(sandbox: Sandbox, instant: str, body: Row, **package: Any) -> int:
    """Create one order at this time, and return how many orders an evaluation counts: 0 or 1."""
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, instant))
    made = sandbox.add_package([event], {"Jazz": [buyer]}, **package)
    return int(rows_by_cluster(save_and_evaluate(sandbox, made, body))["Jazz"]["purchase"])


def ensure_result(deployment: Deployment) -> tuple[str, list[Row]]:
    """Return a package and its result. Raises InconclusiveError if the result counts nothing."""
    package = ensure_sold_package(deployment)
    rows = read_evaluation(deployment.partner, package.id)
    if evaluation_totals(rows) == (0, 0, 0):
        rows = list(evaluate_anew(deployment, package, package.whole).values())
    require_case(evaluation_totals(rows) != (0, 0, 0), "purchases of the package's customers")
    return package.id, rows


def wait_for_rows(deployment: Deployment, package: str, rows: list[Row], number: int) -> list[Row]:
    """Return the rows of a result, and wait for further ones if they appear one after the other (BEV-04.newest)."""
    if len(rows) >= number:
        return rows
    return deployment.clock.wait_for_change(
        "evaluation", lambda: read_evaluation(deployment.partner, package), lambda seen: len(seen) >= number
    )


def cluster_sizes(deployment: Deployment, package: str) -> dict[str, int]:
    """Return the number of customers of each cluster."""
    content = read_package(deployment.partner, package)["content"]
    return {cluster["tc"]: cluster["customers"] for cluster in content["clusters"]}


def early_window_start(client: Client, package_id: str) -> str:
    """Return a window start 150 days before the package was created. Such a window contains purchases, if any exist."""
    created = date.fromisoformat(read_package(client, package_id)["created_at"][:10])
    return (created - timedelta(days=150)).isoformat()


def find_series(deployment: Deployment) -> list[str]:
    """Return an event with its whole series, which has other members. Raises InconclusiveError if there is none."""
    for event in reversed(list_by_series(deployment)[-20:]):
        others = read_series(deployment.partner, event)
        if 0 < len(others) < 100:
            return [event, *others]
    raise InconclusiveError("none of the partner's first events is in a series of less than 100 events")


def expect_never_less(how: str, less: dict[str, Row], more: dict[str, Row]) -> None:
    """Check that no count of a cluster is higher in the first result than in the second result."""
    assertions.equal(f"clusters counted {how}", sorted(less), sorted(more))
    for tc, row in less.items():
        for name in COUNT_FIELDS:
            assertions.at_most(f"{name} of {tc} {how}", row[name], more[tc][name])
