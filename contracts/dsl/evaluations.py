"""Steps that use evaluations: count a single order, get any result, and compare two results."""

from typing import Any

from contracts.dsl import assertions, steps
from contracts.dsl.steps import (
    COUNT_FIELDS,
    SENT_DATE_FIELD,
    Row,
    early_window_start,
    evaluation_totals,
    list_event_ids,
    read_evaluation,
    read_package,
    rows_by_cluster,
    sale_row,
    save_and_evaluate,
    settings_body,
)
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox


def count_orders(sandbox: Sandbox, instant: str, body: Row, **package: Any) -> int:
    """Create one order at this time, and return how many orders an evaluation counts: 0 or 1."""
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, instant))
    made = sandbox.add_package([event], {"Jazz": [buyer]}, **package)
    return int(rows_by_cluster(save_and_evaluate(sandbox, made, body))["Jazz"]["purchase"])


def ensure_result(deployment: Deployment) -> tuple[str, list[Row]]:
    """Return a package and its result, which is not empty if the partner has sales."""
    package = steps.ensure_built_package(deployment)
    rows = read_evaluation(deployment.partner, package)
    if evaluation_totals(rows) == (0, 0, 0):
        rows = save_and_evaluate(
            deployment, package, settings_body(60, **{SENT_DATE_FIELD: early_window_start(deployment.partner, package)})
        )
    return package, rows


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


def find_series(deployment: Deployment) -> list[str]:
    """Return an event with its whole series, preferably one with other members."""
    for event in list_event_ids(deployment, 20):
        answer = deployment.partner.call("getEventSeries", {"eid": event})
        assertions.status(answer, 200)
        if 0 < len(answer.json()) < 100:
            return [event, *answer.json()]
    return list_event_ids(deployment, 1)


def expect_never_less(how: str, less: dict[str, Row], more: dict[str, Row]) -> None:
    """Check that no count of a cluster is higher in the first result than in the second result."""
    assertions.equal(f"clusters counted {how}", sorted(less), sorted(more))
    for tc, row in less.items():
        for name in COUNT_FIELDS:
            assertions.at_most(f"{name} of {tc} {how}", row[name], more[tc][name])
