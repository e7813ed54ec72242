"""Creating, building and reading packages. Rules: PKG-01 to PKG-10."""

import pytest

from tests.builders import a_customer, a_purchase, a_workspace, a_world, an_event
from tests.example_requests import (
    NEW_PACKAGE,
    a_client,
    add_package,
    advance_and_sign_in,
    read_everything,
    sorted_error_fields,
)
from tests.mock_harness import Client

PACKAGES = "/package_builder/packages"
PACKAGE_FIELDS = ["id", "title", "status", "merge_id", "created_at", "events", "targeting_mode"]


@pytest.fixture(scope="module")
def client():
    return a_client()


def order_package(client, **changes):
    return client.send("POST", PACKAGES, json={**NEW_PACKAGE, **changes})


def read_package(client, package_id):
    return client.send("GET", f"{PACKAGES}/{package_id}").json()


def test_packages_are_a_bare_array_of_their_fields(client):
    """Rules: PKG-01, PKG-07."""
    answer = client.send("GET", f"{PACKAGES}/")
    assert answer.status_code == 200
    assert [list(package) for package in answer.json()] == [PACKAGE_FIELDS, PACKAGE_FIELDS, PACKAGE_FIELDS]
    assert answer.json()[1] == {
        "id": "pkg_1",
        "title": "Package pkg_1",
        "status": "DONE",
        "merge_id": None,
        "created_at": "2026-08-01T09:00:00Z",
        "events": [{"id": "evt_1", "title": "Concert evt_1"}],
        "targeting_mode": "lookalike",
    }


def test_a_new_package_is_initializing():
    """Rule: PKG-02: `package_title` is returned as `title`."""
    client = a_client()
    answer = order_package(client, event_ids=["evt_2", "evt_1"])
    package = answer.json()
    assert (answer.status_code, list(package)) == (201, PACKAGE_FIELDS)
    assert package["id"].startswith("pkg_")
    assert (package["title"], package["status"], package["merge_id"]) == ("Munich shows", "INITIALIZING", None)
    assert (package["created_at"], package["targeting_mode"]) == ("2026-09-01T12:00:00Z", "selective")
    assert [event["id"] for event in package["events"]] == ["evt_2", "evt_1"]
    assert read_package(client, package["id"]) == {**package, "content": None}


@pytest.mark.parametrize("targeting_mode", ["lookalike", "selective", "inclusive"])
@pytest.mark.parametrize(("num_packages", "n_top_events"), [(1, 1), (20, 100)], ids=["the least", "the most"])
def test_each_order_in_bounds_is_taken(targeting_mode, num_packages, n_top_events):
    """Rule: PKG-02."""
    order = {"targeting_mode": targeting_mode, "num_packages": num_packages, "n_top_events": n_top_events}
    answer = order_package(a_client(), **order)
    assert (answer.status_code, answer.json()["targeting_mode"]) == (201, targeting_mode)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"num_packages": 0}, "num_packages"),
        ({"num_packages": 21}, "num_packages"),
        ({"num_packages": "4"}, "num_packages"),
        ({"n_top_events": 0}, "n_top_events"),
        ({"n_top_events": 101}, "n_top_events"),
        ({"event_ids": []}, "event_ids"),
        ({"event_ids": ["evt_1", "evt_1"]}, "event_ids"),
        ({"event_ids": [4711, "4711"]}, "event_ids"),
        ({"event_ids": [f"evt_{n}" for n in range(101)]}, "event_ids"),
        ({"event_ids": "evt_1"}, "event_ids"),
        ({"event_ids": [1.5]}, "event_ids.0"),
        ({"event_ids": [True]}, "event_ids.0"),
        ({"event_ids": [None]}, "event_ids.0"),
        ({"package_title": ""}, "package_title"),
        ({"package_title": 5}, "package_title"),
        ({"title": "Munich"}, "title"),
        ({"targeting_mode": "LOOKALIKE"}, "targeting_mode"),
        ({"targeting_mode": "broad"}, "targeting_mode"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_another_order_is_400_and_builds_nothing(client, changes, field):
    """Rule: PKG-02."""
    before = read_everything(client)
    answer = order_package(client, **changes)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert read_everything(client) == before


@pytest.mark.parametrize("event_id", [4711, 4711.0, "4711"], ids=["a number", "a number with .0", "a text"])
def test_an_event_with_a_numeric_id_is_named_by_number_or_text(event_id):
    """Rule: PKG-02."""
    answer = order_package(a_client(), event_ids=[event_id])
    assert (answer.status_code, answer.json()["events"][0]["id"]) == (201, "4711")


@pytest.mark.parametrize("unknown", ["nothing", 99, -1, "evt_beta", "", "04711", 10**30])
def test_an_unknown_event_is_404_and_builds_nothing(client, unknown):
    """Rule: PKG-02."""
    before = read_everything(client)
    answer = order_package(client, event_ids=["evt_1", unknown])
    assert (answer.status_code, answer.json()["message"]) == (404, "error.event.not_found")
    assert read_everything(client) == before


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(0, "INITIALIZING"), (1, "INITIALIZING"), (2, "INPROGRESS"), (3, "INPROGRESS"), (4, "DONE"), (3600, "DONE")],
)
def test_a_package_builds_itself_in_4_seconds(seconds, status):
    """Rules: PKG-03, PKG-04: content is null until DONE."""
    client = a_client()
    package_id = order_package(client).json()["id"]
    advance_and_sign_in(client, seconds=seconds)
    package = read_package(client, package_id)
    assert package["status"] == status
    assert (package["content"] is not None) is (status == "DONE")


def test_reading_does_not_advance_a_build():
    """Rule: PKG-03."""
    client = a_client()
    package_id = order_package(client).json()["id"]
    assert {read_package(client, package_id)["status"] for _ in range(10)} == {"INITIALIZING"}


@pytest.mark.parametrize(("seconds", "status"), [(-1, "DONE"), (0, "EXPIRED"), (1, "EXPIRED")])
def test_a_package_expires_28_days_after_it_was_built(seconds, status):
    """Rule: PKG-03: the time counts from the end of the build, not from `created_at`; the content stays."""
    client = a_client()
    package_id = order_package(client).json()["id"]
    advance_and_sign_in(client, seconds=4)
    built = read_package(client, package_id)
    advance_and_sign_in(client, seconds=28 * 86_400 + seconds)
    assert read_package(client, package_id) == {**built, "status": status}


def a_client_with_tastes():
    """Return a client with six buyers of evt_1. Three of them bought evt_2, one evt_3, one evt_4, none evt_5."""
    tastes = {"a": "Jazz", "b": "Jazz", "c": "Jazz", "d": "Jazz", "e": "Rock", "f": "Rock", "g": "Folk", "h": "Folk"}
    buyers_by_event = {"evt_1": "abcdef", "evt_2": "abcg", "evt_3": "ah", "evt_4": "b", "evt_5": "h"}
    purchases = [
        a_purchase("2026-08-01", customer_id=buyer, event_id=event)
        for event, buyers in buyers_by_event.items()
        for buyer in buyers
    ]
    customers = [a_customer(customer_id, cluster=taste) for customer_id, taste in tastes.items()]
    events = [an_event(event) for event in buyers_by_event]
    return Client(a_workspace(a_world(events=events, purchases=purchases, customers=customers))).sign_in()


def build_clusters(client, **changes):
    """Create a package, and return its clusters as {label: customers} when it is DONE."""
    package_id = order_package(client, **changes).json()["id"]
    advance_and_sign_in(client, seconds=4)
    clusters = read_package(client, package_id)["content"]["clusters"]
    lists = {
        cluster["tc"]: client.send("GET", f"{PACKAGES}/{package_id}/{cluster['tc']}/customer_list").json()
        for cluster in clusters
    }
    assert [cluster["customers"] for cluster in clusters] == [len(customers) for customers in lists.values()]
    return {tc: "".join(customers) for tc, customers in lists.items()}


@pytest.mark.parametrize(
    ("n_top_events", "num_packages", "clusters"),
    [
        pytest.param(1, 3, {"Jazz": "abcd", "Rock": "ef", "Folk": "g"}, id="the best match has most shared buyers"),
        pytest.param(
            2, 3, {"Jazz": "abcd", "Folk": "gh", "Rock": "ef"}, id="of two equal matches, the lower id is next"
        ),
        pytest.param(100, 1, {"Jazz + 2 more": "abcdefgh"}, id="one cluster of all buyers"),
    ],
)
def test_a_build_groups_the_buyers_of_its_events_and_of_the_best_matching_ones(n_top_events, num_packages, clusters):
    """Rule: PKG-10."""
    built_clusters = build_clusters(a_client_with_tastes(), n_top_events=n_top_events, num_packages=num_packages)
    if num_packages == 1:
        assert sorted("".join(built_clusters.values())) == sorted("".join(clusters.values()))
    else:
        assert built_clusters == clusters


@pytest.mark.parametrize("num_packages", [1, 2, 3, 5, 7, 20])
def test_as_many_clusters_are_built_as_were_asked_for_or_one_a_buyer(num_packages):
    """Rules: PKG-02, PKG-04, PKG-10: each customer is in exactly one cluster."""
    clusters = build_clusters(a_client_with_tastes(), n_top_events=1, num_packages=num_packages)
    assert len(clusters) == min(num_packages, 7)
    assert sorted("".join(clusters.values())) == list("abcdefg")
    assert all(clusters.values())


def test_best_matching_events_do_not_join_the_packages():
    """Rule: PKG-02."""
    client = a_client_with_tastes()
    package_id = order_package(client, n_top_events=100).json()["id"]
    advance_and_sign_in(client, seconds=4)
    assert [event["id"] for event in read_package(client, package_id)["events"]] == ["evt_1"]


def test_without_buyers_there_are_no_clusters():
    """Rule: PKG-10."""
    client = a_client()
    package_id = order_package(client, event_ids=["evt_2"]).json()["id"]
    advance_and_sign_in(client, seconds=4)
    package = read_package(client, package_id)
    assert (package["status"], package["content"]["clusters"]) == ("DONE", [])
    assert isinstance(package["content"]["tc_run_id"], int)


@pytest.mark.parametrize(("second", "expected"), [(3, True), (4, True), (5, False)])
def test_a_build_takes_the_buyers_known_at_its_last_instant(second, expected):
    """Rule: PKG-10."""
    client = a_client_with_tastes()
    row = {"customer_id": "new", "event_id": "evt_1", "at": f"2026-09-01T12:00:0{second}Z", "tickets": 1, "revenue": 1}
    row |= dict.fromkeys(("fd", "meta", "external"), "organic")
    package_id = order_package(client, n_top_events=1).json()["id"]
    assert client.control("POST", "/purchases", json={"purchases": [row]}).status_code == 201
    advance_and_sign_in(client, seconds=10)
    sizes = [cluster["customers"] for cluster in read_package(client, package_id)["content"]["clusters"]]
    assert sum(sizes) == (8 if expected else 7)


def test_content_names_its_clusters_and_their_shares():
    """Rule: PKG-04."""
    client = a_client()
    clusters = [{"tc": "Jazz & Soul", "label": "Jazz", "customers": ["x", "y", "z"]}, {"tc": "B", "customers": ["w"]}]
    add_package(client, "pkg_3", clusters=clusters)
    content = read_package(client, "pkg_3")["content"]
    assert set(content) == {"tc_run_id", "clusters"}
    assert content["clusters"] == [
        {"tc": "Jazz & Soul", "label": "Jazz", "customers": 3, "size_share": 0.75},
        {"tc": "B", "label": "B", "customers": 1, "size_share": 0.25},
    ]
    answer = client.send("GET", f"{PACKAGES}/pkg_3/Jazz%20%26%20Soul/customer_list")
    assert (answer.status_code, answer.json()) == (200, ["x", "y", "z"])


@pytest.mark.parametrize("tc", ["Folk", "jazz", "Jazz%20", "jazz-soul"])
def test_a_cluster_that_the_package_does_not_have_is_404(client, tc):
    """Rules: PKG-06 (a `tc` is not converted to a slug), PKG-09."""
    answer = client.send("GET", f"{PACKAGES}/pkg_1/{tc}/customer_list")
    assert (answer.status_code, answer.json()["message"]) == (404, "error.package.not_found")


def test_customer_lists_are_409_until_built_and_readable_after_expiry():
    """Rule: PKG-09."""
    client = a_client()
    package_id = order_package(client, num_packages=1).json()["id"]
    path = f"{PACKAGES}/{package_id}/Jazz/customer_list"
    for _ in range(2):
        answer = client.send("GET", path)
        assert (answer.status_code, answer.json()["message"]) == (409, "error.package.not_ready")
        advance_and_sign_in(client, seconds=2)
    assert client.send("GET", path).json() == ["cus_1"]
    advance_and_sign_in(client, days=28)
    assert (read_package(client, package_id)["status"], client.send("GET", path).json()) == ("EXPIRED", ["cus_1"])


def test_the_list_begins_with_the_newest():
    """Rule: PKG-07: if timestamps are equal, the package created last comes first."""
    client = a_client()
    first, second = (order_package(client).json()["id"] for _ in range(2))
    advance_and_sign_in(client, seconds=1)
    third = order_package(client).json()["id"]
    listed = [package["id"] for package in client.send("GET", f"{PACKAGES}/").json()]
    assert listed == [third, second, first, "pkg_2", "pkg_1", "pkg_expired"]
