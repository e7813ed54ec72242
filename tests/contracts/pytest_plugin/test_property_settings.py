"""Failing examples of properties are shrunk, and no further requests are made. Tables are not computed again."""

import gzip
import json
from pathlib import Path

import hypothesis
import pytest
from hypothesis import Phase, strategies
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal import charmap

from contracts.pytest_plugin import hypothesis_profile


def failing_draws(settings: hypothesis.settings) -> list[tuple[int, int]]:
    """Return the numbers that hypothesis draws for a property that only numbers below 10 satisfy."""
    draws: list[tuple[int, int]] = []

    @hypothesis.seed(1)
    @hypothesis.settings(settings)
    @hypothesis.given(strategies.integers(0, 10_000), strategies.integers(0, 10_000))
    def falsified_property(number: int, other: int) -> None:
        draws.append((number, other))
        assert number < 10

    with pytest.raises(AssertionError):
        falsified_property()
    return draws


def test_a_failing_example_is_shrunk_without_extra_requests() -> None:
    plain = hypothesis_profile.build_settings("standard")
    explaining = hypothesis.settings(plain, phases=[*plain.phases, Phase.explain])
    draws = failing_draws(plain)
    assert draws[-1] == (10, 0)
    assert len(draws) < len(failing_draws(explaining))


def test_the_intervals_of_utf_8_are_the_ones_that_hypothesis_computes(tmp_path: Path) -> None:
    written, computed = tmp_path / "written", tmp_path / "computed"
    hypothesis_profile.write_utf_8_intervals(written)
    set_hypothesis_home_dir(computed)
    try:
        charmap.intervals_from_codec.__wrapped__("utf-8")
    finally:
        set_hypothesis_home_dir(None)
    files = [gzip.decompress((home / hypothesis_profile.UTF_8_FILE).read_bytes()) for home in (written, computed)]
    assert json.loads(files[0]) == json.loads(files[1])
