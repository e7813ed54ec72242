"""Work over many purchases pauses often."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

import pytest

from mock_server.control import test_data
from mock_server.control.explain import evaluation, event
from mock_server.control.explain.evaluation_schemas import ExplainEvaluationQuery
from mock_server.control.explain.event_schemas import ExplainEventQuery
from mock_server.control.snapshots import operations
from mock_server.control.test_data_schemas import PackageRequest, PurchaseRow
from mock_server.domain.packages import PackageOrder
from mock_server.domain.pieces import PART_SIZE, PIECE_UNITS, Steps
from mock_server.operations import due_jobs, packages
from mock_server.state.workspace import OperationCall, Workspace
from tests.builders import ACME, START_TIME, a_call, a_customer, a_package, a_purchase, a_workspace, a_world
from tests.counted_calls import run_counted

CUSTOMERS = 8 * PART_SIZE
ORDER = PackageOrder("Everybody", ("evt_1",), "inclusive", 2, 1)
SOLD = {
    "customer_id": "cus_1",
    "event_id": "evt_1",
    "at": "2026-09-01T10:00:00Z",
    "tickets": 1,
    "revenue": 5,
    **dict.fromkeys(("fd", "meta", "external"), "campaign"),
}
LATER = START_TIME + timedelta(days=1)
Work: TypeAlias = Callable[[OperationCall], Steps[object]]


def a_large_workspace() -> Workspace:
    """Return a workspace with many buyers of one event, and a package of all of them that has been evaluated."""
    customers = [a_customer(f"cus_{number}", cluster=f"Taste {number % 5}") for number in range(CUSTOMERS)]
    purchases = [
        a_purchase("2026-08-31T10:00:00", customer_id=each.id, number=index) for index, each in enumerate(customers)
    ]
    workspace = a_workspace(a_world(purchases=purchases, customers=customers))
    list(workspace.store.results)  # computes the rows that are lazy
    call = a_call(workspace)
    packages.create_package(call, ORDER)
    workspace.store.packages.put(a_package())
    workspace.schedule("evaluation", "pkg_1", call.now + timedelta(seconds=1), generation=1)
    return workspace


def perform_jobs(call: OperationCall) -> Steps[object]:
    return due_jobs.run_due_jobs.steps(call.workspace, LATER)


def add_purchases(call: OperationCall) -> Steps[object]:
    return test_data.add_purchases.steps(call, [PurchaseRow.model_validate(SOLD)] * 5_000)


def explain_event(call: OperationCall) -> Steps[object]:
    return event.explain.steps(call, "evt_1", ExplainEventQuery())


def explain_evaluation(call: OperationCall) -> Steps[object]:
    package = call.store.packages.get("pkg_1")
    assert package is not None
    due_jobs.run_due_jobs(call.workspace, LATER)
    return evaluation.explain.steps(call._replace(now=LATER), "pkg_1", ExplainEvaluationQuery())


def save_snapshot(call: OperationCall) -> Steps[object]:
    test_data.add_purchases(call, [PurchaseRow.model_validate(SOLD)] * CUSTOMERS)
    return operations.save.steps(call)


def add_package(call: OperationCall) -> Steps[object]:
    clusters = [{"tc": f"Taste {tc}", "customers": [f"{tc}-{each}" for each in range(CUSTOMERS)]} for tc in range(2)]
    order = {"partner_id": ACME, "title": "Everybody", "event_ids": ["evt_1"], "clusters": clusters}
    return test_data.add_package.steps(call, PackageRequest.model_validate(order))


WORKS: list[Work] = [perform_jobs, add_package, add_purchases, explain_event, explain_evaluation, save_snapshot]


@pytest.mark.parametrize("work", WORKS)
def test_a_step_is_short_however_many_purchases_there_are(work: Work) -> None:
    counted, _ = run_counted(work(a_call(a_large_workspace())))
    assert sum(units for units, _ in counted) > 2 * PIECE_UNITS
    assert max(units for units, _ in counted) <= PIECE_UNITS
    assert max(calls for _, calls in counted) <= 8 * PART_SIZE
