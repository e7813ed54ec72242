"""A client with a package whose clusters have known customers, so that results are exact numbers."""

from typing import Any

import httpx2

from tests.builders import a_workspace, a_world, an_event
from tests.example_requests import RESULT_PATH, SETTINGS_PATH, add_package, advance_and_sign_in
from tests.mock_harness import Client

CLUSTERS = [
    {"tc": "Jazz", "customers": ["a", "b", "c", "d"]},
    {"tc": "Rock", "customers": ["e", "f"]},
    {"tc": "Nobody", "customers": []},
]


def a_shop(**package: Any) -> Client:
    """Return a client in September. pkg_1 contains evt_1, from 1 August; evt_2 is in the same series, evt_3 in none."""
    events = [an_event("evt_1", series="tour"), an_event("evt_2", series="tour"), an_event("evt_3")]
    client = Client(a_workspace(a_world(events=events))).sign_in()
    add_package(client, **{"clusters": CLUSTERS, **package})
    return client


def add_purchases(client: Client, *orders: tuple[Any, ...]) -> None:
    """Add orders, each given as a customer, a time, and optionally the number of tickets and the event."""
    rows = []
    for customer, instant, *optional_values in orders:
        tickets, event_id = (*optional_values, *(1, "evt_1")[len(optional_values) :])
        row = {"customer_id": customer, "event_id": event_id, "at": f"{instant}Z", "tickets": tickets, "revenue": 10}
        rows.append({**row, **dict.fromkeys(("fd", "meta", "external"), "organic")})
    assert client.control("POST", "/purchases", json={"purchases": rows}).status_code == 201


def save_settings(client: Client, days: int = 30, model: str = "EVENTS_FROM_PACKAGE", **dates: Any) -> httpx2.Response:
    """Save the settings of pkg_1, and return the response."""
    window = {"backhaul_evaluation_attribution_window": days, "backhaul_evaluation_model": model}
    answer = client.send("PUT", SETTINGS_PATH, json={**window, **{f"email_{key}": on for key, on in dates.items()}})
    assert answer.status_code == 200
    return answer


def read_result(client: Client) -> dict[str, tuple[Any, ...]]:
    """Return the last result as {cluster: (customers, items, purchase, rate)}."""
    rows = client.send("GET", RESULT_PATH).json()
    return {row["tc"]: (row["customers"], row["items"], row["purchase"], row["conversion_rate"]) for row in rows}


def count_orders(client: Client, tc: str = "Jazz") -> int | None:
    """Return how many orders of a cluster the last result counts, or None if there is no result."""
    row_by_cluster = read_result(client)
    return row_by_cluster[tc][2] if row_by_cluster else None


def evaluate(client: Client, **settings: Any) -> dict[str, tuple[Any, ...]]:
    """Save settings, wait for the evaluation, and return its result."""
    save_settings(client, **settings)
    advance_and_sign_in(client, seconds=2)
    return read_result(client)
