"""Ids, sequence numbers and revisions. Rules: BEV-04 (revisions never go back), BASE-06."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state.ids import IdGenerator

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def test_ids_are_a_function_of_the_seed():
    one, other = IdGenerator(7), IdGenerator(7)
    assert [one.new("pkg") for _ in range(5)] == [other.new("pkg") for _ in range(5)]


def test_another_seed_gives_other_ids():
    assert IdGenerator(7).new("pkg") != IdGenerator(8).new("pkg")


@pytest.mark.parametrize("kind", ["pkg", "cr", "evt"])
def test_an_id_says_its_kind(kind):
    assert re.fullmatch(kind + "_[0-9a-f]{12}", IdGenerator(1).new(kind))


def test_ids_are_all_different():
    ids = IdGenerator(1)
    assert len({ids.new(kind) for _ in range(1_000) for kind in ("pkg", "cr")}) == 2_000


def test_ids_of_one_kind_do_not_depend_on_what_else_is_given_out():
    quiet, busy = IdGenerator(1), IdGenerator(1)
    busy.new("cr")
    busy.next_number("pkg")
    busy.next_revision()
    busy.new_request_id()
    assert quiet.new("pkg") == busy.new("pkg")


def test_numbers_count_from_1_for_each_kind():
    ids = IdGenerator(1)
    assert [ids.next_number("job"), ids.next_number("job"), ids.next_number("cr"), ids.next_number("job")] == [
        1,
        2,
        1,
        3,
    ]


def test_the_last_number_is_told_without_giving_one_out():
    ids = IdGenerator(1)
    assert ids.last_number("purchase") == 0
    ids.next_number("purchase")
    assert (ids.last_number("purchase"), ids.last_number("purchase"), ids.next_number("purchase")) == (1, 1, 2)


def test_numbers_go_on_after_those_that_a_world_brought_along():
    ids = IdGenerator(1)
    ids.set_last_number("purchase", 20_000)
    assert (ids.last_number("purchase"), ids.next_number("purchase")) == (20_000, 20_001)


def test_a_world_of_the_same_seed_starts_over_with_the_same_ids_and_numbers():
    ids = IdGenerator(7)
    first = (ids.new("pkg"), ids.new("pkg"), ids.next_number("job"))
    ids.reset(7)
    assert (ids.new("pkg"), ids.new("pkg"), ids.next_number("job")) == first


def test_a_world_of_another_seed_starts_over_with_other_ids():
    ids = IdGenerator(7)
    ids.reset(8)
    assert (ids.seed, ids.new("pkg")) == (8, IdGenerator(8).new("pkg"))


def test_revisions_go_on_over_a_restart():
    """Rule: BEV-04: if a revision were reused, a stale result could be published."""
    ids = IdGenerator(7)
    assert (ids.next_revision(), ids.next_revision()) == (1, 2)
    ids.reset(7)
    assert ids.next_revision() == 3


def test_ids_of_requests_are_different_and_may_be_echoed():
    """Rule: BASE-06."""
    ids = IdGenerator(7)
    given_out = [ids.new_request_id() for _ in range(100)]
    ids.reset(7)
    given_out += [ids.new_request_id() for _ in range(100)]
    assert len(set(given_out)) == 200
    assert all(REQUEST_ID.fullmatch(request) for request in given_out)


@given(history=st.lists(st.one_of(st.sampled_from(["revision", "new", "number"]), st.integers(0, 3)), max_size=30))
@settings(deadline=None)
def test_no_revision_is_ever_given_twice(history):
    """Rule: BEV-04."""
    ids, revisions = IdGenerator(1), []
    for what in history:
        if isinstance(what, int):
            ids.reset(what)
        elif what == "revision":
            revisions.append(ids.next_revision())
        else:
            getattr(ids, {"new": "new", "number": "next_number"}[what])("pkg")
    assert all(earlier < later for earlier, later in pairwise(revisions))
