"""Find the rules that the code around a mutant cites. The contracts of these rules run first."""

import ast
import re
from collections.abc import Iterable

RULE_ID = re.compile(r"\b[A-Z]{2,4}-\d\d\b")


def cited_rules(source: str, line: int) -> list[str]:
    """Return the rules that the innermost definition around the line cites, or else all rules that the source cites."""
    definitions = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    for node in sorted(definitions, key=lambda node: node.lineno, reverse=True):
        cited = _unique(RULE_ID.findall(ast.get_docstring(node) or ""))
        if cited:
            return cited
    return _unique(RULE_ID.findall(source))


def _unique(rule_ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(rule_ids))
