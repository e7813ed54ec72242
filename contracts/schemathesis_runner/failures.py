"""From a run's findings to what is broken: one Broken for each set of rules, with the shortest way to see it."""

from collections.abc import Iterable, Sequence

from contracts.schemathesis_runner import findings as report
from contracts.schemathesis_runner import rule_mapping
from contracts.schemathesis_runner.findings import FuzzFinding, RunReport
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BrokenRuleError
from contracts.target.deployment import Deployment

EXPECTED_BY_FAILURE = {
    "ServerError": "no answer of 500 and more",
    "ContentTypeServerError": "no answer of 500 and more",
    "UndefinedStatusCode": "one of the statuses that the document has for the operation",
    "JsonSchemaError": "an answer as the document describes it",
    "MissingHeaders": "every header that the document promises",
    "AcceptedNegativeData": "a refusal with 400, or with what stands before it (401, 403, 404, 405, 409, 413, 415)",
    "RejectedPositiveData": "success, or a refusal for the object or its state (401, 403, 404, 409)",
    "IgnoredAuth": "401 without a token, or with one that was made up",
    "MissingHeaderNotRejected": "401 without a token",
    "UnsupportedMethodResponse": "405 with `Allow`",
    "AllowHeaderMismatch": "`Allow` with exactly the methods of the path",
    "unknown_query_parameter_is_refused": "400",
    "array_in_brackets_is_refused": "400",
    "value_given_twice_is_refused": "400",
}
"""What was expected, by the kind of failure."""
MAX_BODY_SHOWN = 300


def find_broken(run_report: RunReport, world: Deployment, *, ruled: bool | None = None) -> list[BrokenRuleError]:
    """What is broken, in the order in which it was found.

    `ruled` asks for the findings in ruled parts alone, or for the others alone. The calls that show
    it go into the transcript of the world.
    """
    findings_by_rules: dict[tuple[str, ...], list[FuzzFinding]] = {}
    for finding in run_report.findings:
        blame = rule_mapping.blame(finding, world.api_spec)
        if ruled is None or blame.ruled is ruled:
            findings_by_rules.setdefault(blame.rules, []).append(finding)
    return [_build_broken(blamed, findings, world.transcript) for blamed, findings in findings_by_rules.items()]


def raise_broken(broken: Sequence[BrokenRuleError]) -> None:
    """Raise what is broken, all at once."""
    if len(broken) == 1:
        raise broken[0]
    if broken:
        raise ExceptionGroup("several rules are broken", list(broken))


def _build_broken(
    broken_rules: tuple[str, ...], findings: Sequence[FuzzFinding], transcript: Transcript
) -> BrokenRuleError:
    shortest = min(findings, key=lambda finding: finding.reproduction_size)
    others = _format_others(shortest, findings)
    curl = report.record_calls(shortest, transcript)
    answer = shortest.answer
    seen = "no answer" if answer is None else f"{answer.status_code} {answer.text[:MAX_BODY_SHOWN]}"
    return BrokenRuleError(
        f"{shortest.operation}: {shortest.title}{others}",
        EXPECTED_BY_FAILURE.get(shortest.kind, "an answer as the document describes it"),
        "\n".join(filter(None, [seen, shortest.message.partition("\n\n")[0], curl])),
        rules=broken_rules,
    )


def _format_others(shortest: FuzzFinding, findings: Iterable[FuzzFinding]) -> str:
    other_operations = sorted({finding.operation for finding in findings} - {shortest.operation})
    return f" (also {', '.join(other_operations)})" if other_operations else ""
