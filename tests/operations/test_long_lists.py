"""Lists, days and rows of any length are read and encoded in short steps."""

from array import array
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TypeAlias

import pytest

from mock_server.control.explain import daily
from mock_server.control.explain.event_schemas import ExplainDailyQuery
from mock_server.domain import attribution, column_parts, evaluation, explaining, revenue, windows
from mock_server.domain.column_parts import ROWS_AT_ONCE
from mock_server.domain.events import EventFilter
from mock_server.domain.explaining import EvaluationBasis
from mock_server.domain.models import AttributionRun, CampaignResult, Cluster, EvaluationSettings
from mock_server.domain.pieces import PART_SIZE, PIECE_UNITS, Steps
from mock_server.domain.purchase_columns import Columns, PurchaseColumns, to_seconds
from mock_server.http import long_responses
from mock_server.operations import campaign_results, events, meta, packages, sales_edit
from mock_server.operations import revenue as revenue_operations
from mock_server.platform_api.schemas import packages as package_schemas
from mock_server.platform_api.schemas.campaign_results import campaign_result_bodies
from mock_server.state.workspace import OperationCall
from tests.builders import ACME, START_TIME, a_call, a_customer, a_package, a_purchase, a_workspace, a_world, an_event
from tests.counted_calls import run_counted

COUNT = 8 * PART_SIZE
EVENTS = 600
EVERYTHING = date(1900, 1, 1), date(2100, 1, 1)
Work: TypeAlias = Callable[[OperationCall], Steps[object]]


@pytest.fixture(scope="module")
def call() -> OperationCall:
    """Return a call in a workspace with much of everything. The tests that change it put it back."""
    purchases = [a_purchase("2026-08-31T10:00:00", number=number) for number in range(COUNT)]
    listed = [an_event(f"evt_{number}", series="tour") for number in range(EVENTS)]
    workspace = a_workspace(a_world(listed, purchases, customers=[a_customer()]))
    list(workspace.store.results)  # computes the rows that are lazy
    for number in range(COUNT):
        at = START_TIME - timedelta(seconds=number % 7)
        row = CampaignResult(f"cr_{number}", number, "evt_1", ACME, 1, Decimal("1.50"), at, "manual")
        workspace.store.results.put(row)
        workspace.store.packages.put(a_package(id=f"pkg_{number}", number=number))
    return a_call(workspace)


WORKS: dict[str, Work] = {
    "rows": lambda call: campaign_results.list_campaign_results.steps(call, "evt_1", ACME),
    "rows of Meta": lambda call: meta.get_campaign_results.steps(call, "evt_1"),
    "insights": lambda call: meta.get_insights.steps(call, "evt_1", *EVERYTHING),
    "daily revenue": lambda call: revenue_operations.get_daily_revenue.steps(call, "evt_1", None, *EVERYTHING),
    "sales sheet": lambda call: sales_edit.export_sales.steps(call, "evt_1"),
    "explained day": lambda call: daily.explain.steps(call, "evt_1", ExplainDailyQuery(date=date(2026, 8, 31))),
    "packages": packages.list_packages.steps,
    "events": lambda call: events.list_events.steps(call, EventFilter(), 1, 500),
    "encoded packages": lambda call: long_responses.encode_items.steps(
        packages.list_packages(call), package_schemas.package_bodies, 20
    ),
    "encoded rows": lambda call: long_responses.encode_items.steps(
        list(call.store.results.group("event", "evt_1")), campaign_result_bodies, 500
    ),
}


@pytest.mark.parametrize("name", WORKS)
def test_a_step_is_short_however_much_is_listed(call: OperationCall, name: str) -> None:
    call.workspace.revenue_days_cache.clear()
    counted, _ = run_counted(WORKS[name](call))
    assert sum(units for units, _ in counted) > 2 * PIECE_UNITS
    assert max(units for units, _ in counted) <= PIECE_UNITS
    assert max(calls for _, calls in counted) <= 10 * PART_SIZE


CHANGES: dict[str, Work] = {
    "clearing": lambda call: revenue_operations.clear_sales.steps(call, "evt_1"),
    "a new series": lambda call: events.replace_event_series.steps(call, "evt_1", ["evt_2"]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_step_is_short_however_many_records_change(call: OperationCall, name: str) -> None:
    workspace = call.workspace
    before = workspace.store
    workspace.store = before.copy()
    counted, _ = run_counted(CHANGES[name](call))
    workspace.store = before
    assert len(counted) >= EVENTS
    assert max(calls for _, calls in counted[1:]) <= 200


def test_the_steps_give_the_rows_newest_first(call: OperationCall) -> None:
    rows = campaign_results.list_campaign_results(call, "evt_1", ACME)
    expected = sorted(call.store.results.group("event", "evt_1"), key=lambda row: (row.created_at, row.number))
    assert rows == expected[::-1]


def test_the_events_of_a_long_series_have_the_members_of_a_read(call: OperationCall) -> None:
    listed = events.list_events(call, EventFilter(), 2, 7).items
    assert len(listed[0].series) == EVENTS - 1
    assert list(listed) == [events.get_event(call, view.event.id) for view in listed]


def long_columns(rows: int) -> PurchaseColumns:
    """Return the purchases of one day by as many customers."""
    first = to_seconds(START_TIME) - 40_000
    return PurchaseColumns(
        Columns(
            "evt_1",
            1,
            array("I", range(rows)),
            array("q", [first + number * 20_000 // rows for number in range(rows)]),
            array("I", [1]) * rows,
            array("I", [number % 9 for number in range(rows)]),
            bytes(number % 27 for number in range(rows)),
            [f"cus_{number}" for number in range(rows)],
            [Decimal(number) / 4 for number in range(9)],
        )
    )


ROWS = 6 * ROWS_AT_ONCE
COLUMNS = long_columns(ROWS)
CLUSTERS = tuple(Cluster(tc, tc, tuple(COLUMNS.columns.customer_ids[part::3])) for part, tc in enumerate("ab"))
SETTINGS = EvaluationSettings(30, "ALL_PURCHASES", START_TIME.date())
WINDOW = windows.compute_window(SETTINGS, START_TIME)
BASIS = EvaluationBasis(SETTINGS, WINDOW, frozenset(["evt_1"]), CLUSTERS, AttributionRun(START_TIME, ROWS))

COLUMN_WORKS: dict[str, Callable[[], Steps[object]]] = {
    "totals": partial(attribution.split.steps, COLUMNS, "FD"),
    "credited": partial(attribution.credited_total.steps, COLUMNS, "FD"),
    "days": partial(revenue.list_days.steps, COLUMNS, "META", *EVERYTHING),
    "buyers": partial(column_parts.find_customer_ids, COLUMNS),
    "evaluation": partial(evaluation.evaluate.steps, CLUSTERS, COLUMNS, WINDOW),
    "explanation": partial(explaining.explain_purchases.steps, COLUMNS, BASIS),
    "without a cluster": partial(explaining.count_without_cluster.steps, COLUMNS, BASIS),
}


@pytest.mark.parametrize("name", COLUMN_WORKS)
def test_columns_are_read_in_parts(name: str) -> None:
    counted, _ = run_counted(COLUMN_WORKS[name]())
    assert len([units for units, _ in counted if units > 1]) >= ROWS // ROWS_AT_ONCE
    assert max(units for units, _ in counted) <= PIECE_UNITS


def test_parts_of_columns_give_the_results_of_the_whole() -> None:
    records = list(COLUMNS[: 2 * ROWS_AT_ONCE])
    columns = COLUMNS[: 2 * ROWS_AT_ONCE]
    assert attribution.split(columns, "META") == attribution.split(records, "META")
    assert attribution.credited_total(columns, "FD") == attribution.credited_total(records, "FD")
    assert evaluation.evaluate(CLUSTERS, columns, WINDOW) == evaluation.evaluate(CLUSTERS, records, WINDOW)
    explained = explaining.explain_purchases(columns, BASIS)
    assert list(explained[:100]) == list(explaining.explain_purchases(records, BASIS)[:100])
    assert explaining.count_without_cluster(columns, BASIS) == explaining.count_without_cluster(records, BASIS)
