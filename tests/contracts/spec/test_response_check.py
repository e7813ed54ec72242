"""Each difference of a response from the OpenAPI document is charged to the rule that owns the element."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from contracts.spec.openapi import OpenApiSpec
from contracts.spec.response_check import ResponseCheck

API_SPEC = OpenApiSpec.load()
HEADERS = {"x-request-id": "1", "www-authenticate": "Bearer", "access-control-allow-origin": "*"}
ERROR = {"message": "error.x", "error_code": None, "error_subcode": None, "validation_errors": []}
ROW = {
    "id": "cr_1",
    "eid": "evt_1",
    "partner_id": "p",
    "purchase": 1,
    "revenue": 1.5,
    "created_at": "2026-09-01T12:00:00Z",
    "source": "manual",
}
Charges = list[tuple[str, str]]


def charge(
    operation_id: str, status: int = 200, body: Any = None, headers: Mapping[str, str] = HEADERS, **more: Any
) -> Charges:
    """Return the owner of each difference, and `assumed` or `documented`."""
    operation = API_SPEC.operations[operation_id]
    content = more or ({} if body is None else {"json": body})
    request = httpx2.Request(operation.method, "http://127.0.0.1/")
    response = httpx2.Response(status, headers=headers, request=request, **content)
    breaches = ResponseCheck(API_SPEC, operation, "", response).find_breaches()
    return [(breach.owner, "assumed" if breach.assumed else "documented") for breach in breaches]


def test_a_documented_response_has_no_differences() -> None:
    assert charge("getStatus", body={"status": "ok"}) == []
    assert charge("listCampaignResults", body=[ROW]) == []
    assert charge("getEvent", 404, ERROR) == []


@pytest.mark.parametrize(
    ("missing", "owner"),
    [
        ("x-request-id", ("BASE-06.present", "documented")),
        ("www-authenticate", ("ERR-03.challenge", "assumed")),
    ],
)
def test_a_missing_header_belongs_to_its_rule(missing: str, owner: tuple[str, str]) -> None:
    headers = {name: value for name, value in HEADERS.items() if name != missing}
    assert charge("listCampaignResults", 401, ERROR, headers) == [owner]


@pytest.mark.parametrize(
    ("change", "owner"),
    [
        pytest.param({"created_at": "2026-09-01T12:00:00"}, ("BASE-04.timestamp", "documented"), id="no zone"),
        pytest.param({"purchase": "1"}, ("CR-02", "documented"), id="another type"),
        pytest.param({"id": 7}, ("CR-02", "documented"), id="a numeric id"),
        pytest.param({"source": "api"}, ("CR-02", "assumed"), id="another source"),
        pytest.param({"revenue": None}, ("CR-02", "assumed"), id="a null"),
        pytest.param({"further": 1}, ("CR-02", "assumed"), id="a further member"),
    ],
)
def test_a_difference_in_a_row_belongs_to_the_rule_of_the_member(
    change: dict[str, Any], owner: tuple[str, str]
) -> None:
    assert set(charge("listCampaignResults", body=[{**ROW, **change}])) == {owner}


def test_of_an_object_with_further_members_only_these_are_shown() -> None:
    operation = API_SPEC.operations["listCampaignResults"]
    request = httpx2.Request("GET", "http://127.0.0.1/")
    response = httpx2.Response(200, headers=HEADERS, json=[{**ROW, "further": 1}], request=request)
    (breach,) = ResponseCheck(API_SPEC, operation, "", response).find_breaches()
    assert (breach.expected, breach.seen) == ("no further members", "{'further': 1}")


def test_a_missing_member_belongs_to_the_schema_that_should_contain_it() -> None:
    row = {name: value for name, value in ROW.items() if name != "created_at"}
    assert charge("listCampaignResults", body=[row]) == [("CR-02", "documented")]


@pytest.mark.parametrize(
    ("body", "owner"),
    [
        ({**ERROR, "message": "no"}, ("ERR-01.message", "documented")),
        ({**ERROR, "detail": "no"}, ("ERR-01.message", "documented")),
        ({**ERROR, "further": "no"}, ("ERR-01", "assumed")),
        ({"message": "error.x", "error_code": None, "error_subcode": None}, ("ERR-01", "assumed")),
        ({**ERROR, "validation_errors": [{"field": "a", "message": "b"}]}, ("ERR-02.entries", "documented")),
        ({**ERROR, "validation_errors": [{"code": "a"}, {"code": "a", "field": "b"}]}, ("ERR-02", "assumed")),
        ([], ("ERR-01", "documented")),
    ],
    ids=["message", "detail", "further", "without entries", "without code", "code alone", "a list"],
)
def test_an_error_body_belongs_to_its_own_rules(body: object, owner: tuple[str, str]) -> None:
    assert set(charge("getEvent", 404, body)) == {owner}


@pytest.mark.parametrize(
    ("operation_id", "status", "owner"),
    [
        ("createCampaignResult", 200, ("CR-03", "assumed")),
        ("getPartner", 204, ("PART-03", "documented")),
        ("getPartner", 302, ("BASE-07.redirect", "assumed")),
        ("getPartner", 409, ("ERR-03", "assumed")),
        ("getPartner", 422, ("ERR-02.status", "documented")),
        ("getPartner", 500, ("ERR-03", "documented")),
    ],
)
def test_an_undocumented_status_belongs_to_the_rule_about_it(
    operation_id: str, status: int, owner: tuple[str, str]
) -> None:
    body = ERROR if status >= 400 else ROW if status == 200 else None
    assert charge(operation_id, status, body) == [owner]


def test_another_success_is_assumed_with_its_body_if_the_status_is() -> None:
    assert charge("createCampaignResult", 200, {**ROW, "purchase": "1"}) == [
        ("CR-03", "assumed"),
        ("CR-02", "assumed"),
    ]
    assert charge("createCampaignResult", 204) == [("CR-03", "assumed")]


@pytest.mark.parametrize(
    ("content", "kind"), [(b"{", "application/json"), (b"<p>", "text/html"), (b"", "text/html")], ids=repr
)
def test_a_body_that_is_not_json_belongs_to_the_operation_or_to_the_error_body(content: bytes, kind: str) -> None:
    headers = {**HEADERS, "content-type": kind}
    assert charge("getPartner", 200, headers=headers, content=content) == [("PART-03", "documented")]
    assert charge("getPartner", 403, headers=headers, content=content) == [("ERR-01", "documented")]


def charge_unlisted(method: str, path: str, status: int, body: object) -> Charges:
    response = httpx2.Response(status, json=body, headers=HEADERS, request=httpx2.Request(method, "http://127.0.0.1/"))
    breaches = ResponseCheck(API_SPEC, None, path, response).find_breaches()
    return [(breach.owner, "assumed" if breach.assumed else "documented") for breach in breaches]


def test_a_call_that_the_document_does_not_contain_is_refused() -> None:
    assert charge_unlisted("PATCH", "/events/", 405, ERROR) == []
    assert charge_unlisted("PATCH", "/events/", 200, {}) == [("BASE-09.method", "assumed")]
    assert charge_unlisted("GET", "/nothing", 200, {}) == [("ERR-03.not_played", "assumed")]
    framework = charge_unlisted("GET", "/nothing", 404, {"detail": "Not Found"})
    assert set(framework) == {("ERR-01.message", "documented"), ("ERR-01", "assumed")}


def test_a_body_that_the_document_does_not_describe_belongs_to_the_operation() -> None:
    assert charge("deleteCampaignResult", 204, []) == [("CR-04", "assumed")]
    assert charge("setAttributionModelDefault", 200, {}) == [("PART-05", "documented"), ("PART-05", "assumed")]
