"""Each documented state is in the sample at its start, for each partner: a front end can show all of them at once."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.mock_harness import Client

PARTNERS = ("partner-id-acme", "partner-id-beta", "fd1042")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
PACKAGES = "/package_builder/packages"
Row = dict[str, Any]


def a_sample_client(seed: int = 1, start: datetime = START) -> Client:
    settings = Settings(clock_mode="frozen", now=start, seed=seed)
    return Client(app.create_workspace(settings), settings).sign_in("agency@acme.example")


@pytest.fixture(scope="module")
def client() -> Client:
    return a_sample_client()


def read(client: Client, partner_id: str, path: str) -> Any:
    answer = client.send("GET", path, headers={"X-Preferred-Partner-Id": partner_id})
    assert answer.status_code == 200, answer.text
    return answer.json()


def list_events(client: Client, partner_id: str) -> list[Row]:
    return read(client, partner_id, "/events/?limit=500")["items"]


@pytest.mark.parametrize("partner_id", PARTNERS)
def test_each_partner_has_a_package_in_each_status_that_lasts(client: Client, partner_id: str) -> None:
    statuses = set()
    for package in read(client, partner_id, f"{PACKAGES}/"):
        rows = read(client, partner_id, f"{PACKAGES}/{package['id']}/backhaul_evaluation")
        has_content = read(client, partner_id, f"{PACKAGES}/{package['id']}")["content"] is not None
        assert has_content == (package["status"] != "FAILED")
        statuses.add((package["status"], any(row["purchase"] for row in rows)))
    assert statuses == {("DONE", True), ("DONE", False), ("FAILED", False), ("EXPIRED", True)}


@pytest.mark.parametrize("partner_id", PARTNERS)
@pytest.mark.parametrize(
    ("member", "documented"),
    [
        ("status", {"active", "archived", "cancelled"}),
        ("frontend_status", {"DEFAULT", "FLAGGED", "HIDDEN"}),
        ("campaign_status", {"RUNNING", "OPEN", "CLOSED", "IGNORED"}),
        ("client_campaign_status", {"RUNNING", "PAUSED", None}),
        ("has_active_campaigns", {True, False}),
        ("special_ad_category", {"NONE", None}),
    ],
)
def test_each_partner_has_an_event_in_each_documented_state(
    client: Client, partner_id: str, member: str, documented: set[object]
) -> None:
    assert {event[member] for event in list_events(client, partner_id)} == documented


@pytest.mark.parametrize("partner_id", PARTNERS)
def test_each_partner_has_a_cancelled_event_in_the_newer_documentation(partner_id: str) -> None:
    client = a_sample_client()
    client.control("PUT", "/quirks", json={"cancelled_frontend_status": True})
    cancelled = [event for event in list_events(client, partner_id) if event["frontend_status"] == "CANCELLED"]
    assert [event["status"] for event in cancelled] == ["cancelled"]


@pytest.mark.parametrize("partner_id", PARTNERS)
def test_each_partner_has_predictions_above_at_and_below_the_benchmark_and_none(
    client: Client, partner_id: str
) -> None:
    benchmarks = [event["benchmark"] for event in list_events(client, partner_id)]
    states = {None if each is None else each["prediction"]["state"] for each in benchmarks}
    assert states == {"above", "at", "below", None}


@pytest.mark.parametrize("partner_id", PARTNERS)
def test_each_partner_has_cities_with_an_umlaut_a_hyphen_and_a_space(client: Client, partner_id: str) -> None:
    cities = {event["city"] for event in list_events(client, partner_id)}
    for kind in ("äöü", "-", " "):
        found = [city for city in cities if set(kind) & set(city)]
        assert found, kind
        for city in found:
            answer = client.send(
                "GET", "/events/", params={"city": city}, headers={"X-Preferred-Partner-Id": partner_id}
            )
            assert answer.json()["total"] > 0


@pytest.mark.parametrize("partner_id", PARTNERS)
def test_each_partner_has_two_events_that_start_at_one_instant(client: Client, partner_id: str) -> None:
    starts = Counter(event["start_date_time"] for event in list_events(client, partner_id))
    assert 2 in starts.values()


@pytest.mark.parametrize("partner_id", PARTNERS)
def test_each_partner_has_a_series_of_two_and_one_of_five(client: Client, partner_id: str) -> None:
    sizes = {len(event["campaign_event_series"]) + 1 for event in list_events(client, partner_id)}
    assert {1, 2, 5} <= sizes


@pytest.mark.parametrize("partner_id", PARTNERS)
@pytest.mark.parametrize("seed", [1, 7])
def test_each_partner_has_events_without_sales_with_one_and_with_many(seed: int, partner_id: str) -> None:
    client = a_sample_client(seed)
    summaries = [
        read(client, partner_id, f"/daily_revenue_summary/?event_id={event['id']}")
        for event in list_events(client, partner_id)
    ]
    sales = [sum(day["purchases"] for day in summary["daily"]) for summary in summaries]
    assert {0, 1} <= set(sales)
    assert max(sales) > 100


@pytest.mark.parametrize("partner_id", PARTNERS)
def test_each_partner_has_events_without_results_with_one_and_with_several(client: Client, partner_id: str) -> None:
    results = [
        read(client, partner_id, f"/campaign_results/?eid={event['id']}&partner_id={partner_id}")
        for event in list_events(client, partner_id)
    ]
    sources = {tuple(row["source"] for row in rows) for rows in results}
    assert sources == {(), ("automated",), ("automated", "manual", "manual")}


def test_each_partner_sees_only_its_own(client: Client) -> None:
    owned = {
        partner_id: {
            *(f"/events/{event['id']}" for event in list_events(client, partner_id)),
            *(f"{PACKAGES}/{package['id']}" for package in read(client, partner_id, f"{PACKAGES}/")),
        }
        for partner_id in PARTNERS
    }
    for partner_id in PARTNERS:
        for path in set.union(*owned.values()):
            answer = client.send("GET", path, headers={"X-Preferred-Partner-Id": partner_id})
            assert answer.status_code == (200 if path in owned[partner_id] else 404)


@pytest.mark.parametrize("partner_id", PARTNERS)
def test_a_failed_and_an_expired_package_can_be_built_again(partner_id: str) -> None:
    client = a_sample_client()
    headers = {"X-Preferred-Partner-Id": partner_id}
    for package in read(client, partner_id, f"{PACKAGES}/"):
        if package["status"] in ("FAILED", "EXPIRED"):
            answer = client.send("POST", f"{PACKAGES}/{package['id']}/regenerate", headers=headers)
            assert answer.json()["status"] == "INITIALIZING"
    client.control("POST", "/clock/advance", json={"seconds": 2})
    assert "INPROGRESS" in {each["status"] for each in read(client, partner_id, f"{PACKAGES}/")}
    client.control("POST", "/clock/advance", json={"seconds": 2})
    assert {each["status"] for each in read(client, partner_id, f"{PACKAGES}/")} == {"DONE"}


@pytest.mark.parametrize("start", [datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)], ids=str)
def test_the_packages_have_their_states_at_the_ends_of_the_calendar_too(start: datetime) -> None:
    client = a_sample_client(start=start)
    for partner_id in PARTNERS:
        statuses = Counter(package["status"] for package in read(client, partner_id, f"{PACKAGES}/"))
        assert statuses == {"DONE": 2, "FAILED": 1, "EXPIRED": 1}
