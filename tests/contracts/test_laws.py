"""How laws draw: what fails is made small, and no request is spent on more than that."""

import hypothesis
import pytest
from hypothesis import Phase, strategies

from contracts import plugin


def failing(settings: hypothesis.settings) -> list[tuple[int, int]]:
    """The numbers that a law was asked about which no number from 10 on keeps."""
    asked: list[tuple[int, int]] = []

    @hypothesis.seed(1)
    @hypothesis.settings(settings)
    @hypothesis.given(strategies.integers(0, 10_000), strategies.integers(0, 10_000))
    def law(number: int, other: int) -> None:
        asked.append((number, other))
        assert number < 10

    with pytest.raises(AssertionError):
        law()
    return asked


def test_what_fails_is_made_small_and_not_explained_at_the_targets_cost() -> None:
    plain = plugin.settings("standard")
    explaining = hypothesis.settings(plain, phases=[*plain.phases, Phase.explain])
    asked = failing(plain)
    assert asked[-1] == (10, 0)
    assert len(asked) < len(failing(explaining))
