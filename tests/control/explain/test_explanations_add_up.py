"""After random requests, explanations add up to what the platform shows. Rules: BEV-08, DRS-02, JOB-03, JOB-04."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mock_server.control.explain import daily, evaluation
from mock_server.control.explain import event as explain_event
from mock_server.control.explain.evaluation_schemas import ExplainEvaluationQuery
from mock_server.control.explain.event_schemas import ExplainDailyQuery, ExplainEventQuery
from mock_server.operations import revenue
from mock_server.state import change_cause
from mock_server.state.workspace import Workspace
from tests.builders import ACME, START_TIME, a_call
from tests.operations.test_time_step_independence import (
    DAYS,
    STEPS,
    Step,
    a_busy_workspace,
    advance_in_steps,
    perform_step,
)

PAGE = 500
FIRST_STEPS: tuple[Step, ...] = (
    ("package", 0, 3, 0),
    ("package", 1, 2, 0),
    ("settings", 0, 31, 5),
    ("settings", 0, 58, 6),
)
"""Creates two packages that are built and evaluated, whatever steps follow."""


def run_history(operations: list[Step]) -> Workspace:
    """Perform these operations over 40 days, and return the workspace."""
    workspace = a_busy_workspace()
    for number, operation in enumerate(sorted([*FIRST_STEPS, *operations], key=lambda operation: operation[3])):
        advance_in_steps(workspace, START_TIME + timedelta(minutes=operation[3]), timedelta(days=DAYS))
        cause = change_cause.request_cause(
            workspace.store, workspace.clock.now(), "request", operation[0], ("POST /", f"req-{number}")
        )
        perform_step(workspace, operation, cause)
    advance_in_steps(workspace, START_TIME + timedelta(days=DAYS), timedelta(days=DAYS))
    return workspace


def explained_purchases(workspace: Workspace, package_id: str, explanation: Any) -> Iterator[Any]:
    """Yield all purchases of an explained evaluation, from all of its pages."""
    for page in range(1, explanation["purchases"]["pages"] + 1):
        query = ExplainEvaluationQuery(page=page, limit=PAGE)
        yield from evaluation.explain(a_call(workspace), package_id, query)["purchases"]["items"]


def check_evaluations(workspace: Workspace, *, cleared: bool) -> int:
    """Check that the counted purchases add up to each cluster's row, unless sales were cleared.

    Return how many rows were checked.
    """
    checked = 0
    for package in list(workspace.store.packages):
        explanation = evaluation.explain(a_call(workspace), package.id, ExplainEvaluationQuery(limit=PAGE))
        if explanation["evaluation"] is None:
            continue
        assert cleared or explanation["evaluation"]["sales_changed_since"] is False
        sales = list(explained_purchases(workspace, package.id, explanation))
        assert len({sale["number"] for sale in sales}) == len(sales) == explanation["purchases"]["total"]
        for row in explanation["clusters"]:
            of_cluster = [sale for sale in sales if sale["tc"] == row["tc"]]
            assert row["purchases"] is not None
            assert sum(row["purchases"].values()) == len(of_cluster)
            if not explanation["evaluation"]["sales_changed_since"]:
                counted = [sale for sale in of_cluster if sale["counted"]]
                assert len({sale["customer_id"] for sale in counted}) == row["customers"]
                assert sum(sale["tickets"] for sale in counted) == row["items"]
                assert len(counted) == row["purchase"] == row["purchases"]["counted"]
                checked += 1
    return checked


def check_rows(workspace: Workspace, *, cleared: bool) -> int:
    """Check that the counted purchases add up to each automated row, unless sales were cleared.

    Return how many rows were checked.
    """
    checked = 0
    for event in list(workspace.store.events):
        explanation = explain_event.explain(a_call(workspace), event.id, ExplainEventQuery(limit=PAGE, purchases=PAGE))
        for item in explanation["rows"]["items"]:
            if item["run"] is not None:
                assert cleared or not item["run"]["sales_changed_since"]
                assert item["run"]["due"] == item["row"]["created_at"]
                counted = [sale for sale in item["run"]["purchases"] if sale["counted"]]
                assert len(counted) == item["run"]["counted"]
                if not item["run"]["sales_changed_since"]:
                    assert sum(sale["revenue"] for sale in counted) == item["row"]["revenue"]
                    checked += 1
    return checked


def check_days(workspace: Workspace) -> int:
    """Check that the purchases of each day add up to its revenue; return the number of days."""
    call, days = a_call(workspace), 0
    for event in list(workspace.store.events):
        for day in revenue.get_daily_revenue(call, event.id, None, date.min, date.max).days:
            explanation = daily.explain(call, event.id, ExplainDailyQuery(date=day.date, limit=PAGE))
            assert explanation["total"] == {"revenue": float(day.total.revenue), "purchases": day.total.purchases}
            for credited_party, part in day.split.items():
                credited_sales = [
                    sale for sale in explanation["purchases"]["items"] if sale["credited_to"] == credited_party
                ]
                assert (sum(sale["revenue"] for sale in credited_sales), len(credited_sales)) == (
                    part.revenue,
                    part.purchases,
                )
            days += 1
    return days


def check_explanations(operations: list[Step]) -> None:
    workspace, cleared = run_history(operations), any(operation[0] == "clear" for operation in operations)
    assert workspace.store.partners.get(ACME) is not None
    evaluations, rows = check_evaluations(workspace, cleared=cleared), check_rows(workspace, cleared=cleared)
    assert cleared or evaluations
    assert cleared or rows
    assert check_days(workspace)


def test_explanations_of_an_ordinary_history_add_up() -> None:
    check_explanations([])


@given(st.lists(STEPS, min_size=6, max_size=20))
@seed(1)
@settings(
    max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)
def test_explanations_add_up_over_random_histories(operations: list[Step]) -> None:
    check_explanations(operations)


@pytest.mark.soak
@given(st.lists(STEPS, min_size=6, max_size=40))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_explanations_add_up_over_two_hundred_histories(operations: list[Step]) -> None:
    check_explanations(operations)
