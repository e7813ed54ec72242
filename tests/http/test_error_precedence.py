"""The error that is reported if a request contains several. Rule: BASE-11."""

import pytest

from tests.example_requests import (
    FILES,
    SETTINGS,
    WITH_TOKEN,
    a_client,
    advance_and_sign_in,
    an_anonymous_client,
    example_id,
    sorted_error_fields,
)

JSON = {"content-type": "application/json"}
TEXT = {"content-type": "text/plain"}
OTHER_PARTNER_HEADER = {"X-Preferred-Partner-Id": "partner-id-beta"}
TOO_LARGE = b" " * (2**20 + 1)
MODEL = "/events/evt_1/attribution_model"
DEFAULTS = "/partners/partner-id-beta/backhaul_attribution_details"
ROWS = "/campaign_results/?partner_id="
REVENUE = "/daily_revenue_summary/?event_id="


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.fixture(scope="module")
def anonymous_client():
    return an_anonymous_client()


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        pytest.param("GET", "/events/", {"headers": OTHER_PARTNER_HEADER}, id="the partner header"),
        pytest.param(
            "GET", "/events/", {"headers": [*OTHER_PARTNER_HEADER.items()] * 2}, id="the partner header twice"
        ),
        pytest.param("GET", "/nothing", {}, id="an unknown path"),
        pytest.param("GET", "/events", {}, id="the slash"),
        pytest.param("PATCH", "/events/", {}, id="the method"),
        pytest.param("PUT", MODEL, {"content": TOO_LARGE, "headers": JSON}, id="a large body"),
        pytest.param("PUT", MODEL, {"content": b"{}", "headers": TEXT}, id="the content type"),
        pytest.param("PUT", MODEL, {"content": b"{", "headers": JSON}, id="invalid JSON"),
        pytest.param("PUT", MODEL, {"json": {}}, id="the shape"),
        pytest.param("GET", f"{ROWS}partner-id-beta&eid=evt_1", {}, id="partner_id"),
        pytest.param("GET", "/events/?since=2026-02-01&until=2026-01-01", {}, id="contradicting fields"),
        pytest.param("GET", "/events/nothing", {}, id="an unknown object"),
    ],
)
def test_the_token_comes_before(anonymous_client, method, path, options):
    """A missing token (401) is reported before any other error."""
    assert anonymous_client.send(method, path, **options).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        pytest.param("GET", "/nothing", {}, id="an unknown path"),
        pytest.param("GET", "/events", {}, id="the slash"),
        pytest.param("PATCH", "/events/", {}, id="the method"),
        pytest.param("OPTIONS", "/events/", {}, id="OPTIONS"),
        pytest.param("PUT", MODEL, {"content": TOO_LARGE}, id="a large body"),
        pytest.param("PUT", MODEL, {"content": b"{}"}, id="the content type"),
        pytest.param("GET", "/events/?colour=red", {}, id="the shape"),
        pytest.param("GET", f"{REVENUE}evt_1&currency=USD", {}, id="contradicting fields"),
        pytest.param("GET", "/events/nothing", {}, id="an unknown object"),
    ],
)
def test_the_partner_header_comes_before(client, method, path, options):
    """A wrong partner header (403) is reported before any error except a missing token."""
    assert client.send(method, path, headers=OTHER_PARTNER_HEADER, **options).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/nothing", 404, id="an unknown path"),
        pytest.param("POST", "/auth/nothing", 404, id="an unknown path under /auth"),
        pytest.param("PUT", "/events/evt_1/attribution_model/", 307, id="the slash"),
        pytest.param("PATCH", "/events", 307, id="the slash before the method"),
        pytest.param("POST", MODEL, 405, id="the method"),
        pytest.param("POST", "/package_builder/packages/", 405, id="the packages path with the wrong slash"),
    ],
)
@pytest.mark.parametrize(
    "options",
    [{"content": TOO_LARGE, "headers": JSON}, {"content": b"{", "headers": TEXT}, {"content": b"{", "headers": JSON}],
    ids=["a large body", "the content type", "invalid JSON"],
)
def test_path_and_method_come_before_the_body(client, method, path, status, options):
    """A wrong path or method (404, 307, 405) is reported before errors in the body (413, 415, 400)."""
    assert client.send(method, f"{path}?colour=red", **options).status_code == status


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        pytest.param(MODEL, {"content": TOO_LARGE, "headers": TEXT}, 413, id="413 before 415"),
        pytest.param(MODEL, {"content": TOO_LARGE, "headers": JSON}, 413, id="413 before invalid JSON"),
        pytest.param(f"{MODEL}?colour=red", {"content": TOO_LARGE}, 413, id="413 before an invalid query"),
        pytest.param(MODEL, {"content": b"{", "headers": TEXT}, 415, id="415 before invalid JSON"),
        pytest.param(f"{MODEL}?colour=red", {"content": b"{}", "headers": TEXT}, 415, id="415 before an invalid query"),
        pytest.param(
            "/events/nothing/attribution_model", {"content": b"{}", "headers": TEXT}, 415, id="415 before 404"
        ),
        pytest.param(
            "/events/nothing/attribution_model", {"content": b"{", "headers": JSON}, 400, id="JSON before 404"
        ),
        pytest.param(
            "/events/nothing/attribution_model", {"json": {"model": "fd"}}, 400, id="an invalid body before 404"
        ),
        pytest.param(
            "/events/nothing/attribution_model?x=1", {"json": {"model": "FD"}}, 400, id="an invalid query before 404"
        ),
    ],
)
def test_the_body_is_judged_in_order(client, path, options, status):
    """Errors in a body are reported in the order 413, 415, invalid JSON, invalid fields, unknown object."""
    assert client.send("PUT", path, **options).status_code == status


@pytest.mark.parametrize("options", [{"content": b"{", "headers": JSON}, {"json": {"x": 1}}, {"json": SETTINGS}])
def test_the_shape_comes_before_the_partner_in_the_path(client, options):
    """Invalid fields (400) are reported before a wrong `partner_id` (403)."""
    expected = 403 if options.get("json") == SETTINGS else 400
    assert client.send("POST", DEFAULTS, **options).status_code == expected
    assert client.send("GET", f"{DEFAULTS}?colour=red").status_code == 400
    assert client.send("GET", DEFAULTS).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", f"{ROWS}partner-id-beta", 400, id="a missing eid before partner_id"),
        pytest.param("POST", f"{ROWS}partner-id-beta&eid=evt_1&purchase=x&revenue=1", 400, id="a type"),
        pytest.param(
            "POST", f"{ROWS}partner-id-beta&eid=evt_1&purchase=0&revenue=0", 403, id="partner_id before both zero"
        ),
        pytest.param(
            "POST", f"{ROWS}partner-id-beta&eid=nothing&purchase=1&revenue=1", 403, id="partner_id before the event"
        ),
        pytest.param("GET", f"{ROWS}partner-id-beta&eid=evt_beta", 403, id="partner_id before another's event"),
        pytest.param("POST", f"{ROWS}partner-id-acme&eid=nothing&purchase=0&revenue=0", 400, id="both zero before 404"),
        pytest.param("GET", f"{REVENUE}nothing&currency=USD", 400, id="the currency before 404"),
        pytest.param("GET", f"{REVENUE}nothing&start_date=2026-02-01&end_date=2026-01-01", 400, id="days before 404"),
        pytest.param("GET", f"{REVENUE}nothing&colour=red", 400, id="the shape before 404"),
        pytest.param("GET", f"{REVENUE}nothing", 404, id="the object last"),
    ],
)
def test_partner_then_contradiction_then_object(client, method, path, status):
    """The order is: invalid fields (400), wrong `partner_id` (403), contradictions (400), unknown object (404)."""
    assert client.send(method, path).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("PUT", "pkg_1/backhaul_evaluation_details", {}, 400, id="invalid fields before the status"),
        pytest.param(
            "PUT", "nothing/backhaul_evaluation_details", SETTINGS, 404, id="an unknown package before the status"
        ),
        pytest.param("PUT", "pkg_1/backhaul_evaluation_details", SETTINGS, 409, id="the status for settings"),
        pytest.param(
            "POST", "merge?packages_ids=pkg_1&packages_ids=pkg_1", None, 400, id="equal ids before the status"
        ),
        pytest.param(
            "POST", "merge?packages_ids=pkg_1&packages_ids=nothing", None, 404, id="an unknown id before the status"
        ),
        pytest.param("POST", "merge?packages_ids=nothing&packages_ids=pkg_1", None, 404, id="in the other order"),
        pytest.param(
            "POST",
            "merge?packages_ids=pkg_1&packages_ids=pkg_beta",
            None,
            404,
            id="another partner's before the status",
        ),
        pytest.param("POST", "merge?packages_ids=pkg_1&packages_ids=pkg_2", None, 409, id="the status for a merge"),
    ],
)
def test_the_state_comes_last(client_after_expiry, method, path, body, status):
    """A wrong status of a package (409) is reported after all other errors."""
    assert client_after_expiry.send(method, f"/package_builder/packages/{path}", json=body).status_code == status


@pytest.fixture(scope="module")
def client_after_expiry():
    return advance_and_sign_in(a_client(), days=28)


@pytest.mark.parametrize("example", WITH_TOKEN, ids=example_id)
def test_each_operation_asks_for_token_then_partner_then_shape(client, anonymous_client, example):
    """If token, partner and fields are all wrong, the token (401) is reported first, then the partner (403)."""
    wrong = {"headers": OTHER_PARTNER_HEADER, "json": {"colour": "red"}}
    path = example.with_query("colour=red")
    assert anonymous_client.send(example.method, path, **wrong).status_code == 401
    assert client.send(example.method, path, **wrong).status_code == 403
    more = example.request_options if example.operation in FILES else {"json": {**(example.body or {}), "size": 1}}
    answer = client.send(example.method, path, **more)
    assert (answer.status_code, "colour" in sorted_error_fields(answer)) == (400, True)
