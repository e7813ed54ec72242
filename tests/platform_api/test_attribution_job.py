"""The platform's attribution runs. Rules: JOB-01, JOB-02, JOB-03, JOB-04."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders import a_purchase, a_workspace, a_world, an_event, at
from tests.example_requests import ROWS_PATH, SETTINGS, SETTINGS_PATH, WRITES, a_client
from tests.mock_harness import Client

NOON = at("2026-09-01T12:00:00")
MODEL = "/events/evt_1/attribution_model"
SALE = {
    "customer_id": "cus_1",
    "event_id": "evt_1",
    "at": "2026-09-01T12:00:00Z",
    "tickets": 2,
    "revenue": 50,
    "fd": "campaign",
    "meta": "campaign",
    "external": "campaign",
}


def a_client_with_sales(*purchases):
    events = [an_event("evt_1"), an_event("evt_2")]
    return Client(a_workspace(a_world(events=events, purchases=list(purchases)))).sign_in()


@pytest.fixture
def shop():
    return a_client_with_sales()


def add_sale(shop, sold_at="2026-09-01T12:00:00Z", **changes):
    order = {"purchases": [{**SALE, "at": sold_at, **changes}]}
    assert shop.control("POST", "/purchases", json=order).status_code == 201


def set_clock_and_sign_in(shop, instant):
    """Set the clock to a later time and sign in again."""
    assert shop.control("PUT", "/clock", json={"now": f"{instant}Z"}).status_code == 200
    shop.sign_in()


def automated_rows(shop, eid="evt_1"):
    """Return the automated rows as (created_at, orders, revenue), the oldest first."""
    rows = shop.send("GET", f"/campaign_results/?eid={eid}&partner_id=partner-id-acme").json()
    return [
        (row["created_at"][:-1], row["purchase"], row["revenue"]) for row in rows[::-1] if row["source"] == "automated"
    ]


def test_a_new_world_has_one_row_for_an_events_history():
    """Rule: JOB-04: the row covers sales until 08:00 on the start day; later ones wait for the next run."""
    shop = a_client_with_sales(
        a_purchase("2026-06-01", revenue=Decimal(10)),
        a_purchase("2026-08-31T23:00:00", revenue=Decimal(20)),
        a_purchase("2026-09-01T08:00:00", revenue=Decimal(40)),
        a_purchase("2026-09-01T08:00:01", revenue=Decimal(80)),
        a_purchase("2026-08-01", revenue=Decimal(160), credit="organic"),
    )
    assert automated_rows(shop) == [("2026-09-01T08:00:00", 3, 70.0)]
    assert automated_rows(shop, "evt_2") == []
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    assert automated_rows(shop)[1:] == [("2026-09-02T08:00:00", 1, 80.0)]


def test_a_run_falls_due_daily_at_8(shop):
    """Rule: JOB-02."""
    add_sale(shop)
    set_clock_and_sign_in(shop, "2026-09-02T07:59:59")
    assert automated_rows(shop) == []
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    assert automated_rows(shop) == [("2026-09-02T08:00:00", 1, 50.0)]


def test_a_row_counts_orders_and_not_tickets(shop):
    """Rules: JOB-03, CR-02."""
    add_sale(shop, tickets=7)
    add_sale(shop, tickets=1)
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    assert automated_rows(shop) == [("2026-09-02T08:00:00", 2, 100.0)]


@pytest.mark.parametrize("credit", ["organic", "external"])
def test_where_nothing_is_credited_there_is_no_row(shop, credit):
    """Rule: JOB-03."""
    add_sale(shop, fd=credit)
    set_clock_and_sign_in(shop, "2026-09-05T08:00:00")
    assert automated_rows(shop) == []


def test_an_uncredited_sale_is_processed_once(shop):
    """Rule: JOB-03: a later model does not credit the sale either."""
    add_sale(shop, fd="organic", meta="campaign")
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    shop.send("PUT", MODEL, json={"model": "META"})
    set_clock_and_sign_in(shop, "2026-09-03T08:00:00")
    assert automated_rows(shop) == []


def test_the_model_external_makes_no_row_and_looks_at_the_sales(shop):
    """Rule: JOB-03."""
    add_sale(shop)
    shop.send("PUT", MODEL, json={"model": "EXTERNAL"})
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    shop.send("PUT", MODEL, json={"model": "FD"})
    set_clock_and_sign_in(shop, "2026-09-03T08:00:00")
    assert automated_rows(shop) == []


def test_the_model_is_that_of_the_due_time(shop):
    """Rule: JOB-03: the model at the due time counts, not the model at the time of the sale or of the read."""
    add_sale(shop, fd="organic", meta="campaign")
    shop.send("PUT", MODEL, json={"model": "META"})
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    shop.send("PUT", MODEL, json={"model": "FD"})
    assert automated_rows(shop) == [("2026-09-02T08:00:00", 1, 50.0)]


@pytest.mark.parametrize(
    ("instant", "rows"),
    [
        pytest.param("2026-09-02T07:59:59Z", ["2026-09-02T08:00:00"], id="a second before"),
        pytest.param("2026-09-02T08:00:00Z", ["2026-09-02T08:00:00"], id="at the due time"),
        pytest.param("2026-09-02T08:00:01Z", ["2026-09-03T08:00:00"], id="a second after"),
    ],
)
def test_a_run_takes_sales_up_to_its_due_time(shop, instant, rows):
    """Rule: JOB-03."""
    add_sale(shop, instant)
    set_clock_and_sign_in(shop, "2026-09-03T12:00:00")
    assert [row[0] for row in automated_rows(shop)] == rows


def test_a_sale_that_arrives_late_is_the_next_runs(shop):
    """Rule: JOB-03: the sale was made before the last run, but arrived after that run."""
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    add_sale(shop, "2026-01-01T00:00:00Z")
    assert automated_rows(shop) == []
    set_clock_and_sign_in(shop, "2026-09-03T07:59:59")
    assert automated_rows(shop) == []
    set_clock_and_sign_in(shop, "2026-09-03T08:00:00")
    assert automated_rows(shop) == [("2026-09-03T08:00:00", 1, 50.0)]


def test_each_events_row_is_its_own(shop):
    """Rule: JOB-03."""
    add_sale(shop)
    add_sale(shop, event_id="evt_2", revenue=7)
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    assert (automated_rows(shop), automated_rows(shop, "evt_2")) == (
        [("2026-09-02T08:00:00", 1, 50.0)],
        [("2026-09-02T08:00:00", 1, 7.0)],
    )


def test_due_times_that_were_missed_are_made_up_with_a_run_each(shop):
    """Rule: JOB-04: one move of the clock over four days equals four steps."""
    for day in (1, 2, 2, 4):
        add_sale(shop, f"2026-09-0{day}T20:00:00Z")
    set_clock_and_sign_in(shop, "2026-09-05T12:00:00")
    assert automated_rows(shop) == [
        ("2026-09-02T08:00:00", 1, 50.0),
        ("2026-09-03T08:00:00", 2, 100.0),
        ("2026-09-05T08:00:00", 1, 50.0),
    ]


def test_the_rows_add_up_to_what_is_credited(shop):
    """Rule: JOB-04."""
    instant = NOON
    for number in range(30):
        instant += timedelta(hours=7)
        add_sale(shop, f"{instant:%FT%TZ}", revenue=number + 1, fd="campaign" if number % 3 else "organic")
    set_clock_and_sign_in(shop, "2026-09-30T12:00:00")
    credited = [number + 1 for number in range(30) if number % 3]
    assert sum(row[1] for row in automated_rows(shop)) == len(credited)
    assert sum(row[2] for row in automated_rows(shop)) == sum(credited)


def test_reading_again_adds_no_row(shop):
    """Rule: JOB-04."""
    add_sale(shop)
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    before = automated_rows(shop)
    for span in ({"seconds": 0}, {"hours": 1}, {"days": 1}, {"days": 30}):
        shop.control("POST", "/clock/advance", json=span)
    assert automated_rows(shop.sign_in()) == before


def test_a_deleted_automated_row_never_returns(shop):
    """Rule: JOB-04: a later run does not count the sales of the deleted row again."""
    add_sale(shop)
    set_clock_and_sign_in(shop, "2026-09-02T08:00:00")
    row = shop.send("GET", ROWS_PATH).json()[0]["id"]
    assert shop.send("DELETE", f"/campaign_results/?id={row}").status_code == 204
    add_sale(shop, "2026-09-02T08:00:00Z", revenue=9)
    set_clock_and_sign_in(shop, "2026-09-09T08:00:00")
    assert automated_rows(shop) == [("2026-09-03T08:00:00", 1, 9.0)]


def test_the_deleted_row_of_the_history_never_returns():
    """Rule: JOB-04."""
    shop = a_client_with_sales(a_purchase("2026-06-01"))
    row = shop.send("GET", ROWS_PATH).json()[0]["id"]
    shop.send("DELETE", f"/campaign_results/?id={row}")
    set_clock_and_sign_in(shop, "2026-09-09T08:00:00")
    assert automated_rows(shop) == []


def test_a_change_of_the_model_does_not_rewrite_rows():
    """Rule: JOB-03: this includes the initial row, even if it has not been read before."""
    shop = a_client_with_sales(a_purchase("2026-06-01", fd="campaign", meta="organic"))
    shop.send("PUT", MODEL, json={"model": "META"})
    assert automated_rows(shop) == [("2026-09-01T08:00:00", 1, 50.0)]


@pytest.mark.parametrize("example", WRITES, ids=lambda example: example.operation)
def test_no_operation_starts_a_run(example):
    """Rule: JOB-01: new sales wait for the next scheduled run, whatever operations a partner calls."""
    client = a_client()
    add_sale(client)
    before = automated_rows(client)
    assert example.send(client).status_code < 300
    client.control("POST", "/clock/advance", json={"minutes": 5})
    assert automated_rows(client) == before


@pytest.mark.parametrize("path", ["attribution/run", "campaign_results/run", "jobs", "campaign_results/refresh"])
def test_no_path_starts_a_run(path):
    """Rule: JOB-01."""
    assert a_client().send("POST", f"/{path}").status_code in (404, 307)


def test_an_evaluation_and_a_run_of_one_instant_go_in_order_of_creation():
    """Rule: JOB-03."""
    client = a_client()
    set_clock_and_sign_in(client, "2026-09-02T07:59:58")
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    fired = client.control("POST", "/clock/advance", json={"seconds": 2}).json()["fired"]
    assert [(job["kind"], job["due"]) for job in fired] == [
        ("attribution_run", "2026-09-02T08:00:00Z"),
        ("evaluation", "2026-09-02T08:00:00Z"),
    ]
