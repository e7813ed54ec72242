"""What error responses contain. Rules: ERR-01, ERR-02, ERR-03, ERR-04."""

import pytest

from tests.example_requests import (
    NEW_PACKAGE,
    SETTINGS,
    a_client,
    advance_and_sign_in,
    an_anonymous_client,
    read_everything,
)

MEMBERS = ["message", "error_code", "error_subcode", "validation_errors"]
SETTINGS_PATH = "/package_builder/packages/pkg_1/backhaul_evaluation_details"
ROWS_PATH = "/campaign_results/?partner_id=partner-id-acme&eid="

REFUSALS = [
    pytest.param("GET", "/events/?page=0", {}, 400, "error.request.invalid", "INVALID", id="400"),
    pytest.param(
        "POST", "/auth/refresh_token", {"json": {"token": "x"}}, 400, "error.auth.token_invalid", "TOKEN_INVALID",
        id="400 for a refresh",
    ),
    pytest.param(
        "POST", "/auth", {"json": {"username": "x", "password": "y"}}, 401, "error.auth.invalid_credentials",
        "INVALID_CREDENTIALS", id="401 for a sign-in",
    ),
    pytest.param(
        "GET", "/events/", {"headers": {"X-Preferred-Partner-Id": "x"}}, 403, "error.auth.not_authorized",
        "NOT_AUTHORIZED", id="403",
    ),
    pytest.param("GET", "/events/x", {}, 404, "error.event.not_found", "NOT_FOUND", id="404 for an event"),
    pytest.param(
        "DELETE", "/campaign_results/?id=x", {}, 404, "error.campaign_result.not_found", "NOT_FOUND", id="404 for a row"
    ),
    pytest.param(
        "GET", "/package_builder/packages/x", {}, 404, "error.package.not_found", "NOT_FOUND", id="404 for a package"
    ),
    pytest.param("GET", "/x", {}, 404, "error.request.not_found", "NOT_FOUND", id="404 for a path"),
    pytest.param(
        "PATCH", "/events/", {}, 405, "error.request.method_not_allowed", "METHOD_NOT_ALLOWED", id="405"
    ),
    pytest.param(
        "PUT", SETTINGS_PATH, {"json": SETTINGS}, 409, "error.package.not_ready", "NOT_READY", id="409"
    ),
    pytest.param(
        "POST", "/auth", {"content": b" " * (2**20 + 1)}, 413, "error.request.too_large", "TOO_LARGE", id="413"
    ),
    pytest.param(
        "POST", "/auth", {"content": b"{}"}, 415, "error.request.unsupported_media_type", "UNSUPPORTED_MEDIA_TYPE",
        id="415",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def client():
    """Return a client whose packages have expired."""
    return advance_and_sign_in(a_client(), days=28)


@pytest.mark.parametrize(("method", "path", "options", "status", "message", "code"), REFUSALS)
def test_a_refusal_has_all_four_members_and_a_documented_key(client, method, path, options, status, message, code):
    """Rules: ERR-01, ERR-02, ERR-03."""
    answer = client.send(method, path, **options)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == MEMBERS
    assert (body["message"], body["error_code"], body["error_subcode"]) == (message, code, None)
    for entry in body["validation_errors"]:
        assert set(entry) == {"code", "field", "message"}
        assert all(isinstance(value, str) and value for value in entry.values())


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        pytest.param({}, "error.auth.token_invalid", id="none"),
        pytest.param({"Authorization": "Bearer x"}, "error.auth.token_invalid", id="invalid"),
    ],
)
def test_a_401_says_how_to_authenticate(headers, message):
    """Rule: ERR-03."""
    answer = an_anonymous_client().send("GET", "/events/", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["message"] == message


def test_a_sign_in_that_fails_says_how_to_authenticate(client):
    """Rule: ERR-03."""
    answer = client.send("POST", "/auth", json={"username": "x", "password": "y"})
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_expired_token_has_a_key_of_its_own():
    """Rules: ERR-03, AUTH-06."""
    client = a_client()
    client.control("POST", "/clock/advance", json={"hours": 1})
    answer = client.send("GET", "/events/")
    assert (answer.status_code, answer.json()["message"]) == (401, "error.auth.token_expired")
    assert answer.json()["error_code"] == "TOKEN_EXPIRED"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_403_and_a_404_do_not_ask_for_another_token(client):
    """Rule: ERR-03."""
    for path, headers in (("/events/x", {}), ("/events/", {"X-Preferred-Partner-Id": "x"})):
        assert "www-authenticate" not in client.send("GET", path, headers=headers).headers


def test_each_problem_has_its_entry(client):
    """Rule: ERR-02."""
    answer = client.send("POST", "/campaign_results/?eid=evt_1&purchase=x&revenue=NaN&colour=red")
    entries = {entry["field"]: entry["code"] for entry in answer.json()["validation_errors"]}
    assert answer.status_code == 400
    assert entries == {"partner_id": "required", "purchase": "type", "revenue": "type", "colour": "unknown"}


def package_order(event_id):
    return {"json": {**NEW_PACKAGE, "event_ids": ["evt_1", event_id]}}


OTHER_PARTNERS_OBJECTS = [
    pytest.param("GET", "/events/{}", "evt_beta", {}, id="getEvent"),
    pytest.param("GET", "/events/{}/series", "evt_beta", {}, id="getEventSeries"),
    pytest.param("POST", "/events/{}/series?event_series=evt_1", "evt_beta", {}, id="replaceEventSeries"),
    pytest.param("POST", "/events/evt_1/series?event_series={}", "evt_beta", {}, id="replaceEventSeries, named"),
    pytest.param("GET", "/events/{}/attribution_model", "evt_beta", {}, id="getEventAttributionModel"),
    pytest.param(
        "PUT", "/events/{}/attribution_model", "evt_beta", {"json": {"model": "FD"}}, id="setEventAttributionModel"
    ),
    pytest.param("GET", "/daily_revenue_summary/?event_id={}", "evt_beta", {}, id="getDailyRevenueSummary"),
    pytest.param("DELETE", "/daily_revenue_summary/?event_id={}", "evt_beta", {}, id="clearSales"),
    pytest.param("GET", ROWS_PATH + "{}", "evt_beta", {}, id="listCampaignResults"),
    pytest.param("POST", ROWS_PATH + "{}&purchase=1&revenue=1", "evt_beta", {}, id="createCampaignResult"),
    pytest.param("DELETE", "/campaign_results/?id={}", "cr_beta", {}, id="deleteCampaignResult"),
    pytest.param("POST", "/package_builder/packages", "evt_beta", package_order, id="createPackage"),
    pytest.param(
        "POST", "/package_builder/packages/merge?packages_ids=pkg_1&packages_ids={}", "pkg_beta", {}, id="mergePackages"
    ),
    pytest.param("GET", "/package_builder/packages/{}", "pkg_beta", {}, id="getPackage"),
    pytest.param("GET", "/package_builder/packages/{}/Jazz/customer_list", "pkg_beta", {}, id="getClusterCustomers"),
    pytest.param(
        "GET", "/package_builder/packages/{}/backhaul_evaluation_details", "pkg_beta", {}, id="getEvaluationSettings"
    ),
    pytest.param(
        "PUT", "/package_builder/packages/{}/backhaul_evaluation_details", "pkg_beta", {"json": SETTINGS},
        id="replaceEvaluationSettings",
    ),
    pytest.param("GET", "/package_builder/packages/{}/backhaul_evaluation", "pkg_beta", {}, id="getEvaluation"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "theirs", "options"), OTHER_PARTNERS_OBJECTS)
def test_another_partners_object_is_404_byte_for_byte_as_a_missing_one(method, path, theirs, options):
    """Rule: ERR-04. Neither partner's data changes."""
    client, them = a_client("partner@acme.example"), {"X-Preferred-Partner-Id": "partner-id-beta"}
    other = a_client("admin@platform.example")
    other.workspace, other.app = client.workspace, client.app
    other.sign_in("admin@platform.example")
    reads = ("/events/evt_beta", "/package_builder/packages/pkg_beta", "/daily_revenue_summary/?event_id=evt_beta")
    before = [read_everything(client), *(other.send("GET", read, headers=them).content for read in reads)]
    refused, missing = (
        client.send(method, path.format(name), **(options(name) if callable(options) else options))
        for name in (theirs, theirs.replace("beta", "nothing"))
    )
    assert (refused.status_code, missing.status_code) == (404, 404)
    assert refused.content == missing.content
    assert set(refused.headers) == set(missing.headers)
    assert [read_everything(client), *(other.send("GET", read, headers=them).content for read in reads)] == before
