"""How a list is divided into pages. Rule: EVT-01."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import paging
from mock_server.domain.paging import Page

SEVEN = list("abcdefg")


def test_the_first_page_has_a_next_and_no_previous():
    """Rule: EVT-01."""
    assert paging.paginate(SEVEN, 1, 3) == Page(7, 3, 1, 3, next_page=2, prev_page=None, items=["a", "b", "c"])


def test_a_page_in_the_middle_has_both_neighbours():
    """Rule: EVT-01."""
    assert paging.paginate(SEVEN, 2, 3) == Page(7, 3, 2, 3, next_page=3, prev_page=1, items=["d", "e", "f"])


def test_the_last_page_has_the_rest_and_no_next():
    """Rule: EVT-01."""
    assert paging.paginate(SEVEN, 3, 3) == Page(7, 3, 3, 3, next_page=None, prev_page=2, items=["g"])


@pytest.mark.parametrize("page", [4, 5, 10**18])
def test_a_page_past_the_end_is_empty_and_leads_back_to_the_last(page):
    """Rule: EVT-01."""
    assert paging.paginate(SEVEN, page, 3) == Page(7, 3, page, 3, next_page=None, prev_page=3, items=[])


def test_an_empty_list_has_no_pages_and_no_neighbours():
    """Rule: EVT-01."""
    assert paging.paginate([], 1, 50) == Page(0, 50, 1, 0, next_page=None, prev_page=None, items=[])
    assert paging.paginate([], 2, 50) == Page(0, 50, 2, 0, next_page=None, prev_page=None, items=[])


def test_a_list_as_long_as_the_limit_is_one_page():
    """Rule: EVT-01."""
    cut = paging.paginate(range(500), 1, 500)
    assert (cut.pages, cut.next_page, len(cut.items)) == (1, None, 500)


def test_one_item_more_than_the_limit_is_a_second_page():
    """Rule: EVT-01."""
    first, second = (paging.paginate(range(501), page, 500) for page in (1, 2))
    assert (first.pages, first.next_page, len(first.items)) == (2, 2, 500)
    assert list(second.items) == [500]


def test_a_limit_of_one_gives_a_page_for_each_item():
    """Rule: EVT-01."""
    assert [paging.paginate(SEVEN, page, 1).items for page in range(1, 8)] == [[letter] for letter in SEVEN]


@given(items=st.lists(st.integers(), max_size=40), limit=st.integers(1, 45))
@settings(deadline=None)
def test_following_next_from_the_first_page_gives_the_whole_list_once(items, limit):
    """Rule: EVT-01."""
    gathered, page, visited = [], 1, []
    while page is not None:
        cut = paging.paginate(items, page, limit)
        assert len(cut.items) <= limit
        assert cut.total == len(items)
        gathered += cut.items
        visited.append(page)
        page = cut.next_page
    assert gathered == items
    assert visited == list(range(1, max(1, cut.pages) + 1))


@given(total=st.integers(0, 40), limit=st.integers(1, 45), page=st.integers(1, 60))
@settings(deadline=None)
def test_neighbours_are_pages_that_are_there(total, limit, page):
    """Rule: EVT-01 (null on the first and the last page)."""
    cut = paging.paginate(range(total), page, limit)
    there = [number for number in range(1, 61) if len(paging.paginate(range(total), number, limit).items)]
    assert cut.pages == len(there)
    assert cut.next_page == min((number for number in there if number > page), default=None)
    assert cut.prev_page == max((number for number in there if number < page), default=None)
