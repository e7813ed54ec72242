"""A snapshot that somebody has altered is refused, or is a state in which the mock answers everything."""

import asyncio
import json
import random  # noqa: TID251 - seeded, and of this test alone
from copy import deepcopy
from typing import Any

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.control.test_snapshots import a_rich_client, save
from tests.driving import Driver, readings
from tests.operations.test_one_jump import a_busy_workspace

NUMBERS = (0, -1, 1, 2, 365, 2**31, 2**53)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every member of every object and array, with what holds it."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [place for key in keys for place in ((value, key), *places(value[key]))]


def alter(document: Any, chance: random.Random) -> None:
    """Change one place: another value of its kind from elsewhere, an edge, a copy more, or nothing there any more."""
    found = places(document)
    holder, key = chance.choice(found)
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int | float):
        holder[key] = chance.choice(NUMBERS)
    elif isinstance(value, list) and value:
        chance.choice((value.reverse, value.clear, lambda: value.append(deepcopy(value[0])), value.pop))()
    else:
        others = [each[name] for each, name in found if isinstance(each[name], str)]
        holder[key] = chance.choice([*others, None])


async def accepted(document: Any) -> bool:
    """Whether it is restored; if so, everything is read and every job due in 40 days done, and nothing breaks."""
    workspace = a_busy_workspace()
    driver = Driver(app.create_app(Settings(), workspace))
    answer = await driver.ask("PUT", "/_mock/snapshot", document)
    assert answer.status in (200, 400), answer.content
    if answer.status == 400:
        assert answer.json()["validation_errors"]
        return False
    workspace.limits, workspace.faults = None, type(workspace.faults)()
    for _ in range(2):
        await driver.sign_in()
        for target, status, content in await readings(driver, workspace):
            assert status < 500, (target, content)
        moved = await driver.ask("POST", "/_mock/clock/advance", {"days": 40})
        assert moved.status == 200, moved.content
    assert (await driver.ask("GET", "/_mock/snapshot")).status == 200
    return True


def try_some(seed: int, times: int) -> int:
    """How many of so many altered documents were restored."""
    chance, document = random.Random(seed), json.loads(save(a_rich_client()).content)
    restored = 0
    for _ in range(times):
        altered = deepcopy(document)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            alter(altered, chance)
        restored += asyncio.run(accepted(altered))
    return restored


def test_an_altered_snapshot_is_refused_or_leaves_a_mock_that_answers() -> None:
    assert 0 < try_some(1, 60) < 60


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_many_altered_snapshots_are_refused_or_leave_a_mock_that_answers(seed: int) -> None:
    assert try_some(seed, 200)
