"""What the journal records of each request and its response, and what it leaves out."""

import json

import pytest

from mock_server.state.request_journal import MAX_BODY_BYTES
from tests.builders import ACME, BETA
from tests.example_requests import (
    ROWS_PATH,
    SETTINGS,
    SETTINGS_PATH,
    a_client,
    an_anonymous_client,
    sorted_error_fields,
)
from tests.mock_harness import error_fields

AGENCY = "agency@acme.example"


@pytest.fixture
def client():
    """Return a client that is signed in, with an empty journal."""
    signed_in = a_client()
    signed_in.control("DELETE", "/journal")
    return signed_in


def read_journal(client, query=""):
    answer = client.control("GET", f"/journal{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def read_last_entry(client):
    return read_journal(client)[-1]


def test_an_entry_has_the_user_the_request_and_the_response(client):
    answer = client.send("PUT", SETTINGS_PATH, json=SETTINGS, headers={"x-request-id": "mine"})
    entry = read_last_entry(client)
    request, response = entry.pop("request"), entry.pop("response")
    assert entry == {
        "number": 2,
        "at": "2026-09-01T12:00:00Z",
        "method": "PUT",
        "path": f"/api/v3{SETTINGS_PATH}",
        "query": [],
        "operation": "replaceEvaluationSettings",
        "partner": ACME,
        "user": "partner@acme.example",
        "request_id": "mine",
        "fault": None,
        "trace_id": None,
        "delay_milliseconds": 0,
        "truncated": False,
        "console": False,
    }
    assert request["body"] == {"size": len(answer.request.content), "truncated": False, "json": SETTINGS, "text": None}
    assert ["content-type", "application/json"] in request["headers"]
    assert ["authorization", "Bearer …"] in request["headers"]
    assert response["status"] == 200
    assert response["body"]["json"] == answer.json()
    assert response["headers"] == [list(pair) for pair in answer.headers.items()]


def test_a_query_is_recorded_as_decoded_pairs(client):
    client.send("GET", "/events/?city=A&city=M%C3%BCnchen&q=")
    assert read_last_entry(client)["query"] == [["city", "A"], ["city", "München"], ["q", ""]]


def test_the_host_header_is_left_out_so_that_runs_on_different_ports_are_equal(client):
    client.send("GET", "/events/", headers={"host": "elsewhere:9"})
    assert "host" not in dict(read_last_entry(client)["request"]["headers"])


@pytest.mark.parametrize(
    ("method", "path", "status", "operation"),
    [
        pytest.param("GET", "/events", 404, None, id="without the prefix"),
        pytest.param("GET", "/api/v3/evnts/", 404, None, id="an unknown path"),
        pytest.param("GET", "/api/v3/events", 307, None, id="a missing slash"),
        pytest.param("PATCH", "/api/v3/events/", 405, None, id="another method"),
        pytest.param("GET", "/api/v3/events/evt%2F1", 404, "getEvent", id="an encoded slash"),
        pytest.param("GET", "/openapi.json", 200, None, id="the document"),
        pytest.param("GET", "/api/v3/status/", 200, "getStatus", id="status"),
    ],
)
def test_everything_outside_the_control_api_is_recorded(client, method, path, status, operation):
    client.send_raw(method, path)
    entry = read_last_entry(client)
    assert (entry["method"], entry["path"], entry["response"]["status"]) == (method, path, status)
    assert entry["operation"] == operation


def test_control_requests_are_not_recorded(client):
    for path in ("/status", "/clock", "/nothing"):
        client.control("GET", path)
    assert read_journal(client) == []


@pytest.mark.parametrize(
    ("headers", "status", "partner", "user"),
    [
        pytest.param({"X-Preferred-Partner-Id": BETA}, 200, BETA, AGENCY, id="one of the user's partners"),
        pytest.param({"X-Preferred-Partner-Id": "x"}, 403, None, AGENCY, id="a wrong partner"),
        pytest.param({}, 403, None, AGENCY, id="no partner"),
    ],
)
def test_the_user_and_the_partner_are_recorded(headers, status, partner, user):
    client = an_anonymous_client().sign_in(AGENCY)
    client.send("GET", "/partners/", headers=headers)
    entry = read_last_entry(client)
    assert (entry["response"]["status"], entry["partner"], entry["user"]) == (status, partner, user)
    assert entry["operation"] == "getPartner"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"Authorization": "Bearer x.y.z"}, "Bearer …", id="not a token of this server"),
        pytest.param({"Authorization": "Basic dXNlcg=="}, "Basic …", id="basic"),
    ],
)
def test_without_a_valid_token_no_user_is_recorded(headers, expected):
    client = an_anonymous_client()
    client.send("GET", "/events/", headers=headers)
    entry = read_last_entry(client)
    assert (entry["response"]["status"], entry["user"]) == (401, None)
    assert dict(entry["request"]["headers"]).get("authorization") == expected


def test_the_user_of_an_expired_token_is_recorded(client):
    client.control("POST", "/clock/advance", json={"hours": 1})
    client.send("GET", "/events/")
    entry = read_last_entry(client)
    assert (entry["response"]["status"], entry["user"]) == (401, "partner@acme.example")


def token_values(tokens):
    return [tokens[name] for name in ("AccessToken", "IdToken", "RefreshToken") if name in tokens]


def test_no_secret_is_recorded_wherever_it_was_sent():
    client = an_anonymous_client()
    signed_in = {"username": "partner@acme.example", "password": "wavetank"}
    tokens = client.send("POST", "/auth", json=signed_in).json()
    access, _, refresh = token_values(tokens)
    again = client.send("POST", "/auth/refresh_token", json={"token": refresh}).json()
    wrong = {"Session": "s-123", "new_password": "n-123"}
    client.send("PUT", "/auth/challenge/new-password", json=wrong)
    client.send("PUT", "/auth/challenge/mfa-token", json={"Session": "s-123", "mfa_token": "m-123"})
    client.send("POST", "/auth", content='{"username":"x","password":"p-123"', headers={"content-type": "text/json"})
    client.send("POST", "/auth", content=b'{"password":"p-123"', headers={"content-type": "application/json"})
    client.send("GET", f"/events/?token={refresh}&access_token=a-123")
    client.send("GET", f"/events?password=p-123&q={access}", headers={"Authorization": f"Bearer {access}"})
    client.send("GET", f"/events/{access}", headers={"Authorization": f"Bearer {access}"})
    client.send_raw("GET", f"/nothing/{refresh}", headers={"Cookie": "sid=c-123", "X-Api-Key": "k-123"})
    client.send("POST", "/package_builder/packages", json={"password": "p-123"}, headers={"Authorization": access})
    text = client.control("GET", "/journal").text + client.control("GET", "/journal.har").text
    assert len(read_journal(client)) == 11
    for secret in [*token_values(tokens), *token_values(again), "wavetank", "-123"]:
        assert secret not in text, secret
    for keys in ("AccessToken", "RefreshToken", "password", "Session", "mfa_token"):
        assert keys in text


@pytest.mark.parametrize("place", ["/events/{}", "/events/{}/series", "/events/?q={}", "/events/?{}=1"])
def test_an_encoded_token_is_not_recorded(client, place):
    token = client.headers["Authorization"].removeprefix("Bearer ")
    client.send("GET", place.format(token.replace(".", "%2E")))
    entries = read_journal(client)
    assert len(entries) == 1
    assert token.rpartition(".")[2] not in json.dumps(entries)
    assert "…" in entries[0]["path"] + json.dumps(entries[0]["query"], ensure_ascii=False)


def test_the_referrer_is_recorded_without_secrets(client):
    client.send("GET", "/events/", headers={"referer": "https://shop.example/back?access_token=hush&page=2"})
    referer = dict(read_last_entry(client)["request"]["headers"])["referer"]
    assert (referer.partition("?")[0], "hush" in referer, "page=2" in referer) == (
        "https://shop.example/back",
        False,
        True,
    )


def test_a_body_is_recorded_up_to_8_kib(client):
    filler = "x" * MAX_BODY_BYTES
    client.send("PUT", SETTINGS_PATH, json={**SETTINGS, "filler": filler})
    body = read_last_entry(client)["request"]["body"]
    assert (body["truncated"], body["json"], len(body["text"])) == (True, None, MAX_BODY_BYTES)
    assert body["size"] > MAX_BODY_BYTES


def test_truncation_inside_a_character_leaves_valid_text(client):
    client.send("PUT", SETTINGS_PATH, content='"' + "ü" * MAX_BODY_BYTES, headers={"content-type": "application/json"})
    body = read_last_entry(client)["request"]["body"]
    assert (body["truncated"], len(body["text"])) == (True, MAX_BODY_BYTES // 2)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(b"not json", {"json": None, "text": "not json"}, id="text"),
        pytest.param(b"\xff\x00", {"json": None, "text": None}, id="not UTF-8"),
        pytest.param(b"[NaN]", {"json": None, "text": "[NaN]"}, id="not a number"),
        pytest.param(b"[" * 5000, {"json": None, "text": "[" * 5000}, id="too deep"),
        pytest.param(b"[" * 300 + b"]" * 300, {"json": None, "text": "[" * 300 + "]" * 300}, id="deep"),
        pytest.param(b'["\\ud800"]', {"json": None, "text": '["\\ud800"]'}, id="a lone surrogate"),
        pytest.param(b"null", {"json": None, "text": None}, id="null"),
        pytest.param(b"[1.50, 1e999]", {"json": None, "text": "[1.50, 1e999]"}, id="infinite"),
    ],
)
def test_a_body_that_is_not_json_is_recorded_as_text(client, sent, expected):
    client.send("PUT", SETTINGS_PATH, content=sent, headers={"content-type": "application/json"})
    body = read_last_entry(client)["request"]["body"]
    assert {name: body[name] for name in ("json", "text")} == expected
    assert body["size"] == len(sent)


def test_a_body_that_was_not_read_is_not_recorded(client):
    """Rule: BASE-11: the token is checked before the body is read."""
    client.send("PUT", SETTINGS_PATH, json=SETTINGS, headers={"Authorization": "x"})
    client.send("POST", f"{ROWS_PATH}&purchase=1&revenue=1", content=b"ignored")
    assert [entry["request"]["body"] for entry in read_journal(client)] == [None, None]


@pytest.fixture
def client_with_entries(client):
    """Return a client whose journal contains four entries, numbered 2 to 5; the last two are a minute later."""
    client.send("GET", "/events/")
    client.send("GET", "/events/evt_nobody")
    client.control("POST", "/clock/advance", json={"minutes": 1})
    client.send("POST", f"{ROWS_PATH}&purchase=1&revenue=1")
    client.send("GET", "/events/", headers={"X-Preferred-Partner-Id": BETA})
    return client


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        pytest.param("", [2, 3, 4, 5], id="all"),
        pytest.param("?operation=listEvents", [2, 5], id="operation"),
        pytest.param("?method=POST", [4], id="method"),
        pytest.param("?status=404", [3], id="status"),
        pytest.param(f"?partner={ACME}", [2, 3, 4], id="partner"),
        pytest.param(f"?partner={BETA}", [], id="a partner without requests"),
        pytest.param("?since=2026-09-01T12:01:00Z", [4, 5], id="since"),
        pytest.param("?since=2026-09-01T12:01:01Z", [], id="since later"),
        pytest.param("?after=3", [4, 5], id="after"),
        pytest.param("?after=99", [], id="after the last"),
        pytest.param("?limit=2", [4, 5], id="limit"),
        pytest.param("?operation=listEvents&status=200&limit=1", [2], id="several"),
    ],
)
def test_the_journal_is_filtered_and_newest_last(client_with_entries, query, numbers):
    assert [entry["number"] for entry in read_journal(client_with_entries, query)] == numbers


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param("operation=listEvent", "operation", id="an unknown operation"),
        pytest.param("operation=", "operation", id="an empty operation"),
        pytest.param("partner=partner-id-acm", "partner", id="an unknown partner"),
        pytest.param("method=get", "method", id="a method in lower case"),
        pytest.param("status=99", "status", id="not a status"),
        pytest.param("status=2xx", "status", id="a class of statuses"),
        pytest.param("since=yesterday", "since", id="not a timestamp"),
        pytest.param("after=-1", "after", id="a negative number"),
        pytest.param("limit=0", "limit", id="a limit of 0"),
        pytest.param("limit=1&limit=2", "limit", id="twice"),
        pytest.param("page=2", "page", id="an unknown name"),
    ],
)
def test_an_invalid_filter_is_rejected_by_name(client_with_entries, query, field):
    answer = client_with_entries.control("GET", f"/journal?{query}")
    assert (answer.status_code, error_fields(answer)) == (400, [field])


def test_an_unknown_operation_is_answered_with_a_suggestion(client):
    answer = client.control("GET", "/journal?operation=listEvent")
    assert answer.json()["validation_errors"][0]["message"] == "there is no listEvent; did you mean listEvents?"


def test_reading_it_changes_nothing(client_with_entries):
    assert (
        client_with_entries.control("GET", "/journal").content == client_with_entries.control("GET", "/journal").content
    )


def test_numbering_continues_after_the_journal_is_emptied(client_with_entries):
    assert client_with_entries.control("DELETE", "/journal").status_code == 204
    assert read_journal(client_with_entries) == []
    client_with_entries.send("GET", "/events/")
    assert [entry["number"] for entry in read_journal(client_with_entries)] == [6]
    assert client_with_entries.control("DELETE", "/journal").status_code == 204


def test_a_reset_empties_it_and_numbers_start_at_1_again(client_with_entries):
    client_with_entries.control("POST", "/reset")
    assert read_journal(client_with_entries) == []
    client_with_entries.sign_in()
    assert [entry["number"] for entry in read_journal(client_with_entries)] == [1]


def test_the_har_export_is_a_har_document(client_with_entries):
    har = client_with_entries.control("GET", "/journal.har?operation=createCampaignResult")
    assert har.headers["content-type"] == "application/json"
    log = har.json()["log"]
    assert (log["version"], log["creator"]["name"], len(log["entries"])) == ("1.2", "Wavetank", 1)
    entry = log["entries"][0]
    assert entry["startedDateTime"] == "2026-09-01T12:01:00Z"
    assert (
        entry["request"]["url"]
        == f"http://mock/api/v3/campaign_results/?eid=evt_1&partner_id={ACME}&purchase=1&revenue=1"
    )
    assert entry["request"]["queryString"][0] == {"name": "eid", "value": "evt_1"}
    assert entry["response"]["status"] == 201
    assert json.loads(entry["response"]["content"]["text"])["purchase"] == 1


def test_urls_of_a_workspaces_har_contain_its_prefix(client):
    client.control("POST", "/workspaces", json={"name": "x"})
    client.for_workspace("x").send("GET", "/status/")
    entries = client.for_workspace("x").control("GET", "/journal.har").json()["log"]["entries"]
    assert [entry["request"]["url"] for entry in entries] == ["http://mock/w/x/api/v3/status/"]


def inject_fault(client, **effect):
    answer = client.control("PUT", "/faults", json={"rules": [{"id": "gone", "effect": effect}]})
    assert answer.status_code == 200, answer.text


def test_a_fault_is_recorded_by_its_id(client):
    inject_fault(client, status=503)
    client.send("GET", "/events/")
    entry = read_last_entry(client)
    assert (entry["fault"], entry["response"]["status"], entry["operation"]) == ("gone", 503, "listEvents")


def test_a_connection_that_a_fault_broke_has_no_status(client):
    inject_fault(client, reset=True)
    with pytest.raises(ConnectionResetError):
        client.send("GET", "/events/")
    entry = read_last_entry(client)
    assert (entry["fault"], entry["response"]) == ("gone", {"status": None, "headers": [], "body": None})
    assert client.control("GET", "/journal.har").json()["log"]["entries"][-1]["response"]["status"] == 0


def test_a_truncated_response_is_recorded_as_sent(client):
    inject_fault(client, truncate={"after": 9})
    with pytest.raises(ConnectionResetError):
        client.send("GET", "/events/")
    body = read_last_entry(client)["response"]["body"]
    assert (body["size"], body["truncated"], body["text"]) == (9, False, '{"total":')


def test_a_delay_on_a_frozen_clock_is_recorded(client):
    inject_fault(client, latency={"fixed": 1500})
    client.send("GET", "/events/")
    assert (read_last_entry(client)["delay_milliseconds"], read_last_entry(client)["response"]["status"]) == (1500, 200)
    assert client.control("GET", "/journal.har").json()["log"]["entries"][-1]["timings"]["wait"] == 1500


def test_an_unknown_member_of_a_body_is_named(client):
    answer = client.control("POST", "/journal/verify", json={"expectations": [{"operation": "getEvent", "times": 1}]})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["expectations.0.times"])


def test_an_entry_names_the_trace_of_its_request(client):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    header = f"00-{trace}-00f067aa0ba902b7-01"
    client.send("GET", "/events/", headers={"traceparent": header})
    entry = read_last_entry(client)
    assert entry["trace_id"] == trace
    assert ["traceparent", header] in entry["request"]["headers"]
    client.send("GET", "/events/", headers={"traceparent": "none"})
    assert read_last_entry(client)["trace_id"] is None
