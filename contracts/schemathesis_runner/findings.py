"""Reads the two reports that a schemathesis run writes."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from contracts.spec.openapi import OpenApiSpec
from contracts.spec.transcript import Transcript

REDACTED = "[Filtered]"
"""The text that schemathesis writes instead of a token."""
ACCEPTED_INVALID, SCHEMA_MISMATCH = "AcceptedNegativeData", "JsonSchemaError"
"""A failure that is ignored after invalid data were accepted: the response then need not match the schema."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One request of the run, and its response (None if there was none)."""

    request: httpx2.Request
    answer: httpx2.Response | None

    @property
    def size(self) -> int:
        """The length of the request. It is used to find the shortest reproduction."""
        return len(str(self.request.url)) + len(str(self.request.headers)) + len(self.request.content)


@dataclass(frozen=True, slots=True)
class FuzzFinding:
    """One failed check. `kind` is schemathesis's name of the failure, or the name of one of our own checks.

    `generation` says how the request was generated (`meta`). `calls` are the calls that lead to the failure; the last
    one is the failing call.
    """

    kind: str
    operation_id: str
    operation: str
    title: str
    message: str
    generation: Mapping[str, Any]
    calls: tuple[RecordedCall, ...]

    @property
    def answer(self) -> httpx2.Response | None:
        """The response to the failing call."""
        return self.calls[-1].answer if self.calls else None

    @property
    def reproduction_size(self) -> tuple[int, int]:
        """The sort key for finding the shortest reproduction: the number of calls, then their size."""
        return len(self.calls), sum(call.size for call in self.calls)


@dataclass(frozen=True, slots=True)
class RunReport:
    """The report of a run. `reached` are the operations that accepted a request.

    `engine_error` says why schemathesis did not complete. It is empty if schemathesis completed.
    """

    findings: tuple[FuzzFinding, ...]
    reached: frozenset[str]
    request_count: int
    engine_error: str


def read_report(summary_file: Path, events_file: Path, api_spec: OpenApiSpec) -> RunReport:
    """Read the report of one run. Raises OSError or ValueError if schemathesis wrote no valid report."""
    summary = json.loads(summary_file.read_text(encoding="utf-8"))
    findings: list[FuzzFinding] = []
    reached: set[str] = set()
    request_count = 0
    for recorder in read_scenarios(events_file):
        interactions = recorder.get("interactions", {})
        request_count += len(interactions)
        reached |= {_find_operation_id(each, api_spec) for each in interactions.values() if _is_accepted(each)}
        findings += _parse_findings(recorder, api_spec)
    return RunReport(
        tuple(findings), frozenset(reached - {""}), request_count, _describe_engine_error(summary, findings)
    )


def _describe_engine_error(summary: Mapping[str, Any], findings: list[FuzzFinding]) -> str:
    if not summary["complete"]:
        return f"schemathesis stopped: {summary['stop_reason']}"
    if summary["errors"]:
        return "schemathesis had errors: " + ", ".join(error["title"] for error in summary["errors"])
    if summary["exit_code"] and not findings:
        kinds = [f"{kind} ({', '.join(labels)})" for kind, labels in summary["warnings"].items() if labels]
        return f"schemathesis ended with {summary['exit_code']}: {'; '.join(kinds)}"
    return ""


def read_scenarios(events_file: Path) -> Iterator[dict[str, Any]]:
    """Return what schemathesis recorded of each scenario that finished."""
    with events_file.open(encoding="utf-8") as lines:
        for line in lines:
            finished = json.loads(line).get("ScenarioFinished")
            if finished is not None:
                yield finished["recorder"]


def _parse_findings(recorder: Mapping[str, Any], api_spec: OpenApiSpec) -> Iterator[FuzzFinding]:
    for case_id, checks in recorder.get("checks", {}).items():
        failed = [check for check in checks if check.get("failure_info") is not None]
        kinds = {check["failure_info"]["failure"]["type"] for check in failed}
        for check in failed:
            if not (ACCEPTED_INVALID in kinds and check["failure_info"]["failure"]["type"] == SCHEMA_MISMATCH):
                yield _parse_finding(recorder, case_id, check, api_spec)


def _parse_finding(
    recorder: Mapping[str, Any], case_id: str, check: Mapping[str, Any], api_spec: OpenApiSpec
) -> FuzzFinding:
    failure = check["failure_info"]["failure"]
    failed_case_id = failure["case_id"] if failure["case_id"] in recorder["interactions"] else case_id
    last = recorder["interactions"][failed_case_id]
    calls = [parse_call(recorder["interactions"][each]) for each in _cases_leading_to(failed_case_id, recorder)]
    is_custom = failure["type"] == "CustomFailure"
    if is_custom:
        details = json.loads(failure["message"])
        calls[-1] = RecordedCall(
            httpx2.Request(calls[-1].request.method, details["url"], headers=calls[-1].request.headers),
            httpx2.Response(details["status"], text=details["body"]),
        )
    return FuzzFinding(
        kind=check["name"] if is_custom else failure["type"],
        operation_id=_find_operation_id(last, api_spec) or _operation_id_of_label(failure["operation"], api_spec),
        operation=failure["operation"],
        title=check["name"].replace("_", " ") if is_custom else failure["title"],
        message="" if is_custom else failure["message"],
        generation=recorder["cases"][case_id]["value"].get("meta", {}),
        calls=tuple(calls),
    )


def _cases_leading_to(case_id: str, recorder: Mapping[str, Any]) -> list[str]:
    """Return the ids of the cases that lead to this case, in order. The last id is the id of this case."""
    path = [case_id]
    while (parent := recorder["cases"].get(path[0], {}).get("parent_id")) in recorder["interactions"]:
        path.insert(0, parent)
    return path


def parse_call(interaction: Mapping[str, Any]) -> RecordedCall:
    """Return a recorded interaction as request and response."""
    recorded_request, recorded_answer = interaction["request"], interaction.get("response")
    headers = [(name, value) for name, values in recorded_request["headers"].items() for value in values]
    request = httpx2.Request(
        recorded_request["method"],
        recorded_request["uri"],
        headers=headers,
        content=_decode_content(recorded_request.get("body")),
    )
    return RecordedCall(request, None if recorded_answer is None else _parse_answer(recorded_answer))


def _parse_answer(recorded_answer: Mapping[str, Any]) -> httpx2.Response:
    dropped = ("content-encoding", "content-length", "transfer-encoding")
    headers = [
        (name, value) for name, values in recorded_answer["headers"].items() if name not in dropped for value in values
    ]
    return httpx2.Response(
        recorded_answer["status_code"], headers=headers, content=_decode_content(recorded_answer.get("content"))
    )


def _decode_content(value: Mapping[str, str] | None) -> bytes:
    return b"" if not value else base64.b64decode(value["$base64"])


def _is_accepted(interaction: Mapping[str, Any]) -> bool:
    recorded_answer = interaction.get("response")
    return recorded_answer is not None and 200 <= int(recorded_answer["status_code"]) < 300


def _find_operation_id(interaction: Mapping[str, Any], api_spec: OpenApiSpec) -> str:
    _, _, path = httpx2.URL(interaction["request"]["uri"]).raw_path.decode("ascii").partition("/api/v3")
    operation = api_spec.operation_at(interaction["request"]["method"], path.partition("?")[0])
    return "" if operation is None else operation.id


def _operation_id_of_label(label: str | None, api_spec: OpenApiSpec) -> str:
    """Return the id of the operation that a label such as `GET /events/{eid}` names.

    The id is empty if there is no such operation: a probe's method may not exist.
    """
    method, _, path = (label or "").partition(" ")
    ids = [
        operation.id
        for operation in api_spec.operations.values()
        if (operation.method, operation.path) == (method, path)
    ]
    return ids[0] if ids else ""


def record_calls(finding: FuzzFinding, transcript: Transcript) -> str:
    """Add the finding's calls to a transcript. Return the last call as a curl command."""
    for call in finding.calls:
        transcript.add(call.request, call.answer)
    exchanges = transcript.exchanges()
    return exchanges[-1].to_curl() if finding.calls else ""
