"""A property whose only assertions are in a loop over data must not pass if the target has no such data."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import cases

FILES = sorted(Path(cases.__file__).parent.glob("test_*.py"))
NEVER_EMPTY = {
    "require_cases": "raises InconclusiveError",
    "_collect_round_trips": "one for each of the defaults that are written by hand",
    "_collect_several_problems": "a list written by hand",
    "list_event_ids": "raises InconclusiveError",
    "first_events": "raises InconclusiveError",
    "choose_settled_events": "raises InconclusiveError",
    "ensure_result": "raises InconclusiveError",
    "_events_with_automated_rows": "raises InconclusiveError",
    "_results_with_series_rows": "raises InconclusiveError",
    "_require_reported_days": "raises InconclusiveError",
    "_collect_refusals": "at least one of each operation of the document",
    "_collect_answers": "one of each kind",
    "_requests_with_body": "one for each operation of the document that has a body",
    "_paths_by_template": "one for each path of the document",
    "_send_several_problems": "a list of five",
    "_read_all_members": "raises InconclusiveError",
    "draw": "at least one, by its strategy",
    "_send_date_everywhere": "one for each date of the document",
    "harmless_requests": "one for each operation of the document",
    "read_operations": "one for each operation of the document",
    "query_schemas": "tested in tests/contracts/spec",
    "send_allowed": "raises an UndecidedError if it sends none of the calls",
    "some_requests": "some of the requests of all operations",
    "query_cases": "one for each parameter of the document",
    "body_cases": "one for each member of the document's bodies",
    "refused_sign_ins": "a mapping written by hand",
}
"""Functions that never return an empty list, and why."""
PASSED_THROUGH = {"enumerate", "sorted", "list", "set", "zip", "pairwise", "combinations", "items", "values", "range"}
SAMPLING = "sample"
"""A method that chooses some entries of its first argument, at least one if there is any."""
ASSERTIONS = ("assertions.", "expect_", "_expect_")


def _list_properties(file: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and any(
            "property_test" in ast.unparse(one) for one in node.decorator_list
        ):
            yield node


def _asserts(node: ast.AST) -> bool:
    calls = (one for one in ast.walk(node) if isinstance(one, ast.Call))
    return any(ast.unparse(call.func).startswith(ASSERTIONS) for call in calls)


def _list_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run whatever the data are: those of `with` and `try` blocks too."""
    for statement in body:
        if isinstance(statement, ast.With | ast.Try):
            yield from _list_statements(statement.body)
        else:
            yield statement


def _has_entries(node: ast.expr, known: set[str]) -> bool:
    """Whether a loop over this expression runs at least once."""
    match node:
        case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper() or name in known
        case ast.Subscript(value=value):
            return _has_entries(value, known) or ast.unparse(node).endswith("document['paths']")
        case ast.GeneratorExp() | ast.ListComp() if len(node.generators) == 1 and not node.generators[0].ifs:
            return _has_entries(node.generators[0].iter, known)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in NEVER_EMPTY or (name in {*PASSED_THROUGH, SAMPLING} and _passes_entries(node, known))
    return False


def _passes_entries(call: ast.Call, known: set[str]) -> bool:
    is_method_of_data = isinstance(call.func, ast.Attribute) and call.func.attr != SAMPLING
    sources = [call.func.value] if is_method_of_data else call.args[:1]  # type: ignore[attr-defined] # an attribute
    return all(_has_entries(source, known) for source in sources)


def _is_sure(node: ast.expr | None, known: set[str]) -> bool:
    return node is not None and _has_entries(node, known)


def _list_names(assignment: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    targets = assignment.targets if isinstance(assignment, ast.Assign) else [assignment.target]
    names = (one for target in targets for one in ast.walk(target))
    return (one.id for one in names if isinstance(one, ast.Name))


def find_vacuous_loops(function: ast.FunctionDef) -> list[str]:
    """Return the loops that contain all of a property's assertions and that may not run at all."""
    known: set[str] = set()
    loops: list[str] = []
    for statement in _list_statements(function.body):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and _is_sure(statement.value, known):
            known.update(_list_names(statement))
        elif isinstance(statement, ast.For) and not _has_entries(statement.iter, known):
            loops += [ast.unparse(statement.iter)] if _asserts(statement) else []
        elif _asserts(statement) or "require_case" in ast.unparse(statement):
            return []
    return loops


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_property_that_only_loops_over_data_requires_a_case(file: Path) -> None:
    found = {function.name: find_vacuous_loops(function) for function in _list_properties(file)}
    assert {name: loops for name, loops in found.items() if loops} == {}


def _parse(source: str) -> ast.FunctionDef:
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    return function


def test_a_loop_over_what_the_target_lists_is_found() -> None:
    loop = "def test(deployment):\n    for row in rows(deployment):\n        assertions.equal('row', row, 1)\n"
    assert find_vacuous_loops(_parse(loop)) == ["rows(deployment)"]
    assert (
        find_vacuous_loops(_parse(loop.replace("rows(deployment)", "require_cases(rows(deployment), 'a row')"))) == []
    )
    assert find_vacuous_loops(_parse(loop + "    require_case(found, 'a row')\n")) == []
