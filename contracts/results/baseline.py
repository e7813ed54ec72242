"""A baseline: the verdicts of a run without what changes on each run, so that it can be kept in a repository.

Two runs with the same verdicts give the same baseline, whatever their data, their order and their number of processes.
It contains what a comparison reads: one outcome for each rule, with its verdict, and the parts that were checked and
that broke. The reason of a broken rule is the claim of the broken parts, because what a run saw differs each time.
"""

import json
from dataclasses import replace
from pathlib import Path

from contracts.results.result import DIFFERENCE_VERDICTS, RESPONSE_KIND, Outcome, Result, RuleResult
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict

UNDECIDED_REASON = "undecided in the baseline"


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the result as a baseline, which `Result.load` reads. Raises OSError."""
    values = build(result, catalogue).to_json(catalogue)
    measured = result.to_json(catalogue)["rules"]
    values["rules"] = [each | {"reason": kept["reason"]} for each, kept in zip(measured, values["rules"], strict=True)]
    text = json.dumps(values, ensure_ascii=False, indent=1)
    file.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")


def build(result: Result, catalogue: Catalogue) -> Result:
    """Return the result with one outcome for each rule, and without the facts that differ on each run."""
    run = replace(result.run, run_id="", start="", end="", requests=0, seconds=0.0)
    rule_results = (each for each in result.rule_results(catalogue) if each.outcomes)
    return replace(result, run=run, outcomes=tuple(map(_merge_outcomes, rule_results)))


def is_checked(result: Result, catalogue: Catalogue) -> bool:
    """Return whether the result contains a verdict on at least one rule."""
    return any(each.verdict in CHECKED_VERDICTS for each in result.rule_results(catalogue))


def _merge_outcomes(rule_result: RuleResult) -> Outcome:
    """Return one outcome with the verdict of the rule. Its kind is that of no contract, so no contract is counted."""
    rule = rule_result.rule
    checked = {
        part.id
        for outcome in rule_result.outcomes
        if outcome.verdict in CHECKED_VERDICTS
        for part in outcome.parts_of(rule)
    }
    decisive = [outcome for outcome in rule_result.outcomes if outcome.verdict is rule_result.verdict]
    named = {part_id for outcome in decisive for part_id in outcome.broken_parts}
    return Outcome(
        contract="",
        case="",
        kind=RESPONSE_KIND,
        rules=(rule.id,),
        verdict=rule_result.verdict,
        reason=_build_reason(rule_result),
        parts=tuple(part.id for part in rule.parts if part.id in checked),
        broken_parts=tuple(part.id for part in rule.parts if part.id in named),
    )


def _build_reason(rule_result: RuleResult) -> str:
    if rule_result.verdict is Verdict.PASS:
        return ""
    if rule_result.verdict in DIFFERENCE_VERDICTS:
        return " ".join(part.claim for part in rule_result.broken_parts)
    if rule_result.verdict is Verdict.NOT_APPLICABLE:
        return min(outcome.reason for outcome in rule_result.outcomes)
    return UNDECIDED_REASON
