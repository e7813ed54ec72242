"""Read the kill matrix, which shows the contracts that detect each defect, from both halves of `make matrix`."""

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from tests.defects import black_box_results, registry, saved_results
from tests.defects.registry import Defect
from tests.defects.saved_results import RunKind, SavedRun

EXEMPTIONS_FILE = Path(registry.__file__).with_name("contracts_without_defect.yaml")
HALVES = (RunKind.MATRIX, RunKind.SCHEMATHESIS)


@dataclass(frozen=True)
class MatrixRow:
    """A defect, and the run of all contracts against it."""

    defect: Defect
    run: SavedRun


def load_rows() -> list[MatrixRow]:
    """Return the rows of the matrix's first half: one for each defect with a saved result, in the registry's order."""
    first, second = ({run.defect: run for run in saved_results.load(half)} for half in HALVES)
    defects = registry.all_defects()
    return [
        MatrixRow(defects[name], _merge_runs(run, second[name]) if name in second else run)
        for name, run in first.items()
        if name in defects
    ]


def _merge_runs(first: SavedRun, second: SavedRun) -> SavedRun:
    return replace(
        first,
        killed=first.killed or second.killed,
        broken_rules=tuple(dict.fromkeys([*first.broken_rules, *second.broken_rules])),
        failed_contracts=tuple(dict.fromkeys([*first.failed_contracts, *second.failed_contracts])),
        seconds=first.seconds + second.seconds,
    )


def defects_by_contract(rows: list[MatrixRow]) -> dict[str, list[str]]:
    """Return the names of the defects that each contract detects, in the matrix or in a black box.

    Contracts that detect none are left out. Some contracts are of no use in the matrix, because they need what only a
    black box has: users, events or waits that the options name.
    """
    names: dict[str, list[str]] = {}
    detected = [(row.defect.name, row.run.failed_contracts) for row in rows]
    detected += [(row["defect"], row["by"]) for row in black_box_results.load()]
    for defect, contracts in detected:
        for contract in contracts:
            if defect not in names.setdefault(contract, []):
                names[contract].append(defect)
    return names


def load_exemptions() -> dict[str, str]:
    """Return the contracts that may be kept although they detect no defect, each with its reason."""
    return dict(yaml.safe_load(EXEMPTIONS_FILE.read_text(encoding="utf-8")) or {})
