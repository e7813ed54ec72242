"""The SARIF 2.1.0 report. There are no source files, so the location of a result is the operations of its rule."""

import json
from pathlib import Path
from typing import Any

from contracts.report.sanitizer import to_single_line
from contracts.report.summary import NO_CONTRACT, RunSummary, format_reason, summarize, title
from contracts.results.result import Outcome, Result, RuleResult
from contracts.spec.rules import Basis, Catalogue, Level, PlatformRule
from contracts.spec.verdicts import Verdict

VERSION = "2.1.0"
RESULT_KINDS = {
    Verdict.FAIL: "fail",
    Verdict.ERROR: "open",
    Verdict.BLOCKED: "open",
    Verdict.INTERMITTENT: "review",
    Verdict.INCONCLUSIVE: "open",
    Verdict.OBSERVATION: "review",
    Verdict.KNOWN: "review",
    Verdict.PASS: "pass",
    Verdict.NOT_APPLICABLE: "notApplicable",
}
RESULT_LEVELS = {Level.MUST: "error", Level.SHOULD: "warning"}


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the report as SARIF."""
    document = {"version": VERSION, "runs": [_build_run(result, summarize(result, catalogue))]}
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _build_run(result: Result, summary: RunSummary) -> dict[str, Any]:
    run = result.run
    digests = {"openapi.yaml": run.document, "requirements.yaml": run.catalogue}
    facts = {"target": to_single_line(run.target), "profile": run.profile, "seed": run.seed, "requests": run.requests}
    return {
        "tool": {
            "driver": {
                "name": "wavetank contracts",
                "version": run.suite,
                "rules": [_build_rule(rule_result.rule) for rule_result in summary.rules],
            }
        },
        "automationDetails": {"id": to_single_line(f"contracts/{run.profile}/{run.run_id}")},
        "invocations": [_build_invocation(result, summary)],
        "results": [
            each for index, rule_result in enumerate(summary.rules) for each in _build_results(index, rule_result)
        ],
        "properties": {
            **facts,
            "strict": run.strict,
            "sha-256": digests,
            "undone": [to_single_line(text) for text in run.undone],
        },
    }


def _build_rule(rule: PlatformRule) -> dict[str, Any]:
    descriptor = {
        "id": rule.id,
        "shortDescription": {"text": rule.claim},
        "defaultConfiguration": {"level": RESULT_LEVELS[rule.level]},
        "properties": {
            "level": rule.level,
            "basis": rule.basis.label,
            "area": rule.area,
            "documented": rule.documented_in,
        },
    }
    assumed = [part.claim for part in rule.parts if part.basis is Basis.RULED]
    return {**descriptor, "help": {"text": "Assumed: " + " ".join(assumed)}} if assumed else descriptor


def _build_invocation(result: Result, summary: RunSummary) -> dict[str, Any]:
    notifications = [result.ended, *result.stale]
    notifications += [format_reason(rule_result) for rule_result in summary.with_verdict(Verdict.ERROR)]
    return {
        "executionSuccessful": summary.exit_code in (0, 1),
        "exitCode": summary.exit_code,
        "exitCodeDescription": summary.sentence,
        "startTimeUtc": result.run.start,
        "endTimeUtc": result.run.end,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": to_single_line(text)}}
            for text in dict.fromkeys(notifications)
            if text
        ],
    }


def _build_results(index: int, rule_result: RuleResult) -> list[dict[str, Any]]:
    if not rule_result.outcomes:
        return [_build_result(index, rule_result.rule, Verdict.NOT_APPLICABLE, NO_CONTRACT)]
    return [_build_outcome_result(index, rule_result.rule, outcome) for outcome in rule_result.outcomes]


def _build_outcome_result(index: int, rule: PlatformRule, outcome: Outcome) -> dict[str, Any]:
    name = title(outcome)
    message = f"{outcome.verdict}: {to_single_line(outcome.reason)}" if outcome.reason else str(outcome.verdict)
    details = {
        "kind": outcome.kind,
        "expected": to_single_line(outcome.expected),
        "seen": to_single_line(outcome.seen),
        "calls": [to_single_line(call) for call in outcome.calls],
        "reproducer": to_single_line(outcome.capsule),
    }
    return {
        **_build_result(index, rule, outcome.verdict, f"{name}: {message}"),
        "partialFingerprints": {"contract/v1": f"{rule.id} {name}"},
        "properties": {"contract": name, **{key: value for key, value in details.items() if value}},
    }


def _build_result(index: int, rule: PlatformRule, verdict: Verdict, text: str) -> dict[str, Any]:
    kind = RESULT_KINDS[verdict]
    return {
        "ruleId": rule.id,
        "ruleIndex": index,
        "kind": kind,
        "level": RESULT_LEVELS[rule.level] if kind == "fail" else "none",
        "message": {"text": text},
        "locations": [{"logicalLocations": _logical_locations(rule)}],
    }


def _logical_locations(rule: PlatformRule) -> list[dict[str, str]]:
    if rule.operations == "all":
        return [{"name": "every operation", "kind": "namespace"}]
    return [{"name": name, "fullyQualifiedName": name, "kind": "function"} for name in rule.operations]
