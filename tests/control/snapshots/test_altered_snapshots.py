"""An altered snapshot is either rejected or restores a state in which the mock can answer every request."""

import asyncio
import json
import random  # noqa: TID251 - seeded, and of this test alone
from copy import deepcopy
from typing import Any

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.asgi_driver import Driver, read_all_targets
from tests.control.snapshots.test_snapshots import a_client_with_full_state, save_snapshot
from tests.operations.test_time_step_independence import a_busy_workspace

EDGE_NUMBERS = (0, -1, 1, 2, 365, 2**31, 2**53)


def find_members(value: Any) -> list[tuple[Any, Any]]:
    """Return every member of every object and array, as a pair of its container and its key."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [member for key in keys for member in ((value, key), *find_members(value[key]))]


def alter_one_member(document: Any, chance: random.Random) -> None:
    """Change one member to another value of its kind, to an edge value or to null, or change the items of an array."""
    members = find_members(document)
    holder, key = chance.choice(members)
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int | float):
        holder[key] = chance.choice(EDGE_NUMBERS)
    elif isinstance(value, list) and value:
        chance.choice((value.reverse, value.clear, lambda: value.append(deepcopy(value[0])), value.pop))()
    else:
        others = [each[name] for each, name in members if isinstance(each[name], str)]
        holder[key] = chance.choice([*others, None])


async def restores(document: Any) -> bool:
    """Restore a snapshot and return whether it is accepted. If it is, run jobs for 40 days and read everything."""
    workspace = a_busy_workspace()
    driver = Driver(app.create_app(Settings(), workspace))
    answer = await driver.request("PUT", "/_mock/snapshot", document)
    assert answer.status in (200, 400), answer.content
    if answer.status == 400:
        assert answer.json()["validation_errors"]
        return False
    workspace.limits, workspace.faults = None, type(workspace.faults)()
    for _ in range(2):
        await driver.sign_in()
        for target, status, content in await read_all_targets(driver, workspace):
            assert status < 500, (target, content)
        advance_answer = await driver.request("POST", "/_mock/clock/advance", {"days": 40})
        assert advance_answer.status == 200, advance_answer.content
    assert (await driver.request("GET", "/_mock/snapshot")).status == 200
    return True


def count_restored(seed: int, times: int) -> int:
    """Restore altered snapshots, and return how many were accepted."""
    chance, document = random.Random(seed), json.loads(save_snapshot(a_client_with_full_state()).content)
    restored = 0
    for _ in range(times):
        altered = deepcopy(document)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            alter_one_member(altered, chance)
        restored += asyncio.run(restores(altered))
    return restored


def test_an_altered_snapshot_is_rejected_or_leaves_a_working_mock() -> None:
    assert 0 < count_restored(1, 60) < 60


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_many_altered_snapshots_are_rejected_or_leave_a_working_mock(seed: int) -> None:
    assert count_restored(seed, 200)
