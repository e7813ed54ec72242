"""Backhaul evaluation: the purchases that a result counts, and the figures of the result."""

from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_case
from contracts.dsl.evaluations import (
    cluster_sizes,
    count_orders,
    early_window_start,
    ensure_result,
    expect_never_less,
    find_series,
    wait_for_rows,
)
from contracts.dsl.measured_evaluations import evaluate_from_zero
from contracts.dsl.steps import (
    COUNT_FIELDS,
    EVALUATION_MODELS,
    SENT_DATE_FIELD,
    Row,
    create_package,
    evaluation_totals,
    package_order,
    read_evaluation,
    read_settings,
    rows_by_cluster,
    sale_row,
    save_and_evaluate,
    save_settings,
    settings_body,
    wait_for_build,
)
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

SENT_IN_JUNE = {SENT_DATE_FIELD: "2026-06-01"}
DAY = "2026-06-02T10:00:00Z"
INCREASING_WINDOWS = (1, 60, 120, 365)
RATE_TOLERANCE = 1e-6
"""The largest accepted error of a rate, which may be rounded."""


@example("BEV-05.rows", "BEV-05.no_totals", "BEV-05.form", profile="smoke")
def test_a_result_has_a_row_for_each_cluster(sandbox: Sandbox) -> None:
    event, (ann, ben, cleo, dan, eve) = sandbox.add_event(), sandbox.new_customer_ids(5)
    clusters = {"Jazz": [ann, ben, cleo, dan], "Rock": [eve], "Nobody": []}
    package = sandbox.add_package([event], clusters)
    sandbox.add_sales(
        sale_row(ann, event, DAY, tickets=2), sale_row(ann, event, DAY, tickets=3), sale_row(ben, event, DAY)
    )
    rows = save_and_evaluate(sandbox, package, settings_body(30, **SENT_IN_JUNE))
    assertions.equal("clusters of the result", sorted(row["tc"] for row in rows), ["Jazz", "Nobody", "Rock"])
    seen = {tc: tuple(row[name] for name in COUNT_FIELDS) for tc, row in rows_by_cluster(rows).items()}
    assertions.equal("customers, items and orders", seen, {"Jazz": (2, 6, 3), "Rock": (0, 0, 0), "Nobody": (0, 0, 0)})
    assertions.equal("totals that a client adds up", evaluation_totals(rows), (2, 6, 3))


@example("BEV-05.rate", profile="smoke")
def test_the_rate_is_the_share_of_a_clusters_customers_who_bought(sandbox: Sandbox) -> None:
    event, (ann, ben, cleo, eve) = sandbox.add_event(), sandbox.new_customer_ids(4)
    package = sandbox.add_package([event], {"Jazz": [ann, ben, cleo], "Rock": [eve]})
    sandbox.add_sales(
        sale_row(ann, event, DAY), sale_row(ann, event, DAY), sale_row(eve, event, DAY), sale_row(eve, event, DAY)
    )
    rates = {
        row["tc"]: row["conversion_rate"]
        for row in save_and_evaluate(sandbox, package, settings_body(30, **SENT_IN_JUNE))
    }
    near = sorted(rates) == ["Jazz", "Rock"] and abs(rates["Jazz"] - 1 / 3) < RATE_TOLERANCE and rates["Rock"] == 1
    assertions.is_true("conversion_rates for 1 of 3 customers, and for 1 of 1", near, expected=(1 / 3, 1), seen=rates)


@example("BEV-08.empty_cluster")
def test_the_rate_of_a_cluster_of_nobody_is_0(sandbox: Sandbox) -> None:
    package = sandbox.add_package([sandbox.add_event()], {"Nobody": []})
    row = {"tc": "Nobody", "customers": 0, "items": 0, "purchase": 0, "conversion_rate": 0}
    assertions.equal("the result", save_and_evaluate(sandbox, package, settings_body()), [row])


@example("BEV-05.rows", "BEV-08.counts")
def test_a_purchase_counts_in_the_cluster_of_its_customer_alone(sandbox: Sandbox) -> None:
    event, (ann, ben, stranger) = sandbox.add_event(), sandbox.new_customer_ids(3)
    package = sandbox.add_package([event], {"Jazz": [ann], "Rock": [ben]})
    sandbox.add_sales(sale_row(ann, event, DAY), sale_row(stranger, event, DAY))
    seen = {
        tc: row["purchase"]
        for tc, row in rows_by_cluster(save_and_evaluate(sandbox, package, settings_body(30, **SENT_IN_JUNE))).items()
    }
    assertions.equal("orders of each cluster", seen, {"Jazz": 1, "Rock": 0})


@property_test("BEV-05.rows", "BEV-05.form", profile="smoke", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_result_names_each_cluster_of_its_package_once(writable: Deployment) -> None:
    package, rows = ensure_result(writable)
    sizes = cluster_sizes(writable, package)
    rows = wait_for_rows(writable, package, rows, len(sizes))
    assertions.equal("clusters of the result", sorted(row["tc"] for row in rows), sorted(sizes))


@property_test("BEV-05.rate", writes=("createPackage", "replaceEvaluationSettings"))
def test_each_rate_agrees_with_the_size_of_its_cluster(writable: Deployment) -> None:
    package, rows = ensure_result(writable)
    sizes = cluster_sizes(writable, package)
    for row in rows:
        size = sizes[row["tc"]]
        rate = row["customers"] / size if size else 0
        near = abs(row["conversion_rate"] - rate) < RATE_TOLERANCE
        assertions.is_true(f"conversion_rate of {row['tc']}, a cluster of {size}", near, expected=rate, seen=row)
        assertions.at_most(f"customers of {row['tc']}", row["customers"], size)


@example("BEV-06.models", profile="smoke")
@pytest.mark.parametrize(
    ("model", "orders"), list(zip(EVALUATION_MODELS, (3, 1, 2), strict=True)), ids=EVALUATION_MODELS
)
def test_a_model_counts_the_events_that_it_says(sandbox: Sandbox, model: str, orders: int) -> None:
    own, other = sandbox.add_event(), sandbox.add_event()
    sister = sandbox.add_event(series=[own])
    (buyer,) = sandbox.new_customer_ids(1)
    sandbox.add_sales(*(sale_row(buyer, event, DAY) for event in (own, sister, other)))
    package = sandbox.add_package([own], {"Jazz": [buyer]})
    rows = save_and_evaluate(sandbox, package, settings_body(3, model, **SENT_IN_JUNE))
    assertions.equal(f"orders counted under {model}", rows_by_cluster(rows)["Jazz"]["purchase"], orders)


@example("BEV-06.models", profile="smoke")
def test_a_series_counts_whole_however_it_came_about(sandbox: Sandbox) -> None:
    """The series grows event by event: the second event joins the first, and the third joins the second."""
    first = sandbox.add_event()
    second = sandbox.add_event(series=[first])
    third, other = sandbox.add_event(series=[second]), sandbox.add_event()
    (buyer,) = sandbox.new_customer_ids(1)
    sandbox.add_sales(*(sale_row(buyer, event, DAY) for event in (first, second, third, other)))
    for night in (first, second, third):
        package = sandbox.add_package([night], {"Jazz": [buyer]})
        rows = save_and_evaluate(sandbox, package, settings_body(3, "EVENT_SERIES", **SENT_IN_JUNE))
        assertions.equal(f"orders counted for a package with {night}", rows_by_cluster(rows)["Jazz"]["purchase"], 3)


@example("BEV-06.own_series", profile="smoke")
def test_an_event_without_a_series_is_in_its_own(sandbox: Sandbox) -> None:
    alone, other, (buyer,) = sandbox.add_event(), sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, alone, DAY), sale_row(buyer, other, DAY))
    package = sandbox.add_package([alone], {"Jazz": [buyer]})
    rows = save_and_evaluate(sandbox, package, settings_body(3, "EVENT_SERIES", **SENT_IN_JUNE))
    assertions.equal("orders counted", rows_by_cluster(rows)["Jazz"]["purchase"], 1)


@example("BEV-06.models")
def test_every_event_of_a_package_counts_and_so_does_its_series(sandbox: Sandbox) -> None:
    single, night = sandbox.add_event(), sandbox.add_event()
    encore, (buyer,) = sandbox.add_event(series=[night]), sandbox.new_customer_ids(1)
    sandbox.add_sales(*(sale_row(buyer, event, DAY) for event in (single, night, encore)))
    package = sandbox.add_package([single, night], {"Jazz": [buyer]})
    for model, orders in zip(EVALUATION_MODELS, (3, 2, 3), strict=True):
        rows = save_and_evaluate(sandbox, package, settings_body(3, model, **SENT_IN_JUNE))
        assertions.equal(f"orders counted under {model}", rows_by_cluster(rows)["Jazz"]["purchase"], orders)


@property_test("BEV-06.models", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_package_over_a_whole_series_counts_the_same_by_event_and_by_series(writable: Deployment) -> None:
    events = find_series(writable)
    made = create_package(writable.partner, package_order(events, package_title=writable.title("series")))["id"]
    assertions.equal("status when the build is over", wait_for_build(writable, made)["status"], "DONE")
    sent = {SENT_DATE_FIELD: early_window_start(writable.partner, made)}
    by_event, by_series = (
        evaluate_from_zero(writable, made, settings_body(148, model, **sent)) for model in EVALUATION_MODELS[1:]
    )
    require_case(evaluation_totals(by_event) != (0, 0, 0), "purchases of the events of a series")
    assertions.equal(
        f"the result for series of {events}, compared with the result for single events",
        rows_by_cluster(by_series),
        rows_by_cluster(by_event),
    )


@example("BEV-07.ends", "BEV-07.length", profile="smoke")
@pytest.mark.parametrize(
    ("timestamp", "orders"),
    [
        pytest.param("2026-05-31T23:59:59Z", 0, id="the second before the first day"),
        pytest.param("2026-06-01T00:00:00Z", 1, id="the first second of the first day"),
        pytest.param("2026-06-03T23:59:59Z", 1, id="the last second of the last day"),
        pytest.param("2026-06-04T00:00:00Z", 0, id="the first second after the last day"),
    ],
)
def test_a_window_of_three_days_counts_three_whole_days_of_utc(sandbox: Sandbox, timestamp: str, orders: int) -> None:
    seen = count_orders(sandbox, timestamp, settings_body(3, **SENT_IN_JUNE))
    assertions.equal(f"orders counted, given one order at {timestamp}", seen, orders)


@example("BEV-07.begin")
@pytest.mark.parametrize(
    ("days", "timestamp", "orders"),
    [
        pytest.param(1, "2026-06-01T12:00:00Z", 1, id="the only day of a window of one day"),
        pytest.param(1, "2026-06-02T12:00:00Z", 0, id="the day after a window of 1"),
        pytest.param(7, "2026-06-07T12:00:00Z", 1, id="the last day of 7"),
        pytest.param(7, "2026-06-08T12:00:00Z", 0, id="the day after 7"),
        pytest.param(30, "2026-06-30T12:00:00Z", 1, id="the last day of 30"),
        pytest.param(30, "2026-07-01T12:00:00Z", 0, id="the day after 30"),
        pytest.param(7, "2026-05-31T12:00:00Z", 0, id="the day before the email"),
    ],
)
def test_a_window_begins_on_the_day_that_the_email_was_sent(
    sandbox: Sandbox, days: int, timestamp: str, orders: int
) -> None:
    seen = count_orders(sandbox, timestamp, settings_body(days, **SENT_IN_JUNE))
    assertions.equal(f"orders counted in {days} days from 1 June, given one order at {timestamp}", seen, orders)


@example("BEV-07.length")
@pytest.mark.parametrize(
    ("timestamp", "orders"),
    [
        pytest.param("2026-03-01T12:00:00Z", 1, id="the last of 365 days"),
        pytest.param("2026-03-02T12:00:00Z", 0, id="the day after 365"),
    ],
)
def test_a_window_of_365_days_is_a_year(sandbox: Sandbox, timestamp: str, orders: int) -> None:
    seen = count_orders(sandbox, timestamp, settings_body(365, **{SENT_DATE_FIELD: "2025-03-02"}))
    assertions.equal(f"orders counted in a year from 2 March 2025, given one order at {timestamp}", seen, orders)


@example("BEV-07.no_date", profile="smoke")
@pytest.mark.parametrize("date_of", [pytest.param({}, id="left out"), pytest.param({SENT_DATE_FIELD: None}, id="null")])
@pytest.mark.parametrize(
    ("timestamp", "orders"),
    [
        pytest.param("2026-05-31T23:59:59Z", 0, id="the second before the day of creation"),
        pytest.param("2026-06-01T00:00:00Z", 1, id="the day of creation, before its time"),
        pytest.param("2026-06-03T23:59:59Z", 1, id="the last second of the third day"),
        pytest.param("2026-06-04T00:00:00Z", 0, id="the fourth day, before that time"),
    ],
)
def test_without_a_date_the_window_begins_on_the_day_of_creation(
    sandbox: Sandbox, timestamp: str, orders: int, date_of: Row
) -> None:
    seen = count_orders(sandbox, timestamp, settings_body(3, **date_of), created_at="2026-06-01T15:30:00Z")
    assertions.equal(f"orders counted, given one order at {timestamp}", seen, orders)


@example("BEV-07.no_date")
def test_the_day_of_creation_is_that_of_the_order_and_not_of_the_build(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.add_event(), sandbox.new_customer_ids(2)
    sandbox.add_sales(
        sale_row(ann, event, "2026-09-01T10:00:00Z"), sale_row(ben, event, "2026-09-02T00:00:01Z", tickets=5)
    )
    sandbox.set_time("2026-09-01T23:59:58Z")
    again = sandbox.sign_in("partner")
    made = create_package(again, package_order([event], num_packages=1))["id"]
    sandbox.run_until_idle()
    save_settings(again, made, settings_body(1))
    sandbox.run_until_idle()
    assertions.equal("totals that a client adds up", evaluation_totals(read_evaluation(again, made)), (1, 1, 1))


@example("BEV-07.no_date", "BEV-02.default_date", profile="smoke", gotcha="G-04")
def test_leaving_the_date_out_moves_the_window(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.add_event(), sandbox.new_customer_ids(2)
    sandbox.add_sales(
        sale_row(ann, event, "2026-06-02T10:00:00Z"), sale_row(ben, event, "2026-07-02T10:00:00Z", tickets=5)
    )
    package = sandbox.add_package([event], {"Jazz": [ann, ben]}, created_at="2026-06-01T15:00:00Z")
    dated = save_and_evaluate(sandbox, package, settings_body(3, **{SENT_DATE_FIELD: "2026-07-01"}))
    assertions.equal("totals of a window that starts on 1 July", evaluation_totals(dated), (1, 5, 1))
    assertions.equal(
        "totals of a window without a date",
        evaluation_totals(save_and_evaluate(sandbox, package, settings_body(3))),
        (1, 1, 1),
    )


@example("BEV-07.any_date")
@pytest.mark.parametrize(
    ("sent", "orders"),
    [
        pytest.param("2025-12-20", 1, id="before the package was created"),
        pytest.param("2026-09-02", 0, id="tomorrow"),
        pytest.param("2027-01-01", 0, id="next year"),
        pytest.param("2024-02-29", 0, id="a leap day"),
        pytest.param("0001-01-01", 0, id="the first day of the calendar"),
        pytest.param("9999-12-31", 0, id="the last day of the calendar"),
    ],
)
def test_a_window_may_begin_on_any_day(sandbox: Sandbox, sent: str, orders: int) -> None:
    body = settings_body(30, **{SENT_DATE_FIELD: sent})
    seen = count_orders(sandbox, "2026-01-05T10:00:00Z", body, created_at="2026-01-04T10:00:00Z")
    assertions.equal(f"orders counted in 30 days from {sent}, given one order in January", seen, orders)


@property_test("BEV-07.any_date", writes=("createPackage", "replaceEvaluationSettings"))
def test_any_date_is_taken_and_read_back(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    for sent in ("1999-12-31", early_window_start(writable.partner, package), "2100-01-01"):
        save_settings(writable.partner, package, settings_body(7, **{SENT_DATE_FIELD: sent}))
        assertions.equal("email_sent_date", read_settings(writable.partner, package)[SENT_DATE_FIELD], sent)


@example("BEV-08.counts", profile="smoke")
def test_customers_are_buyers_and_items_are_tickets_and_purchase_is_orders(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.add_event(), sandbox.new_customer_ids(2)
    package = sandbox.add_package([event], {"Jazz": [ann, ben]})
    sandbox.add_sales(
        sale_row(ann, event, "2026-06-02T10:00:00Z", tickets=4),
        sale_row(ann, event, "2026-06-02T10:00:00Z", tickets=4),
        sale_row(ann, event, "2026-06-03T10:00:00Z", tickets=1),
        sale_row(ben, event, "2026-06-03T10:00:00Z", tickets=2),
    )
    (row,) = save_and_evaluate(sandbox, package, settings_body(30, **SENT_IN_JUNE))
    assertions.equal("customers, items and orders", tuple(row[name] for name in COUNT_FIELDS), (2, 11, 4))


@example("BEV-08.completion", profile="smoke")
@pytest.mark.parametrize(
    ("timestamp", "orders"),
    [
        pytest.param("2026-09-01T12:00:00Z", 1, id="when the settings are saved"),
        pytest.param("2026-09-01T12:00:01Z", 1, id="during the run"),
        pytest.param("2026-09-01T12:00:02Z", 1, id="at its completion"),
        pytest.param("2026-09-01T12:00:03Z", 0, id="a second later"),
    ],
)
def test_purchases_up_to_the_completion_of_the_job_count(sandbox: Sandbox, timestamp: str, orders: int) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, timestamp))
    package = sandbox.add_package([event], {"Jazz": [buyer]})
    save_settings(sandbox.partner, package, settings_body(30))
    sandbox.advance(minutes=30)
    seen = rows_by_cluster(read_evaluation(sandbox.partner, package))["Jazz"]["purchase"]
    assertions.equal(f"orders counted, given one order at {timestamp}", seen, orders)


@property_test("BEV-08.counts", profile="smoke", writes=("createPackage", "replaceEvaluationSettings"))
def test_buyers_are_no_more_than_orders_and_orders_no_more_than_tickets(writable: Deployment) -> None:
    _, rows = ensure_result(writable)
    for row in rows:
        assertions.at_most(f"customers of {row['tc']}, compared with its orders", row["customers"], row["purchase"])
        assertions.at_most(f"orders of {row['tc']}, compared with its items", row["purchase"], row["items"])


@property_test("BEV-08.monotone", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_wider_model_never_counts_less(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    sent = {SENT_DATE_FIELD: early_window_start(writable.partner, package)}
    wider = ("EVENTS_FROM_PACKAGE", "EVENT_SERIES", "ALL_PURCHASES")
    # Two results that follow each other seldom agree in this order, so the end of each job shows.
    by_model = {
        model: rows_by_cluster(save_and_evaluate(writable, package, settings_body(180, model, **sent)))
        for model in ("EVENTS_FROM_PACKAGE", "ALL_PURCHASES", "EVENT_SERIES")
    }
    counted = [by_model[model] for model in wider]
    require_case(counted.count(counted[0]) < len(counted), "purchases of events that are not in the package")
    for names, (less, more) in zip(pairwise(wider), pairwise(counted), strict=True):
        expect_never_less(f"counts under {names[0]}, compared with {names[1]}", less, more)


@property_test("BEV-08.monotone", writes=("createPackage", "replaceEvaluationSettings"))
def test_a_longer_window_never_counts_less(writable: Deployment) -> None:
    package = steps.ensure_built_package(writable)
    sent = {SENT_DATE_FIELD: early_window_start(writable.partner, package)}
    counted = [
        rows_by_cluster(save_and_evaluate(writable, package, settings_body(days, **sent)))
        for days in INCREASING_WINDOWS
    ]
    require_case(counted.count(counted[0]) < len(counted), "purchases after the first day of the windows")
    for days, (less, more) in zip(INCREASING_WINDOWS[:-1], pairwise(counted), strict=True):
        expect_never_less(f"counts in {days} days, compared with a longer window", less, more)


@property_test("BEV-08.monotone", profile="thorough", writes=("createPackage", "replaceEvaluationSettings"))
@given(data=st.data())
def test_a_drawn_window_never_counts_less_than_a_shorter_one(writable: Deployment, data: Any) -> None:
    package = steps.ensure_built_package(writable)
    sent = {SENT_DATE_FIELD: early_window_start(writable.partner, package)}
    model = data.draw(st.sampled_from(EVALUATION_MODELS), label="model")
    shorter = data.draw(st.integers(1, 364), label="shorter window")
    longer = data.draw(st.integers(shorter + 1, 365), label="longer window")
    less, more = (
        rows_by_cluster(save_and_evaluate(writable, package, settings_body(days, model, **sent)))
        for days in (shorter, longer)
    )
    expect_never_less(f"counts in {shorter} days, compared with {longer} days", less, more)
