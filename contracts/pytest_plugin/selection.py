"""The contracts that a session runs, and their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from contracts.dsl.early_starts import ATTRIBUTION, STARTERS
from contracts.spec.catalogue_entry import CatalogueError
from contracts.spec.markers import KINDS, MARK, PROFILES, is_contract, parse_contract
from contracts.spec.rules import Catalogue, describe_unknown

CATALOGUE = pytest.StashKey[Catalogue]()
CONTRACTS_WITHOUT_TARGET = pytest.StashKey[int]()
"""The number of selected contracts in a session without a target."""
DECORATORS: Mapping[str, str] = {
    "example": "@example(",
    "law": "@property_test(",
    "machine": "@stateful_test(",
    "schema": "@schema_test(",
}
"""The text of the mark in a module, by the kind of contract."""
COMPUTED_PARTS = ".list_parts("
"""The text in a module whose marks do not name the ids of their rules."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The contracts that the options select, by the ids of rules, by kind and by profile."""

    rules: frozenset[str]
    gotchas: frozenset[str]
    kinds: frozenset[str]
    profiles: frozenset[str]
    is_empty: bool

    @classmethod
    def from_options(cls, config: pytest.Config, *, is_empty: bool) -> "Selection":
        """Read the selection from the options. An empty selection includes no contract. Raises UsageError."""
        return cls(
            rules=frozenset(select_rules(config)),
            gotchas=frozenset(config.getoption("contracts_gotcha")),
            kinds=frozenset(config.getoption("contracts_kind") or KINDS),
            profiles=frozenset(PROFILES[: PROFILES.index(config.getoption("contracts_profile")) + 1]),
            is_empty=is_empty,
        )

    def partition(self, items: Iterable[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
        """Split the items into selected items and others."""
        selected: list[pytest.Item] = []
        deselected: list[pytest.Item] = []
        for item in items:
            (selected if self.includes(item) else deselected).append(item)
        return selected, deselected

    def includes(self, item: pytest.Item) -> bool:
        """Whether a test is selected. Tests that are not contracts are always selected."""
        mark = item.get_closest_marker(MARK)
        if mark is None:
            return True
        is_enabled = mark.kwargs["profile"] in self.profiles and mark.kwargs["kind"] in self.kinds
        is_requested = mark.kwargs["gotcha"] in self.gotchas or bool(self.rules.intersection(_marked_rules(item)))
        return is_enabled and is_requested and not self.is_empty

    def may_include_module(self, source: str) -> bool:
        """Whether a module of the suite may contain a selected contract, as far as its text shows.

        Importing all modules would take most of the time of a run of a few contracts.
        """
        ids = (*self.rules, *self.gotchas, COMPUTED_PARTS)
        has_kind = any(DECORATORS[kind] in source for kind in self.kinds)
        has_profile = "standard" in self.profiles or 'profile="smoke"' in source
        return not self.is_empty and has_kind and has_profile and any(text in source for text in ids)


SELECTION = pytest.StashKey[Selection]()
"""The selection of the session, which is known before its modules are collected."""


def select_rules(config: pytest.Config) -> tuple[str, ...]:
    """Return the ids of the rules in `--rule` and `--area`, of all rules if neither is given. Raises UsageError."""
    catalogue = config.stash[CATALOGUE]
    named, areas = config.getoption("contracts_rule"), config.getoption("contracts_area")
    try:
        rule_ids = {catalogue.rule(rule_id).id for rule_id in named}
    except CatalogueError as error:
        raise pytest.UsageError(f"--rule: {error}; `contracts list` lists the rules") from error
    select_all = not named and not areas and not config.getoption("contracts_gotcha")
    return tuple(
        rule.id for rule in catalogue.rules.values() if select_all or rule.id in rule_ids or rule.area in areas
    )


def select_gotcha_rules(config: pytest.Config) -> list[str]:
    """Return the ids of the rules of the gotchas in `--gotcha`. Raises UsageError."""
    gotchas = config.stash[CATALOGUE].gotchas
    gotcha_ids: list[str] = config.getoption("contracts_gotcha")
    for gotcha_id in gotcha_ids:
        if gotcha_id not in gotchas:
            raise pytest.UsageError(f"--gotcha: {describe_unknown(gotcha_id, gotchas)}")
    return [rule_id for gotcha_id in gotcha_ids for rule_id in gotchas[gotcha_id].rules]


def check_part_ids(items: Iterable[pytest.Item], catalogue: Catalogue) -> None:
    """Check that contracts name known parts of rules only. Raises UsageError."""
    for item in filter(is_contract, items):
        for part_id in parse_contract(item).parts:
            try:
                catalogue.part(part_id)
            except CatalogueError as error:
                raise pytest.UsageError(f"{item.nodeid}: {error}") from error


def sort_by_kind(items: Iterable[pytest.Item], catalogue: Catalogue) -> list[pytest.Item]:
    """Sort contracts by kind (fastest first), then by rule in the catalogue's order.

    Other tests come first. Contracts of what was started early come last, the longest waits at the end; of one wait,
    those that write come first, because they prepare what the others look at, too.
    """
    rule_order = {rule_id: position for position, rule_id in enumerate(catalogue.rules)}
    return sorted(items, key=lambda item: _sort_key(item, rule_order))


def _sort_key(item: pytest.Item, rule_order: Mapping[str, int]) -> tuple[int, bool, int, int]:
    mark = item.get_closest_marker(MARK)
    if mark is None:
        return 0, False, -1, 0
    early = mark.kwargs["early"]
    return (
        1 + list(STARTERS).index(early) if early else 0,
        early == ATTRIBUTION and not mark.kwargs["writes"],
        KINDS.index(mark.kwargs["kind"]),
        min(rule_order[rule_id] for rule_id in _marked_rules(item)),
    )


def _marked_rules(item: pytest.Item) -> tuple[str, ...]:
    return parse_contract(item).rules if is_contract(item) else ()
