"""Worker processes that serve the same sockets: `mock-server serve --workers N`.

How it works. The main process opens the sockets and starts the workers, which accept connections from them. The main
process accepts none itself. A connection that waits belongs to no worker, so none is lost when a worker ends. (With
SO_REUSEPORT, each worker has a queue of its own, which is reset with it.)

Ends. A worker that ends by itself is started again, at once, or after a pause if others have ended in the last minute.

Stopping. Ctrl-C reaches all processes of a terminal, but only the main process acts on it: it asks the workers to stop,
waits for them, and kills those that take too long. A second Ctrl-C kills them at once. If the main process is killed,
the workers stop by themselves.
"""

import logging
import multiprocessing
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Protocol

from mock_server.state.clock import machine_seconds

REMEMBERED_SECONDS = 60.0
"""After so long without an end, the next worker that ends is replaced at once."""
MAX_PAUSE = 30.0
"""The longest pause before a worker is started again, in seconds."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
log = logging.getLogger("mock_server")


class Worker(Protocol):
    """A worker process. `sentinel` becomes ready when it ends."""

    @property
    def pid(self) -> int | None:
        """The number of the process."""

    @property
    def exitcode(self) -> int | None:
        """How it has ended, None while it runs."""

    @property
    def sentinel(self) -> int:
        """What can be waited for."""

    def start(self) -> None:
        """Start it."""

    def terminate(self) -> None:
        """Ask it to stop."""

    def kill(self) -> None:
        """End it at once."""

    def join(self) -> None:
        """Wait until it has ended."""


class Workers:
    """The workers of a server.

    `build` returns a new worker, and `stop_seconds` is how long the workers may take to stop. `seconds` returns the
    machine's monotonic time.
    """

    def __init__(
        self,
        count: int,
        build: Callable[[], Worker],
        stop_seconds: float,
        seconds: Callable[[], float] = machine_seconds,
    ) -> None:
        self._build = build
        self._stop_seconds = stop_seconds
        self._seconds = seconds
        self._running: list[Worker] = []
        self._starts = [seconds()] * count
        """When the workers are started that do not run."""
        self._last_end: float | None = None
        self._pause = 0.0

    def run(self) -> None:
        """Run the workers until Ctrl-C or SIGTERM, then stop them."""
        with stop_requests() as requests:
            self.start_due()
            while requests not in self._wait(requests, self._next_start()):
                self.note_ends()
                self.start_due()
            requests.recv(1)
            self.stop(requests)

    def start_due(self) -> None:
        """Start the workers whose time has come."""
        now = self._seconds()
        due = [start for start in self._starts if start <= now]
        self._starts = [start for start in self._starts if start > now]
        for _ in due:
            worker = self._build()
            with signals_blocked():
                worker.start()
            self._running.append(worker)

    def note_ends(self) -> None:
        """Plan the start of another worker for each that has ended."""
        for worker in self._take_ended():
            pause = self._next_pause()
            log.error(
                "worker process %s ended with exit code %s; another one starts in %d s",
                worker.pid,
                worker.exitcode,
                pause,
            )
            self._starts.append(self._seconds() + pause)

    def stop(self, requests: socket.socket) -> None:
        """Ask all workers to stop, and wait. Kill those that take too long, or all if there is a second request."""
        for worker in self._running:
            worker.terminate()
        deadline = self._seconds() + self._stop_seconds
        while self._running:
            ready = self._wait(requests, deadline)
            self._take_ended()
            if requests in ready or self._seconds() >= deadline:
                break
        for worker in self._running:
            log.error("worker process %s did not stop, and is killed", worker.pid)
            worker.kill()
            worker.join()

    def _next_pause(self) -> float:
        """Return how long to wait before another worker is started in the place of one that has just ended."""
        now, last_end = self._seconds(), self._last_end
        is_first = last_end is None or now - last_end >= REMEMBERED_SECONDS
        self._last_end = now
        self._pause = 0.0 if is_first else min(MAX_PAUSE, max(1.0, 2 * self._pause))
        return self._pause

    def _take_ended(self) -> list[Worker]:
        """Return the workers that have ended, which are not among those that run any more."""
        ended = [worker for worker in self._running if worker.exitcode is not None]
        self._running = [worker for worker in self._running if worker not in ended]
        for worker in ended:
            worker.join()
        return ended

    def _next_start(self) -> float | None:
        return min(self._starts, default=None)

    def _wait(self, requests: socket.socket, until: float | None) -> list[object]:
        """Wait for a request to stop, for the end of a worker, or until a time."""
        timeout = None if until is None else max(0.0, until - self._seconds())
        return list(connection.wait([requests, *(worker.sentinel for worker in self._running)], timeout))


@contextmanager
def stop_requests() -> Iterator[socket.socket]:
    """Return a socket that receives a byte for each Ctrl-C or SIGTERM within the block."""
    receiver, sender = socket.socketpair()
    sender.settimeout(0)

    def note(number: int, frame: object) -> None:
        with suppress(BlockingIOError):
            sender.send(b"\0")

    previous = {each: signal.signal(each, note) for each in STOP_SIGNALS}
    try:
        with receiver, sender:
            yield receiver
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Block Ctrl-C and SIGTERM. A process that is started within the block begins with them blocked."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # starting it would unblock the signals
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


def obey_main_process(stop: Callable[[], None]) -> None:
    """Call `stop` when the main process of this worker has ended, and receive its SIGTERM. Ctrl-C stays blocked."""
    main = multiprocessing.parent_process()
    if main is not None:
        threading.Thread(target=_stop_after, args=(main, stop), name="main-process", daemon=True).start()
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _stop_after(main: BaseProcess, stop: Callable[[], None]) -> None:
    main.join()
    stop()
