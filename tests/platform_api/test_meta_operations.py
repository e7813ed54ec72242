"""The operations of the Meta integration. Rules: META-01 to META-06, ERR-04."""

import pytest

from tests.builders import ACME
from tests.example_requests import ROWS_PATH, a_client, advance_and_sign_in, sorted_error_fields
from tests.platform_api.test_daily_revenue_operations import a_client_with_sales

EVENTS = "/integrations/facebook/events"
RESULTS = f"{EVENTS}/evt_1/campaign_results"
INSIGHTS = f"{EVENTS}/evt_1/fb_insights"
NEW_ROW_PATH = "/campaign_results/?partner_id=partner-id-acme&purchase=1&revenue=9.5&eid="


def results(event_rows, series_rows):
    return {"event_results": {"rows": event_rows}, "series_results": {"rows": series_rows}}


NO_RESULTS = results([], [])


@pytest.fixture
def client():
    return a_client()


def read_results(client, eid="evt_1"):
    answer = client.send("GET", f"{EVENTS}/{eid}/campaign_results")
    assert answer.status_code == 200
    return answer.json()


def read_report(client, query=""):
    answer = client.send("GET", f"{INSIGHTS}{query}")
    assert answer.status_code == 200
    return answer.json()


def read_days(client, query=""):
    """Return the days of the report without the activity of the ads."""
    return [{name: day[name] for name in ("date", "purchases", "purchase_value")} for day in read_report(client, query)]


def join_series(client, *others):
    query = "&".join(f"event_series={each}" for each in others)
    assert client.send("POST", f"/events/evt_1/series?{query}").status_code == 204


def test_the_rows_of_an_event_are_those_of_campaign_results(client):
    """Rules: META-01, META-02."""
    assert read_results(client) == results(client.send("GET", ROWS_PATH).json(), [])
    assert [row["source"] for row in read_results(client)["event_results"]["rows"]] == ["automated", "manual"]


def test_the_rows_of_its_series_stand_beside_them(client):
    """Rule: META-02: the newest row is first; of rows with equal timestamps, the last written is first."""
    join_series(client, "evt_2", "4711")
    rows = [client.send("POST", f"{NEW_ROW_PATH}{eid}").json() for eid in ("evt_2", "4711", "evt_2")]
    client.control("POST", "/clock/advance", json={"seconds": 1})
    rows.append(client.send("POST", f"{NEW_ROW_PATH}4711").json())
    own = client.send("GET", ROWS_PATH).json()
    assert read_results(client) == results(own, rows[::-1])
    assert read_results(client, "evt_2")["event_results"]["rows"] == [rows[2], rows[0]]
    assert read_results(client, "evt_2")["series_results"]["rows"][:2] == [rows[3], rows[1]]


def test_a_series_that_is_emptied_shares_nothing(client):
    """Rule: META-02."""
    join_series(client, "evt_2")
    assert read_results(client, "evt_2")["series_results"]["rows"] != []
    join_series(client)
    assert read_results(client, "evt_2") == NO_RESULTS


def test_events_without_a_series_have_no_series_rows(client):
    """Rule: META-02."""
    client.send("POST", f"{NEW_ROW_PATH}evt_2")
    assert read_results(client, "4711") == NO_RESULTS


@pytest.mark.parametrize("path", ["campaign_results", "fb_insights"])
@pytest.mark.parametrize("eid", ["evt_beta", "evt_none", "%2F", "a%2Fb"])
def test_an_event_of_another_or_of_nobody_is_404_in_the_same_bytes(client, path, eid):
    """Rules: META-01, META-04, ERR-04."""
    answer = client.send("GET", f"{EVENTS}/{eid}/{path}")
    assert (answer.status_code, answer.json()["message"]) == (404, "error.event.not_found")
    assert answer.content == client.send("GET", f"{EVENTS}/evt_nothing/{path}").content


def test_rows_are_readable_when_campaign_results_are_admin_only():
    """Rule: META-03."""
    client = a_client()
    before = read_results(client)
    client.control("PUT", "/quirks", json={"campaign_results_admin_only": True})
    assert client.send("GET", ROWS_PATH).status_code == 403
    assert read_results(client) == before


def test_the_rows_know_no_parameters(client):
    """Rule: BASE-08."""
    answer = client.send("GET", f"{RESULTS}?partner_id={ACME}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["partner_id"])


def test_a_report_has_the_days_of_metas_conversions():
    """Rules: META-05, META-06: only the second and the third sale count; the fifth is an hour in the future."""
    shop = a_client_with_sales()
    expected_days = [
        {"date": "2026-08-01", "purchases": 1, "purchase_value": 20.2},
        {"date": "2026-08-02", "purchases": 1, "purchase_value": 30.3},
    ]
    assert read_days(shop) == expected_days
    today = {"date": "2026-09-01", "purchases": 1, "purchase_value": 50.5}
    assert read_days(advance_and_sign_in(shop, hours=1)) == [*expected_days, today]


def test_each_day_tells_impressions_clicks_and_spend():
    """Rule: META-05: purchases ≤ clicks ≤ impressions, and the same on each read."""
    shop = a_client_with_sales()
    for day in read_report(shop):
        assert day["purchases"] <= day["clicks"] <= day["impressions"]
        assert 0 < day["spend"] == round(day["spend"], 2)
    assert read_report(shop) == read_report(shop)


def test_the_activity_of_a_day_depends_on_the_seed():
    """Rule: META-05: the mock draws the activity from the seed, the event and the day."""

    def report_of_seed(seed):
        shop = a_client_with_sales()
        shop.workspace.ids.seed = seed
        return read_report(shop)

    assert report_of_seed(1) == report_of_seed(1)
    assert report_of_seed(1) != report_of_seed(2)


@pytest.mark.parametrize("model", ["FD", "META", "EXTERNAL"])
def test_a_report_is_the_same_under_every_model(model):
    """Meta's report does not depend on the event's own model. See META-06."""
    shop = a_client_with_sales()
    before = read_days(shop)
    assert shop.send("PUT", "/events/evt_1/attribution_model", json={"model": model}).status_code == 200
    assert read_days(shop) == before


def test_under_model_meta_a_report_is_the_campaign_part():
    """Rule: META-06."""
    shop = a_client_with_sales()
    shop.send("PUT", "/events/evt_1/attribution_model", json={"model": "META"})
    daily = shop.send("GET", "/daily_revenue_summary/?event_id=evt_1").json()["daily"]
    part = [(day["date"], day["campaign"]) for day in daily if day["campaign"]["purchases"]]
    reported = [
        (day["date"], {"revenue": day["purchase_value"], "purchases": day["purchases"]}) for day in read_days(shop)
    ]
    assert reported == part


def test_what_is_cleared_is_not_reported_any_more():
    """Rules: META-06, DRS-05."""
    shop = a_client_with_sales()
    sale = {"customer_id": "cus_1", "event_id": "evt_1", "at": "2026-08-20T10:00:00Z", "tickets": 1, "revenue": 7}
    credited = {"fd": "campaign", "meta": "campaign", "external": "campaign", "origin": "partner"}
    before = read_days(shop)
    assert shop.control("POST", "/purchases", json={"purchases": [{**sale, **credited}]}).status_code == 201
    assert [day["date"] for day in read_days(shop)][-1] == "2026-08-20"
    shop.send("DELETE", "/daily_revenue_summary/?event_id=evt_1")
    assert read_days(shop) == before


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("?start_date=2026-08-01&end_date=2026-08-01", ["2026-08-01"], id="one day"),
        pytest.param("?start_date=2026-08-02", ["2026-08-02"], id="from a day on"),
        pytest.param("?end_date=2026-08-01", ["2026-08-01"], id="up to a day"),
        pytest.param("?start_date=2026-08-03", [], id="after the last day"),
        pytest.param("?start_date=0001-01-01&end_date=9999-12-31", ["2026-08-01", "2026-08-02"], id="the calendar"),
    ],
)
def test_a_range_includes_both_its_days(query, expected):
    """Rule: META-05."""
    assert [day["date"] for day in read_days(a_client_with_sales(), query)] == expected


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        pytest.param("start_date=2026-08-02&end_date=2026-08-01", ["start_date"], id="turned"),
        pytest.param("start_date=2100-01-02", ["start_date"], id="after the default end"),
        pytest.param("end_date=1899-12-31", ["start_date"], id="before the default start"),
        pytest.param("start_date=2026-02-30", ["start_date"], id="not a date"),
        pytest.param("end_date=", ["end_date"], id="an empty day"),
        pytest.param("start_date=2026-08-01T00:00:00Z", ["start_date"], id="an instant"),
        pytest.param("start_date=2026-08-01&start_date=2026-08-01", ["start_date"], id="twice"),
        pytest.param("currency=EUR", ["currency"], id="an unknown parameter"),
    ],
)
def test_a_wrong_range_is_400_and_named(client, query, fields):
    """Rules: META-05, ERR-02."""
    answer = client.send("GET", f"{INSIGHTS}?{query}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, fields)


def test_the_shape_comes_before_the_event(client):
    """Rule: BASE-11: contradicting fields are reported before an unknown event."""
    turned = "?start_date=2026-08-02&end_date=2026-08-01"
    assert client.send("GET", f"{EVENTS}/evt_none/fb_insights{turned}").status_code == 400


def test_reading_changes_nothing(client):
    before = client.send("GET", ROWS_PATH).content
    read_results(client)
    read_days(client)
    assert client.send("GET", ROWS_PATH).content == before


def test_a_reset_empties_what_was_entered(client):
    client.send("POST", f"{NEW_ROW_PATH}evt_2")
    client.control("POST", "/reset", json={})
    assert read_results(client.sign_in(), "evt_2") == NO_RESULTS
