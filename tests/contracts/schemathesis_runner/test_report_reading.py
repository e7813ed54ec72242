"""Reports of schemathesis are parsed into findings."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from contracts.schemathesis_runner import findings
from contracts.schemathesis_runner.findings import RunReport
from contracts.spec.openapi import OpenApiSpec
from contracts.spec.transcript import Transcript

PROMISES = OpenApiSpec.load()
BASE_URL = "http://127.0.0.1:1/w/run-1/api/v3"
EMPTY_SUMMARY = {
    "complete": True,
    "stop_reason": "completed",
    "errors": [],
    "exit_code": 0,
    "warnings": {"missing_auth": []},
}


def an_interaction(method: str, path: str, status: int | None, body: str = "{}") -> dict[str, Any]:
    request = {"method": method, "uri": BASE_URL + path, "headers": {"Authorization": ["[Filtered]"]}}
    if status is None:
        return {"request": request}
    content = {"$base64": base64.b64encode(body.encode()).decode()}
    return {"request": request, "response": {"status_code": status, "headers": {}, "content": content}}


def a_failure(kind: str, message: str = "", case_id: str | None = None) -> dict[str, Any]:
    failure = {"type": kind, "operation": "GET /events/{eid}", "title": kind, "message": message, "case_id": case_id}
    return {"name": "a_check", "status": "failure", "failure_info": {"failure": failure}}


def read_report(folder: Path, recorder: dict[str, Any] | None = None, **changes: Any) -> RunReport:
    (folder / "summary.json").write_text(json.dumps({**EMPTY_SUMMARY, **changes}))
    lines = [{"EngineStarted": {}}] + ([{"ScenarioFinished": {"recorder": recorder}}] if recorder else [])
    (folder / "events.ndjson").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return findings.read_report(folder / "summary.json", folder / "events.ndjson", PROMISES)


def test_an_operation_is_reached_if_it_accepts_a_request(tmp_path: Path) -> None:
    interactions = {
        "a": an_interaction("GET", "/events/evt%2F1?x=1", 200),
        "b": an_interaction("GET", "/partners/", 401),
        "c": an_interaction("GET", "/status/", None),
        "d": an_interaction("GET", "/nowhere", 200),
    }
    result = read_report(tmp_path, {"cases": {}, "checks": {}, "interactions": interactions})
    assert result == RunReport((), frozenset({"getEvent"}), 4, "")


def test_a_finding_has_the_calls_that_lead_to_it_with_the_token_replaced(tmp_path: Path) -> None:
    cases = {"a": {"value": {}, "parent_id": None}, "b": {"value": {"meta": {"phase": {}}}, "parent_id": "a"}}
    interactions = {
        "a": an_interaction("POST", "/package_builder/packages", 201),
        "b": an_interaction("GET", "/events/evt_1", 500),
    }
    result = read_report(
        tmp_path, {"cases": cases, "checks": {"b": [a_failure("ServerError")]}, "interactions": interactions}
    )
    (finding,) = result.findings
    assert (finding.kind, finding.operation_id) == ("ServerError", "getEvent")
    transcript = Transcript()
    assert findings.record_calls(finding, transcript) == (
        f'curl -sS {BASE_URL}/events/evt_1 -H "authorization: Bearer $TOKEN"  # -> 500'
    )
    assert [exchange.status for exchange in transcript.exchanges()] == [201, 500]


def test_a_finding_of_our_own_check_has_the_call_that_the_check_made(tmp_path: Path) -> None:
    call_record = json.dumps({"url": f"{BASE_URL}/events/?unknown=1", "status": 200, "body": "[]"})
    recorder = {
        "cases": {"a": {"value": {}}},
        "checks": {"a": [a_failure("CustomFailure", call_record)]},
        "interactions": {"a": an_interaction("GET", "/events/", 200)},
    }
    (finding,) = read_report(tmp_path, recorder).findings
    assert (finding.kind, finding.operation_id) == ("a_check", "listEvents")
    assert str(finding.calls[-1].request.url).endswith("/events/?unknown=1")


def test_a_schema_mismatch_after_accepted_invalid_data_is_no_second_finding(tmp_path: Path) -> None:
    recorder = {
        "cases": {"a": {"value": {}}},
        "checks": {"a": [a_failure("JsonSchemaError"), a_failure("AcceptedNegativeData")]},
        "interactions": {"a": an_interaction("GET", "/events/evt_1", 200)},
    }
    assert [finding.kind for finding in read_report(tmp_path, recorder).findings] == ["AcceptedNegativeData"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"complete": False, "stop_reason": "error"}, "stopped: error", id="the run did not complete"),
        pytest.param({"errors": [{"title": "Hook Error", "count": 1}]}, "Hook Error", id="a hook failed"),
        pytest.param(
            {"exit_code": 1, "warnings": {"validation_mismatch": ["GET /"]}}, "validation_mismatch", id="a warning"
        ),
    ],
)
def test_an_incomplete_run_has_an_engine_error(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    assert why in read_report(tmp_path, None, **changes).engine_error
