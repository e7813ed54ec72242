"""Each failure of schemathesis is mapped to a rule that the contracts' marks list."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from contracts.schemathesis_runner import profiles, rule_mapping
from contracts.schemathesis_runner.findings import FuzzFinding, RecordedCall
from contracts.schemathesis_runner.rule_mapping import BrokenRules
from contracts.spec import owners, rules
from contracts.spec.openapi import OpenApiSpec

PROMISES = OpenApiSpec.load()
HEADERS = {"x-request-id": "1", "www-authenticate": "Bearer"}
ERROR = {"message": "error.x", "error_code": None, "error_subcode": None, "validation_errors": []}
PARTNER = {"id": 7, "name": "Acme", "domain": "acme.example", "currency": "EUR", "vertical": "MUSIC"}


def a_finding(
    kind: str,
    operation_id: str = "getPartner",
    status: int = 200,
    body: Any = None,
    headers: Mapping[str, str] = HEADERS,
    **case: Any,
) -> FuzzFinding:
    content = {} if body is None else {"json": body}
    answer = httpx2.Response(status, headers=headers, **content)
    call = RecordedCall(httpx2.Request("GET", "http://127.0.0.1/api/v3/partners/"), answer)
    return FuzzFinding(kind, operation_id, "GET /partners/", "", "", {"phase": {"data": case}}, (call,))


def test_each_rule_that_a_finding_can_break_is_in_the_marks() -> None:
    of_answers = {
        *owners.RULE_BY_OPERATION.values(),
        *owners.OWNER_BY_SCHEMA.values(),
        *owners.OWNER_BY_HEADER.values(),
        *owners.OWNER_BY_STATUS.values(),
    }
    mapped = {*map(owners.rule_of, of_answers), *rule_mapping.RULE_BY_FAILURE.values()}
    mapped |= {*rule_mapping.STATED_RULES, *rule_mapping.RULES_OF_ANY_REQUEST}
    assert mapped == set(rule_mapping.RULES_OF_ALL_OPERATIONS)
    assert set(rule_mapping.RULES_OF_ALL_OPERATIONS) <= set(rules.load().rules)


def test_the_rules_of_each_run_are_among_the_rules_of_all_operations() -> None:
    for part in (
        rule_mapping.RULES_OF_READS,
        rule_mapping.STATED_RULES_OF_READS,
        rule_mapping.ASSUMED_RULES_OF_READS,
        rule_mapping.RULES_OF_LINKS,
    ):
        assert set(part) <= set(rule_mapping.RULES_OF_ALL_OPERATIONS)
    linked = {owners.RULE_BY_OPERATION[operation_id] for operation_id in profiles.LINKED_OPERATIONS}
    assert linked <= set(rule_mapping.RULES_OF_LINKS)


@pytest.mark.parametrize(
    ("finding", "broken"),
    [
        pytest.param(a_finding("ServerError", status=500), BrokenRules(("ERR-03",), assumed=False), id="a 500"),
        pytest.param(a_finding("IgnoredAuth"), BrokenRules(("AUTH-04",), assumed=False), id="no token is required"),
        pytest.param(
            a_finding("IgnoredAuth", status=503), BrokenRules(("ERR-03",), assumed=True), id="busy without a token"
        ),
        pytest.param(
            a_finding("UndefinedStatusCode", status=422, body=ERROR),
            BrokenRules(("ERR-02",), assumed=False),
            id="a 422",
        ),
        pytest.param(
            a_finding("UndefinedStatusCode", status=202), BrokenRules(("PART-03",), assumed=False), id="a 202"
        ),
        pytest.param(
            a_finding("UndefinedStatusCode", status=409, body=ERROR),
            BrokenRules(("ERR-03",), assumed=True),
            id="a stray 409",
        ),
        pytest.param(
            a_finding("UndefinedContentType", "getEvent", status=404),
            BrokenRules(("ERR-01",), assumed=False),
            id="a text error",
        ),
        pytest.param(
            a_finding("JsonSchemaError", status=400, body={**ERROR, "detail": "no"}),
            BrokenRules(("ERR-01",), assumed=False),
            id="detail",
        ),
        pytest.param(
            a_finding("AcceptedNegativeData", scenario="object_unexpected_properties"),
            BrokenRules(("BASE-08",), assumed=True),
            id="an unknown field",
        ),
        pytest.param(
            a_finding("AcceptedNegativeData", location="/properties/package_title/pattern"),
            BrokenRules(("BASE-12",), assumed=True),
            id="a control character is accepted",
        ),
        pytest.param(
            a_finding("AcceptedNegativeData", location="/items/pattern", parameter="packages_ids"),
            BrokenRules(("BASE-05",), assumed=True),
            id="a list with commas",
        ),
        pytest.param(
            a_finding("AcceptedNegativeData", mutations=[{"operator": "syntax_fuzzing", "keywords": []}]),
            BrokenRules(("BASE-09",), assumed=True),
            id="not JSON",
        ),
        pytest.param(
            a_finding("AcceptedNegativeData", location="/properties/limit/maximum"),
            BrokenRules(("ERR-02", "PART-03"), assumed=True),
            id="a value that is out of range",
        ),
        pytest.param(
            a_finding("RejectedPositiveData", status=400), BrokenRules(("PART-03",), assumed=True), id="refused"
        ),
        pytest.param(
            a_finding("value_given_twice_is_refused"),
            BrokenRules(("BASE-05",), assumed=True),
            id="a check of the suite",
        ),
    ],
)
def test_a_finding_breaks_its_rule(finding: FuzzFinding, broken: BrokenRules) -> None:
    assert rule_mapping.find_broken_rules(finding, PROMISES) == (broken,)


def test_each_difference_of_a_response_breaks_the_rule_that_owns_it() -> None:
    without_headers = a_finding("MissingHeaders", status=401, body=ERROR, headers={})
    assert rule_mapping.find_broken_rules(without_headers, PROMISES) == (
        BrokenRules(("BASE-06",), assumed=False),
        BrokenRules(("ERR-03",), assumed=True),
    )
    members = a_finding("JsonSchemaError", body=PARTNER)
    assert rule_mapping.find_broken_rules(members, PROMISES) == (
        BrokenRules(("PART-03",), assumed=False),
        BrokenRules(("PART-03",), assumed=True),
    )


def test_the_rule_is_that_of_the_innermost_schema() -> None:
    page: dict[str, Any] = {"total": 1, "limit": 1, "page": 1, "pages": 1, "nextPage": None, "prevPage": None}
    missing = a_finding("JsonSchemaError", "listEvents", body={**page, "items": [{"id": "evt_1"}]})
    assert BrokenRules(("EVT-02",), assumed=False) in rule_mapping.find_broken_rules(missing, PROMISES)
    wrong = a_finding("JsonSchemaError", "listEvents", body={**page, "total": "1", "items": []})
    assert rule_mapping.find_broken_rules(wrong, PROMISES) == (BrokenRules(("EVT-01",), assumed=False),)
