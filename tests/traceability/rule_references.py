"""Find the contracts, defects, modules of the mock and parts of `openapi.yaml` that refer to each rule."""

import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contracts.spec.markers import MARK, list_rules
from tests.defects import registry
from tests.yaml_documents import load_yaml

ROOT = Path(__file__).parents[2]
CASES = ROOT / "contracts" / "cases"
CITATION = re.compile(r"(?<![\w-])[A-Z]+-\d{2}(?!\w)")


@dataclass(frozen=True)
class ListedContract:
    """A contract, as its mark describes it."""

    id: str
    kind: str
    parts: tuple[str, ...]
    profile: str
    gotcha: str

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules whose parts it checks."""
        return list_rules(self.parts)


@cache
def list_contracts() -> dict[str, ListedContract]:
    """Return all contracts by id, in the order of the files."""
    contract_by_id: dict[str, ListedContract] = {}
    for file in sorted(CASES.glob("test_*.py")):
        module = importlib.import_module(f"contracts.cases.{file.stem}")
        for name, test in vars(module).items():
            marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == MARK]
            if marks and name.startswith("test_"):
                contract = f"{file.stem.removeprefix('test_')}::{name.removeprefix('test_')}"
                mark = marks[0].kwargs
                contract_by_id[contract] = ListedContract(
                    contract, mark["kind"], mark["parts"], mark["profile"], mark["gotcha"]
                )
    return contract_by_id


def contracts_by_part() -> dict[str, list[str]]:
    """Return the contracts that check each part of a rule, by the part's id."""
    contracts_of: dict[str, list[str]] = {}
    for contract in list_contracts().values():
        for part_id in contract.parts:
            contracts_of.setdefault(part_id, []).append(contract.id)
    return contracts_of


@cache
def defects_by_rule() -> dict[str, list[str]]:
    """Return the defects that break each rule."""
    defects_of: dict[str, list[str]] = {}
    for defect in registry.all_defects().values():
        for rule_id in defect.rules:
            defects_of.setdefault(rule_id, []).append(defect.name)
    return defects_of


@cache
def code_by_rule() -> dict[str, list[str]]:
    """Return the mock's modules that cite each rule."""
    files_of: dict[str, list[str]] = {}
    for file in sorted((ROOT / "mock_server").rglob("*.py")):
        for rule_id in dict.fromkeys(CITATION.findall(file.read_text(encoding="utf-8"))):
            files_of.setdefault(rule_id, []).append(str(file.relative_to(ROOT)))
    return files_of


@cache
def places_by_rule() -> dict[str, list[str]]:
    """Return the operations, schemas and parameters of `openapi.yaml` that list each rule in `x-requirements`."""
    document = load_yaml((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    places_of: dict[str, list[str]] = {}
    _collect_places(document, "the whole document", places_of)
    return places_of


def _collect_places(value: Any, name: str, places_of: dict[str, list[str]]) -> None:
    if isinstance(value, list):
        for entry in value:
            _collect_places(entry, name, places_of)
    if not isinstance(value, dict):
        return
    own = value.get("operationId") or name
    for rule_id in value.get("x-requirements", []):
        if own not in places_of.setdefault(rule_id, []):
            places_of[rule_id].append(own)
    for key, entry in value.items():
        _collect_places(entry, str(value.get("operationId") or key), places_of)
