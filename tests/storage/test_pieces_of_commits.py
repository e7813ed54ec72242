"""What is to be stored is found in pieces, so that other workspaces are answered meanwhile, however much it is."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from mock_server.domain.models import Purchase
from mock_server.state.workspace import Workspace
from mock_server.storage import mirror as mirrors
from tests.operations.test_time_step_independence import a_busy_workspace
from tests.storage.kept_workspace import KeptWorkspace, keeper

MAX_ROWS_IN_A_STEP = 2 * mirrors.ROWS_AT_ONCE


def add_purchases(workspace: Workspace, count: int) -> None:
    purchases = next(found for found in workspace.world.sales.values() if found)
    last: Purchase = purchases[-1]
    for number in range(count):
        added = replace(last, number=1_000_000 + number, at=last.at + timedelta(seconds=number))
        workspace.store.sales.add(added)


@pytest.mark.parametrize("count", [10, 2_000, 6_000])
@pytest.mark.parametrize("everything", [False, True])
def test_no_step_of_a_commit_compares_many_rows(tmp_path: Path, count: int, everything: bool) -> None:
    kept = KeptWorkspace(tmp_path, a_busy_workspace())
    kept.commit()
    add_purchases(kept.workspace, count)
    if everything:
        kept.workspace.store = kept.workspace.store.copy()
    mirror, before = kept.keeper.mirror, kept.keeper.mirror.last_position
    positions = [before]
    steps = keeper.collect.steps(kept.keeper)
    for units in steps:
        positions.append(mirror.last_position)
        assert units <= mirrors.UNITS_PER_ROW * MAX_ROWS_IN_A_STEP
    assert mirror.last_position - before >= count
    assert max(after - earlier for earlier, after in pairwise(positions)) <= MAX_ROWS_IN_A_STEP
    assert all(str(1_000_000 + number) in mirror.of("sale") for number in range(count))
