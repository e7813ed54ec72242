"""Explanations add up to what the platform shows, over random histories. Rules: BEV-08, DRS-02, JOB-03, JOB-04."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mock_server.control.explain import daily, evaluation
from mock_server.control.explain import event as explain_event
from mock_server.control.explain.evaluation_schemas import EvaluationQuery
from mock_server.control.explain.event_schemas import DailyQuery, EventQuery
from mock_server.operations import revenue
from mock_server.state import change_cause
from mock_server.state.workspace import Workspace
from tests.builders import ACME, BIRTH, a_call
from tests.operations.test_one_jump import DAYS, STEPS, Step, a_busy_workspace, move, perform

PAGE = 500
START: tuple[Step, ...] = (
    ("package", 0, 3, 0),
    ("package", 1, 2, 0),
    ("settings", 0, 31, 5),
    ("settings", 0, 58, 6),
)
"""Two packages that are built and evaluated, whatever comes later."""


def lived(operations: list[Step]) -> Workspace:
    """A workspace after 40 days with these operations."""
    workspace = a_busy_workspace()
    for number, operation in enumerate(sorted([*START, *operations], key=lambda operation: operation[3])):
        move(workspace, BIRTH + timedelta(minutes=operation[3]), timedelta(days=DAYS))
        change_cause.of_request(a_call(workspace), operation[0], "POST /", f"req-{number}", control=False)
        perform(workspace, operation)
    move(workspace, BIRTH + timedelta(days=DAYS), timedelta(days=DAYS))
    return workspace


def judged(workspace: Workspace, package_id: str, told: Any) -> Iterator[Any]:
    """All purchases of an explained evaluation, page by page."""
    for page in range(1, told["purchases"]["pages"] + 1):
        query = EvaluationQuery(page=page, limit=PAGE)
        yield from evaluation.explained(a_call(workspace), package_id, query)["purchases"]["items"]


def check_evaluations(workspace: Workspace, *, cleared: bool) -> int:
    """Each cluster's counted purchases come to its row, unless sales were cleared; answers how many were checked."""
    checked = 0
    for package in list(workspace.store.packages):
        told = evaluation.explained(a_call(workspace), package.id, EvaluationQuery(limit=PAGE))
        if told["evaluation"] is None:
            continue
        assert cleared or told["evaluation"]["sales_changed_since"] is False
        sales = list(judged(workspace, package.id, told))
        assert len({sale["number"] for sale in sales}) == len(sales) == told["purchases"]["total"]
        for row in told["clusters"]:
            of_cluster = [sale for sale in sales if sale["tc"] == row["tc"]]
            assert row["purchases"] is not None
            assert sum(row["purchases"].values()) == len(of_cluster)
            if not told["evaluation"]["sales_changed_since"]:
                counted = [sale for sale in of_cluster if sale["counted"]]
                assert len({sale["customer_id"] for sale in counted}) == row["customers"]
                assert sum(sale["tickets"] for sale in counted) == row["items"]
                assert len(counted) == row["purchase"] == row["purchases"]["counted"]
                checked += 1
    return checked


def check_rows(workspace: Workspace, *, cleared: bool) -> int:
    """Each automated row's counted purchases come to it, unless sales were cleared."""
    checked = 0
    for event in list(workspace.store.events):
        told = explain_event.explained(a_call(workspace), event.id, EventQuery(limit=PAGE, purchases=PAGE))
        for item in told["rows"]["items"]:
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
    """Each day's purchases come to its figure."""
    call, days = a_call(workspace), 0
    for event in list(workspace.store.events):
        for day in revenue.get_daily_revenue(call, event.id, None, date.min, date.max).days:
            told = daily.explained(call, event.id, DailyQuery(date=day.date, limit=PAGE))
            assert told["total"] == {"revenue": float(day.total.revenue), "purchases": day.total.purchases}
            for whom, part in day.split.items():
                of_whom = [sale for sale in told["purchases"]["items"] if sale["credited_to"] == whom]
                assert (sum(sale["revenue"] for sale in of_whom), len(of_whom)) == (part.revenue, part.purchases)
            days += 1
    return days


def check(operations: list[Step]) -> None:
    workspace, cleared = lived(operations), any(operation[0] == "clear" for operation in operations)
    assert workspace.store.partners.get(ACME) is not None
    evaluations, rows = check_evaluations(workspace, cleared=cleared), check_rows(workspace, cleared=cleared)
    assert cleared or evaluations
    assert cleared or rows
    assert check_days(workspace)


def test_explanations_of_a_quiet_life_add_up() -> None:
    check([])


@given(st.lists(STEPS, min_size=6, max_size=20))
@seed(1)
@settings(
    max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)
def test_explanations_add_up_over_random_histories(operations: list[Step]) -> None:
    check(operations)


@pytest.mark.soak
@given(st.lists(STEPS, min_size=6, max_size=40))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_explanations_add_up_over_two_hundred_histories(operations: list[Step]) -> None:
    check(operations)
