"""The error for a wrong path or name suggests the most similar documented one."""

import pytest

from mock_server.http import suggestions
from tests.builders import ACME
from tests.example_requests import DOCUMENT, a_client, sorted_error_fields

PACKAGES = "/package_builder/packages"
DETAILS = f"{PACKAGES}/pkg_1/backhaul_evaluation_details"


@pytest.fixture(scope="module")
def client():
    return a_client()


def hints(answer):
    return [entry["message"] for entry in answer.json()["validation_errors"] if entry["code"] == suggestions.HINT]


def expected_hint(operation, difference):
    """Return the hint that names an operation of `openapi.yaml`."""
    locations = [
        f"{method.upper()} /api/v3{path}"
        for path, methods in DOCUMENT["paths"].items()
        for method, declaration in methods.items()
        if isinstance(declaration, dict) and declaration.get("operationId") == operation
    ]
    return [f"the nearest operation is {operation}, {locations[0]}: {difference}"]


@pytest.mark.parametrize(
    ("method", "path", "operation", "difference"),
    [
        pytest.param("GET", "/evnts/", "listEvents", "evnts should be events", id="a letter is missing"),
        pytest.param("GET", "/Events/", "listEvents", "Events should be events", id="a capital"),
        pytest.param("GET", "/event/evt_1", "getEvent", "event should be events", id="the singular"),
        pytest.param(
            "PUT",
            "/events/evt_1/attribution-model",
            "setEventAttributionModel",
            "attribution-model should be attribution_model",
            id="a hyphen",
        ),
        pytest.param(
            "GET",
            "/daily_revenue/",
            "getDailyRevenueSummary",
            "daily_revenue should be daily_revenue_summary",
            id="cut",
        ),
        pytest.param("GET", "/packages/", "listPackages", "package_builder is missing", id="a missing segment"),
        pytest.param("GET", "/v3/events/", "listEvents", "v3 is not part of its path", id="an extra segment"),
        pytest.param(
            "GET",
            "/api/v3/events/",
            "listEvents",
            "api is not part of its path; v3 is not part of its path",
            id="the prefix twice",
        ),
        pytest.param(
            "POST",
            "/partners/partner-id-acme/backhaul_atribution_details/",
            "setBackhaulDefaults",
            "backhaul_atribution_details should be backhaul_attribution_details; its path ends without a slash",
            id="a letter and the slash",
        ),
        pytest.param(
            "PUT",
            "/campaign_result/",
            "listCampaignResults",
            "campaign_result should be campaign_results; its method is GET, not PUT",
            id="a letter and the method",
        ),
        pytest.param("POST", "/auth/refresh", "refreshToken", "refresh should be refresh_token", id="the refresh"),
    ],
)
def test_a_path_that_is_nearly_right_is_answered_with_the_right_one(client, method, path, operation, difference):
    answer = client.send(method, path)
    assert (answer.status_code, answer.json()["message"]) == (404, "error.request.not_found")
    assert hints(answer) == expected_hint(operation, difference)
    assert [entry["code"] for entry in answer.json()["validation_errors"]] == ["unknown", "hint"]


@pytest.mark.parametrize(
    ("method", "path", "operation", "difference"),
    [
        pytest.param("GET", "/events/", "listEvents", "its path begins with /api/v3", id="no prefix"),
        pytest.param(
            "GET", "/events", "listEvents", "its path begins with /api/v3; its path ends with a slash", id="nor slash"
        ),
        pytest.param(
            "GET",
            "/api/v2/events/",
            "listEvents",
            "its path begins with /api/v3, not with /api/v2",
            id="another version",
        ),
        pytest.param("POST", "/api/auth", "signIn", "its path begins with /api/v3, not with /api", id="half of it"),
    ],
)
def test_a_path_without_the_prefix_is_answered_with_it(client, method, path, operation, difference):
    answer = client.send_raw(method, path)
    assert answer.status_code == 404
    assert hints(answer) == expected_hint(operation, difference)


def test_within_a_workspace_the_hint_names_its_own_path(client):
    client.control("POST", "/workspaces", json={"name": "hinted"})
    hint = hints(client.send_raw("GET", "/w/hinted/events/"))
    assert hint == ["the nearest operation is listEvents, GET /w/hinted/api/v3/events/: its path begins with /api/v3"]


@pytest.mark.parametrize(
    "path", ["/", "/favicon.ico", "/foo/bar", "/orders/1/lines", "/x" * 400, f"/{'x' * 4000}", "/%00", "/%FF/%2F"]
)
def test_what_is_near_nothing_gets_no_hint(client, path):
    for prefix in ("", "/api/v3"):
        answer = client.send_raw("GET", prefix + path)
        assert answer.status_code == 404
        assert hints(answer) == []


@pytest.mark.parametrize(
    ("method", "path", "operation", "right"),
    [
        pytest.param("PUT", f"/partners/{ACME}/backhaul_attribution_details", "setBackhaulDefaults", "POST", id="PUT"),
        pytest.param("POST", DETAILS, "replaceEvaluationSettings", "PUT", id="POST"),
        pytest.param("PATCH", DETAILS, "replaceEvaluationSettings", "PUT", id="PATCH"),
        pytest.param("HEAD", "/events/", None, "", id="HEAD"),
        pytest.param("PUT", "/events/", None, "", id="a write to a read-only path"),
        pytest.param("DELETE", DETAILS, None, "", id="DELETE"),
    ],
)
def test_another_method_of_the_same_kind_is_answered_with_the_right_one(client, method, path, operation, right):
    answer = client.send(method, path)
    assert answer.status_code == 405
    if method != "HEAD":
        assert hints(answer) == (
            [] if operation is None else expected_hint(operation, f"its method is {right}, not {method}")
        )


def test_the_control_api_hints_at_its_own(client):
    hint = hints(client.control("GET", "/clok"))
    assert hint == ["the nearest operation is getClock, GET /_mock/clock: clok should be clock"]


@pytest.mark.parametrize(
    ("method", "path", "field", "name"),
    [
        pytest.param("GET", "/campaign_results/?event_id=x", "event_id", "eid", id="event_id for eid"),
        pytest.param("GET", "/campaign_results/?id=x", "id", "eid", id="id for eid"),
        pytest.param("GET", "/campaign_results/?partner=x", "partner", "partner_id", id="partner"),
        pytest.param("GET", "/daily_revenue_summary/?eid=x", "eid", "event_id", id="eid for event_id"),
        pytest.param("GET", "/daily_revenue_summary/?startDate=x", "startDate", "start_date", id="camel case"),
        pytest.param("DELETE", "/campaign_results/?row_id=x", "row_id", "id", id="row_id for id"),
        pytest.param("POST", f"{PACKAGES}/merge?package_ids=x", "package_ids", "packages_ids", id="package_ids"),
        pytest.param("GET", "/events/?front_end_status=x", "front_end_status", "frontend_status", id="status"),
        pytest.param("GET", "/events/?limt=1", "limt", "limit", id="a letter is missing"),
        pytest.param("GET", "/events/?pgae=1", "pgae", "page", id="two letters are swapped"),
    ],
)
def test_a_querys_unknown_name_is_answered_with_the_documented_one(client, method, path, field, name):
    messages = {entry["field"]: entry["message"] for entry in client.send(method, path).json()["validation_errors"]}
    assert messages[field].endswith(f"; did you mean {name}?")


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        pytest.param("/auth/refresh_token", {"refresh_token": "x"}, "token", id="refresh_token for token"),
        pytest.param(PACKAGES, {"title": "x"}, "package_title", id="title for package_title"),
        pytest.param(PACKAGES, {"event_id": "x"}, "event_ids", id="event_id for event_ids"),
        pytest.param("/auth", {"email": "x"}, "username", id="email for username"),
    ],
)
def test_a_bodys_unknown_name_is_answered_with_the_documented_one(client, path, body, name):
    entries = client.send("POST", path, json=body).json()["validation_errors"]
    message = next(entry["message"] for entry in entries if entry["field"] in body)
    assert message.endswith(f"; did you mean {name}?")


def test_a_name_that_is_near_none_is_told_without_a_hint(client):
    answer = client.send("GET", "/events/?colour=red")
    assert sorted_error_fields(answer) == ["colour"]
    assert "did you mean" not in answer.text


@pytest.mark.parametrize(
    ("path", "written"),
    [
        pytest.param("/events/?cities[]=A", "city=A&city=B", id="another name"),
        pytest.param("/events/?city[0]=A", "city=A&city=B", id="an index"),
        pytest.param("/events/?colours[]=A", "colours=A&colours=B", id="a name unlike any other"),
    ],
)
def test_brackets_are_answered_with_the_documented_key(client, path, written):
    entries = client.send("GET", path).json()["validation_errors"]
    assert [entry["message"] for entry in entries] == [f"to send an array, repeat the key: {written}"]


def test_names_whose_lengths_tell_them_apart_are_not_compared_letter_by_letter():
    before = suggestions.edit_distance.cache_info().misses
    assert suggestions.suggest_name("x" * 40, ["event_ids", "package_title"]) is None
    assert suggestions.edit_distance.cache_info().misses == before


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [("", "", 0), ("a", "", 1), ("", "ab", 2), ("page", "pgae", 1), ("kitten", "sitting", 3), ("ca", "abc", 3)],
)
def test_edits_are_counted_with_swaps(one, other, count):
    assert suggestions.edit_distance(one, other) == count


def test_an_unknown_member_is_told_the_names_of_its_own_place(client):
    ticket = {"type": "adult", "sold": 1, "revenue": 20, "amount": 3}
    body = {"eid": "evt_1", "from": "2026-08-01", "to": "2026-08-02", "tickets": [ticket]}
    [problem] = client.send("POST", "/ingest/transaction_summary", json=body).json()["validation_errors"]
    assert (problem["code"], problem["field"]) == ("unknown", "tickets.0.amount")
    assert problem["message"].endswith("known names: type, sold, revenue; did you mean revenue?")


def test_a_part_of_a_word_stands_for_the_shortest_that_has_it(client):
    answer = client.send("GET", "/package_builder/packages/pkg_1/evaluation")
    hint = answer.json()["validation_errors"][1]["message"]
    assert "getEvaluation" in hint
    assert "evaluation should be backhaul_evaluation" in hint
