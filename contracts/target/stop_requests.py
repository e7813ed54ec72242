"""Requests to stop: Ctrl-C and SIGTERM. A run that is stopped writes its reports and cleans up.

Both raise KeyboardInterrupt, which pytest turns into an orderly end of the session. Not everywhere:

- While a command starts, SIGTERM is only noted: a run needs its session to write a report.
- A step that must not be interrupted, such as creating a workspace, defers both: a workspace that is not yet recorded
  would never be deleted.
- While a session ends, both are ignored: the writes are being undone, and the reports written.

A second request interrupts at once. KeyboardInterrupt is lost where Python ignores exceptions, as in a finalizer, so a
session also checks after each test whether there was a request.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal, NoReturn, TypeAlias

SignalHandler: TypeAlias = Callable[[int, FrameType | None], object] | int | None
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequests:
    """The requests to stop this process. Without `installed` or `install`, the process handles signals as usual.

    `was_requested` says whether a request has interrupted a command.
    """

    def __init__(self) -> None:
        self.was_requested = False
        self._phase: Literal["starting", "running", "ending"] = "running"
        self._deferrals = 0
        self._is_noted = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Run a command in this block; the command counts as starting until `admit` is called."""
        self._phase, self._is_noted, self.was_requested = "starting", False, False
        previous_handlers = self.install()
        try:
            yield
        finally:
            self._phase = "running"
            for number, handler in previous_handlers.items():
                signal.signal(number, handler)

    def install(self, *, even_if_ignored: bool = False) -> dict[signal.Signals, SignalHandler]:
        """Handle the signals, except ignored ones. Return the previous handlers."""
        if threading.current_thread() is not threading.main_thread():
            return {}
        handlers: dict[signal.Signals, SignalHandler] = {number: signal.getsignal(number) for number in SIGNALS}
        replaced = {number: old for number, old in handlers.items() if even_if_ignored or old is not signal.SIG_IGN}
        for number in replaced:
            signal.signal(number, self._handle)
        return replaced

    def admit(self) -> None:
        """End the start of a command. Raises KeyboardInterrupt if SIGTERM has arrived meanwhile."""
        self._phase = "running"
        self._raise_noted()

    def ignore(self) -> None:
        """Mark the session as ending. The first request to stop does not interrupt its end."""
        self._phase = "ending"

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Complete this block without an interruption.

        Raises KeyboardInterrupt at its end if a request has arrived meanwhile.
        """
        self._deferrals += 1
        try:
            yield
        finally:
            self._deferrals -= 1
            if not self._deferrals and self._phase == "running":
                self._raise_noted()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        is_starting = self._phase == "starting" and number == signal.SIGTERM
        if (is_starting or self._deferrals or self._phase == "ending") and not self._is_noted:
            self._is_noted = True
            return
        self._interrupt()

    def _raise_noted(self) -> None:
        if self._is_noted:
            self._interrupt()

    def _interrupt(self) -> NoReturn:
        self._is_noted, self.was_requested = False, True
        raise KeyboardInterrupt


STOP_REQUESTS = StopRequests()
"""The requests of this process, because signals belong to the process as a whole."""
