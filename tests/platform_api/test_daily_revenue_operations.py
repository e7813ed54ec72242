"""Daily revenue is split by the event's attribution model. Rules: LAM-01 to LAM-04, DRS-01 to DRS-05."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.builders import ACME, BETA, a_purchase, a_workspace, a_world, an_event
from tests.example_requests import (
    ROWS_PATH,
    SETTINGS,
    a_client,
    advance_and_sign_in,
    read_everything,
    sorted_error_fields,
)
from tests.mock_harness import Client

MODEL = "/events/evt_1/attribution_model"
SUMMARY = "/daily_revenue_summary/?event_id=evt_1"
NEW_ROW_PATH = f"/campaign_results/?eid=evt_1&partner_id={ACME}&purchase=3&revenue=90"
PARTS = ("campaign", "organic", "external")
NO_SALES = {"revenue": 0.0, "purchases": 0}


def a_client_with_sales():
    """Return a client with five sales: two on 1 August, one on 2 August, one on 5 August, and one in an hour."""
    sale_rows = [
        ("2026-08-01T00:00:00", "10.10", ("campaign", "organic", "external")),
        ("2026-08-01T23:59:59", "20.20", ("campaign", "campaign", "organic")),
        ("2026-08-02T00:00:00", "30.30", ("organic", "campaign", "organic")),
        ("2026-08-05T12:00:00", "40.40", ("external", "organic", "campaign")),
        ("2026-09-01T13:00:00", "50.50", ("campaign", "campaign", "campaign")),
    ]
    sales = [
        a_purchase(instant, revenue=Decimal(revenue), fd=fd, meta=meta, external=external)
        for instant, revenue, (fd, meta, external) in sale_rows
    ]
    events = [an_event("evt_1"), an_event("evt_2"), an_event("evt_beta", partner_id=BETA)]
    return Client(a_workspace(a_world(events=events, purchases=sales))).sign_in()


@pytest.fixture
def shop():
    return a_client_with_sales()


@pytest.fixture(scope="module")
def client():
    return a_client()


def read_summary(client, more=""):
    answer = client.send("GET", f"{SUMMARY}{more}")
    assert answer.status_code == 200
    return answer.json()


def read_days(client, more=""):
    return [day["date"] for day in read_summary(client, more)["daily"]]


def read_split_by_day(client):
    """Return the revenue of each day as {day: (campaign, organic, external)}."""
    return {day["date"]: tuple(day[part]["revenue"] for part in PARTS) for day in read_summary(client)["daily"]}


@pytest.mark.parametrize("model", ["FD", "META", "EXTERNAL"])
def test_a_model_is_stored_and_answered(client, model):
    """Rule: LAM-01."""
    answer = client.send("PUT", MODEL, json={"model": model})
    assert (answer.status_code, answer.json()) == (200, {"model": model})
    assert client.send("GET", MODEL).json() == {"model": model}


@pytest.mark.parametrize(
    "body",
    [
        {"model": "fd"},
        {"model": "Meta"},
        {"model": ""},
        {"model": None},
        {"model": 1},
        {"model": ["FD"]},
        {},
        {"model": " FD"},
        {"model": "ALL_PURCHASES"},
        {"Model": "FD"},
        {"model": "FD", "partner_id": ACME},
    ],
    ids=str,
)
def test_another_model_is_400_and_changes_nothing(client, body):
    """Rule: LAM-01."""
    before = read_everything(client)
    assert client.send("PUT", MODEL, json=body).status_code == 400
    assert read_everything(client) == before


def test_a_model_is_the_events_own(shop):
    """Rule: LAM-02."""
    shop.send("PUT", MODEL, json={"model": "META"})
    assert shop.send("GET", "/events/evt_2/attribution_model").json() == {"model": "FD"}


def test_a_model_has_nothing_to_do_with_backhaul():
    """Rule: LAM-02: setting a model changes no evaluation settings, results or jobs."""
    client = a_client()
    client.send("PUT", "/package_builder/packages/pkg_1/backhaul_evaluation_details", json=SETTINGS)
    advance_and_sign_in(client, seconds=2)
    paths = [f"/package_builder/packages/pkg_1/backhaul_evaluation{end}" for end in ("", "_details")]
    before = [client.send("GET", path).content for path in paths]
    jobs = client.control("GET", "/jobs").json()
    client.send("PUT", MODEL, json={"model": "EXTERNAL"})
    assert client.control("GET", "/jobs").json() == jobs
    advance_and_sign_in(client, minutes=5)
    assert [client.send("GET", path).content for path in paths] == before


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("FD", {"2026-08-01": (30.3, 0, 0), "2026-08-02": (0, 30.3, 0), "2026-08-05": (0, 0, 40.4)}),
        ("META", {"2026-08-01": (20.2, 10.1, 0), "2026-08-02": (30.3, 0, 0), "2026-08-05": (0, 40.4, 0)}),
        ("EXTERNAL", {"2026-08-01": (0, 20.2, 10.1), "2026-08-02": (0, 30.3, 0), "2026-08-05": (40.4, 0, 0)}),
    ],
)
def test_the_next_read_shows_whom_the_model_credits(shop, model, expected):
    """Rules: LAM-03, LAM-04."""
    assert read_summary(shop)["attribution_model"] == "FD"
    shop.send("PUT", MODEL, json={"model": model})
    assert read_summary(shop)["attribution_model"] == model
    assert read_split_by_day(shop) == expected


@pytest.mark.parametrize("model", ["FD", "META", "EXTERNAL"])
def test_the_parts_add_up_to_the_same_total_under_each_model(shop, model):
    """Rule: LAM-04."""
    shop.send("PUT", MODEL, json={"model": model})
    daily = read_summary(shop)["daily"]
    totals = {day["date"]: (day["revenue"], day["purchases"]) for day in daily}
    assert totals == {"2026-08-01": (30.3, 2), "2026-08-02": (30.3, 1), "2026-08-05": (40.4, 1)}
    for day in daily:
        assert sum(day[part]["purchases"] for part in PARTS) == day["purchases"]
        assert sum(day[part]["revenue"] for part in PARTS) == pytest.approx(day["revenue"])


def test_the_summary_has_its_members(shop):
    """Rule: DRS-02."""
    body = read_summary(shop)
    assert list(body) == ["event_id", "currency", "attribution_model", "daily", "manual_adjustments"]
    assert (body["event_id"], body["currency"]) == ("evt_1", "EUR")
    assert body["daily"][1] == {
        "date": "2026-08-02",
        "revenue": 30.3,
        "purchases": 1,
        "campaign": NO_SALES,
        "organic": {"revenue": 30.3, "purchases": 1},
        "external": NO_SALES,
    }


def test_only_days_that_have_sales_stand_there_ascending(shop):
    """Rule: DRS-02. Days are in UTC, and a future sale is not known yet."""
    assert read_days(shop) == ["2026-08-01", "2026-08-02", "2026-08-05"]
    advance_and_sign_in(shop, minutes=59, seconds=59)
    assert "2026-09-01" not in read_days(shop)
    advance_and_sign_in(shop, seconds=1)
    assert read_days(shop) == ["2026-08-01", "2026-08-02", "2026-08-05", "2026-09-01"]


def test_an_event_without_sales_has_no_days(shop):
    """Rule: DRS-02."""
    body = shop.send("GET", "/daily_revenue_summary/?event_id=evt_2").json()
    assert (body["daily"], body["manual_adjustments"]) == ([], [])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param("&start_date=2026-08-02", ["2026-08-02", "2026-08-05"], id="from a day on, including it"),
        pytest.param("&end_date=2026-08-02", ["2026-08-01", "2026-08-02"], id="up to a day, including it"),
        pytest.param("&start_date=2026-08-02&end_date=2026-08-02", ["2026-08-02"], id="one day"),
        pytest.param("&start_date=2026-08-03&end_date=2026-08-04", [], id="days without sales"),
        pytest.param("&currency=EUR", ["2026-08-01", "2026-08-02", "2026-08-05"], id="the partner's currency"),
    ],
)
def test_a_range_includes_both_its_days(shop, more, expected):
    """Rule: DRS-01."""
    assert read_days(shop, more) == expected


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        ("1899-12-31T23:59:59Z", False),
        ("1900-01-01T00:00:00Z", True),
        ("2100-01-01T23:59:59Z", True),
        ("2100-01-02T00:00:00Z", False),
    ],
)
def test_the_default_range_is_1900_01_01_to_2100_01_01(instant, shown):
    """Rule: DRS-01."""
    shop = Client(a_workspace(a_world(events=[an_event("evt_1")]), datetime(2101, 1, 1, tzinfo=UTC))).sign_in()
    row = {"customer_id": "cus_1", "event_id": "evt_1", "at": instant, "tickets": 1, "revenue": 1}
    credited = dict.fromkeys(("fd", "meta", "external"), "organic")
    assert shop.control("POST", "/purchases", json={"purchases": [{**row, **credited}]}).status_code == 201
    assert (instant[:10] in read_days(shop)) is shown
    assert instant[:10] in read_days(shop, "&start_date=0001-01-01&end_date=9999-12-31")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        pytest.param("", ["event_id"], id="no event"),
        pytest.param("?eid=evt_1", ["eid", "event_id"], id="the name used by other operations"),
        pytest.param("?event_id=evt_1&currency=GBP", ["currency"], id="another currency"),
        pytest.param("?event_id=evt_1&currency=eur", ["currency"], id="the currency in another case"),
        pytest.param("?event_id=evt_1&start_date=2026-08-02&end_date=2026-08-01", ["start_date"], id="backwards"),
        pytest.param(
            "?event_id=evt_1&currency=GBP&start_date=2026-08-02&end_date=2026-08-01",
            ["currency", "start_date"],
            id="two contradictions",
        ),
    ],
)
def test_an_invalid_query_is_400(shop, query, fields):
    """Rule: DRS-01."""
    answer = shop.send("GET", f"/daily_revenue_summary/{query}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, fields)


def test_manual_adjustments_are_the_rows_of_campaign_results(client):
    """Rules: DRS-03, CR-05: the rows have the same sources, fields, values and order in both places."""
    client.send("POST", NEW_ROW_PATH)
    rows = client.send("GET", ROWS_PATH).json()
    assert [row["source"] for row in rows] == ["manual", "automated", "manual"]
    assert read_summary(client)["manual_adjustments"] == rows


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param("", ["2026-09-01T08:00:00Z", "2026-08-20T14:30:00Z"], id="all"),
        pytest.param("&start_date=2026-08-20&end_date=2026-08-20", ["2026-08-20T14:30:00Z"], id="one day"),
        pytest.param("&end_date=2026-08-19", [], id="before"),
        pytest.param("&start_date=2026-09-01", ["2026-09-01T08:00:00Z"], id="from the day of the run on"),
        pytest.param("&start_date=2026-09-02", [], id="after"),
    ],
)
def test_adjustments_are_those_created_in_the_range(more, expected):
    """Rule: DRS-03."""
    assert [row["created_at"] for row in read_summary(a_client(), more)["manual_adjustments"]] == expected


def test_adjustments_do_not_alter_the_days(shop):
    """Rule: DRS-04."""
    before = read_summary(shop)["daily"]
    shop.send("POST", NEW_ROW_PATH)
    assert len(read_summary(shop)["manual_adjustments"]) == 2
    assert read_summary(shop)["daily"] == before


def add_sale(client, instant="2026-08-02T12:00:00Z", origin="partner"):
    row = {"customer_id": "cus_1", "event_id": "evt_1", "at": instant, "tickets": 1, "revenue": 5, "origin": origin}
    sale_credits = dict.fromkeys(("fd", "meta", "external"), "campaign")
    assert client.control("POST", "/purchases", json={"purchases": [{**row, **sale_credits}]}).status_code == 201


def test_clearing_removes_only_the_partners_own_sales(shop):
    """Rule: DRS-05."""
    before = read_summary(shop)
    add_sale(shop)
    shop.send("POST", NEW_ROW_PATH)
    assert read_summary(shop) != before
    answer = shop.send("DELETE", SUMMARY)
    assert (answer.status_code, answer.content) == (204, b"")
    assert read_summary(shop) == before
    assert shop.send("GET", ROWS_PATH).json() == before["manual_adjustments"]


def test_what_is_cleared_stays_cleared(shop):
    """Rule: DRS-05: after a clearing, no run or day counts the cleared sales, but earlier automated rows remain."""
    add_sale(shop)
    shop.send("DELETE", SUMMARY)
    rows = advance_and_sign_in(shop, days=2).send("GET", ROWS_PATH).json()
    assert [(row["purchase"], row["revenue"]) for row in rows] == [(1, 50.5), (2, 30.3)]
    add_sale(shop)
    advance_and_sign_in(shop, days=1)
    shop.send("DELETE", SUMMARY)
    assert [row["purchase"] for row in shop.send("GET", ROWS_PATH).json()] == [1, 1, 2]


def test_clearing_twice_is_clearing_once(shop):
    """Rule: DRS-05."""
    assert [shop.send("DELETE", SUMMARY).status_code for _ in range(2)] == [204, 204]


def test_sales_brought_in_after_a_clearing_count(shop):
    """Rule: DRS-05."""
    shop.send("DELETE", SUMMARY)
    add_sale(shop, "2026-07-01T00:00:00Z")
    assert read_days(shop)[0] == "2026-07-01"


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?eid=evt_1", 400), ("?event_id=nothing", 404), ("?event_id=evt_1&start_date=2026-01-01", 400)],
    ids=["no event", "another name", "an unknown event", "a range"],
)
def test_a_refused_clearing_clears_nothing(shop, query, status):
    """Rule: DRS-05."""
    add_sale(shop)
    shop.send("POST", NEW_ROW_PATH)
    before = read_summary(shop)
    assert shop.send("DELETE", f"/daily_revenue_summary/{query}").status_code == status
    assert read_summary(shop) == before
