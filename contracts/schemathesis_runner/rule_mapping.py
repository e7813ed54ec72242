"""Which rule a failed check of schemathesis breaks: one table a question, in the platform's order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.schemathesis_runner.findings import Finding
from contracts.spec.openapi import Promises, compiled

READS = {
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
WRITES = {
    "signIn": "AUTH-01",
    "refreshToken": "AUTH-05",
    "answerMfaChallenge": "AUTH-07",
    "answerNewPasswordChallenge": "AUTH-07",
    "setAttributionModelDefault": "PART-05",
    "setBackhaulDefaults": "DEF-01",
    "replaceEventSeries": "EVT-04",
    "setEventAttributionModel": "LAM-01",
    "clearSales": "DRS-05",
    "uploadSalesEdit": "SED-03",
    "ingestTransactionSummary": "ING-01",
    "createCampaignResult": "CR-03",
    "deleteCampaignResult": "CR-04",
    "createPackage": "PKG-02",
    "mergePackages": "PKG-05",
    "regeneratePackage": "PKG-11",
    "replaceEvaluationSettings": "BEV-02",
}
OPERATIONS = {**READS, **WRITES}
"""The rule that says what an operation takes, and that it answers with success."""
SHAPES = {
    "Error": "ERR-01",
    "ValidationError": "ERR-02",
    "Instant": "BASE-04",
    "Status": "BASE-02",
    "AttributionModel": "LAM-01",
    "Partner": "PART-03",
    "EventPage": "EVT-01",
    "Event": "EVT-02",
    "DailyRevenueSummary": "DRS-02",
    "RevenueDay": "DRS-02",
    "CampaignResult": "CR-02",
    "MetaCampaignResults": "META-01",
    "MetaResult": "META-02",
    "MetaDay": "META-05",
    "Permissions": "PERM-02",
    "Package": "PKG-01",
    "PackageDetail": "PKG-04",
    "BackhaulDefaults": "DEF-01",
    "EvaluationSettings": "BEV-01",
    "ClusterEvaluation": "BEV-05",
}
"""The rule that says what a schema's values look like; a schema without one is told by the schema around it."""
HEADERS = {"access-control-allow-origin": "BASE-02", "x-request-id": "BASE-06", "www-authenticate": "ERR-03"}
KINDS = {
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
"""Failures that break one rule wherever they are met."""
STATUSES = {422: "ERR-02", 405: "BASE-09"}
"""The rule of a status that an operation does not have; ERR-03 says what the other refusals are for."""
FORMS = frozenset({"MissingContentType", "UndefinedContentType", "MalformedMediaType", "MalformedJson"})
LISTED_IDS = ("packages_ids", "event_series")
SYNTAX = "syntax_fuzzing"

OPEN = frozenset({"getStatus", "signIn", "refreshToken"})
"""The operations that no token stands before."""

STATED = ("ERR-02", "ERR-03", "AUTH-04")
"""Rules whose breach is plain whatever the details of the document are, which are ruled."""
OF_ANY_ANSWER = ("BASE-02", "BASE-04", "BASE-06", "BASE-09", "ERR-01", *STATED)
OF_ANY_REQUEST = ("BASE-05", "BASE-08", "BASE-12")


def _once(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for group in groups for rule in group))


OF_READS = _once(OF_ANY_ANSWER, OF_ANY_REQUEST, READS.values(), SHAPES.values())
"""What can be blamed where nothing is written."""
STATED_OF_READS = _once(STATED, (rule for rule in SHAPES.values() if not rule.startswith(("ERR", "BASE-04"))))
"""The part of it that is no detail: fields that are missing, and the rules that are plain."""
RULED_OF_READS = tuple(rule for rule in OF_READS if rule != "AUTH-04")
OF_ALL = _once(OF_READS, WRITES.values())
OF_LINKS = _once(
    (rule for rule in OF_ANY_ANSWER if rule != "BASE-02"),
    ("BASE-05", "BASE-08"),
    ("CR-01", "CR-02", "CR-03", "CR-04"),
    ("PKG-01", "PKG-02", "PKG-04", "BEV-01", "BEV-02", "BEV-03", "BEV-05"),
)
"""What can be blamed of good requests to the ends of the document's links."""


@dataclass(frozen=True, slots=True)
class Blame:
    """The rules that a finding breaks, and whether only a ruled part of them: the details of the document are ruled."""

    rules: tuple[str, ...]
    ruled: bool


def blamed(finding: Finding, promises: Promises) -> Blame:
    """Whom a finding blames; the rule of its operation, where nothing else is said of its kind."""
    status = finding.answer.status_code if finding.answer is not None else 0
    own = OPERATIONS.get(finding.operation_id, "ERR-03")
    if finding.kind == "JsonSchemaError":
        return _shape(finding, promises, own)
    blamed_rules: tuple[str, ...] = (KINDS.get(finding.kind, own),)
    if finding.kind == "UndefinedStatusCode":
        blamed_rules = (own if 200 <= status < 300 else STATUSES.get(status, "ERR-03"),)
    elif finding.kind in FORMS:
        blamed_rules = (own if status < 400 else "ERR-01",)
    elif finding.kind == "MissingHeaders":
        blamed_rules = tuple(dict.fromkeys(_missing(finding, promises))) or (own,)
    elif finding.kind == "AcceptedNegativeData":
        blamed_rules = _mutated(finding.case, status, own)
    plain = finding.kind in KINDS or status == 422
    return Blame(blamed_rules, ruled=not (plain and set(blamed_rules) <= set(STATED)))


def _mutated(case: Mapping[str, Any], status: int, own: str) -> tuple[str, ...]:
    """The rule against what was wrong with a request that was not refused as it must be."""
    if status == 422:
        return ("ERR-02",)
    keywords, places = _changed(case.get("phase", {}).get("data", {}))
    if "additionalProperties" in keywords:
        return ("BASE-08",)
    if SYNTAX in keywords:
        return ("BASE-09",)
    if keywords == {"pattern"}:
        return ("BASE-05",) if any(name in place for name in LISTED_IDS for place in places) else ("BASE-12",)
    return ("ERR-02", own)


def _changed(data: Mapping[str, Any]) -> tuple[set[str], list[str]]:
    """The keywords that a request violates, and where. The coverage phase says one, the fuzzing phase all of them."""
    place = data.get("location") or ""
    keywords, places = {place.rpartition("/")[2]} - {""}, [place, data.get("parameter") or ""]
    if data.get("scenario") == "object_unexpected_properties":
        keywords.add("additionalProperties")
    for mutation in data.get("mutations", ()):
        keywords |= {*mutation.get("keywords", ()), *({SYNTAX} if mutation["operator"] == SYNTAX else ())}
        places += [mutation.get("schema_pointer", ""), mutation.get("parameter") or ""]
    return keywords, places


def _missing(finding: Finding, promises: Promises) -> Iterator[str]:
    if finding.answer is None:
        return
    declared = _resolved(_promised(finding, promises), promises).get("headers", {})
    for name in declared:
        if name.lower() not in finding.answer.headers and name.lower() in HEADERS:
            yield HEADERS[name.lower()]


def _shape(finding: Finding, promises: Promises, own: str) -> Blame:
    """The rule of the innermost schema that the answer breaks. A field that is missing is more than a detail."""
    media = _resolved(_promised(finding, promises), promises).get("content", {}).get("application/json")
    if finding.answer is None or media is None:
        return Blame((own,), ruled=True)
    for error in compiled(media["schema"], promises.document).iter_errors(finding.answer.json()):
        rule = own
        for name in _named_on_the_way(media["schema"], list(error.instance_path), promises):
            rule = SHAPES.get(name, rule)
        missing = list(error.schema_path)[-1:] == ["required"]
        return Blame((rule,), ruled=not (missing and finding.answer.status_code < 400))
    return Blame((own,), ruled=True)


def _named_on_the_way(schema: Mapping[str, Any], path: Sequence[Any], promises: Promises) -> Iterator[str]:
    """The named schemas from the whole answer to the place of an error, outermost first."""
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
        schema = _resolved(schema, promises)
    for branch in schema.get("anyOf", ()):
        yield from _named_on_the_way(branch, path, promises)
    if path:
        inner = schema.get("items") if isinstance(path[0], int) else schema.get("properties", {}).get(path[0])
        if inner is not None:
            yield from _named_on_the_way(inner, path[1:], promises)


def _promised(finding: Finding, promises: Promises) -> Mapping[str, Any]:
    operation = promises.operations.get(finding.operation_id)
    status = "" if finding.answer is None else str(finding.answer.status_code)
    found: Mapping[str, Any] = {} if operation is None else operation.answers.get(status, {})
    return found


def _resolved(value: Mapping[str, Any], promises: Promises) -> Mapping[str, Any]:
    while "$ref" in value:
        found: Any = promises.document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value
