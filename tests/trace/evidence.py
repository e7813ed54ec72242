"""Where each rule stands: in the document, in the code, in contracts and in defects."""

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from contracts.spec.markers import MARK
from tests.defects import registry

ROOT = Path(__file__).parents[2]
CASES = ROOT / "contracts" / "cases"
CITATION = re.compile(r"(?<![\w-])[A-Z]+-\d{2}(?!\w)")


@dataclass(frozen=True)
class Listed:
    """A contract, as its mark describes it."""

    id: str
    kind: str
    rules: tuple[str, ...]
    ruled: bool
    profile: str
    gotcha: str


def contracts() -> dict[str, Listed]:
    """Every contract by its id, in the order of the files."""
    found: dict[str, Listed] = {}
    for file in sorted(CASES.glob("test_*.py")):
        module = importlib.import_module(f"contracts.cases.{file.stem}")
        for name, test in vars(module).items():
            marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == MARK]
            if marks and name.startswith("test_"):
                contract = f"{file.stem.removeprefix('test_')}::{name.removeprefix('test_')}"
                found[contract] = Listed(contract, **marks[0].kwargs)
    return found


def contracts_by_rule() -> dict[str, list[str]]:
    """The contracts that check each rule."""
    found: dict[str, list[str]] = {}
    for contract in contracts().values():
        for rule_id in contract.rules:
            found.setdefault(rule_id, []).append(contract.id)
    return found


def defects_by_rule() -> dict[str, list[str]]:
    """The defects that break each rule."""
    found: dict[str, list[str]] = {}
    for defect in registry.every().values():
        for rule_id in defect.rules:
            found.setdefault(rule_id, []).append(defect.name)
    return found


def code_by_rule() -> dict[str, list[str]]:
    """The mock's modules that cite each rule."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "mock_server").rglob("*.py")):
        for rule_id in dict.fromkeys(CITATION.findall(file.read_text(encoding="utf-8"))):
            found.setdefault(rule_id, []).append(str(file.relative_to(ROOT)))
    return found


def places_by_rule() -> dict[str, list[str]]:
    """The operations, schemas and parameters of `openapi.yaml` that name each rule in `x-requirements`."""
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    _places(document, "", found)
    return found


def _places(value: Any, name: str, found: dict[str, list[str]]) -> None:
    if isinstance(value, list):
        for entry in value:
            _places(entry, name, found)
    if not isinstance(value, dict):
        return
    own = value.get("operationId") or name
    for rule_id in value.get("x-requirements", []):
        if own not in found.setdefault(rule_id, []):
            found[rule_id].append(own)
    for key, entry in value.items():
        _places(entry, str(value.get("operationId") or key), found)
