"""Reduce an OpenAPI document to what a client can observe, without texts and names, so that two can be compared."""

from typing import Any

PREFIX = "/api/v3"
METHODS = ("get", "put", "post", "delete", "patch")
PROSE_KEYS = ("title", "description", "example", "examples", "x-requirements", "x-basis", "x-documentation")


def without_prefix(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with `/api/v3` removed from its paths, all of which must start with it."""
    assert all(path.startswith(PREFIX) for path in document["paths"])
    return {**document, "paths": {path.removeprefix(PREFIX): item for path, item in document["paths"].items()}}


def reduce_document(source: dict[str, Any]) -> dict[str, Any]:
    """Return each operation by method and path, with its id, security, parameters, body and responses."""
    return {
        f"{method.upper()} {path}": _reduce_operation(source, item[method], item.get("parameters", []))
        for path, item in source["paths"].items()
        for method in METHODS
        if method in item
    }


def _reduce_operation(source: dict[str, Any], operation: dict[str, Any], shared: list[Any]) -> dict[str, Any]:
    parameters = [_resolve(source, parameter) for parameter in [*shared, *operation.get("parameters", [])]]
    return {
        "id": operation["operationId"],
        "security": operation.get("security", source.get("security")),
        "parameters": {
            f"{parameter['in']} {parameter['name']}": {
                "required": parameter.get("required", False),
                "schema": _reduce_parameter_schema(source, parameter["schema"]),
            }
            for parameter in parameters
        },
        "body": _reduce_body(source, operation.get("requestBody")),
        # Drop the 422 that FastAPI adds to every operation, and nothing else.
        "answers": {
            status: _reduce_response(source, answer)
            for status, answer in operation["responses"].items()
            if status != "422"
        },
    }


def _reduce_parameter_schema(source: dict[str, Any], schema: Any) -> Any:
    """Reduce the schema of a parameter.

    Drop the null that FastAPI adds to an optional parameter, because a query cannot contain null.
    """
    reduced = _reduce_schema(source, schema)
    if isinstance(reduced, dict) and "anyOf" in reduced:
        kinds = [kind for kind in reduced["anyOf"] if kind != {"type": "null"}]
        if len(kinds) == 1:
            return {**{key: value for key, value in reduced.items() if key != "anyOf"}, **kinds[0]}
    return reduced


def _reduce_body(source: dict[str, Any], body: dict[str, Any] | None) -> Any:
    if body is None:
        return None
    return {"required": body.get("required", False), "content": _reduce_content(source, body["content"])}


def _reduce_response(source: dict[str, Any], answer: dict[str, Any]) -> Any:
    answer = _resolve(source, answer)
    headers = {
        name: {
            "required": _resolve(source, header).get("required", False),
            "schema": _reduce_schema(source, _resolve(source, header)["schema"]),
        }
        for name, header in answer.get("headers", {}).items()
    }
    return {"headers": headers, "content": _reduce_content(source, answer.get("content", {}))}


def _reduce_content(source: dict[str, Any], content: dict[str, Any]) -> Any:
    return {kind: _reduce_schema(source, media.get("schema", {})) for kind, media in content.items()}


def _resolve(source: dict[str, Any], value: Any) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        target: Any = source
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def _reduce_schema(source: dict[str, Any], schema: Any) -> Any:
    schema = _resolve(source, schema)
    if isinstance(schema, list):
        return [_reduce_schema(source, entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    reduced = {
        key: _reduce_member(source, key, value)
        for key, value in schema.items()
        if key not in PROSE_KEYS and not key.startswith("x-")
    }
    if isinstance(reduced.get("type"), list):
        kinds = reduced.pop("type")
        reduced["anyOf"] = [{"type": kind} for kind in kinds]
    if "required" in reduced:
        reduced["required"] = sorted(reduced["required"])
    if reduced.get("default", ...) is None:
        del reduced["default"]
    return reduced


def _reduce_member(source: dict[str, Any], key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _reduce_schema(source, schema) for name, schema in value.items()}
    return value if key in ("required", "enum") else _reduce_schema(source, value)
