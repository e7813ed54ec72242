"""A workspace's requests act one at a time, in the order of arrival, while long work runs in pieces."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mock_server.domain.pieces import PART_SIZE, Steps, in_pieces, split, steps_of
from mock_server.state.turn import MIN_SWEEP, LoopIteration, Turn, run


@in_pieces
def count_up(log: list[str], name: str, end: int) -> Steps[int]:
    for number in range(end):
        log.append(f"{name}{number}")
        yield 1
    return end


@in_pieces
def fail_after(log: list[str], end: int) -> Steps[None]:
    yield from count_up.steps(log, "f", end)
    raise ValueError("a failed step")


def a_turn(piece_units: int = 1) -> Turn:
    turn = Turn()
    turn.piece_units = piece_units
    return turn


def stays() -> bool:
    return False


async def act(turn: Turn, log: list[str], name: str, has_left: Callable[[], bool] = stays) -> bool:
    """Act as the gateway does: wait only if somebody is busy, then act at once."""
    if turn.busy and not await turn.wait(has_left):
        return False
    log.append(name)
    return True


async def act_long(turn: Turn, log: list[str], name: str, end: int) -> int:
    if turn.busy:
        await turn.wait(stays)
    return await run(turn, count_up, log, name, end)


async def start(awaitable: Awaitable[object]) -> asyncio.Task[object]:
    """Begin a task and let it go on to its first pause."""
    task = asyncio.ensure_future(awaitable)
    await LoopIteration()
    return task


def test_a_function_in_pieces_can_be_called_like_any_function() -> None:
    log: list[str] = []
    assert (count_up(log, "a", 3), log) == (3, ["a0", "a1", "a2"])


def test_a_function_that_is_not_in_pieces_is_one_step() -> None:
    assert list(steps_of(len, [1, 2])) == []
    assert asyncio.run(run(a_turn(), len, [1, 2])) == 2


@pytest.mark.parametrize("size", [0, 1, PART_SIZE, PART_SIZE + 1])
def test_the_parts_are_the_whole(size: int) -> None:
    parts = list(split(range(size)))
    assert [item for part in parts for item in part] == list(range(size))
    assert all(0 < len(part) <= PART_SIZE for part in parts)


def test_work_of_one_piece_never_pauses() -> None:
    async def scenario() -> list[str]:
        log: list[str] = []
        turn = a_turn(piece_units=10)
        asyncio.get_running_loop().call_soon(log.append, "another workspace")
        await run(turn, count_up, log, "a", 10 - 1)
        assert not turn.busy
        return list(log)

    assert asyncio.run(scenario()) == [f"a{number}" for number in range(9)]


def test_others_are_answered_between_two_pieces() -> None:
    async def scenario() -> list[int]:
        log: list[str] = []
        task = await start(run(a_turn(piece_units=5), count_up, log, "a", 23))
        seen = []
        while not task.done():
            seen.append(len(log))
            await LoopIteration()
        return seen

    assert asyncio.run(scenario()) == [5, 10, 15, 20]


def test_requests_of_the_workspace_act_after_the_work_in_order_of_arrival() -> None:
    async def scenario() -> list[str]:
        log: list[str] = []
        turn = a_turn()
        tasks = [await start(act_long(turn, log, "a", 3))]
        tasks += [await start(act(turn, log, name)) for name in "xyz"]
        await asyncio.gather(*tasks)
        assert (turn.busy, len(turn)) == (False, 0)
        return log

    assert asyncio.run(scenario()) == ["a0", "a1", "a2", "x", "y", "z"]


def test_a_waiting_request_may_go_on_to_long_work_itself() -> None:
    async def scenario() -> list[str]:
        log: list[str] = []
        turn = a_turn()
        tasks = [await start(act_long(turn, log, name, 2)) for name in "abc"]
        tasks.append(await start(act(turn, log, "x")))
        await asyncio.gather(*tasks)
        return log

    assert asyncio.run(scenario()) == ["a0", "a1", "b0", "b1", "c0", "c1", "x"]


def test_a_request_that_arrives_while_others_wait_waits_too() -> None:
    async def scenario() -> list[str]:
        log: list[str] = []
        turn = a_turn()
        turn.hold()
        waiting = await start(act(turn, log, "first"))
        turn.release()
        await act(turn, log, "second")
        assert waiting.done()
        return log

    assert asyncio.run(scenario()) == ["first", "second"]


def test_an_exception_passes_the_turn_on() -> None:
    async def scenario() -> list[str]:
        log: list[str] = []
        turn = a_turn()
        failing = await start(run(turn, fail_after, log, 2))
        waiting = await start(act(turn, log, "x"))
        with pytest.raises(ValueError, match="a failed step"):
            await failing
        await waiting
        assert not turn.busy
        return log

    assert asyncio.run(scenario()) == ["f0", "f1", "x"]


def test_a_cancelled_request_leaves_the_queue() -> None:
    async def scenario() -> list[str]:
        log: list[str] = []
        turn = a_turn()
        turn.hold()
        tasks = [await start(act(turn, log, name)) for name in "xyz"]
        tasks[1].cancel()
        await LoopIteration()
        assert len(turn) == 2
        turn.release()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (tasks[1].cancelled(), turn.busy) == (True, False)
        return log

    assert asyncio.run(scenario()) == ["x", "z"]


def test_a_request_that_is_cancelled_when_its_turn_has_come_passes_it_on() -> None:
    async def scenario() -> list[str]:
        log: list[str] = []
        turn = a_turn()
        turn.hold()
        tasks = [await start(act(turn, log, name)) for name in "xy"]
        turn.release()
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return log

    assert asyncio.run(scenario()) == ["y"]


def test_the_work_of_a_cancelled_request_is_finished() -> None:
    async def scenario() -> tuple[list[str], bool]:
        log: list[str] = []
        turn = a_turn()
        task = await start(run(turn, count_up, log, "a", 4))
        waiting = await start(act(turn, log, "x"))
        task.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)
        return log, task.cancelled()

    assert asyncio.run(scenario()) == (["a0", "a1", "a2", "a3", "x"], True)


def test_a_second_cancellation_abandons_the_work() -> None:
    async def scenario() -> tuple[list[str], bool]:
        log: list[str] = []
        turn = a_turn()
        task = await start(run(turn, count_up, log, "a", 100))
        for _ in range(2):
            task.cancel()
            await LoopIteration()
        assert task.cancelled()
        return log, turn.busy

    assert asyncio.run(scenario()) == (["a0", "a1"], False)


def test_work_is_finished_despite_every_cancellation_if_the_state_is_saved() -> None:
    async def scenario() -> tuple[list[str], bool]:
        log: list[str] = []
        turn = a_turn()
        turn.abandons_work = False
        task = await start(run(turn, count_up, log, "a", 6))
        for _ in range(3):
            task.cancel()
            await LoopIteration()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        return log, turn.busy

    assert asyncio.run(scenario()) == ([f"a{number}" for number in range(6)], False)


def test_a_request_whose_client_has_left_does_not_act() -> None:
    async def scenario() -> list[str]:
        log: list[str] = []
        left: list[str] = []
        turn = a_turn()
        turn.hold()
        tasks = [await start(act(turn, log, name, lambda name=name: name in left)) for name in "xyz"]
        left.append("y")
        turn.release()
        assert await asyncio.gather(*tasks) == [True, False, True]
        return log

    assert asyncio.run(scenario()) == ["x", "z"]


def test_clients_that_leave_do_not_lengthen_the_queue() -> None:
    async def scenario() -> int:
        log: list[str] = []
        turn = a_turn()
        turn.hold()
        tasks, longest = [await start(act(turn, log, "stays"))], 0
        for number in range(10 * MIN_SWEEP):
            left: list[bool] = []
            tasks.append(await start(act(turn, log, f"leaves {number}", lambda left=left: bool(left))))
            left.append(True)
            longest = max(longest, len(turn))
        turn.release()
        await asyncio.gather(*tasks)
        assert (log, turn.busy) == (["stays"], False)
        return longest

    assert asyncio.run(scenario()) <= MIN_SWEEP
