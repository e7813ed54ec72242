"""Maps a failed check of schemathesis to the rules that it breaks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.schemathesis_runner.findings import FuzzFinding
from contracts.spec.openapi import OpenApiSpec, compile_validator

READ_RULES = {
    "getStatus": "BASE-02",
    "getPartner": "PART-03",
    "getBackhaulDefaults": "DEF-01",
    "listEvents": "EVT-01",
    "getEvent": "EVT-03",
    "getEventSeries": "EVT-04",
    "getEventAttributionModel": "LAM-01",
    "getDailyRevenueSummary": "DRS-01",
    "exportSalesEdit": "SED-01",
    "listCampaignResults": "CR-01",
    "getMetaCampaignResults": "META-01",
    "getMetaInsights": "META-04",
    "getPermissions": "PERM-01",
    "listPackages": "PKG-01",
    "getPackage": "PKG-04",
    "getClusterCustomers": "PKG-06",
    "getEvaluationSettings": "BEV-01",
    "getEvaluation": "BEV-03",
}
WRITE_RULES = {
    "signIn": "AUTH-01",
    "refreshToken": "AUTH-05",
    "answerMfaChallenge": "AUTH-07",
    "answerNewPasswordChallenge": "AUTH-07",
    "setAttributionModelDefault": "PART-05",
    "setBackhaulDefaults": "DEF-01",
    "setFrontendStatus": "EVT-08",
    "replaceEventSeries": "EVT-04",
    "setEventAttributionModel": "LAM-01",
    "clearSales": "DRS-05",
    "uploadSalesEdit": "SED-03",
    "ingestTransactionSummary": "ING-01",
    "ingestTransactionSummaryFromExcel": "ING-07",
    "createCampaignResult": "CR-03",
    "deleteCampaignResult": "CR-04",
    "createPackage": "PKG-02",
    "mergePackages": "PKG-05",
    "regeneratePackage": "PKG-11",
    "replaceEvaluationSettings": "BEV-02",
}
RULE_BY_OPERATION = {**READ_RULES, **WRITE_RULES}
"""The rule about the parameters and the successful response of each operation."""
RULE_BY_SCHEMA = {
    "ErrorResponse": "ERR-01",
    "ValidationError": "ERR-02",
    "Timestamp": "BASE-04",
    "PlatformStatus": "BASE-02",
    "EventAttributionModel": "LAM-01",
    "Partner": "PART-03",
    "EventPage": "EVT-01",
    "Event": "EVT-02",
    "FrontendStatus": "EVT-06",
    "CampaignStatus": "EVT-06",
    "ClientCampaignStatus": "EVT-06",
    "DailyRevenueSummary": "DRS-02",
    "RevenueDay": "DRS-02",
    "CampaignResult": "CR-02",
    "MetaCampaignResults": "META-01",
    "MetaCampaignResult": "META-02",
    "MetaDay": "META-05",
    "Permissions": "PERM-02",
    "Package": "PKG-01",
    "PackageDetail": "PKG-04",
    "BackhaulDefaults": "DEF-01",
    "EvaluationSettings": "BEV-01",
    "ClusterEvaluation": "BEV-05",
}
"""The rule about the values of each schema.

For a schema that is not listed, the rule of the schema that contains it applies.
"""
RULE_BY_HEADER = {"access-control-allow-origin": "BASE-02", "x-request-id": "BASE-06", "www-authenticate": "ERR-03"}
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
RULE_BY_STATUS = {422: "ERR-02", 405: "BASE-09"}
"""The rule for each undocumented status. Other undocumented refusals break ERR-03."""
FORM_FAILURES = frozenset({"MissingContentType", "UndefinedContentType", "MalformedMediaType", "MalformedJson"})
LISTED_TEXT_PARAMETERS = ("packages_ids", "event_series", "city", "vh")
SYNTAX_MUTATION = "syntax_fuzzing"

PUBLIC_OPERATIONS = frozenset({"getStatus", "signIn", "refreshToken"})
"""The operations that need no token."""

STATED_RULES = ("ERR-02", "ERR-03", "AUTH-04")
"""Documented rules whose violations do not depend on assumed details of the document."""
RULES_OF_ANY_ANSWER = ("BASE-02", "BASE-04", "BASE-06", "BASE-09", "ERR-01", *STATED_RULES)
RULES_OF_ANY_REQUEST = ("BASE-05", "BASE-08", "BASE-12")


def _unique(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for group in groups for rule in group))


RULES_OF_READS = _unique(RULES_OF_ANY_ANSWER, RULES_OF_ANY_REQUEST, READ_RULES.values(), RULE_BY_SCHEMA.values())
"""The rules whose violations a read-only run can find."""
STATED_RULES_OF_READS = _unique(
    STATED_RULES, (rule for rule in RULE_BY_SCHEMA.values() if not rule.startswith(("ERR", "BASE-04")))
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


def find_broken_rules(finding: FuzzFinding, api_spec: OpenApiSpec) -> BrokenRules:
    """Return the rules that a finding breaks: by default, the rule of its operation."""
    status = finding.answer.status_code if finding.answer is not None else 0
    operation_rule = RULE_BY_OPERATION.get(finding.operation_id, "ERR-03")
    if finding.kind == "JsonSchemaError":
        return _rules_of_schema_error(finding, api_spec, operation_rule)
    broken_rules: tuple[str, ...] = (RULE_BY_FAILURE.get(finding.kind, operation_rule),)
    if finding.kind == "UndefinedStatusCode":
        broken_rules = (operation_rule if 200 <= status < 300 else RULE_BY_STATUS.get(status, "ERR-03"),)
    elif finding.kind in FORM_FAILURES:
        broken_rules = (operation_rule if status < 400 else "ERR-01",)
    elif finding.kind == "MissingHeaders":
        broken_rules = tuple(dict.fromkeys(_rules_of_missing_headers(finding, api_spec))) or (operation_rule,)
    elif finding.kind == "AcceptedNegativeData":
        broken_rules = _rules_of_mutation(finding.generation, status, operation_rule)
    is_certain = finding.kind in RULE_BY_FAILURE or status == 422
    return BrokenRules(broken_rules, assumed=not (is_certain and set(broken_rules) <= set(STATED_RULES)))


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


def _rules_of_missing_headers(finding: FuzzFinding, api_spec: OpenApiSpec) -> Iterator[str]:
    if finding.answer is None:
        return
    declared = _resolve_reference(_documented_answer(finding, api_spec), api_spec).get("headers", {})
    for name in declared:
        if name.lower() not in finding.answer.headers and name.lower() in RULE_BY_HEADER:
            yield RULE_BY_HEADER[name.lower()]


def _rules_of_schema_error(finding: FuzzFinding, api_spec: OpenApiSpec, operation_rule: str) -> BrokenRules:
    """Return the rule of the innermost schema that the response violates. A missing field is not an assumed detail."""
    media = (
        _resolve_reference(_documented_answer(finding, api_spec), api_spec).get("content", {}).get("application/json")
    )
    if finding.answer is None or media is None:
        return BrokenRules((operation_rule,), assumed=True)
    for error in compile_validator(media["schema"], api_spec.document).iter_errors(finding.answer.json()):
        rule = operation_rule
        for name in _schema_names_on_path(media["schema"], list(error.instance_path), api_spec):
            rule = RULE_BY_SCHEMA.get(name, rule)
        missing = list(error.schema_path)[-1:] == ["required"]
        return BrokenRules((rule,), assumed=not (missing and finding.answer.status_code < 400))
    return BrokenRules((operation_rule,), assumed=True)


def _schema_names_on_path(schema: Mapping[str, Any], path: Sequence[Any], api_spec: OpenApiSpec) -> Iterator[str]:
    """Yield the named schemas that contain the place of an error, from the outermost to the innermost."""
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
        schema = _resolve_reference(schema, api_spec)
    for branch in schema.get("anyOf", ()):
        yield from _schema_names_on_path(branch, path, api_spec)
    if path:
        inner = schema.get("items") if isinstance(path[0], int) else schema.get("properties", {}).get(path[0])
        if inner is not None:
            yield from _schema_names_on_path(inner, path[1:], api_spec)


def _documented_answer(finding: FuzzFinding, api_spec: OpenApiSpec) -> Mapping[str, Any]:
    operation = api_spec.operations.get(finding.operation_id)
    status = "" if finding.answer is None else str(finding.answer.status_code)
    documented: Mapping[str, Any] = {} if operation is None else operation.responses.get(status, {})
    return documented


def _resolve_reference(value: Mapping[str, Any], api_spec: OpenApiSpec) -> Mapping[str, Any]:
    while "$ref" in value:
        target: Any = api_spec.document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value
