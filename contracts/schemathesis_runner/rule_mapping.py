"""Maps a failed check of schemathesis to the rules that it breaks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.schemathesis_runner.findings import FuzzFinding
from contracts.spec import owners
from contracts.spec.openapi import OpenApiSpec
from contracts.spec.owners import READ_RULES, WRITE_RULES
from contracts.spec.response_check import ResponseCheck

RULE_BY_FAILURE = {
    "ServerError": "ERR-03",
    "ContentTypeServerError": "ERR-03",
    "MissingHeaderNotRejected": "AUTH-04",
    "IgnoredAuth": "AUTH-04",
    "UnsupportedMethodResponse": "BASE-09",
    "AllowHeaderMismatch": "BASE-09",
    "unknown_query_parameter_is_refused": "BASE-08",
    "array_in_brackets_is_refused": "BASE-05",
    "value_given_twice_is_refused": "BASE-05",
}
"""Failures that break the same rule in every operation."""
RESPONSE_FAILURES = frozenset(
    {
        "JsonSchemaError",
        "UndefinedStatusCode",
        "MissingHeaders",
        "MissingContentType",
        "UndefinedContentType",
        "MalformedMediaType",
        "MalformedJson",
    }
)
"""Failures of the response alone. The suite's own check of responses names the rule."""
LISTED_TEXT_PARAMETERS = ("packages_ids", "event_series", "city", "vh")
SYNTAX_MUTATION = "syntax_fuzzing"

UNAVAILABLE = (502, 503, 504)
"""The statuses of a server that is busy or not reachable: they show nothing about the request."""

PUBLIC_OPERATIONS = frozenset({"getStatus", "signIn", "refreshToken"})
"""The operations that need no token."""

STATED_RULES = ("ERR-02", "ERR-03", "AUTH-04")
"""Documented rules whose violations do not depend on assumed details of the document."""
RULES_OF_ANY_ANSWER = ("BASE-02", "BASE-04", "BASE-06", "BASE-09", "ERR-01", *STATED_RULES)
RULES_OF_ANY_REQUEST = ("BASE-05", "BASE-08", "BASE-12")


def _unique(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for group in groups for rule in group))


RULES_OF_VALUES = _unique(map(owners.rule_of, owners.OWNER_BY_SCHEMA.values()))
RULES_OF_READS = _unique(RULES_OF_ANY_ANSWER, RULES_OF_ANY_REQUEST, READ_RULES.values(), RULES_OF_VALUES)
"""The rules whose violations a read-only run can find."""
STATED_RULES_OF_READS = _unique(
    STATED_RULES, (rule for rule in RULES_OF_VALUES if not rule.startswith(("ERR", "BASE-04")))
)
"""The rules whose documented part it can find broken: STATED_RULES, and the rules that a missing field breaks."""
ASSUMED_RULES_OF_READS = tuple(rule for rule in RULES_OF_READS if rule != "AUTH-04")
RULES_OF_ALL_OPERATIONS = _unique(RULES_OF_READS, WRITE_RULES.values())
RULES_OF_LINKS = _unique(
    (rule for rule in RULES_OF_ANY_ANSWER if rule != "BASE-02"),
    ("BASE-05", "BASE-08"),
    ("CR-01", "CR-02", "CR-03", "CR-04"),
    ("PKG-01", "PKG-02", "PKG-04", "BEV-01", "BEV-02", "BEV-03", "BEV-05"),
)
"""The rules whose violations can be found by valid requests that follow the document's links."""


@dataclass(frozen=True, slots=True)
class BrokenRules:
    """Return the rules that a finding breaks, and whether it only concerns an assumed part of them."""

    rules: tuple[str, ...]
    assumed: bool


def find_broken_rules(finding: FuzzFinding, api_spec: OpenApiSpec) -> tuple[BrokenRules, ...]:
    """Return the rules that a finding breaks: by default, the rule of its operation."""
    operation_rule = owners.owner_of_operation(finding.operation_id)
    status = finding.answer.status_code if finding.answer is not None else 0
    if status in UNAVAILABLE:
        return (BrokenRules(("ERR-03",), assumed=True),)
    if finding.kind in RESPONSE_FAILURES:
        return _rules_of_response(finding, api_spec) or (BrokenRules((operation_rule,), assumed=True),)
    broken_rules: tuple[str, ...] = (RULE_BY_FAILURE.get(finding.kind, operation_rule),)
    if finding.kind == "AcceptedNegativeData":
        broken_rules = _rules_of_mutation(finding.generation, status, operation_rule)
    is_certain = finding.kind in RULE_BY_FAILURE or status == 422
    return (BrokenRules(broken_rules, assumed=not (is_certain and set(broken_rules) <= set(STATED_RULES))),)


def _rules_of_response(finding: FuzzFinding, api_spec: OpenApiSpec) -> tuple[BrokenRules, ...]:
    """Return the rules that the response breaks, those of documented elements first."""
    operation, answer = api_spec.operations.get(finding.operation_id), finding.answer
    if operation is None or answer is None:
        return ()
    answer.request = finding.calls[-1].request
    check = ResponseCheck(api_spec, operation, operation.path, answer)
    breaches = sorted(check.find_breaches(), key=lambda breach: breach.assumed)
    return tuple(dict.fromkeys(BrokenRules((breach.rule,), breach.assumed) for breach in breaches))


def _rules_of_mutation(generation: Mapping[str, Any], status: int, operation_rule: str) -> tuple[str, ...]:
    """Return the rule that requires the refusal of an invalid request, if this request was not refused correctly."""
    if status == 422:
        return ("ERR-02",)
    keywords, places = _find_violations(generation.get("phase", {}).get("data", {}))
    if "additionalProperties" in keywords:
        return ("BASE-08",)
    if SYNTAX_MUTATION in keywords:
        return ("BASE-09",)
    if keywords == {"pattern"}:
        return (
            ("BASE-05",) if any(name in place for name in LISTED_TEXT_PARAMETERS for place in places) else ("BASE-12",)
        )
    return ("ERR-02", operation_rule)


def _find_violations(details: Mapping[str, Any]) -> tuple[set[str], list[str]]:
    """Return the violated schema keywords and their places: one in the coverage phase, all in the fuzzing phase."""
    place = details.get("location") or ""
    keywords, places = {place.rpartition("/")[2]} - {""}, [place, details.get("parameter") or ""]
    if details.get("scenario") == "object_unexpected_properties":
        keywords.add("additionalProperties")
    for mutation in details.get("mutations", ()):
        keywords |= {
            *mutation.get("keywords", ()),
            *({SYNTAX_MUTATION} if mutation["operator"] == SYNTAX_MUTATION else ()),
        }
        places += [mutation.get("schema_pointer", ""), mutation.get("parameter") or ""]
    return keywords, places
