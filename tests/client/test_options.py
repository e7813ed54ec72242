"""The types of arguments have the members of the control API's schemas, and no others."""

from typing import Any, NotRequired, get_origin, get_type_hints

import pytest

from mock_server.client import options
from tests.mock_harness import Client

SCHEMAS = Client().control("GET", "/openapi.json").json()
TYPES: dict[type, str] = {
    options.WorkspaceOptions: "WorkspaceRequest",
    options.RateLimits: "RateLimits",
    options.ClockOptions: "ClockRequest",
    options.Duration: "DurationRequest",
    options.ResetOptions: "ResetRequest",
    options.FaultMatch: "FaultMatch",
    options.FaultEffect: "FaultEffect",
    options.FaultRule: "FaultRuleRequest",
    options.CallExpectation: "CallExpectation",
    options.Purchase: "PurchaseRow",
    options.Cluster: "ClusterRequest",
    options.EvaluationSettings: "NewEvaluationSettings",
    options.NewPackage: "PackageRequest",
    options.NewEvent: "EventRequest",
}
GIVEN_OTHERWISE = {options.WorkspaceOptions: {"name"}}
"""Members that a method takes as an argument of its own."""
QUERIES = {
    options.JournalFilters: ("/journal", set[str]()),
    options.EvaluationFilters: ("/explain/evaluation/{package_id}", set[str]()),
    options.RowFilters: ("/explain/event/{event_id}", set[str]()),
    options.DailyFilters: ("/explain/daily/{event_id}", {"date"}),
}


def members(kind: Any) -> set[str]:
    return set(kind.__annotations__)


def required(kind: Any) -> set[str]:
    hints = get_type_hints(kind, include_extras=True)
    return {name for name in kind.__required_keys__ if get_origin(hints[name]) is not NotRequired}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_a_type_has_the_members_of_its_schema(kind: type) -> None:
    schema = SCHEMAS["components"]["schemas"][TYPES[kind]]
    assert members(kind) == set(schema["properties"]) - GIVEN_OTHERWISE.get(kind, set())
    assert required(kind) == set(schema.get("required", ()))


@pytest.mark.parametrize("kind", QUERIES, ids=lambda kind: kind.__name__)
def test_a_type_has_the_parameters_of_its_query(kind: type) -> None:
    path, given_otherwise = QUERIES[kind]
    parameters = SCHEMAS["paths"][path]["get"]["parameters"]
    assert members(kind) == {each["name"] for each in parameters if each["in"] == "query"} - given_otherwise


def test_a_fault_has_no_member_with_two_meanings() -> None:
    parts = [members(options.FaultMatch), members(options.FaultEffect), {"id", "times", "until"}]
    assert members(options.FaultOptions) == set.union(*parts)
    assert sum(map(len, parts)) == len(members(options.FaultOptions))
