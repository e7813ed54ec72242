"""The run as SARIF 2.1.0, for tools that show findings. A rule's place is its operations: there are no source files."""

import json
from pathlib import Path
from typing import Any

from contracts.report import summary
from contracts.report.sanitizer import line
from contracts.report.summary import Conclusion, title
from contracts.results.result import Outcome, Result, RuleResult
from contracts.spec.rules import Catalogue, Level, Rule
from contracts.spec.verdicts import Verdict

VERSION = "2.1.0"
KINDS = {
    Verdict.FAIL: "fail",
    Verdict.ERROR: "open",
    Verdict.BLOCKED: "open",
    Verdict.INCONCLUSIVE: "open",
    Verdict.OBSERVATION: "review",
    Verdict.KNOWN: "review",
    Verdict.PASS: "pass",
    Verdict.NOT_APPLICABLE: "notApplicable",
}
LEVELS = {Level.MUST: "error", Level.SHOULD: "warning"}


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the run as SARIF."""
    document = {"version": VERSION, "runs": [_run(result, summary.concluded(result, catalogue))]}
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _run(result: Result, found: Conclusion) -> dict[str, Any]:
    run = result.run
    digests = {"openapi.yaml": run.document, "requirements.yaml": run.catalogue}
    facts = {"target": line(run.target), "profile": run.profile, "seed": run.seed, "requests": run.requests}
    return {
        "tool": {
            "driver": {
                "name": "wavetank contracts",
                "version": run.suite,
                "rules": [_rule(judged.rule) for judged in found.rules],
            }
        },
        "automationDetails": {"id": line(f"contracts/{run.profile}/{run.run_id}")},
        "invocations": [_invocation(result, found)],
        "results": [each for place, judged in enumerate(found.rules) for each in _results(place, judged)],
        "properties": {
            **facts,
            "strict": run.strict,
            "sha-256": digests,
            "undone": [line(text) for text in run.undone],
        },
    }


def _rule(rule: Rule) -> dict[str, Any]:
    described = {
        "id": rule.id,
        "shortDescription": {"text": rule.claim},
        "defaultConfiguration": {"level": LEVELS[rule.level]},
        "properties": {"level": rule.level, "basis": rule.basis, "area": rule.area, "documented": rule.documented},
    }
    return {**described, "help": {"text": "Ruled: " + " ".join(rule.ruled)}} if rule.ruled else described


def _invocation(result: Result, found: Conclusion) -> dict[str, Any]:
    told = [result.ended, *result.stale]
    told += [summary.reason(judged) for judged in found.having(Verdict.ERROR)]
    return {
        "executionSuccessful": found.exit_code in (0, 1),
        "exitCode": found.exit_code,
        "exitCodeDescription": found.sentence,
        "startTimeUtc": result.run.start,
        "endTimeUtc": result.run.end,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": line(text)}} for text in dict.fromkeys(told) if text
        ],
    }


def _results(place: int, judged: RuleResult) -> list[dict[str, Any]]:
    if not judged.outcomes:
        return [_result(place, judged.rule, Verdict.NOT_APPLICABLE, summary.NO_CONTRACT)]
    return [_finding(place, judged.rule, outcome) for outcome in judged.outcomes]


def _finding(place: int, rule: Rule, outcome: Outcome) -> dict[str, Any]:
    name = title(outcome)
    why = f"{outcome.verdict}: {line(outcome.reason)}" if outcome.reason else str(outcome.verdict)
    shown = {
        "kind": outcome.kind,
        "expected": line(outcome.expected),
        "seen": line(outcome.seen),
        "calls": [line(call) for call in outcome.calls],
        "capsule": line(outcome.capsule),
    }
    return {
        **_result(place, rule, outcome.verdict, f"{name}: {why}"),
        "partialFingerprints": {"contract/v1": f"{rule.id} {name}"},
        "properties": {"contract": name, **{key: value for key, value in shown.items() if value}},
    }


def _result(place: int, rule: Rule, verdict: Verdict, text: str) -> dict[str, Any]:
    kind = KINDS[verdict]
    return {
        "ruleId": rule.id,
        "ruleIndex": place,
        "kind": kind,
        "level": LEVELS[rule.level] if kind == "fail" else "none",
        "message": {"text": text},
        "locations": [{"logicalLocations": _places(rule)}],
    }


def _places(rule: Rule) -> list[dict[str, str]]:
    if rule.operations == "all":
        return [{"name": "every operation", "kind": "namespace"}]
    return [{"name": name, "fullyQualifiedName": name, "kind": "function"} for name in rule.operations]
