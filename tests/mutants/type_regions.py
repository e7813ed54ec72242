"""Find the parts of a source that are not worth mutating: annotations, and code that only a type checker reads."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Position = tuple[int, int]
"""A line, counted from 1, and a column in characters, counted from 0."""


@dataclass(frozen=True)
class TypeRegions:
    """The regions of a source in which a mutation changes only types."""

    regions: tuple[tuple[Position, Position], ...]
    bounds: tuple[tuple[Position, Position], ...]

    @classmethod
    def from_source(cls, source: str) -> "TypeRegions":
        tree, lines = ast.parse(source), source.splitlines()
        annotations = list(_find_annotations(tree))
        calls = [node for each in annotations for node in ast.walk(each) if isinstance(node, ast.Call)]
        return cls(
            tuple(_region_of(node, lines) for node in annotations),
            tuple(_region_of(node, lines) for node in _find_bounds(calls)),
        )

    def contains(self, position: Position) -> bool:
        """Return whether the position is in a type. Bounds such as `Field(ge=1)` are rules, not part of a type."""
        return _within(position, self.regions) and not _within(position, self.bounds)


def _find_annotations(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield node.returns
        if isinstance(node, ast.AnnAssign) and node.value is not None and ast.unparse(node.annotation) == "TypeAlias":
            yield node.value
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield node


def _find_bounds(calls: list[ast.Call]) -> Iterator[ast.AST]:
    for call in calls:
        yield from call.args
        yield from (keyword.value for keyword in call.keywords)


def _region_of(node: ast.AST, lines: list[str]) -> tuple[Position, Position]:
    def place(line: int, column: int) -> Position:
        return line, len(lines[line - 1].encode()[:column].decode())

    return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)


def _within(position: Position, regions: tuple[tuple[Position, Position], ...]) -> bool:
    return any(first <= position < last for first, last in regions)
