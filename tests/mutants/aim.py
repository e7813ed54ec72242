"""Which rules a mutant's place speaks of: their contracts are the first to be asked."""

import ast
import re
from collections.abc import Iterable

RULE = re.compile(r"\b[A-Z]{2,4}-\d\d\b")


def rules(source: str, line: int) -> list[str]:
    """The rules that the innermost definition around the line cites; where none does, those of the whole source."""
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    for node in sorted(around, key=lambda node: node.lineno, reverse=True):
        cited = _distinct(RULE.findall(ast.get_docstring(node) or ""))
        if cited:
            return cited
    return _distinct(RULE.findall(source))


def _distinct(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))
