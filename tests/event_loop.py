"""One event loop for the many short calls of the tests.

`asyncio.run` creates and closes a loop for each call, which takes as long as several requests to an app in process.
"""

import asyncio
import atexit
import contextvars
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
_runner: asyncio.Runner | None = None


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Do what `asyncio.run` does. Tasks that are left are cancelled, as it does; then the next call has a new loop.

    Only the main thread shares a loop.
    """
    global _runner
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(coroutine)
    runner = _runner = _runner or asyncio.Runner()
    try:
        return runner.run(coroutine, context=contextvars.copy_context())
    finally:
        if asyncio.all_tasks(runner.get_loop()):
            close()


def close() -> None:
    """Close the shared loop."""
    global _runner
    if _runner is not None:
        _runner.close()
        _runner = None


def _forget() -> None:
    global _runner
    _runner = None


atexit.register(close)
os.register_at_fork(after_in_child=_forget)  # a child would take events of its parent's loop
