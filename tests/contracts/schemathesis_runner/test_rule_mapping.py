"""Each failure of schemathesis is mapped to a rule that the contracts' marks list."""

from typing import Any

import httpx2
import pytest

from contracts.schemathesis_runner import profiles, rule_mapping
from contracts.schemathesis_runner.findings import FuzzFinding, RecordedCall
from contracts.schemathesis_runner.rule_mapping import BrokenRules
from contracts.spec import rules
from contracts.spec.openapi import METHODS, OpenApiSpec

PROMISES = OpenApiSpec.load()
PARTNER = {"id": 7, "name": "Acme", "domain": "acme.example", "currency": "EUR", "vertical": "MUSIC"}


def a_finding(
    kind: str, operation_id: str = "getPartner", status: int = 200, body: Any = None, **case: Any
) -> FuzzFinding:
    answer = httpx2.Response(status, json=body) if body is not None else httpx2.Response(status)
    call = RecordedCall(httpx2.Request("GET", "http://127.0.0.1/api/v3/partners/"), answer)
    return FuzzFinding(kind, operation_id, "GET /partners/", "", "", {"phase": {"data": case}}, (call,))


def test_each_operation_has_a_rule_that_applies_to_it() -> None:
    known = rules.load()
    assert rule_mapping.RULE_BY_OPERATION.keys() == PROMISES.operations.keys()
    for operation_id, rule_id in rule_mapping.RULE_BY_OPERATION.items():
        assert known.rule(rule_id).applies_to(operation_id), operation_id


def test_reads_are_the_operations_of_get_and_writes_are_the_others() -> None:
    by_get = {name for name, operation in PROMISES.operations.items() if operation.method == "GET"}
    assert rule_mapping.READ_RULES.keys() == by_get
    assert "get" in METHODS


def test_each_schema_has_a_rule_that_the_document_names_there() -> None:
    schemas = PROMISES.document["components"]["schemas"]
    for name, rule_id in rule_mapping.RULE_BY_SCHEMA.items():
        assert rule_id in schemas[name].get("x-requirements", [rule_id]), name


def test_each_rule_that_a_finding_can_break_is_in_the_marks() -> None:
    mapped = {
        *rule_mapping.RULE_BY_OPERATION.values(),
        *rule_mapping.RULE_BY_SCHEMA.values(),
        *rule_mapping.RULE_BY_HEADER.values(),
        *rule_mapping.RULE_BY_FAILURE.values(),
    }
    mapped |= {*rule_mapping.RULE_BY_STATUS.values(), *rule_mapping.STATED_RULES, *rule_mapping.RULES_OF_ANY_REQUEST}
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
    linked = {rule_mapping.RULE_BY_OPERATION[operation_id] for operation_id in profiles.LINKED_OPERATIONS}
    assert linked <= set(rule_mapping.RULES_OF_LINKS)


@pytest.mark.parametrize(
    ("finding", "broken"),
    [
        pytest.param(a_finding("ServerError", status=500), BrokenRules(("ERR-03",), assumed=False), id="a 500"),
        pytest.param(a_finding("IgnoredAuth"), BrokenRules(("AUTH-04",), assumed=False), id="no token is required"),
        pytest.param(a_finding("UndefinedStatusCode", status=422), BrokenRules(("ERR-02",), assumed=False), id="a 422"),
        pytest.param(a_finding("UndefinedStatusCode", status=202), BrokenRules(("PART-03",), assumed=True), id="a 202"),
        pytest.param(
            a_finding("UndefinedStatusCode", status=409), BrokenRules(("ERR-03",), assumed=True), id="a stray 409"
        ),
        pytest.param(
            a_finding("UndefinedContentType", status=404), BrokenRules(("ERR-01",), assumed=True), id="a text error"
        ),
        pytest.param(
            a_finding("MissingHeaders", status=401), BrokenRules(("BASE-06", "ERR-03"), assumed=True), id="no headers"
        ),
        pytest.param(
            a_finding("JsonSchemaError", body=PARTNER),
            BrokenRules(("PART-03",), assumed=False),
            id="fields are missing",
        ),
        pytest.param(
            a_finding("JsonSchemaError", status=400, body={"detail": "no"}),
            BrokenRules(("ERR-01",), assumed=True),
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
    assert rule_mapping.find_broken_rules(finding, PROMISES) == broken


def test_the_rule_is_that_of_the_innermost_schema() -> None:
    page: dict[str, Any] = {"total": 1, "limit": 1, "page": 1, "pages": 1, "nextPage": None, "prevPage": None}
    missing = a_finding("JsonSchemaError", "listEvents", body={**page, "items": [{"id": "evt_1"}]})
    assert rule_mapping.find_broken_rules(missing, PROMISES) == BrokenRules(("EVT-02",), assumed=False)
    wrong = a_finding("JsonSchemaError", "listEvents", body={**page, "total": "1", "items": []})
    assert rule_mapping.find_broken_rules(wrong, PROMISES) == BrokenRules(("EVT-01",), assumed=True)
