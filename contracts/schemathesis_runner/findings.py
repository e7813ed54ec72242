"""What a run of schemathesis found, read from the two reports that it writes."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contracts.spec.openapi import Promises
from contracts.spec.transcript import Transcript

HIDDEN = "[Filtered]"
"""What schemathesis writes in place of a token."""
ACCEPTED, FOLLOWS = "AcceptedNegativeData", "JsonSchemaError"
"""What was accepted against the document comes back in the answer, against it too: that is no second fault."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the run and its answer; None where none came."""

    request: httpx.Request
    answer: httpx.Response | None

    @property
    def size(self) -> int:
        """How much there is to read."""
        return len(str(self.request.url)) + len(str(self.request.headers)) + len(self.request.content)


@dataclass(frozen=True, slots=True)
class Finding:
    """One failed check. `kind` is schemathesis's name of the failure, or the name of a check of our own.

    `case` is how the request was made up (`meta`), `calls` are those that lead to the failure, the last one failing.
    """

    kind: str
    operation_id: str
    operation: str
    title: str
    message: str
    case: Mapping[str, Any]
    calls: tuple[Call, ...]

    @property
    def answer(self) -> httpx.Response | None:
        """The answer that failed."""
        return self.calls[-1].answer if self.calls else None

    @property
    def weight(self) -> tuple[int, int]:
        """What the shortest reproduction is the least of."""
        return len(self.calls), sum(call.size for call in self.calls)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. `reached` are the operations that let a request through.

    `broke` says what schemathesis itself did not get done, empty where it is through.
    """

    findings: tuple[Finding, ...]
    reached: frozenset[str]
    requests: int
    broke: str


def read(summary: Path, events: Path, promises: Promises) -> Report:
    """The report of one run. Raises OSError or ValueError where schemathesis left none."""
    told = json.loads(summary.read_text(encoding="utf-8"))
    findings: list[Finding] = []
    reached: set[str] = set()
    requests = 0
    for recorder in _scenarios(events):
        interactions = recorder.get("interactions", {})
        requests += len(interactions)
        reached |= {_operation_id(each, promises) for each in interactions.values() if _accepted(each)}
        findings += _findings(recorder, promises)
    return Report(tuple(findings), frozenset(reached - {""}), requests, _broke(told, findings))


def _broke(told: Mapping[str, Any], findings: list[Finding]) -> str:
    if not told["complete"]:
        return f"schemathesis stopped: {told['stop_reason']}"
    if told["errors"]:
        return "schemathesis met errors: " + ", ".join(error["title"] for error in told["errors"])
    if told["exit_code"] and not findings:
        kinds = [f"{kind} ({', '.join(labels)})" for kind, labels in told["warnings"].items() if labels]
        return f"schemathesis ended with {told['exit_code']}: {'; '.join(kinds)}"
    return ""


def _scenarios(events: Path) -> Iterator[dict[str, Any]]:
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            finished = json.loads(line).get("ScenarioFinished")
            if finished is not None:
                yield finished["recorder"]


def _findings(recorder: Mapping[str, Any], promises: Promises) -> Iterator[Finding]:
    for case_id, checks in recorder.get("checks", {}).items():
        failed = [check for check in checks if check.get("failure_info") is not None]
        kinds = {check["failure_info"]["failure"]["type"] for check in failed}
        for check in failed:
            if not (ACCEPTED in kinds and check["failure_info"]["failure"]["type"] == FOLLOWS):
                yield _finding(recorder, case_id, check, promises)


def _finding(recorder: Mapping[str, Any], case_id: str, check: Mapping[str, Any], promises: Promises) -> Finding:
    failure = check["failure_info"]["failure"]
    failed = failure["case_id"] if failure["case_id"] in recorder["interactions"] else case_id
    last = recorder["interactions"][failed]
    calls = [_call(recorder["interactions"][each]) for each in _path_to(failed, recorder)]
    own = failure["type"] == "CustomFailure"
    if own:
        told = json.loads(failure["message"])
        calls[-1] = Call(
            httpx.Request(calls[-1].request.method, told["url"], headers=calls[-1].request.headers),
            httpx.Response(told["status"], text=told["body"]),
        )
    return Finding(
        kind=check["name"] if own else failure["type"],
        operation_id=_operation_id(last, promises) or _labelled(failure["operation"], promises),
        operation=failure["operation"],
        title=check["name"].replace("_", " ") if own else failure["title"],
        message="" if own else failure["message"],
        case=recorder["cases"][case_id]["value"].get("meta", {}),
        calls=tuple(calls),
    )


def _path_to(case_id: str, recorder: Mapping[str, Any]) -> list[str]:
    """The cases that lead to this one, in order, itself the last."""
    path = [case_id]
    while (before := recorder["cases"].get(path[0], {}).get("parent_id")) in recorder["interactions"]:
        path.insert(0, before)
    return path


def _call(interaction: Mapping[str, Any]) -> Call:
    asked, answered = interaction["request"], interaction.get("response")
    headers = [(name, value) for name, values in asked["headers"].items() for value in values]
    request = httpx.Request(asked["method"], asked["uri"], headers=headers, content=_bytes(asked.get("body")))
    return Call(request, None if answered is None else _answer(answered))


def _answer(answered: Mapping[str, Any]) -> httpx.Response:
    dropped = ("content-encoding", "content-length", "transfer-encoding")
    headers = [(name, value) for name, values in answered["headers"].items() if name not in dropped for value in values]
    return httpx.Response(answered["status_code"], headers=headers, content=_bytes(answered.get("content")))


def _bytes(value: Mapping[str, str] | None) -> bytes:
    return b"" if not value else base64.b64decode(value["$base64"])


def _accepted(interaction: Mapping[str, Any]) -> bool:
    answered = interaction.get("response")
    return answered is not None and 200 <= int(answered["status_code"]) < 300


def _operation_id(interaction: Mapping[str, Any], promises: Promises) -> str:
    _, _, path = httpx.URL(interaction["request"]["uri"]).raw_path.decode("ascii").partition("/api/v3")
    found = promises.operation_at(interaction["request"]["method"], path.partition("?")[0])
    return "" if found is None else found.id


def _labelled(label: str | None, promises: Promises) -> str:
    """The operation of a label such as `GET /events/{eid}`, which stands where a probe's own method is none."""
    method, _, path = (label or "").partition(" ")
    named = [
        operation.id
        for operation in promises.operations.values()
        if (operation.method, operation.path) == (method, path)
    ]
    return named[0] if named else ""


def kept(finding: Finding, transcript: Transcript) -> str:
    """Put the finding's calls into a transcript; gives the last as curl."""
    for call in finding.calls:
        transcript.add(call.request, call.answer)
    exchanges = transcript.exchanges()
    return exchanges[-1].curl() if finding.calls else ""
