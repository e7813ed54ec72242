"""Merging packages. Rules: PKG-05, PKG-08."""

import pytest

from tests.example_requests import NEW_PACKAGE, a_client, add_package, advance_and_sign_in, read_everything

PACKAGES = "/package_builder/packages"


@pytest.fixture(scope="module")
def client():
    return a_client()


def merge(client, *package_ids):
    return client.send("POST", f"{PACKAGES}/merge?{'&'.join(f'packages_ids={each}' for each in package_ids)}")


def read_package(client, package_id):
    return client.send("GET", f"{PACKAGES}/{package_id}").json()


def test_a_merged_package_covers_all_events_of_its_sources():
    """Rules: PKG-05, PKG-08. The events are in order and without duplicates."""
    client = a_client()
    add_package(client, "pkg_a", event_ids=["evt_2", "evt_1"], title="A", targeting_mode="inclusive", clusters=[])
    add_package(client, "pkg_b", event_ids=["evt_1", "4711"], title="B", clusters=[])
    answer = merge(client, "pkg_a", "pkg_b")
    package = answer.json()
    assert answer.status_code == 201
    assert (package["status"], package["merge_id"], package["title"]) == ("INITIALIZING", None, "A + B")
    assert [event["id"] for event in package["events"]] == ["evt_2", "evt_1", "4711"]
    assert (package["targeting_mode"], package["created_at"]) == ("inclusive", "2026-09-01T12:00:00Z")


def test_the_order_of_the_sources_is_that_of_the_query():
    """Rule: PKG-08."""
    package = merge(a_client(), "pkg_2", "pkg_1").json()
    assert package["title"] == "Package pkg_2 + Package pkg_1"
    assert [event["id"] for event in package["events"]] == ["evt_2", "evt_1"]


def test_a_source_has_the_merged_packages_id_and_stays_as_it_was_else():
    """Rule: PKG-08."""
    client = a_client()
    before = [read_package(client, source) for source in ("pkg_1", "pkg_2")]
    package_id = merge(client, "pkg_1", "pkg_2").json()["id"]
    assert [read_package(client, source) for source in ("pkg_1", "pkg_2")] == [
        {**source, "merge_id": package_id} for source in before
    ]


def test_titles_are_cut_to_200_characters():
    """Rule: PKG-08."""
    client = a_client()
    for name in ("pkg_a", "pkg_b"):
        add_package(client, name, title=name[-1] * 150)
    assert merge(client, "pkg_a", "pkg_b").json()["title"] == ("a" * 150 + " + " + "b" * 150)[:200]


def test_a_merged_package_builds_itself_and_can_be_merged_again():
    """Rules: PKG-03, PKG-05."""
    client = a_client()
    package_id = merge(client, "pkg_1", "pkg_2").json()["id"]
    advance_and_sign_in(client, seconds=4)
    package = read_package(client, package_id)
    assert (package["status"], [each["tc"] for each in package["content"]["clusters"]]) == ("DONE", ["Jazz"])
    again = merge(client, package_id, "pkg_1")
    assert again.status_code == 201
    assert read_package(client, "pkg_1")["merge_id"] == again.json()["id"]
    assert read_package(client, "pkg_2")["merge_id"] == package_id


@pytest.mark.parametrize(("first", "second", "clusters"), [(2, 3, 5), (15, 15, 20)], ids=["their sum", "at most 20"])
def test_a_merged_package_has_the_sum_of_its_sources_clusters(first, second, clusters):
    """Rule: PKG-08."""
    client = a_client()
    rows = [
        {"customer_id": f"c{n}", "event_id": "evt_1", "at": "2026-08-02T00:00:00Z", "tickets": 1, "revenue": 1}
        | dict.fromkeys(("fd", "meta", "external"), "organic")
        for n in range(40)
    ]
    client.control("POST", "/purchases", json={"purchases": rows})
    sources = [
        client.send("POST", PACKAGES, json={**NEW_PACKAGE, "num_packages": number}).json()["id"]
        for number in (first, second)
    ]
    advance_and_sign_in(client, seconds=4)
    package_id = merge(client, *sources).json()["id"]
    advance_and_sign_in(client, seconds=4)
    assert len(read_package(client, package_id)["content"]["clusters"]) == clusters


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("", 400, id="none"),
        pytest.param("?packages_ids=pkg_1", 400, id="one"),
        pytest.param("?packages_ids=pkg_1&packages_ids=pkg_1", 400, id="one twice"),
        pytest.param("?packages_ids=pkg_1&packages_ids=pkg_2&packages_ids=pkg_1", 400, id="one of three twice"),
        pytest.param("?packages_ids=pkg_1,pkg_2", 400, id="a list with commas"),
        pytest.param("?package_ids=pkg_1&package_ids=pkg_2", 400, id="another name"),
        pytest.param("?packages_ids=pkg_1&packages_ids=nothing", 404, id="an unknown package"),
        pytest.param("?packages_ids=pkg_1&packages_ids=pkg_beta", 404, id="another partner's"),
    ],
)
def test_another_merge_is_refused_and_changes_nothing(client, query, status):
    """Rules: PKG-05, PKG-08."""
    before = read_everything(client)
    answer = client.send("POST", f"{PACKAGES}/merge{query}")
    assert answer.status_code == status
    assert status == 400 or answer.json()["message"] == "error.package.not_found"
    assert read_everything(client) == before


@pytest.mark.parametrize("seconds", [0, 2], ids=["INITIALIZING", "INPROGRESS"])
def test_a_source_that_is_not_built_is_409_and_nothing_changes(seconds):
    """Rule: PKG-05."""
    client = a_client()
    waiting = client.send("POST", PACKAGES, json=NEW_PACKAGE).json()["id"]
    advance_and_sign_in(client, seconds=seconds)
    before = read_everything(client)
    answer = merge(client, "pkg_1", waiting)
    assert (answer.status_code, answer.json()["message"]) == (409, "error.package.not_ready")
    assert read_everything(client) == before


def test_a_source_that_has_expired_is_409():
    """Rule: PKG-05."""
    assert merge(advance_and_sign_in(a_client(), days=28), "pkg_1", "pkg_2").status_code == 409
