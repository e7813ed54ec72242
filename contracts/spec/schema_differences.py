"""Compares a value with a schema of the document, and says of each difference who owns it and whether it is assumed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from contracts.spec import owners
from contracts.spec.openapi import resolve_reference

BASIS_MARK = "x-basis"
RULED = "ruled"
NULL = {"type": "null"}
Schema = Mapping[str, Any]
MAX_DIFFERENCES = 20
"""The maximum number of differences that are reported of one value."""


@dataclass(frozen=True, slots=True)
class SchemaDifference:
    """A difference. `place` is the path of the value, such as `items.0.city`, without the numbers in `pattern`."""

    owner: str
    assumed: bool
    place: str
    pattern: str
    message: str
    expected: str
    seen: Any


class SchemaReader:
    """Explains the errors of a validator for a schema of the document."""

    def __init__(self, schema: Schema, document: Mapping[str, Any], owner: str) -> None:
        """`owner` owns the values of schemas that have no owner of their own."""
        self._schema, self._document, self._owner = schema, document, owner
        self._closed_is_ruled = _is_ruled(document, "additionalProperties")

    def explain(self, errors: Iterator[jsonschema_rs.ValidationError]) -> Iterator[SchemaDifference]:
        """Yield the differences, at most MAX_DIFFERENCES."""
        leaves = (leaf for error in errors for leaf in _find_leaves(error))
        for _, error in zip(range(MAX_DIFFERENCES), leaves, strict=False):
            yield self._explain_leaf(error)

    def _explain_leaf(self, error: jsonschema_rs.ValidationError) -> SchemaDifference:
        keyword, path = str(error.schema_path[-1]), list(error.instance_path)
        if isinstance(error.schema_path[-1], int):
            keyword = "anyOf"
        missing = _missing_member(error)
        within = _read_schema_name(error)
        nodes = list(self._nodes_on_path([*path, *([missing] if missing is not None else [])], within))
        aspect = "null" if keyword in ("type", "anyOf") and error.instance is None else keyword
        around = nodes if missing is None else list(self._nodes_on_path(path, within))
        owner = self._find_owner(around, path if missing is None else [*path, missing], error)
        return SchemaDifference(
            owner=owner,
            assumed=self._is_assumed(nodes, aspect, is_forbidden=owner == owners.FORBIDDEN_MEMBER_OWNER),
            place=".".join(map(str, path)),
            pattern=".".join("*" if isinstance(step, int) else step for step in path),
            message=_describe(keyword, error),
            expected=_describe_expected(keyword, error, nodes[-1][1] if nodes else {}),
            seen="nothing" if missing is not None else _read_seen(error),
        )

    def _is_assumed(self, nodes: Sequence[tuple[str, Schema]], aspect: str, *, is_forbidden: bool) -> bool:
        """Whether the documentation leaves the aspect open: its node, or a node around it, is marked.

        A null is never excluded by the documentation, which shows examples only.
        """
        if aspect == "null" and len(nodes) > 1:
            return True
        if aspect == "additionalProperties":
            return self._closed_is_ruled and not is_forbidden
        if any(node.get(BASIS_MARK) == RULED for _, node in nodes):
            return True
        member = nodes[-1][0] if nodes else ""
        return any(_is_ruled(node, aspect) for name, node in nodes if name == member)

    def _find_owner(
        self, nodes: Sequence[tuple[str, Schema]], path: Sequence[Any], error: jsonschema_rs.ValidationError
    ) -> str:
        """Return the owner of the innermost schema that has one, or of the member itself.

        A missing member belongs to the schema that should contain it.
        """
        owner, container = self._owner, ""
        for _, node in nodes:
            name = _name_of(node)
            owner = owners.OWNER_BY_SCHEMA.get(name, owner)
            container = name or container
        if container == "ErrorResponse" and owners.FORBIDDEN_MEMBER in _list_unexpected(error):
            return owners.FORBIDDEN_MEMBER_OWNER
        member = next((step for step in reversed(path) if isinstance(step, str)), "")
        is_date = error.schema_path[-1] == "format" and nodes and nodes[-1][1].get("format") == "date"
        return owners.DATE if is_date else owners.OWNER_BY_MEMBER.get((container, member), owner)

    def _nodes_on_path(self, path: Sequence[Any], within: str) -> Iterator[tuple[str, Schema]]:
        """Yield each schema from the whole value to the one at the path, with the member that it describes.

        A reference is yielded before the schema to which it points. Of an `anyOf`, the branch with the name `within` is
        followed, or else the first.
        """
        yield from self._walk("", self._schema, path, within)

    def _walk(self, member: str, schema: Schema, path: Sequence[Any], within: str) -> Iterator[tuple[str, Schema]]:
        yield member, schema
        while "$ref" in schema:
            schema = resolve_reference({"$ref": schema["$ref"]}, self._document)
            yield member, schema
        branches = [branch for branch in schema.get("anyOf", ()) if branch != NULL]
        if branches:
            named = [branch for branch in branches if _name_of(branch) == within]
            yield from self._walk(member, (named or branches)[0], path, within)
        elif path:
            step, rest = path[0], path[1:]
            inner = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
            if inner is not None:
                yield from self._walk(member if isinstance(step, int) else step, inner, rest, within)


def _is_ruled(node: Schema, aspect: str) -> bool:
    mark = node.get(BASIS_MARK, {})
    return mark == RULED or (isinstance(mark, Mapping) and mark.get(aspect) == RULED)


def _find_leaves(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Yield the errors inside an `anyOf`: those of the branch that the value was meant for.

    That is not null, since a value was given. Of the others, it is the one that knows most members of the value.
    """
    branches = getattr(error.kind, "context", None)
    if not branches or error.instance is None:
        yield error
        return
    meant = [branch for branch in branches if not all(map(_is_about_null, branch))]
    if not meant:
        yield error
        return
    for each in min(meant, key=_count_unexpected):
        yield from _find_leaves(each)


def _count_unexpected(branch: Sequence[jsonschema_rs.ValidationError]) -> int:
    return sum(len(_list_unexpected(each)) for each in branch if not list(each.instance_path))


def _read_schema_name(error: jsonschema_rs.ValidationError) -> str:
    """Return the name of the document's schema that the value differs from. The text is empty if it has none."""
    names = [str(step) for step in list(error.schema_path)[:3]]
    return names[2] if names[:2] == ["components", "schemas"] and len(names) > 2 else ""


def _name_of(schema: Schema) -> str:
    """Return the name of the schema that a reference points to. The text is empty if it is no reference."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _is_about_null(error: jsonschema_rs.ValidationError) -> bool:
    return error.schema_path[-1] == "type" and error.message.endswith('is not of type "null"')


def _missing_member(error: jsonschema_rs.ValidationError) -> str | None:
    """Return the name of the missing member. None if the error is of another kind."""
    return getattr(error.kind, "property", None) if error.schema_path[-1] == "required" else None


def _list_unexpected(error: jsonschema_rs.ValidationError) -> list[str]:
    return list(getattr(error.kind, "unexpected", ()))


def _read_seen(error: jsonschema_rs.ValidationError) -> Any:
    """Return the value that differs: of an object with further members, these members alone."""
    unexpected = _list_unexpected(error)
    value: Any = error.instance
    return {name: value[name] for name in unexpected} if unexpected else value


def _describe(keyword: str, error: jsonschema_rs.ValidationError) -> str:
    if keyword == "required":
        return f"`{_missing_member(error)}` is missing"
    if keyword == "additionalProperties":
        return f"further members: {', '.join(_list_unexpected(error))}"
    return {
        "type": "another type",
        "anyOf": "another type",
        "enum": "a value that the document does not list",
        "const": "another value",
        "pattern": "another form",
        "format": "another form",
    }.get(keyword, f"outside the bound `{keyword}`")


def _describe_expected(keyword: str, error: jsonschema_rs.ValidationError, node: Schema) -> str:
    if keyword == "required":
        return f"the member `{_missing_member(error)}`"
    if keyword == "additionalProperties":
        return "no further members"
    if keyword in ("type", "anyOf"):
        return f"a value of the type {node.get('type', 'that the document describes')}"
    return f"{keyword}: {node.get(keyword)}"
