"""Find the parts of `openapi.yaml` that are not in the documentation: each must carry the mark `x-basis`.

A mark is a member of its node: `x-basis: ruled` for a whole schema, member, parameter, response or header; or a map of
its aspects, such as `x-basis: {enum: ruled, "null": ruled, required: ruled}`. The statuses of an operation are marked
in a map at the operation: `x-basis: {"201": ruled}`. A part without a mark is documented: it is named by a stated or
shown part of a rule that the node, or a node around it, lists in `x-requirements`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.spec.openapi import METHODS
from contracts.spec.rules import Basis, Catalogue

MARK = "x-basis"
VALUE_KEYWORDS = ("enum", "const")
BOUND_KEYWORDS = ("pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems")
ASPECTS = frozenset(
    {*VALUE_KEYWORDS, *BOUND_KEYWORDS, "exclusiveMinimum", "exclusiveMaximum", "format", "default", "type"}
    | {"null", "required", "additionalProperties"}
)
DOCUMENTED_BOUNDS = frozenset({("components/schemas/Timestamp", "pattern")})
"""Bounds that a documented claim states in other words: BASE-04 shows the form of a timestamp."""
Node = Mapping[str, Any]


@dataclass(frozen=True)
class AssumedPart:
    """A part of the document that no documented claim names: the path of its node, and the aspect, or `""` for all."""

    place: str
    aspect: str = ""


class BasisReader:
    """Compares the document with the catalogue."""

    def __init__(self, document: Node, catalogue: Catalogue) -> None:
        """Keep the document with its marks."""
        self._document, self._catalogue = document, catalogue
        self._claims = {
            rule.id: [part.claim for part in rule.parts if part.basis is not Basis.RULED]
            for rule in catalogue.rules.values()
        }
        self._seen: set[tuple[str, frozenset[str], bool]] = set()

    def find_unmarked(self) -> list[AssumedPart]:
        """Return the assumed parts without a mark, in the document's order and without duplicates."""
        found: dict[AssumedPart, None] = {}
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    found |= dict.fromkeys(self._check_operation(f"paths/{path}/{method}", item, item[method]))
        return list(found)

    def _check_operation(self, place: str, item: Node, operation: Node) -> Iterator[AssumedPart]:
        if operation.get(MARK) == Basis.RULED:
            return
        rules = frozenset(operation["x-requirements"])
        for parameter in (*item.get("parameters", ()), *operation.get("parameters", ())):
            yield from self._check_parameter(place, self._resolve(parameter), rules)
        for media in operation.get("requestBody", {}).get("content", {}).values():
            yield from self._check_schema(f"{place}/requestBody", media["schema"], rules, in_request=True)
        for status, response in operation["responses"].items():
            yield from self._check_response(place, status, response, operation)

    def _check_parameter(self, place: str, parameter: Node, rules: frozenset[str]) -> Iterator[AssumedPart]:
        name = parameter["name"]
        own = f"{place}/parameters/{name}"
        if parameter.get(MARK) == Basis.RULED:
            return
        everywhere = rules | frozenset(self._document["x-requirements"])
        is_path = parameter["in"] == "path"
        if not is_path and not self._names(everywhere, name):
            yield AssumedPart(own)
            return
        if parameter.get("required") and not is_path and not self._requires(everywhere, name):
            yield from _unless_marked(parameter, own, "required")
        yield from self._check_schema(own, parameter["schema"], rules, in_request=True)

    def _check_response(self, place: str, status: str, response: Node, operation: Node) -> Iterator[AssumedPart]:
        rules = frozenset(operation["x-requirements"])
        target = self._resolve(response)
        general = frozenset(self._document["x-requirements"])
        is_read = (status, place.rpartition("/")[2]) == ("200", "get")
        if not is_read and target.get(MARK) != Basis.RULED and not self._mentions(rules | general, status):
            yield from _unless_marked(operation, place, status)
        for name, header in target.get("headers", {}).items():
            if self._resolve(header).get(MARK) != Basis.RULED and not self._names(rules | general, name):
                yield AssumedPart(f"{place}/{status}/headers/{name}")
        for media in target.get("content", {}).values():
            yield from self._check_schema(f"{place}/{status}", media["schema"], rules, in_request=False)

    def _check_schema(
        self, place: str, schema: Node, rules: frozenset[str], *, in_request: bool, name: str = ""
    ) -> Iterator[AssumedPart]:
        """Yield the assumed parts of a schema, except those inside a part that is marked as a whole."""
        if schema.get(MARK) == Basis.RULED:
            return
        if "$ref" in schema:
            place = schema["$ref"].removeprefix("#/")
            name, schema = name, self._resolve(schema)
            rules = frozenset(schema.get("x-requirements", rules))
            if schema.get(MARK) == Basis.RULED or (place, rules, in_request) in self._seen:
                return
            self._seen.add((place, rules, in_request))
        yield from self._check_values(place, schema, rules, in_request=in_request)
        for branch in schema.get("anyOf", ()):
            if branch == {"type": "null"}:
                if not self._mentions_together(rules, name, "null"):
                    yield from _unless_marked(schema, place, "null")
            else:
                inside = self._check_schema(place, branch, rules, in_request=in_request, name=name)
                yield from (part for part in inside if part.place != place or part.aspect not in schema.get(MARK, {}))
        if "items" in schema:
            yield from self._check_schema(f"{place}/items", schema["items"], rules, in_request=in_request, name=name)
        for member, inner in schema.get("properties", {}).items():
            yield from self._check_member(place, schema, member, inner, rules, in_request=in_request)

    def _check_member(
        self, place: str, schema: Node, member: str, inner: Node, rules: frozenset[str], *, in_request: bool
    ) -> Iterator[AssumedPart]:
        own = f"{place}/properties/{member}"
        if inner.get(MARK) == Basis.RULED:
            return
        if not self._names(rules, member):
            yield AssumedPart(own)
            return
        if in_request and member in schema.get("required", ()) and not self._requires(rules, member):
            yield from _unless_marked(inner, own, "required")
        yield from self._check_schema(own, inner, rules, in_request=in_request, name=member)

    def _check_values(
        self, place: str, schema: Node, rules: frozenset[str], *, in_request: bool
    ) -> Iterator[AssumedPart]:
        for keyword in VALUE_KEYWORDS:
            if keyword in schema:
                values = schema[keyword] if keyword == "enum" else [schema[keyword]]
                if not all(self._mentions(rules, str(value)) for value in values):
                    yield from _unless_marked(schema, place, keyword)
        if isinstance(schema.get("type"), list) and "null" in schema["type"]:
            yield from _unless_marked(schema, place, "null")
        for keyword in BOUND_KEYWORDS:
            if keyword in schema and not in_request and not self._documents_bound(place, keyword, schema, rules):
                yield from _unless_marked(schema, place, keyword)

    def _documents_bound(self, place: str, keyword: str, schema: Node, rules: frozenset[str]) -> bool:
        """Whether the bound is in `DOCUMENTED_BOUNDS`, or its pattern's literal text occurs in a documented claim."""
        if (place, keyword) in DOCUMENTED_BOUNDS:
            return True
        literal = schema["pattern"].strip("^$").replace("\\", "") if keyword == "pattern" else ""
        return bool(literal) and any(literal in claim for rule in rules for claim in self._claims[rule])

    def _resolve(self, node: Node) -> Node:
        while "$ref" in node:
            target: Any = self._document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def _names(self, rules: frozenset[str], name: str) -> bool:
        """Whether a documented claim contains the name in backquotes."""
        spans = (span for rule in rules for claim in self._claims[rule] for span in re.findall("`([^`]*)`", claim))
        return any(_contains_word(span, name) for span in spans)

    def _mentions(self, rules: frozenset[str], word: str) -> bool:
        return any(_contains_word(claim, word) for rule in rules for claim in self._claims[rule])

    def _mentions_together(self, rules: frozenset[str], *words: str) -> bool:
        """Whether one phrase of a documented claim has all words: a claim may list members of which one is null."""
        phrases = (part for rule in rules for claim in self._claims[rule] for part in re.split(r"[,;:]|\.\s", claim))
        return any(all(_contains_word(phrase, word) for word in words) for phrase in phrases)

    def _requires(self, rules: frozenset[str], name: str) -> bool:
        claims = [claim for rule in rules for claim in self._claims[rule]]
        return any(_contains_word(claim, name) and "require" in claim for claim in claims)


def list_marks(document: Node) -> Iterator[tuple[str, Node, Any]]:
    """Yield each mark of the document: the path of its node, the node, and the mark."""
    yield from _list_marks("", document)


def _list_marks(place: str, node: Any) -> Iterator[tuple[str, Node, Any]]:
    if isinstance(node, list):
        for position, entry in enumerate(node):
            yield from _list_marks(f"{place}/{position}", entry)
    if isinstance(node, Mapping):
        if MARK in node:
            yield place, node, node[MARK]
        for key, entry in node.items():
            if key not in (MARK, "example"):
                yield from _list_marks(f"{place}/{key}", entry)


def _unless_marked(node: Node, place: str, aspect: str) -> Iterator[AssumedPart]:
    mark = node.get(MARK, {})
    if mark != Basis.RULED and aspect not in mark:
        yield AssumedPart(place, aspect)


def _contains_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE if "-" in word else 0) is not None
