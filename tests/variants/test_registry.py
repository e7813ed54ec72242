"""There is a variant for each assumed part that can be observed, and mixtures contain no contradictions."""

from contracts.spec import rules
from contracts.spec.rules import Basis
from tests.variants import registry
from tests.yaml_documents import load_yaml

CATALOGUE = rules.load()
ASSUMED_PARTS = frozenset(CATALOGUE.list_parts(CATALOGUE.rules, [Basis.RULED]))
SEEDS = range(1, 11)
REASONS_FILE = registry.CONTRADICTIONS_FILE.with_name("parts_without_variant.yaml")


def load_reasons() -> dict[str, str]:
    reasons: dict[str, str] = load_yaml(REASONS_FILE.read_text(encoding="utf-8"))
    return reasons


def list_parts_with_variants() -> set[str]:
    return {part for variant in registry.all_variants().values() for part in variant.parts}


def test_a_variant_differs_in_assumed_parts_only() -> None:
    assert list_parts_with_variants() <= ASSUMED_PARTS


def test_each_assumed_part_has_a_variant_or_a_reason() -> None:
    assert sorted(load_reasons()) == sorted(ASSUMED_PARTS - list_parts_with_variants())


def test_each_part_without_a_variant_has_a_sentence_as_its_reason() -> None:
    assert [part for part, reason in load_reasons().items() if not reason.endswith(".")] == []


def test_contradictions_are_between_variants() -> None:
    assert registry.contradictions().keys() <= registry.all_variants().keys()


def test_a_mixture_has_at_most_one_variant_for_a_part() -> None:
    for chosen in (registry.all_together(), *map(registry.mixture, SEEDS)):
        parts = [part for variant in chosen for part in variant.parts if part not in registry.COMBINABLE]
        assert len(parts) == len(set(parts))


def test_a_mixture_has_no_two_variants_of_a_group() -> None:
    for chosen in (registry.all_together(), *map(registry.mixture, SEEDS)):
        names = {variant.name for variant in chosen}
        assert all(names.isdisjoint(registry.contradictions().get(name, ())) for name in names)


def test_mixtures_of_different_seeds_differ_and_of_equal_seeds_do_not() -> None:
    assert registry.mixture(1) == registry.mixture(1) != registry.mixture(2)


def test_all_together_differ_in_nearly_all_parts() -> None:
    parts = {part for variant in registry.all_together() for part in variant.parts}
    assert len(parts) > 0.9 * len(list_parts_with_variants())
