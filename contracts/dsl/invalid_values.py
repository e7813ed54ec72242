"""Values that a schema of the document refuses: of another kind, and of the right kind but out of bounds."""

from collections.abc import Mapping
from typing import Any

from contracts.dsl.valid_requests import resolved
from contracts.spec.openapi import Promises

Schema = Mapping[str, Any]
NO_DAY = ("tomorrow", "2026-02-30")


def kinds_in_query(schema: Schema, promises: Promises) -> list[Any]:
    """Values of another kind, as a query's texts; none for free text."""
    if schema.get("type") == "array":
        inner = resolved(promises, schema["items"])
        return [[value] for value in kinds_in_query(inner, promises)]
    if "enum" in schema:
        return _other_words(schema)
    if schema.get("type") in ("integer", "number"):
        return ["x", "true"] + (["7.5"] if schema["type"] == "integer" else [])
    return list(NO_DAY) if schema.get("format") == "date" else []


def kinds_in_body(schema: Schema) -> list[Any]:
    """Values of another kind, as JSON."""
    if "anyOf" in schema:
        return [*NO_DAY, 7, True, ["2026-06-01"]]
    if "enum" in schema:
        return [*_other_words(schema), 7, None, []]
    if schema["type"] == "integer":
        return ["7", 7.5, True, None, [7]]
    if schema["type"] == "array":
        return ["x", {}, None, [None], [["x"]], [7.5], [True]]
    return [7, True, None, ["x"], {}]


def bounds_in_query(schema: Schema) -> list[Any]:
    """The first values out of bounds, as a query's texts."""
    return [str(value) for value in _beyond(schema)]


def bounds_in_body(schema: Schema) -> list[Any]:
    """The first values out of bounds, as JSON."""
    found: list[Any] = [*_beyond(schema)]
    found += [""] if schema.get("minLength") == 1 else []
    found += ["x" * (schema["maxLength"] + 1)] if "maxLength" in schema else []
    found += [[]] if "minItems" in schema else []
    found += [[f"none-{place}" for place in range(schema["maxItems"] + 1)]] if "maxItems" in schema else []
    return found + ([["none", "none"]] if schema.get("uniqueItems") else [])


def _other_words(schema: Schema) -> list[Any]:
    words = list(schema["enum"])
    return [words[0].swapcase(), words[-1].capitalize(), f" {words[0]}", f"{words[0]}x", "none", ",".join(words[:2])]


def _beyond(schema: Schema) -> list[int]:
    found = [schema["minimum"] - 1] if "minimum" in schema else []
    found += [schema["maximum"] + 1] if "maximum" in schema else []
    return found + [schema[name] for name in ("exclusiveMinimum", "exclusiveMaximum") if name in schema]
