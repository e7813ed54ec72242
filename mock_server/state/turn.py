"""The turn of a workspace: its requests act one at a time, in the order in which they arrived.

How it works. A request acts between two `await`s, so short requests need no lock. Only work that runs in pieces
(`domain/pieces.py`) lets the server answer other requests in between. Such work holds its workspace's turn: requests of
the same workspace that arrive meanwhile wait, first come, first served, and requests of other workspaces go on.

    if workspace.turn.busy:                                      # all that a request costs if nobody works in pieces
        await workspace.turn.wait(has_left)
    performed = await run(workspace.turn, catch_up, workspace, now)

A request whose turn has come does not hold the turn. It acts before it waits again, and the next request in the queue
is woken only after that. If it goes on to long work, it holds the turn, and the next request stays in the queue.

A request that reads its body may be overtaken while it reads. It compares `passes` before and after, and queues up
again if another request went ahead.

Leaving. A request whose client has closed the connection leaves the queue without acting, at the latest when its turn
comes. The queue is swept when it has doubled, so it holds at most twice as many requests as there are connections, plus
`MIN_SWEEP`.

Cancelling. Work in pieces goes on to its end if its request is cancelled once, because a job's effects must be whole,
and then raises the cancellation. A second cancellation, as when the event loop ends, abandons the work, unless the
state is saved then (`abandons_work`).

See docs/decisions/0011-a-workspace-acts-in-turns.md.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from typing import TypeVar, TypeVarTuple

from mock_server.domain.pieces import PIECE_UNITS, InPieces, Steps, run_piece

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
MIN_SWEEP = 64
"""A queue shorter than this is not swept."""


class Waiter:
    """A request in the queue. `has_left` tells whether its client has closed the connection."""

    __slots__ = ("has_left", "is_gone", "woken")

    def __init__(self, has_left: Callable[[], bool]) -> None:
        self.has_left = has_left
        self.is_gone = False
        self.woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(self) -> None:
        """Let the request look whether its turn has come."""
        if not self.woken.done():
            self.woken.set_result(None)


class Turn:
    """Who may act in a workspace.

    `busy` is true while work holds the turn or a request waits for it. `abandons_work` tells whether work that is
    cancelled twice stops in the middle. `passes` counts the works that held the turn and
    the requests that waited. `piece_units` is the size of a piece of long work.
    """

    __slots__ = ("_holds", "_sweep_at", "_waiting", "abandons_work", "busy", "passes", "piece_units")

    def __init__(self) -> None:
        self.abandons_work = True
        self.busy = False
        self.passes = 0
        self.piece_units = PIECE_UNITS
        self._holds = 0
        self._waiting: deque[Waiter] = deque()
        self._sweep_at = MIN_SWEEP

    def __len__(self) -> int:
        """Return how many requests wait."""
        return len(self._waiting)

    @property
    def is_held(self) -> bool:
        """Whether work holds the turn."""
        return self._holds > 0

    async def wait(self, has_left: Callable[[], bool]) -> bool:
        """Wait until the requests before this one have acted. Return False if its client has left meanwhile."""
        waiter = Waiter(has_left)
        self._sweep()
        self._waiting.append(waiter)
        self.busy = True
        try:
            while not waiter.is_gone and (self._holds or self._waiting[0] is not waiter):
                await waiter.woken
                waiter.woken = asyncio.get_running_loop().create_future()
            if waiter.is_gone or has_left():
                return False
            self.passes += 1
            return True
        finally:
            if not waiter.is_gone:
                self._waiting.remove(waiter)
            self._wake_next()

    def hold(self) -> None:
        """Make the requests that arrive wait. Who holds the turn may hold it once more for a part of the work."""
        self._holds += 1
        self.busy = True
        self.passes += 1

    def release(self) -> None:
        """Let the next request act, if this was the outer hold."""
        self._holds -= 1
        self._wake_next()

    def _wake_next(self) -> None:
        self.busy = self.is_held or bool(self._waiting)
        if self._waiting and not self._holds:
            self._waiting[0].wake()

    def _sweep(self) -> None:
        """Remove the requests whose clients have left, each time the queue has doubled."""
        if len(self._waiting) < self._sweep_at:
            return
        remaining: deque[Waiter] = deque()
        for waiter in self._waiting:
            if waiter.has_left():
                waiter.is_gone = True
                waiter.wake()
            else:
                remaining.append(waiter)
        self._waiting = remaining
        self._sweep_at = max(MIN_SWEEP, 2 * len(remaining))


async def run(turn: Turn, function: Callable[[*Arguments], Result], *args: *Arguments) -> Result:
    """Run a function for a request whose turn has come. If it is `in_pieces` and runs long, hold the turn meanwhile.

    An exception of the function ends the work where it occurred, and the turn goes to the next request.
    """
    if not isinstance(function, InPieces):
        return function(*args)
    steps: Steps[Result] = function.steps(*args)
    units = 0
    try:
        while units < turn.piece_units:  # as `run_piece` does: most work ends here
            units += next(steps)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # what the steps return
    turn.hold()
    try:
        return await _run_in_pieces(steps, turn)
    finally:
        turn.release()


async def _run_in_pieces(steps: Steps[Result], turn: Turn) -> Result:
    cancelled: asyncio.CancelledError | None = None
    while True:
        try:
            await LoopIteration()
        except asyncio.CancelledError as error:
            if cancelled is not None and turn.abandons_work:
                raise
            cancelled = error
        try:
            run_piece(steps, turn.piece_units)
        except StopIteration as end:
            if cancelled is not None:
                raise cancelled from None
            return end.value  # type: ignore[no-any-return]  # what the steps return


class LoopIteration:
    """Awaited, it lets the event loop answer what is ready, and goes on in the loop's next iteration."""

    def __await__(self) -> Generator[None, None, None]:
        yield
