"""The registry of variants.

A variant is the dual of a defect: a patch of the mock that changes only what is assumed (`ruled` in
`contracts/requirements.yaml`) and keeps everything that the vendor's documentation states or shows. It names the parts
in which it differs. The suite may report these differences as observations, but must not call a rule broken or blocked.

Many defects break an assumed part only. Such a defect is also a variant, which `borrow` registers.

Two variants contradict each other if they differ in the same part, or if `contradictions.yaml` lists both in a group.
A mixture contains no two variants that contradict each other.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from mock_server.state.documentation import Documentation
from tests.defects import registry as defects
from tests.variants.wire import VariantPatch
from tests.yaml_documents import load_yaml

MODULES = (
    "ground_rules",
    "errors",
    "sign_in",
    "partners",
    "events",
    "revenue",
    "campaign_results",
    "packages",
    "evaluation",
    "meta",
    "ingest",
    "openness",
)
"""The modules of variants, by area, in the platform's order."""
CONTRADICTIONS_FILE = Path(__file__).with_name("contradictions.yaml")
MIXTURE_SIZE = 40
"""The number of variants in a random mixture."""
COMBINABLE = frozenset({"BASE-15.openness"})
"""Parts in which several variants may differ at once, because each adds something else."""
Apply = Callable[[VariantPatch], None]


@dataclass(frozen=True)
class Variant:
    """A deployment that differs from the mock in `parts`, which are assumed parts of rules; `story` says how.

    `documentation` is the generation of the vendor's documentation that the deployment follows.
    """

    name: str
    parts: tuple[str, ...]
    apply: Callable[[Any], None]
    story: str
    area: str
    documentation: Documentation = "older"

    @property
    def rules(self) -> frozenset[str]:
        """The rules that own the parts, on which the observations must stand."""
        return frozenset(part.partition(".")[0] for part in self.parts)


_VARIANTS: dict[str, Variant] = {}


def variant(*parts: str, documentation: Documentation = "older") -> Callable[[Apply], Apply]:
    """Register a function as a variant that differs from the mock in these parts. Its docstring is the story."""

    def register(apply: Apply) -> Apply:
        area = apply.__module__.rpartition(".")[2]
        _add(Variant(apply.__name__, parts, apply, " ".join((apply.__doc__ or "").split()), area, documentation))
        return apply

    return register


def borrow(area: str, *part_ids: str, of: Iterable[str]) -> None:
    """Register defects, by name, as variants that differ from the mock in these parts."""
    for name in of:
        defect = defects.all_defects()[name]
        _add(Variant(name, part_ids, defect.apply, defect.story, area.rpartition(".")[2], defect.documentation))


def _add(added: Variant) -> None:
    if added.name in _VARIANTS:
        raise ValueError(f"there are two variants named {added.name}")
    if not added.parts or not added.story:
        raise ValueError(f"{added.name} has no part or no docstring")
    _VARIANTS[added.name] = added


@cache
def all_variants() -> dict[str, Variant]:
    """Return all variants by name, in the platform's order."""
    for module in MODULES:
        importlib.import_module(f"tests.variants.{module}")
    return dict(sorted(_VARIANTS.items(), key=lambda item: MODULES.index(item[1].area)))


def all_together() -> tuple[Variant, ...]:
    """Return the variants of the older documentation that do not contradict an earlier one."""
    return _without_contradictions(all_variants().values())


def mixture(seed: int) -> tuple[Variant, ...]:
    """Return a random choice of variants that do not contradict each other. Equal seeds give equal choices."""
    shuffled = sorted(all_variants().values(), key=lambda variant: sha256(f"{seed} {variant.name}".encode()).digest())
    return _without_contradictions(shuffled)[:MIXTURE_SIZE]


@cache
def contradictions() -> dict[str, frozenset[str]]:
    """Return, by the name of a variant, the names of the variants that contradict it according to the file."""
    opponents: dict[str, set[str]] = {}
    groups: dict[str, list[str]] = load_yaml(CONTRADICTIONS_FILE.read_text(encoding="utf-8"))
    for group in groups.values():
        for name in group:
            opponents.setdefault(name, set()).update(other for other in group if other != name)
    return {name: frozenset(others) for name, others in opponents.items()}


def _without_contradictions(candidates: Iterable[Variant]) -> tuple[Variant, ...]:
    chosen: dict[str, Variant] = {}
    parts: set[str] = set()
    for candidate in candidates:
        opponents = contradictions().get(candidate.name, frozenset())
        if candidate.documentation == "older" and parts.isdisjoint(candidate.parts) and opponents.isdisjoint(chosen):
            chosen[candidate.name] = candidate
            parts.update(set(candidate.parts) - COMBINABLE)
    return tuple(chosen.values())
