"""Converts the findings of a run to errors: one for each set of broken rules, with the shortest reproduction."""

from collections.abc import Iterable, Sequence

from contracts.schemathesis_runner import findings as report
from contracts.schemathesis_runner import rule_mapping
from contracts.schemathesis_runner.findings import FuzzFinding, RunReport
from contracts.schemathesis_runner.rule_mapping import BrokenRules
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BrokenRuleError
from contracts.target.deployment import Deployment

EXPECTED_BY_FAILURE = {
    "ServerError": "no response with a status of 500 or more",
    "ContentTypeServerError": "no response with a status of 500 or more",
    "UndefinedStatusCode": "one of the statuses that the document lists for the operation",
    "JsonSchemaError": "a response that matches the document",
    "MissingHeaders": "every header that the document requires",
    "AcceptedNegativeData": "a refusal with 400, or with a check that comes first (401, 403, 404, 405, 409, 413, 415)",
    "RejectedPositiveData": "success, or a refusal for the object or its state (401, 403, 404, 409)",
    "IgnoredAuth": "401 without a token, or with an invalid one",
    "MissingHeaderNotRejected": "401 without a token",
    "UnsupportedMethodResponse": "405 with `Allow`",
    "AllowHeaderMismatch": "`Allow` with exactly the methods of the path",
    "unknown_query_parameter_is_refused": "400",
    "array_in_brackets_is_refused": "400",
    "value_given_twice_is_refused": "400",
}
"""The expected response for each kind of failure."""
MAX_BODY_SHOWN = 300


def find_broken(run_report: RunReport, world: Deployment, *, assumed: bool | None = None) -> list[BrokenRuleError]:
    """Return the broken rules, in the order in which they were found.

    `assumed` is True to select findings about assumed parts of rules, False to select other findings, and None to
    select all. The calls of each shortest reproduction are added to the transcript of the world.
    """
    findings_by_rules: dict[BrokenRules, list[FuzzFinding]] = {}
    for finding in run_report.findings:
        for broken in rule_mapping.find_broken_rules(finding, world.api_spec):
            if assumed is None or broken.assumed is assumed:
                findings_by_rules.setdefault(broken, []).append(finding)
    return [_build_broken(broken, findings, world.transcript) for broken, findings in findings_by_rules.items()]


def raise_broken(broken: Sequence[BrokenRuleError]) -> None:
    """Raise the error, or a group if there are several errors."""
    if len(broken) == 1:
        raise broken[0]
    if broken:
        raise ExceptionGroup("several rules are broken", list(broken))


def _build_broken(broken: BrokenRules, findings: Sequence[FuzzFinding], transcript: Transcript) -> BrokenRuleError:
    shortest = min(findings, key=lambda finding: finding.reproduction_size)
    others = _format_others(shortest, findings)
    curl = report.record_calls(shortest, transcript)
    answer = shortest.answer
    seen = "no response" if answer is None else f"{answer.status_code} {answer.text[:MAX_BODY_SHOWN]}"
    return BrokenRuleError(
        f"{shortest.operation}: {shortest.title}{others}",
        EXPECTED_BY_FAILURE.get(shortest.kind, "a response that matches the document"),
        "\n".join(filter(None, [seen, shortest.message.partition("\n\n")[0], curl])),
        parts=broken.rules,
        assumed=broken.assumed,
    )


def _format_others(shortest: FuzzFinding, findings: Iterable[FuzzFinding]) -> str:
    other_operations = sorted({finding.operation for finding in findings} - {shortest.operation})
    return f" (also {', '.join(other_operations)})" if other_operations else ""
