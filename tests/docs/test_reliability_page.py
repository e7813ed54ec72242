"""docs/reliability.md is up to date, and no measured attack has failed."""

import pytest

from tests.attack import figures
from tests.docs import reliability_of_store, reliability_page
from tests.measured import Row, read_rows
from tests.storage.kills import run as kills
from tests.storage.power_loss import run as power_loss
from tests.storage.simulation import run as simulation


def test_the_page_is_up_to_date() -> None:
    """Run `python -m tests.docs.reliability_page` to update the page."""
    assert reliability_page.render_page() == reliability_page.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "row", [row for row in read_rows(figures.FILE) if "run" not in row], ids=lambda row: row["what"]
)
def test_a_figure_is_complete(row: Row) -> None:
    assert {"what", "count", "result"} <= row.keys()
    assert row["count"] > 0


def test_a_run_over_sockets_is_shown_like_the_others() -> None:
    run = {"run": "sockets", "parser": "h11", "seed": 1, "inputs": 50_000, "answers": {"200": 3, "400": 1_000}}
    cells = list(
        reliability_page._cells({**run, "failures": 0, "without_answer": 7, "memory_mib": {"start": 1, "end": 2}})
    )
    assert cells[1] == "50,000"
    assert "200 3, 400 1,000; 7 unfinished" in cells[2]


def test_the_long_tests_of_the_store_have_found_nothing() -> None:
    blocks = read_rows(simulation.FILE)
    assert [violation for block in blocks for violation in block["violations"]] == []
    assert sum(block["seeds"] for block in blocks) >= 10_000
    assert min(block["fewest_steps"] for block in blocks) >= 100
    lost = {row["synchronous"]: row["lost"] for row in read_rows(power_loss.FILE)}
    assert lost["FULL"] == 0 < lost["NORMAL"]


def test_servers_were_killed_two_hundred_times_amid_eight_writes() -> None:
    legs = read_rows(kills.FILE)
    assert [fault for leg in legs for fault in leg["faults"]] == []
    assert sum(leg["kills"] for leg in legs) >= 200
    assert sum(leg["acknowledged_writes"] for leg in legs) >= 20_000
    assert min(leg["least_in_flight"] for leg in legs) >= 8


def test_legs_of_killed_runs_are_summed_up_for_each_store() -> None:
    leg = {"store": "postgres-3", "kills": 25, "database_kills": 3, "acknowledged_writes": 1500, "faults": []}
    leg |= {"writes_without_answer": 70, "checked": {"ids": 40, "jobs": 2}, "least_in_flight": 9}
    ((what, count, result, _),) = reliability_of_store._kill_rows([leg, {**leg, "least_in_flight": 8}])
    assert (what, count) == ("3 servers on PostgreSQL", "50 kills of servers, 6 of PostgreSQL")
    assert result == (
        "0 faults; 3,000 acknowledged writes and 84 facts checked, 140 writes without an answer; "
        "at least 8 writes in flight"
    )
