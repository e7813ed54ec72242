"""Drawn numbers are within their bounds, and depend only on the seed and the subject."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mock_server.domain.draws import draw_integer


@given(st.integers(), st.integers(0, 10**6), st.text())
def test_a_drawn_number_is_within_its_bounds(least, width, subject):
    assert least <= draw_integer(least, least + width, subject) <= least + width


def test_the_same_subject_gives_the_same_number():
    assert draw_integer(0, 10**9, 1, "evt_1") == draw_integer(0, 10**9, 1, "evt_1")
    assert draw_integer(0, 10**9, 1, "evt_1") != draw_integer(0, 10**9, 2, "evt_1")


def test_the_numbers_of_many_subjects_are_spread_over_the_bounds():
    counts = Counter(draw_integer(1, 4, subject) for subject in range(1_000))
    assert set(counts) == {1, 2, 3, 4}
    assert min(counts.values()) > 200
