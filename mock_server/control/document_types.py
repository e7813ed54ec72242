"""Adapts the schemas of the control API's document, so that generated clients get good types.

FastAPI names a schema after its class, gives each member a title, and repeats an enumeration wherever it is used.
Generators turn all of that into types and comments, so this module changes the document, and leaves the classes alone:

- A schema is named after what it describes. A schema that the platform's API also uses is named as in `openapi.yaml`.
- An enumeration is one schema, named after its alias in the code.
- The default of a member is part of its description. If it were a `default`, generators would make the member
  required, or send the value with every request.
- Titles are left out, because they only repeat the names.
"""

import json
from typing import Any, Literal, TypeAlias, get_args, get_origin

from mock_server.control import health, server_info
from mock_server.control.explain import evaluation_schemas
from mock_server.control.explain import schemas as explain_schemas
from mock_server.control.faults import effects
from mock_server.control.faults import schemas as fault_schemas
from mock_server.control.journal import schemas as journal_schemas
from mock_server.control.snapshots import schemas as snapshot_schemas
from mock_server.domain import explaining, faults, lifecycles, models
from mock_server.http.fault_injection import ERRORS_BY_STATUS
from mock_server.state import checkpoints, clock, job_queue
from mock_server.worlds import world

Schema: TypeAlias = dict[str, Any]

NAMES = {
    "CauseBodyKind": "CauseKind",
    "CheckpointsBody": "CheckpointList",
    "CauseKind": "RecordedCauseKind",
    "Credit": "CreditedSource",
    "DocumentationBody": "WorkspaceDocumentation",
    "EffectBody": "FaultEffect",
    "ErrorBody": "ErrorResponse",
    "FieldBody": "ExplainedField",
    "MatchBody": "FaultMatch",
    "Method": "HttpMethod",
    "Outcome": "PurchaseOutcome",
    "OutcomesBody": "PurchaseOutcomes",
    "RunUntilIdleResult": "ClockMoveUntilIdle",  # orval names the response of an operation <operationId>Result
    "SettingsAnswer": "EvaluationSettings",
    "SettingsBody": "NewEvaluationSettings",
    "Source": "WorldSource",
    "SplitBody": "RevenueSplit",
    "StatusBody": "WorkspaceStatus",
    "TimingName": "Timing",
    "ValidationErrorEntry": "ValidationError",
    "WindowBody": "EvaluationWindow",
}
"""Names in the document by the name in the code.

Any other name is the same in both, except that "Body" at its end is removed.
"""

MODULES_WITH_ENUMERATIONS = (
    models,
    health,
    server_info,
    lifecycles,
    faults,
    explaining,
    clock,
    job_queue,
    checkpoints,
    world,
    effects,
    explain_schemas,
    evaluation_schemas,
    fault_schemas,
    journal_schemas,
    snapshot_schemas,
)
REFERENCE = "#/components/schemas/"
FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
"""The schemas of the 422 that FastAPI adds to each operation."""


def document_name(name: str) -> str:
    """The document's name for a class or an alias."""
    return NAMES.get(name, name.removesuffix("Body"))


def _find_enumerations() -> dict[frozenset[object], tuple[str, list[object]]]:
    """The name and the values of each enumeration, by the set of its values."""
    aliases: dict[str, Any] = {
        name: get_args(alias)
        for module in MODULES_WITH_ENUMERATIONS
        for name, alias in vars(module).items()
        if get_origin(alias) is Literal and len(get_args(alias)) > 1
    }
    aliases["FaultStatus"] = tuple(ERRORS_BY_STATUS)
    return {frozenset(values): (document_name(name), list(values)) for name, values in reversed(aliases.items())}


ENUMERATIONS = _find_enumerations()


def finish_schemas(document: dict[str, Any]) -> None:
    """Rename and complete the schemas of a document that FastAPI generated, and all references to them."""
    generated = document["components"]["schemas"]
    schemas = {
        document_name(name): _finish(schema) for name, schema in generated.items() if name not in FRAMEWORK_SCHEMAS
    }
    for item in document["paths"].values():
        for operation in item.values():
            _finish_operation(operation)
    used = json.dumps([document["paths"], schemas])
    for name, values in ENUMERATIONS.values():
        if f'"{REFERENCE}{name}"' in used:
            schemas[name] = {"type": "integer" if isinstance(values[0], int) else "string", "enum": values}
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _finish_operation(operation: dict[str, Any]) -> None:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for media in [media for body in bodies for media in body.get("content", {}).values()]:
        media["schema"] = _finish(media["schema"])
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _finish(_without_null(parameter["schema"]))
        parameter["schema"].pop("description", None)  # the description of the parameter already contains it


def _without_null(schema: Schema) -> Schema:
    """Remove the null that FastAPI adds to the schema of an optional parameter: a URL cannot contain null."""
    kinds: list[Schema] = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {key: value for key, value in schema.items() if key != "anyOf"} | kinds[0]


def _finish(schema: Any) -> Any:
    """The schema with the document's names, with named enumerations, and without titles."""
    if not isinstance(schema, dict):
        return schema
    finished = {key: _finish_keyword(key, value) for key, value in schema.items() if key != "title"}
    if "enum" in finished and (named := ENUMERATIONS.get(frozenset(finished["enum"]))):
        del finished["enum"]
        finished.pop("type", None)
        finished["$ref"] = REFERENCE + named[0]
    return finished


def _finish_keyword(key: str, value: Any) -> Any:
    match key:
        case "$ref":
            return REFERENCE + document_name(value.removeprefix(REFERENCE))
        case "properties":
            return {name: _describe_default(_finish(member)) for name, member in value.items()}
        case "items" | "additionalProperties" | "propertyNames":
            return _finish(value)
        case "anyOf" | "oneOf" | "allOf" | "prefixItems":
            return [_finish(each) for each in value]
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            return int(value) if float(value).is_integer() else value
        case _:
            return value


def _describe_default(member: Schema) -> Schema:
    """The member, with its default in its description."""
    if "default" not in member:
        return member
    default = member["default"]
    text = default if isinstance(default, str) else json.dumps(default)
    described = {key: value for key, value in member.items() if key != "default"}
    return described | {"description": f"{described.get('description', '')} Default: {text}.".strip()}
