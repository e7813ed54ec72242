"""Find the home of each rule: the code in `mock_server` whose docstring or comment says `Implements: BEV-07`.

The statement is on a separate line, names one or more rules (`Implements: BEV-06, BEV-07`), and may end in a period or
in a note in parentheses. In a docstring, the home is the function, class or module. For a comment, the home is the
statement after it; for a string below an assignment, the assignment.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from contracts.spec.trace import Home

ROOT = Path(__file__).parents[2]
STATEMENT = re.compile(r"\s*(?:#\s*)?Implements: ([A-Z]+-\d{2}(?:, [A-Z]+-\d{2})*)(?: \(.*\))?\.?\s*")
CANDIDATE = re.compile(r"^\s*(?:#\s*)?Implements?:|Implements: [A-Z]+-\d")
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def homes_by_rule(root: Path = ROOT) -> dict[str, list[Home]]:
    """Return the homes of each rule with at least one.

    If a rule has more than one home, that is an error in the code.
    """
    homes: dict[str, list[Home]] = {}
    for file in sorted((root / "mock_server").rglob("*.py")):
        for rule_ids, name in find_statements(file.read_text(encoding="utf-8")):
            for rule_id in rule_ids:
                homes.setdefault(rule_id, []).append(Home(file.relative_to(root).as_posix(), name))
    return homes


def find_statements(source: str) -> list[tuple[list[str], str]]:
    """Return the rules and the qualified name of each statement in a module. Raise ValueError if one is malformed."""
    module = ast.parse(source)
    statements = []
    for line, name in [*_string_lines(module, ""), *_comment_lines(source, module)]:
        if CANDIDATE.search(line):
            match = STATEMENT.fullmatch(line)
            if match is None:
                raise ValueError(f"malformed statement in {name or 'the module'}: {line.strip()}")
            statements.append((match[1].split(", "), name))
    return statements


def _string_lines(scope: ast.Module | Scope, name: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of docstrings in a scope and of strings below its assignments.

    Each line comes with the name of what it describes.
    """
    previous = name
    for statement in scope.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            yield from ((line, previous) for line in str(statement.value.value).splitlines())
        previous = _qualified_name(statement, scope, name)
        if isinstance(statement, Scope):
            yield from _string_lines(statement, previous)


def _comment_lines(source: str, module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each comment, with the name of the statement after it, or of the scope that contains it."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string, _name_at(token.start[0], module, "")


def _name_at(line: int, scope: ast.Module | Scope, name: str) -> str:
    """Return the name of the first statement that ends on this line or later, or of a statement inside it."""
    for statement in scope.body:
        if line <= (statement.end_lineno or statement.lineno):
            own = _qualified_name(statement, scope, name)
            is_within = isinstance(statement, Scope) and line > statement.lineno
            return _name_at(line, statement, own) if is_within else own
    return name


def _qualified_name(statement: ast.stmt, scope: ast.Module | Scope, scope_name: str) -> str:
    """Return the name of a function, class, constant or field; for any other statement, the name of its scope."""
    if isinstance(statement, Scope):
        own = statement.name
    elif isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        own = ""
    else:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        own = targets[0].id if isinstance(targets[0], ast.Name) else ""
    return ".".join(part for part in (scope_name, own) if part)
