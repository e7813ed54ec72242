"""The text of a module shows whether it may contain a selected contract, so that no other module is imported."""

import pytest

from contracts.pytest_plugin.selection import Selection
from contracts.spec.markers import KINDS, PROFILES
from tests.traceability import rule_references

MODULE = '@example("BEV-07.length", gotcha="G-02")\ndef test_a_window_is_long() -> None: ...\n'


def selection(
    *,
    rules: tuple[str, ...] = (),
    gotchas: tuple[str, ...] = (),
    kinds: tuple[str, ...] = KINDS,
    profile: str = "standard",
    is_empty: bool = False,
) -> Selection:
    profiles = PROFILES[: PROFILES.index(profile) + 1]
    return Selection(frozenset(rules), frozenset(gotchas), frozenset(kinds), frozenset(profiles), is_empty)


def test_no_module_with_a_selected_contract_is_left_out() -> None:
    left_out = []
    for contract in rule_references.list_contracts().values():
        module = contract.id.partition("::")[0]
        source = (rule_references.CASES / f"test_{module}.py").read_text(encoding="utf-8")
        selections = [
            selection(rules=(rule_id,), kinds=(contract.kind,), profile=contract.profile) for rule_id in contract.rules
        ]
        if contract.gotcha:
            selections.append(selection(gotchas=(contract.gotcha,), kinds=(contract.kind,), profile=contract.profile))
        left_out += [(contract.id, each) for each in selections if not each.may_include_module(source)]
    assert left_out == []


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        pytest.param(selection(rules=("BEV-07",)), True, id="a rule of the module"),
        pytest.param(selection(gotchas=("G-02",)), True, id="a gotcha of the module"),
        pytest.param(selection(rules=("BEV-08",)), False, id="another rule"),
        pytest.param(selection(gotchas=("G-03",)), False, id="another gotcha"),
        pytest.param(selection(rules=("BEV-07",), kinds=("law",)), False, id="another kind"),
        pytest.param(selection(rules=("BEV-07",), profile="smoke"), False, id="a smaller profile"),
        pytest.param(selection(rules=("BEV-07",), is_empty=True), False, id="nothing"),
    ],
)
def test_a_module_without_a_selected_contract_is_left_out(selected: Selection, expected: bool) -> None:
    assert selected.may_include_module(MODULE) is expected
