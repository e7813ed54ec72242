"""Limits of strings, numbers, dates and amounts. Rule: BASE-12."""

import json
from decimal import Decimal

import pytest

from tests.example_requests import (
    NEW_PACKAGE,
    ROWS_PATH,
    SETTINGS,
    SETTINGS_PATH,
    a_client,
    advance_and_sign_in,
    read_everything,
    sorted_error_fields,
)

PACKAGES = "/package_builder/packages"
NEW_ROW_PATH = "/campaign_results/?eid=evt_1&partner_id=partner-id-acme"
WINDOW = "backhaul_evaluation_attribution_window"
CONTROL_CHARACTERS = ["\0", "\t", "\n", "\r", "\x1f"]


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.mark.parametrize("control", CONTROL_CHARACTERS, ids=["null", "tab", "line feed", "return", "1F"])
@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        pytest.param("GET", "/events/?q={}", "q", id="q"),
        pytest.param("GET", "/events/?city=M{}", "city.0", id="a city"),
        pytest.param("GET", "/campaign_results/?partner_id=partner-id-acme&eid=evt_1{}", "eid", id="eid"),
        pytest.param("DELETE", "/campaign_results/?id=cr_acme{}", "id", id="a row"),
        pytest.param("GET", "/daily_revenue_summary/?event_id={}evt_1", "event_id", id="event_id"),
        pytest.param("POST", "/events/evt_1/series?event_series=evt_2{}", "event_series.0", id="a series"),
    ],
)
def test_a_control_character_in_a_query_is_refused(client, method, path, field, control):
    answer = client.send(method, path.format(f"%{ord(control):02X}"))
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


@pytest.mark.parametrize("control", CONTROL_CHARACTERS, ids=["null", "tab", "line feed", "return", "1F"])
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        pytest.param(PACKAGES, {**NEW_PACKAGE, "package_title": "a{}b"}, "package_title", id="a title"),
        pytest.param(PACKAGES, {**NEW_PACKAGE, "event_ids": ["evt_1{}"]}, "event_ids.0", id="an event's id"),
        pytest.param("/auth", {"username": "a{}", "password": "b"}, "username", id="a name"),
        pytest.param("/auth", {"username": "a", "password": "b{}"}, "password", id="a password"),
        pytest.param("/auth/refresh_token", {"token": "{}"}, "token", id="a token"),
    ],
)
def test_an_escaped_control_character_in_a_body_is_refused(client, path, body, field, control):
    escaped = json.dumps(body).replace("{}", json.dumps(control)[1:-1])
    answer = client.send("POST", path, content=escaped.encode(), headers={"content-type": "application/json"})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


@pytest.mark.parametrize("title", ["\x7f", "\x80", "🎸", "é", "￿", " ", "a" * 200, "🎸" * 200])
def test_any_other_text_is_kept_as_it_is(title):
    client = a_client()
    created = client.send("POST", PACKAGES, json={**NEW_PACKAGE, "package_title": title})
    assert (created.status_code, created.json()["title"]) == (201, title)
    assert client.send("GET", f"{PACKAGES}/").json()[0]["title"] == title


@pytest.mark.parametrize("title", ["", "a" * 201, "🎸" * 201], ids=["empty", "201 letters", "201 guitars"])
def test_a_title_has_1_to_200_characters(client, title):
    """Rule: PKG-02."""
    answer = client.send("POST", PACKAGES, json={**NEW_PACKAGE, "package_title": title})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["package_title"])


INVALID_INTEGERS = [
    "7.0",
    "7.",
    "+7",
    "%2B7",
    "07",
    "0x7",
    "1e1",
    "7_0",
    " 7",
    "7%20",
    "٧",
    "NaN",
    "Infinity",
    "true",
    "--7",
]


@pytest.mark.parametrize("text", [*INVALID_INTEGERS, "9" * 5000])
@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", "/events/?page={}", "page"),
        ("GET", "/events/?limit={}", "limit"),
        ("GET", "/events/evt_1/series?limit={}", "limit"),
        ("POST", f"{NEW_ROW_PATH}&revenue=1&purchase={{}}", "purchase"),
    ],
    ids=["page", "limit", "limit of a series", "purchase"],
)
def test_an_integer_in_a_query_is_written_as_in_json(client, method, path, field, text):
    answer = client.send(method, path.format(text))
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "inf",
        "1e400",
        "1.",
        ".5",
        "+1",
        "%2B1",
        "01",
        "1,5",
        "1_000",
        "1e",
        "0x1",
        "1000000000000",
        "-1000000000000",
        "1e12",
        "9" * 5000,
        "١",
    ],
)
def test_money_in_a_query_is_written_as_in_json_finite_and_in_bounds(client, text):
    """Rules: BASE-12, CR-03."""
    before = read_everything(client)
    answer = client.send("POST", f"{NEW_ROW_PATH}&purchase=1&revenue={text}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["revenue"])
    assert read_everything(client) == before


def post_and_read_revenue(client, revenue, purchase=1):
    """Create a row. Return the status, the revenue in the response, and the revenue as read afterwards."""
    answer = client.send("POST", f"{NEW_ROW_PATH}&purchase={purchase}&revenue={revenue}")
    if answer.status_code != 201:
        return answer.status_code, None, None
    created = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
    rows = json.loads(client.send("GET", ROWS_PATH).text, parse_float=Decimal, parse_int=Decimal)
    return 201, created["revenue"], rows[0]["revenue"]


@pytest.mark.parametrize(
    "text",
    ["0.1", "540.50", "-90", "0.01", "999999999999.99", "-999999999999.99", "1e2", "1E-2", "1.5e3", "123456789.123456"],
)
def test_money_comes_back_as_it_was_sent(text):
    assert post_and_read_revenue(a_client(), text) == (201, Decimal(text), Decimal(text))


@pytest.mark.parametrize(
    "text",
    ["0.1234567890123456789", "123456789012.1234567", "999999999999.999999999999", "1e-400"],
    ids=["19 digits", "12 digits before the point", "just below the bound", "next to nothing"],
)
def test_money_of_more_digits_than_a_double_holds_is_refused_or_kept_whole(text):
    """Rules: BASE-12 (amounts are never rounded), CR-03 (revenue is below 10^12)."""
    status, created, read = post_and_read_revenue(a_client(), text)
    assert status == 400 or (created, read) == (Decimal(text), Decimal(text))


def test_an_amount_too_small_for_a_float_is_refused_or_kept():
    """Rule: CR-03: an accepted row with 0 orders must not be read back with 0 revenue."""
    status, _, read = post_and_read_revenue(a_client(), "1e-400", purchase=0)
    assert (status, read) in ((400, None), (201, Decimal("1e-400")))


@pytest.mark.parametrize("number", ["14.0", "1.4e1", "140e-1"])
def test_an_integer_in_a_body_may_have_a_zero_fraction(number):
    body = f'{{"{WINDOW}": {number}, "backhaul_evaluation_model": "ALL_PURCHASES"}}'
    answer = a_client().send("PUT", SETTINGS_PATH, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()[WINDOW]) == (200, 14)
    assert f'"{WINDOW}":14,' in answer.text


@pytest.mark.parametrize(
    "number",
    [
        "14.5",
        '"14"',
        "true",
        "null",
        "[]",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "0",
        "-0",
        "-1",
        "366",
        "1e2000",
        "9" * 5000,
        "9" * 30,
        "0.9999999999",
    ],
)
def test_another_window_is_refused(client, number):
    """Rules: BASE-12, BEV-02 (a window lasts 1 to 365 days)."""
    body = f'{{"{WINDOW}": {number}, "backhaul_evaluation_model": "ALL_PURCHASES"}}'
    answer = client.send("PUT", SETTINGS_PATH, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert sorted_error_fields(answer)[0] in (WINDOW, "body")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2024-02-29", "1970-01-01"])
@pytest.mark.parametrize("window", [1, 365])
def test_each_day_of_the_calendar_may_be_the_emails(day, window):
    """Rules: BASE-12, BEV-07: a window that would go past the end of the calendar is cut there."""
    client = a_client()
    body = {**SETTINGS, WINDOW: window, "email_sent_date": day}
    assert client.send("PUT", SETTINGS_PATH, json=body).json() == body
    advance_and_sign_in(client, seconds=2)
    assert [row["tc"] for row in client.send("GET", f"{PACKAGES}/pkg_1/backhaul_evaluation").json()] == ["Jazz"]


@pytest.mark.parametrize(
    "query",
    [
        "/events/?since=0001-01-01&until=9999-12-31",
        "/events/?until=9999-12-31",
        "/daily_revenue_summary/?event_id=evt_1&start_date=0001-01-01&end_date=9999-12-31",
        "/daily_revenue_summary/?event_id=evt_1&start_date=0001-01-01&end_date=0001-01-01",
    ],
)
def test_a_range_may_reach_the_calendars_ends(client, query):
    assert client.send("GET", query).status_code == 200


INVALID_DAYS = [
    "2026-02-30",
    "2026-13-01",
    "0000-01-01",
    "10000-01-01",
    "2026-9-1",
    "20260901",
    "2026-W36-2",
    "2026-09-01T00:00:00Z",
    "01.09.2026",
    "today",
    "0",
    "1756684800",
    "٢٠٢٦-09-01",
]


@pytest.mark.parametrize("text", INVALID_DAYS)
def test_what_is_no_day_is_refused(client, text):
    for name, path in (
        ("since", "/events/?since="),
        ("until", "/events/?until="),
        ("start_date", "/daily_revenue_summary/?event_id=evt_1&start_date="),
        ("end_date", "/daily_revenue_summary/?event_id=evt_1&end_date="),
    ):
        answer = client.send("GET", f"{path}{text}")
        assert (answer.status_code, sorted_error_fields(answer)) == (400, [name])
    answer = client.send("PUT", SETTINGS_PATH, json={**SETTINGS, "email_sent_date": text})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["email_sent_date"])


@pytest.mark.parametrize("value", [0, 20260901, 1.5, True, [], {}])
def test_a_day_in_a_body_is_a_text(client, value):
    answer = client.send("PUT", SETTINGS_PATH, json={**SETTINGS, "email_sent_date": value})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["email_sent_date"])
