"""The SARIF 2.1.0 report, in the form that GitHub's code scanning accepts.

It contains findings only: one result for each rule that is broken, and a note for each rule with observations. What was
not checked, and failures of the suite, are notifications of the invocation. A deployment has no source files, so the
location of a result is the line of its rule in `requirements.yaml`.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from contracts.report.calls import format_calls
from contracts.report.difference import find_difference
from contracts.report.sanitizer import first_sentence, to_single_line, truncate
from contracts.report.summary import UNDECIDED_VERDICTS, RunSummary, format_reason, summarize, title
from contracts.results.result import Outcome, Result, RuleResult
from contracts.spec.rule_lines import FILE_IN_REPOSITORY, find_rule_lines
from contracts.spec.rules import Basis, Catalogue, Level, PlatformRule
from contracts.spec.verdicts import Verdict

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULT_LEVELS = {Level.MUST: "error", Level.SHOULD: "warning"}
OBSERVATION_LEVEL = "note"
FINDINGS = (Verdict.FAIL, Verdict.OBSERVATION)
"""The verdicts of outcomes that become results."""
PRECISION = {Basis.STATED: "very-high", Basis.SHOWN: "high", Basis.RULED: "medium"}
"""How certain a finding is: the documentation is explicit, an example shows it, or this project assumed it."""
MAX_DESCRIPTION = 1024
"""GitHub's limit for the descriptions of a rule."""
MAX_SIDE, MAX_NAMES = 300, 5


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the report as SARIF."""
    document = {"$schema": SCHEMA, "version": VERSION, "runs": [_build_run(result, summarize(result, catalogue))]}
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _build_run(result: Result, summary: RunSummary) -> dict[str, Any]:
    run, lines = result.run, find_rule_lines()
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
            found
            for index, rule_result in enumerate(summary.rules)
            for found in _build_results(index, rule_result, lines.get(rule_result.rule.id, 1))
        ],
        "properties": {
            **facts,
            "strict": run.strict,
            "sha-256": digests,
            "undone": [to_single_line(text) for text in run.undone],
        },
    }


def _build_rule(rule: PlatformRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": f"{rule.area}/{rule.id}",
        "shortDescription": {"text": truncate(f"{rule.id}: {first_sentence(rule.claim)}.", MAX_DESCRIPTION)},
        "fullDescription": {"text": truncate(rule.claim, MAX_DESCRIPTION)},
        "help": {"text": _format_help(rule, "{}: {}"), "markdown": _format_help(rule, "- **{}**: {}")},
        "defaultConfiguration": {"level": RESULT_LEVELS[rule.level]},
        "properties": {
            "tags": [str(rule.area), f"basis-{rule.basis.label}"],
            "precision": PRECISION[rule.basis],
            "problem.severity": RESULT_LEVELS[rule.level],
            "level": rule.level,
            "basis": rule.basis.label,
            "area": rule.area,
            "documented": rule.documented_in,
        },
    }


def _format_help(rule: PlatformRule, row: str) -> str:
    """Return the parts of a rule with their basis, and how to learn more, one row each."""
    operations = rule.operations if rule.operations == "all" else ", ".join(rule.operations)
    rows = [(part.basis.label.capitalize(), to_single_line(part.claim)) for part in rule.parts]
    rows += [("Documented", to_single_line(rule.documented_in)), ("Operations", operations)]
    rows.append(("More", f"`contracts explain {rule.id}`"))
    return "\n".join(row.format(name, text) for name, text in rows)


def _build_invocation(result: Result, summary: RunSummary) -> dict[str, Any]:
    problems = [result.ended, *result.stale]
    problems += [format_reason(rule_result) for rule_result in summary.with_verdict(Verdict.ERROR)]
    undecided = [each for verdict in UNDECIDED_VERDICTS for each in summary.with_verdict(verdict)]
    unchecked = [f"not checked: {format_reason(rule_result)}" for rule_result in undecided]
    return {
        "executionSuccessful": summary.exit_code in (0, 1),
        "exitCode": summary.exit_code,
        "exitCodeDescription": summary.sentence,
        "startTimeUtc": result.run.start,
        "endTimeUtc": result.run.end,
        "toolExecutionNotifications": [
            *_build_notifications("error", problems),
            *_build_notifications("warning", unchecked),
        ],
    }


def _build_notifications(level: str, texts: Iterable[str]) -> list[dict[str, Any]]:
    """Build one notification for each text that is not empty. Equal texts become one."""
    lines = dict.fromkeys(to_single_line(text) for text in texts if text)
    return [{"level": level, "message": {"text": line}} for line in lines]


def _build_results(index: int, rule_result: RuleResult, line: int) -> list[dict[str, Any]]:
    """Build a result for the failures of a rule, and one for its observations."""
    found = {
        verdict: [outcome for outcome in rule_result.outcomes if outcome.verdict is verdict] for verdict in FINDINGS
    }
    return [_build_result(index, rule_result.rule, line, outcomes) for outcomes in found.values() if outcomes]


def _build_result(index: int, rule: PlatformRule, line: int, outcomes: list[Outcome]) -> dict[str, Any]:
    shown = outcomes[0]
    level = RESULT_LEVELS[rule.level] if shown.verdict is Verdict.FAIL else OBSERVATION_LEVEL
    physical = {"artifactLocation": {"uri": FILE_IN_REPOSITORY}, "region": {"startLine": line}}
    identity = hashlib.sha256(f"{rule.id} {shown.verdict}".encode()).hexdigest()
    return {
        "ruleId": rule.id,
        "ruleIndex": index,
        "level": level,
        "message": {"text": _format_message(rule, outcomes)},
        "locations": [{"physicalLocation": physical, "logicalLocations": _logical_locations(rule)}],
        "partialFingerprints": {"primaryLocationLineHash": f"{identity[:16]}:1", "contractsRule/v1": identity},
        "properties": _build_properties(outcomes),
    }


def _format_message(rule: PlatformRule, outcomes: list[Outcome]) -> str:
    """Return what differs, both sides around their first difference, the call, and the contracts that found it."""
    shown = outcomes[0]
    sentences = [f"{rule.id} is broken" if shown.verdict is Verdict.FAIL else f"Observation on {rule.id}"]
    sentences[0] += f": {to_single_line(shown.reason) or 'no reason given'}."
    if shown.expected or shown.seen:
        difference = find_difference(shown.expected, shown.seen, MAX_SIDE)
        place = f"At {difference.place}: e" if difference.place else "E"
        sentences.append(f"{place}xpected {difference.expected or 'nothing'}, seen {difference.seen or 'nothing'}.")
    sentences += [f"Calls: {format_calls(shown)}."] if shown.calls else []
    names = list(dict.fromkeys(title(outcome) for outcome in outcomes))
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return " ".join([*sentences, f"Found by {', '.join(names[:MAX_NAMES])}{more}."])


def _build_properties(outcomes: list[Outcome]) -> dict[str, Any]:
    """Return the evidence of the first outcome, and the names of all contracts."""
    shown = outcomes[0]
    details = {
        "kind": shown.kind,
        "expected": to_single_line(shown.expected),
        "seen": to_single_line(shown.seen),
        "calls": [to_single_line(call) for call in shown.calls],
        "reproducer": to_single_line(shown.capsule),
        "brokenParts": list(dict.fromkeys(part for outcome in outcomes for part in outcome.broken_parts)),
    }
    names = list(dict.fromkeys(title(outcome) for outcome in outcomes))
    return {"contracts": names, **{key: value for key, value in details.items() if value}}


def _logical_locations(rule: PlatformRule) -> list[dict[str, str]]:
    if rule.operations == "all":
        return [{"name": "every operation", "kind": "namespace"}]
    return [{"name": name, "fullyQualifiedName": name, "kind": "function"} for name in rule.operations]
