"""Results of the defects in the black box, saved in `docs/measured/black_box.jsonl`, and the basis of what they break.

The file contains one row for each defect and seed, in the registry's order. `end` is an `End`, `broken` and `observed`
are the rules with differences, `by` the contracts that found them, and `parts` the parts that they name. `missed`
contains the verdicts of the defect's rules that are not broken.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path

from contracts.spec import rules as catalogue
from contracts.spec.rules import Basis, RulePart
from tests import measured
from tests.defects import registry, saved_results
from tests.defects.registry import Defect
from tests.defects.saved_results import RunKind
from tests.measured import MEASURED, Row
from tests.variants import registry as variants
from tests.yaml_documents import load_yaml

FILE = MEASURED / "black_box.jsonl"
REASONS_FILE = Path(__file__).with_name("not_seen_in_black_box.yaml")


class End(StrEnum):
    """How the run of a defect ended."""

    NAMED = "named rule"
    """A rule that the defect names is broken."""
    OTHER = "other rule"
    """Only rules that the defect does not name are broken."""
    OBSERVATION = "observation"
    """No rule is broken, and a difference in an assumed part is reported."""
    NOT_SEEN = "not seen"


def decide(defect: Defect, broken: Collection[str], observed: Collection[str]) -> End:
    """Return how a run ended that found these rules broken, and reported observations on those."""
    if not set(broken).isdisjoint(defect.rules):
        return End.NAMED
    if broken:
        return End.OTHER
    return End.OBSERVATION if observed else End.NOT_SEEN


def load(file: Path = FILE) -> list[Row]:
    """Return the saved rows of defects that exist."""
    defects = registry.all_defects()
    return [row for row in measured.read_rows(file) if row["defect"] in defects]


def save(row: Row, file: Path = FILE) -> None:
    """Merge a row into the file, in the order of the registry."""
    places = {name: place for place, name in enumerate(registry.all_defects())}
    with measured.locked(file):
        row_by_key = {(old["defect"], old["seed"]): old for old in [*load(file), row]}
        measured.write_rows(file, [row_by_key[key] for key in sorted(row_by_key, key=lambda k: (places[k[0]], k[1]))])


def load_reasons(file: Path = REASONS_FILE) -> dict[str, list[str]]:
    """Return the defects that no black box can show, by reason."""
    reasons: dict[str, list[str]] = load_yaml(file.read_text(encoding="utf-8")) or {}
    return reasons


def is_documented(defect: Defect) -> bool:
    """Return whether the defect breaks a part that the documentation states or shows."""
    return any(part.basis is not Basis.RULED for part in broken_parts(defect))


def broken_parts(defect: Defect) -> tuple[RulePart, ...]:
    """Return the parts that the defect breaks, or may break.

    They are the part that the defect names; or those in which it differs as a variant; or those that a contract that
    detects it checks, if all of these have the same basis; or all parts of its rules.
    """
    known = catalogue.load()
    if defect.part:
        return (known.part(defect.part),)
    if defect.name in _parts_of_variants():
        return tuple(known.part(part_id) for part_id in _parts_of_variants()[defect.name])
    parts = tuple(part for rule_id in defect.rules for part in known.rule(rule_id).parts)
    for contract in _detecting_contracts().get(defect.name, ()):
        checked = tuple(part for part in parts if contract in part.contracts)
        if checked and _have_one_basis(checked):
            return checked
    return parts


def _have_one_basis(parts: Iterable[RulePart]) -> bool:
    return len({part.basis is Basis.RULED for part in parts}) == 1


@cache
def _parts_of_variants() -> dict[str, tuple[str, ...]]:
    """Return the assumed parts of the defects that are variants at the same time."""
    return {name: variant.parts for name, variant in variants.all_variants().items()}


@cache
def _detecting_contracts() -> dict[str, list[str]]:
    """Return the contracts that detect each defect on the mock: those of its rules, then all others."""
    contracts: dict[str, list[str]] = {}
    for kind in (RunKind.NAMED_RULES, RunKind.MATRIX):
        for run in saved_results.load(kind):
            contracts.setdefault(run.defect, []).extend(run.failed_contracts)
    return contracts
