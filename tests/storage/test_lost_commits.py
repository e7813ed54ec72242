"""After a failover to a database that lacks the last commits, servers show what it has, and no mixture."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.storage.two_servers import TwoServers, two_servers

NEW: dict[str, Any] = {"name": "mine", "mode": "frozen", "now": "2026-09-01T12:00:00Z"}
ROWS = "/w/mine/api/v3/campaign_results/?eid=evt_1&partner_id=partner-id-acme"


@pytest.fixture
def pair() -> Iterator[TwoServers]:
    with two_servers() as both:
        both.do("A", "POST", "/_mock/workspaces", NEW)
        both.sign_in(workspace="/w/mine")
        yield both


def add(pair: TwoServers, server: str, *numbers: int) -> None:
    for number in numbers:
        pair.do(server, "POST", f"{ROWS}&revenue=1&purchase={number}")


def list_numbers(pair: TwoServers, server: str) -> list[int]:
    return sorted(row["purchase"] for row in pair.get(server, ROWS) if row["purchase"] >= 1_000)


@pytest.mark.parametrize("cuts_connections", [True, False])
@pytest.mark.parametrize("lost", [[2_000], [2_000, 2_001, 2_002]], ids=["one", "three"])
def test_what_was_lost_is_gone_on_all_servers(pair: TwoServers, lost: list[int], cuts_connections: bool) -> None:
    add(pair, "A", 1_000)
    content = pair.save()
    add(pair, "A", *lost)
    assert list_numbers(pair, "B") == [1_000, *lost]
    pair.fail_over(content, cuts_connections=cuts_connections)
    assert [list_numbers(pair, server) for server in "AB"] == [[1_000], [1_000]]
    add(pair, "A", 3_000)
    add(pair, "B", 3_001)
    assert [list_numbers(pair, server) for server in "AB"] == [[1_000, 3_000, 3_001]] * 2


def test_a_change_meets_the_loss_first(pair: TwoServers) -> None:
    add(pair, "A", 1_000)
    content = pair.save()
    add(pair, "A", 2_000)
    pair.fail_over(content, cuts_connections=False)
    add(pair, "A", 3_000)
    assert [list_numbers(pair, server) for server in "BA"] == [[1_000, 3_000]] * 2


@pytest.mark.parametrize("others", [[3_000], [3_000, 3_001, 3_002]], ids=["as many", "more"])
def test_other_commits_took_the_place_of_the_lost_ones(pair: TwoServers, others: list[int]) -> None:
    add(pair, "B", 1_000)
    content = pair.save()
    add(pair, "A", 2_000)
    pair.fail_over(content, cuts_connections=True)
    add(pair, "B", *others)
    assert [list_numbers(pair, server) for server in "AB"] == [[1_000, *others]] * 2
    add(pair, "A", 4_000)
    assert [list_numbers(pair, server) for server in "BA"] == [[1_000, *others, 4_000]] * 2
