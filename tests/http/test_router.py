"""Trailing slashes, methods, and ids in paths. Rules: BASE-07, BASE-09, BASE-12."""

from urllib.parse import unquote

import pytest

from tests.example_requests import (
    METHODS,
    NEW_PACKAGE,
    PATHS,
    a_client,
    add_package,
    an_anonymous_client,
    fill_path,
    read_everything,
)

PACKAGES = "/package_builder/packages"
UNDOCUMENTED_METHODS = [(path, method) for path, known in PATHS.items() for method in METHODS if method not in known]
SLASH_PAIR = (PACKAGES, f"{PACKAGES}/")


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.mark.parametrize(
    ("template", "method"), UNDOCUMENTED_METHODS, ids=[f"{method} {path}" for path, method in UNDOCUMENTED_METHODS]
)
def test_another_method_is_405_and_allow_lists_the_paths_own(client, template, method):
    """Rule: BASE-09 (also for HEAD): `Allow` lists exactly the methods of openapi.yaml."""
    answer = client.send(method, fill_path(template))
    assert answer.status_code == 405
    listed = answer.headers["allow"].split(", ")
    assert sorted(listed) == sorted(PATHS[template])
    if method != "HEAD":
        assert answer.json()["message"] == "error.request.method_not_allowed"


def test_a_method_that_nobody_knows_is_405(client):
    """Rule: BASE-09."""
    assert client.send("BREW", "/events/").status_code == 405


def test_no_method_but_get_reads_the_events(client):
    """Rule: BASE-09: a rejected method has no effect."""
    before = read_everything(client)
    for path, method in UNDOCUMENTED_METHODS:
        client.send(method, fill_path(path))
    assert read_everything(client) == before


def toggle_trailing_slash(template):
    """Return the path with its trailing slash removed, or with one added if there is none."""
    path = fill_path(template)
    return path[:-1] if path.endswith("/") else f"{path}/"


@pytest.mark.parametrize("template", [path for path in PATHS if path not in SLASH_PAIR])
@pytest.mark.parametrize("query", ["", "?city=M%C3%BCnchen&city=A+B&x=%2F"], ids=["no query", "a query"])
def test_the_other_slash_is_a_relative_307_that_keeps_the_query(client, template, query):
    """Rule: BASE-07."""
    answer = client.send("GET", f"{toggle_trailing_slash(template)}{query}")
    assert answer.status_code == 307
    assert answer.headers["location"] == f"/api/v3{fill_path(template)}{query}"
    assert answer.content == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_other_slash_is_307_for_each_method(client, method):
    """Rules: BASE-07, BASE-11 (a wrong trailing slash is reported before a wrong method)."""
    answer = client.send(method, "/events", json={"a": 1})
    assert (answer.status_code, answer.headers["location"]) == (307, "/api/v3/events/")


def test_an_id_stays_encoded_in_the_location(client):
    """Rule: BASE-07."""
    answer = client.send("GET", "/events/a%2Fb%20c/?limit=1")
    assert answer.headers["location"] == "/api/v3/events/a%2Fb%20c?limit=1"


def test_the_redirect_leads_to_the_answer(client):
    """Rule: BASE-07."""
    location = client.send("GET", "/events?q=evt_2").headers["location"]
    assert client.send_raw("GET", location).json()["total"] == 1


@pytest.mark.parametrize(
    ("method", "requested", "own", "right"),
    [
        pytest.param("GET", PACKAGES, "POST", f"{PACKAGES}/", id="listing without the slash"),
        pytest.param("POST", f"{PACKAGES}/", "GET", PACKAGES, id="creating with the slash"),
    ],
)
def test_the_wrong_packages_slash_is_405_and_names_the_right_path(client, method, requested, own, right):
    """Rules: BASE-07, BASE-09."""
    before = read_everything(client)
    answer = client.send(method, requested, json=NEW_PACKAGE)
    assert (answer.status_code, answer.headers["allow"]) == (405, own)
    entries = answer.json()["validation_errors"]
    assert len(entries) == 1
    assert entries[0]["message"].endswith(f" /api/v3{right}")
    assert read_everything(client) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
def test_a_method_of_neither_path_names_no_other_path(client, method):
    """Rules: BASE-07, BASE-09."""
    answer = client.send(method, PACKAGES)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_merge_is_no_package_id(client):
    """Rule: BASE-09: the path of a merge supports only one method."""
    answer = client.send("GET", f"{PACKAGES}/merge")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


ODD_IDS = [
    pytest.param("%2F", id="an encoded slash"),
    pytest.param("evt_1%2Fseries", id="an encoded path"),
    pytest.param("%20", id="a space"),
    pytest.param("%00", id="a null"),
    pytest.param("%0A", id="a line break"),
    pytest.param("%FF", id="a byte that is not UTF-8"),
    pytest.param("%ED%A0%80", id="a surrogate"),
    pytest.param("%2E%2E", id="two dots"),
    pytest.param("%25", id="an encoded percent sign"),
    pytest.param("%", id="a bare percent sign"),
    pytest.param("%F0%9F%8E%B8", id="a guitar"),
    pytest.param("evt_1;v=1", id="a semicolon"),
    pytest.param("*", id="a star"),
    pytest.param("EVT_1", id="another case"),
    pytest.param("evt_1%20", id="a space at the end"),
    pytest.param("'%20OR%201=1--", id="a quote"),
    pytest.param("x" * 4000, id="4,000 letters"),
    pytest.param("9" * 4000, id="4,000 digits"),
]


@pytest.mark.parametrize("odd", ODD_IDS)
@pytest.mark.parametrize(
    "path",
    [
        "/events/{}",
        "/events/{}/series",
        "/events/{}/attribution_model",
        f"{PACKAGES}/{{}}",
        f"{PACKAGES}/{{}}/backhaul_evaluation",
        f"{PACKAGES}/pkg_1/{{}}/customer_list",
    ],
)
def test_an_impossible_id_in_a_path_is_404_or_400(client, path, odd):
    """Rule: BASE-12."""
    answer = client.send("GET", path.format(odd))
    assert answer.status_code in (404, 400)
    assert set(answer.json()) == {"message", "error_code", "error_subcode", "validation_errors"}


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_impossible_partner_in_a_path_is_403_or_400(client, odd):
    """Rules: BASE-12, PART-04."""
    assert client.send("GET", f"/partners/{odd}/backhaul_attribution_details").status_code in (403, 400)


def test_an_encoded_letter_is_that_letter(client):
    """Rule: BASE-12."""
    assert client.send("GET", "/events/%65vt_1").json()["id"] == "evt_1"


@pytest.mark.parametrize(
    ("event_id", "requested"),
    [
        pytest.param("show/7", "show%2F7", id="a slash"),
        pytest.param("show?7", "show%3F7", id="a question mark"),
        pytest.param("shöw #7 100%", "sh%C3%B6w%20%237%20100%25", id="several special characters"),
        pytest.param("a+b", "a+b", id="a plus sign, which is not a space in a path"),
    ],
)
def test_an_id_is_free_text(event_id, requested):
    """Rule: BASE-12."""
    client = a_client()
    order = {"partner_id": "partner-id-acme", "id": event_id, "title": "T", "start_date_time": "2026-12-01T19:00:00Z"}
    assert client.control("POST", "/events", json=order).status_code == 201
    assert client.send("GET", f"/events/{requested}").json()["id"] == event_id
    assert client.send("GET", f"/events/{requested}/series").json() == []


def test_a_cluster_that_holds_a_slash_is_read():
    """Rules: PKG-06, BASE-12."""
    client = a_client()
    add_package(client, "pkg_3", clusters=[{"tc": "Rock / Pop & 100%", "customers": ["cus_9"]}])
    answer = client.send("GET", f"{PACKAGES}/pkg_3/Rock%20%2F%20Pop%20%26%20100%25/customer_list")
    assert (answer.status_code, answer.json()) == (200, ["cus_9"])


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/events/evt_1/nothing", "/events/evt_1/series/more", "/auth/nothing", "/Events/"]
)
def test_an_unknown_path_is_404(client, path):
    """Rule: BASE-11."""
    answer = client.send("GET", path)
    assert (answer.status_code, answer.json()["message"]) == (404, "error.request.not_found")


@pytest.mark.parametrize("path", ["/", "/nothing", "/events", "/package_builder/packages", "/status"])
def test_an_unknown_path_without_a_token_is_401(path):
    """Rule: BASE-11 (a missing token is reported for unknown paths too)."""
    assert an_anonymous_client().send("GET", path).status_code == 401


NOT_PLAYED = [
    *(path for word in ("statistics", "flagged", "venues") for path in (f"/events/{word}", f"/events/{word}/")),
    *(
        f"/events/{event}/{word}"
        for event in ("evt_1", "evt_unknown", "a%2Fb")
        for word in (
            "statistics",
            "benchmark",
            "sales_graph",
            "tickets/",
            "clusters",
            "campaigns",
            "lookout_prediction",
        )
    ),
]


@pytest.mark.parametrize("path", NOT_PLAYED)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_path_that_is_documented_and_not_played_says_so(client, path, method):
    """Rule: ERR-03."""
    answer = client.send(method, path)
    shown = unquote(path)
    message = f"the platform documents /api/v3{shown}, but this mock does not implement it"
    assert answer.status_code == 404
    assert answer.json()["message"] == "error.request.not_found"
    assert answer.json()["validation_errors"] == [{"code": "not_played", "field": "path", "message": message}]


@pytest.mark.parametrize("path", ["/events/venues", "/events/evt_1/benchmark"])
def test_a_path_that_is_not_played_needs_a_token(path):
    """Rule: BASE-11."""
    assert an_anonymous_client().send("GET", path).status_code == 401


@pytest.mark.parametrize("prefix", ["", "/v3", "/api"])
def test_a_path_that_is_not_played_is_known_without_the_prefix_too(client, prefix):
    """Rule: ERR-03."""
    entries = client.send_raw("GET", f"{prefix}/events/venues").json()["validation_errors"]
    assert entries[-1]["code"] == "not_played"
    assert "the platform documents /api/v3/events/venues" in entries[-1]["message"]


@pytest.mark.parametrize("path", ["/events/venue", "/events/venues2", "/events/evt_1/benchmarks", "/events/venues/1/2"])
def test_a_path_that_is_like_one_is_not_taken_for_it(client, path):
    """Rule: ERR-03."""
    codes = [entry["code"] for entry in client.send("GET", path).json()["validation_errors"]]
    assert "not_played" not in codes


def test_the_journal_names_no_operation_for_a_path_that_is_not_played(client):
    client.send("GET", "/events/venues")
    last = client.control("GET", "/journal?limit=1").json()[-1]
    assert (last["path"], last["operation"]) == ("/api/v3/events/venues", None)
