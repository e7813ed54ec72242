"""From a run's findings to what is broken: one Broken for each set of rules, with the shortest way to see it."""

from collections.abc import Iterable, Sequence

from contracts.schemathesis_runner import findings as report
from contracts.schemathesis_runner import rule_mapping
from contracts.schemathesis_runner.findings import Finding, Report
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import Broken
from contracts.target.deployment import Deployment

EXPECTED = {
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
MOST_SHOWN = 300


def broken(found: Report, world: Deployment, *, ruled: bool | None = None) -> list[Broken]:
    """What is broken, in the order in which it was found.

    `ruled` asks for the findings in ruled parts alone, or for the others alone. The calls that show
    it go into the transcript of the world.
    """
    grouped: dict[tuple[str, ...], list[Finding]] = {}
    for finding in found.findings:
        blame = rule_mapping.blamed(finding, world.promises)
        if ruled is None or blame.ruled is ruled:
            grouped.setdefault(blame.rules, []).append(finding)
    return [_told(blamed, findings, world.transcript) for blamed, findings in grouped.items()]


def judge(found: Sequence[Broken]) -> None:
    """Raise what is broken, all at once."""
    if len(found) == 1:
        raise found[0]
    if found:
        raise ExceptionGroup("several rules are broken", list(found))


def _told(blamed: tuple[str, ...], findings: Sequence[Finding], transcript: Transcript) -> Broken:
    shortest = min(findings, key=lambda finding: finding.weight)
    others = _others(shortest, findings)
    curl = report.kept(shortest, transcript)
    answer = shortest.answer
    answered = "no answer" if answer is None else f"{answer.status_code} {answer.text[:MOST_SHOWN]}"
    return Broken(
        f"{shortest.operation}: {shortest.title}{others}",
        EXPECTED.get(shortest.kind, "an answer as the document describes it"),
        "\n".join(filter(None, [answered, shortest.message.partition("\n\n")[0], curl])),
        rules=blamed,
    )


def _others(shortest: Finding, findings: Iterable[Finding]) -> str:
    further = sorted({finding.operation for finding in findings} - {shortest.operation})
    return f" (also {', '.join(further)})" if further else ""
