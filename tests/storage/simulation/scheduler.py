"""An event loop without time, and the scheduler that decides what happens next in it.

Whatever waits for the database, or for time to pass, waits for a `Step`. The scheduler takes one step after another, in
an order that depends only on its seed. The effect of a step and the answer that its task receives are two decisions, so
that anything may happen in between.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from random import Random  # noqa: TID251 - seeded
from typing import Any

NESTED = 0.1
"""How often another step happens between two statements of a transaction."""
MAX_DEPTH = 2


class BlockedError(Exception):
    """The step waits for a lock of another transaction."""


class ServerCrashError(BaseException):
    """The server of the task has crashed. It is no Exception, so that the server's code does not handle it."""


class DeadlockError(AssertionError):
    """All steps wait for locks."""


class SimulatedLoop(asyncio.AbstractEventLoop):
    """An event loop that runs what is ready, in order, and knows neither time nor sockets."""

    def __init__(self) -> None:
        self._ready = deque[asyncio.Handle]()
        self.failures = list[BaseException]()

    def call_soon(self, callback: Any, *args: Any, context: contextvars.Context | None = None) -> asyncio.Handle:
        """Call a function after those that are ready."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(self, coroutine: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:  # type: ignore[override]
        """Start a task."""
        return asyncio.Task(coroutine, loop=self, **options)

    def get_debug(self) -> bool:
        """Return False: asyncio's own checks are off."""
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep an exception that nobody handles, unless it is a crash."""
        error = context.get("exception")
        if error is not None and not isinstance(error, ServerCrashError):
            self.failures.append(error)

    def drain(self) -> None:
        """Run until all tasks wait."""
        asyncio._set_running_loop(self)
        try:
            while self._ready:
                self._ready.popleft()._run()
        finally:
            asyncio._set_running_loop(None)


class Step:
    """What a task waits for. `effect` returns the result, or raises BlockedError to be tried again later."""

    def __init__(self, server: object, name: str, effect: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        self.server = server
        self.name = name
        self.future = future
        self.is_done = self.is_blocked = self.is_running = False
        self.answer_error: Exception | None = None
        """What the task is told in place of the result, as when the connection is lost."""
        self._effect = effect
        self._result: Any = None
        self._error: Exception | None = None

    def perform(self) -> None:
        """Let the effect happen, if no lock prevents it."""
        self.is_running = True
        try:
            self._result = self._effect()
        except BlockedError:
            self.is_blocked = True
            return
        except Exception as error:
            self._error = error
        finally:
            self.is_running = False
        self.is_done = True

    def answer(self) -> None:
        """Let the task go on."""
        error = self.answer_error or self._error
        if error is None:
            self.future.set_result(self._result)
        else:
            self.future.set_exception(error)


class Scheduler:
    """Decides in which order the steps happen. `taken` counts them. `events` are other things that may happen."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.loop = SimulatedLoop()
        self.waiting = list[Step]()
        self.taken = 0
        self._depth = 0

    async def wait(self, server: object, name: str, effect: Callable[[], Any]) -> Any:
        """Wait until the scheduler lets something happen, and return its result."""
        step = Step(server, name, effect, self.loop.create_future())
        self.waiting.append(step)
        return await step.future

    def take(self) -> bool:
        """Take a step. Return False if there is none. Raises DeadlockError."""
        ready = [step for step in self.waiting if not step.is_blocked and not step.is_running]
        if not ready:
            if self.waiting and not self._depth:
                raise DeadlockError([step.name for step in self.waiting])
            return False
        self.taken += 1
        step = self.random.choice(ready)
        if not step.is_done:
            step.perform()
            if not step.is_done or self.random.random() < 0.5:
                return True
        self.waiting.remove(step)
        step.answer()
        self.loop.drain()
        return True

    def interrupt(self) -> None:
        """Take steps of others between two statements, now and then."""
        if self._depth < MAX_DEPTH and self.random.random() < NESTED:
            self._depth += 1
            try:
                while self.take() and self.random.random() < 0.7:
                    pass
            finally:
                self._depth -= 1

    @contextmanager
    def without_interrupts(self) -> Iterator[None]:
        """Let nothing else happen within the block."""
        depth, self._depth = self._depth, MAX_DEPTH
        try:
            yield
        finally:
            self._depth = depth

    def perform_alone(self, step: Step) -> None:
        """Let the effect of a step happen, and nothing else meanwhile."""
        with self.without_interrupts():
            step.perform()

    def unblock(self) -> None:
        """Try the steps again that wait for locks."""
        for step in self.waiting:
            step.is_blocked = False

    def crash(self, server: object) -> None:
        """Let the tasks of a server end where they are, as soon as the loop runs. What a step has done stays done."""
        crashed = [step for step in self.waiting if step.server is server]
        self.waiting = [step for step in self.waiting if step.server is not server]
        for step in crashed:
            step.future.set_exception(ServerCrashError())
