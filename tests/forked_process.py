"""Start Python programs by forking a process that has already imported their modules.

So a program starts in a few milliseconds instead of a second or two. It is a process of its own all the same, with its
own folder, environment, standard streams, signals and exit code. Only tests of what a program does while it starts need
a new interpreter.

The process that is forked starts with the first use of a program, and ends with this process.
"""

import atexit
import gc
import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTORS = 5
"""How many descriptors a request has: the three standard streams, the request's text, and where the status is sent."""


@dataclass(frozen=True)
class Program:
    """A program: its name, its function as `module:name`, and a module that imports all that it uses."""

    name: str
    entry: str
    preloaded: str


class ForkedProcess:
    """A started program. If a signal ended it, its `returncode` is negative."""

    def __init__(self, status: int) -> None:
        self._status = os.fdopen(status, encoding="ascii")
        self.pid = int(self._status.readline())
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Wait for the end of the program, and return its exit code."""
        if self.returncode is None:
            with self._status:
                self.returncode = int(self._status.readline())
        return self.returncode


def start(
    program: Program, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], streams: tuple[int, ...]
) -> ForkedProcess:
    """Start a program in a folder, with these descriptors as its standard input, output and error output."""
    text, status = os.pipe(), os.pipe()
    socket.send_fds(_start_parent(program.preloaded), [b"start"], [*streams, text[0], status[1]])
    os.close(text[0])
    os.close(status[1])
    request = {"name": program.name, "entry": program.entry, "arguments": list(arguments)}
    with os.fdopen(text[1], "w", encoding="utf-8") as file:
        json.dump({**request, "folder": str(folder), "environment": dict(environment)}, file)
    return ForkedProcess(status[0])


@cache
def _start_parent(preloaded: str) -> socket.socket:
    """Start the process that is forked, and return the socket on which it takes requests."""
    ours, theirs = socket.socketpair()
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.forked_process", str(theirs.fileno()), preloaded],
        cwd=ROOT,
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    theirs.close()

    def stop() -> None:
        ours.close()
        parent.wait()

    atexit.register(stop)
    return ours


def _serve(requests: socket.socket, preloaded: str) -> None:
    """Fork for each request, until the socket is closed."""
    importlib.import_module(preloaded)
    gc.freeze()
    while True:
        content, descriptors, _, _ = socket.recv_fds(requests, 16, DESCRIPTORS)
        if not content:
            return
        if os.fork() == 0:
            requests.close()
            _watch(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _reap()


def _reap() -> None:
    """Take leave of the processes that have ended, so that their CPU time counts."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _watch(descriptors: Sequence[int]) -> NoReturn:
    """Start the program, and send its process id and its exit code. A child does so, because it waits for the end."""
    *streams, text, status = descriptors
    with os.fdopen(text, encoding="utf-8") as file:
        request = json.load(file)
    child = os.fork()
    if child == 0:
        os.close(status)
        _run(request, streams)
    for descriptor in streams:
        os.close(descriptor)
    with os.fdopen(status, "w", encoding="ascii") as answers:
        answers.write(f"{child}\n")
        answers.flush()
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
    os._exit(0)


def _run(request: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    """Become the program. What it raises ends this process as it would end any other."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = [request["name"], *request["arguments"]]
    module, _, name = request["entry"].partition(":")
    function: Callable[[], object] = getattr(importlib.import_module(module), name)
    sys.exit(function())  # type: ignore[arg-type] # None or a code


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
