"""Each variant answers at least one request of the exercise differently from the mock."""

from collections.abc import Iterable

import pytest

from tests.variants import differences, registry
from tests.variants.differences import NONE
from tests.variants.registry import Variant


def list_unequal(chosen: Iterable[Variant]) -> list[str]:
    """Return the variants that do not differ, or that differ by an error of the server."""
    found = {variant: differences.find_first_difference(variant) for variant in chosen}
    return [
        f"{variant.name}: {difference}"
        for variant, difference in found.items()
        if difference == NONE or ("→ 5" in difference and "ERR-03.server_error" not in variant.parts)
    ]


def first_of_each_part(area: str) -> list[Variant]:
    """Return one variant of the area for each part."""
    by_part = {variant.parts: variant for variant in reversed(registry.all_variants().values()) if variant.area == area}
    return list(by_part.values())


@pytest.mark.parametrize("area", registry.MODULES)
def test_a_variant_of_each_part_shows_on_the_wire(area: str) -> None:
    """The other variants are left to `make soak`."""
    assert list_unequal(first_of_each_part(area)) == []


@pytest.mark.soak
@pytest.mark.parametrize("area", registry.MODULES)
def test_every_variant_shows_on_the_wire(area: str) -> None:
    assert list_unequal(variant for variant in registry.all_variants().values() if variant.area == area) == []


def test_a_variant_that_changes_nothing_shows_nowhere() -> None:
    unchanged = Variant("unchanged", ("BASE-02.body",), lambda patch: None, "Nothing changes.", "events")
    assert differences.find_first_difference(unchanged) == NONE
