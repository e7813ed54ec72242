"""The journals of a server together hold at most a number of bytes, and a large journal evicts only itself."""

import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state import request_journal
from mock_server.state.journal_budget import JournalBudget
from mock_server.state.request_journal import MAX_BODY_BYTES, MAX_METHOD_LENGTH, MAX_PART_BYTES, OVERHEAD_BYTES, Journal
from tests.builders import START_TIME

KIB = 1024
MAX_LINE_BYTES = OVERHEAD_BYTES + 4 * MAX_PART_BYTES + 2 * MAX_BODY_BYTES


def record(  # each part of an exchange
    journal: Journal,
    *,
    path: str = "/",
    query: bytes = b"",
    header: bytes = b"",
    body: bytes = b"",
    method: str = "GET",
) -> None:
    """Record an exchange as the recorder does; `header` is the value of a header of both messages."""
    headers = [(b"x", header)] if header else []
    request: Any = SimpleNamespace(
        method=method,
        query_string=query,
        scope={"headers": headers},
        partner_id="",
        fault=None,
        delay_milliseconds=0,
    )
    messages: Any = SimpleNamespace(
        at=START_TIME,
        path=path,
        request_body=body[:MAX_BODY_BYTES],
        request_size=len(body),
        status=200,
        response_headers=headers,
        response_body=body[:MAX_BODY_BYTES],
        response_size=len(body),
    )
    journal.append(request, messages)


def numbers(journal: Journal) -> list[int]:
    return [number for number, _ in journal.newest_records()][::-1]


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["record", "clear", "reset", "close", "join"]), st.integers(0, 3), st.integers(0, 30_000)
    ),
    max_size=60,
)


@given(ACTIONS)
@settings(deadline=None)
def test_the_count_is_exact_and_within_the_limit_after_any_actions(actions: list[tuple[str, int, int]]) -> None:
    budget = JournalBudget(200 * KIB)
    journals = [Journal(7, budget) for _ in range(4)]
    for action, which, size in actions:
        if action == "record":
            content = b"x" * size
            record(journals[which], path="/" + "x" * size, query=content, header=content, body=content)
        elif action == "join":
            journals[which].close()
            journals[which] = Journal(7, budget)
        else:
            getattr(journals[which], action)()
        for journal in journals:
            assert journal.size == sum(each.size for _, each in journal.newest_records())
        shared = [journal for journal in journals if journal.budget is budget]
        assert budget.used == sum(journal.size for journal in shared) <= budget.limit


@pytest.mark.parametrize("part", ["method", "path", "query", "header", "body"])
def test_one_exchange_is_bounded_whatever_is_long(part: str) -> None:
    journal = Journal()
    content: Any = "x" * 100_000 if part in ("method", "path") else b"x" * 100_000
    record(journal, **{part: content})
    [(_, kept)] = journal.newest_records()
    assert len(kept.head[0]) <= MAX_METHOD_LENGTH
    assert kept.size <= MAX_LINE_BYTES
    assert kept.truncated == (part != "body")
    record(journal, path="y" * 100_000, query=b"y" * 100_000, header=b"y" * 100_000, body=b"y" * 100_000)
    assert MAX_LINE_BYTES - 10 <= journal.size - kept.size <= MAX_LINE_BYTES


def test_a_full_journal_evicts_the_oldest_of_the_largest_workspace() -> None:
    budget = JournalBudget(1024 * KIB)
    quiet, loud = Journal(10_000, budget), Journal(10_000, budget)
    for _ in range(100):
        record(quiet)
    for _ in range(2_000):
        record(loud, body=b"x" * 5_000)
    assert numbers(quiet) == list(range(1, 101))
    assert numbers(loud) == list(range(2_001 - len(loud), 2_001))
    assert budget.used > budget.limit * 0.9


def test_a_removed_workspace_gives_back_its_bytes_even_if_it_is_still_used() -> None:
    budget = JournalBudget(1024 * KIB)
    journal = Journal(10_000, budget)
    record(journal)
    journal.close()
    record(journal, body=b"x")
    assert budget.used == 0


def test_making_room_is_rare() -> None:
    """With 1,000 workspaces, comparing their journals on each request would cost more than the request."""
    budget = JournalBudget(4096 * KIB)
    journals = [Journal(10_000, budget) for _ in range(1_000)]
    comparisons = 0
    make_room = budget.make_room

    def count() -> None:
        nonlocal comparisons
        comparisons += len(journals)
        make_room()

    budget.make_room = count  # type: ignore[method-assign]  # counts its calls
    for index in range(20_000):
        record(journals[index % 1_000])
    assert 0 < comparisons <= 20 * 20_000


@pytest.mark.parametrize("size", [0, 100, 8_000, 100_000])
def test_an_exchange_needs_no_more_memory_than_it_counts_for(size: int) -> None:
    journal = Journal(10_000, JournalBudget(2**40))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for index in range(200):
            content = b"%d" % index + b"x" * size
            record(journal, path=content.decode(), query=content, header=content, body=content)
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    journal._last_headers = []
    assert used <= journal.size + 4 * size + 10_000


def test_the_overhead_is_counted_for_short_exchanges() -> None:
    journal = Journal()
    record(journal)
    assert journal.size == request_journal.OVERHEAD_BYTES + len("/")
