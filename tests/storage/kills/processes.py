"""How the servers that are killed are started: by the command of a user, or faster."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol, TypeAlias

FLAGS = ("serve", "--port", "0")
RUN_MAIN = "from mock_server.cli.main import main; main()"
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["pytest", "uvicorn.protocols.http.auto", "uvicorn.loops.auto", "psycopg", __name__]
    + [f"mock_server.{name}" for name in ("cli.main", "server", "storage.workspaces", "storage.sqlite")]
)


class ServerProcess(Protocol):
    """A server that was started."""

    def read_line(self) -> str:
        """Return the next line that it prints, an empty text if it has ended."""

    def kill(self) -> None:
        """Kill it as the operating system does when memory is short: it gets no chance to do anything."""


Launch: TypeAlias = Callable[[Sequence[str], Path], ServerProcess]
"""Starts a server with some flags, and appends its log to a file."""


class CommandProcess:
    """A server that was started by a command. `patch` is code that it executes before: it plants a bug."""

    def __init__(self, flags: Sequence[str], log: Path, patch: str = "") -> None:
        program = ["-c", f"{patch}\n{RUN_MAIN}"] if patch else ["-m", "mock_server"]
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, *program, *FLAGS, *flags], stdout=subprocess.PIPE, stderr=file, text=True
            )

    def read_line(self) -> str:
        """Return the next line that it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class ForkedProcess:
    """A server that starts faster: it is forked from a process that has imported the packages."""

    def __init__(self, flags: Sequence[str], log: Path) -> None:
        reader, writer = FORKS.Pipe(duplex=False)
        with reader, writer:
            self._process = FORKS.Process(target=_serve, args=(list(flags), log, writer), daemon=True)
            self._process.start()
            self._output = os.fdopen(os.dup(reader.fileno()))

    def read_line(self) -> str:
        """Return the next line that it prints."""
        return self._output.readline()

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._output.close()


def _serve(flags: list[str], log: Path, output: Connection) -> None:
    from mock_server.cli.main import main

    with log.open("ab") as file, output:
        os.dup2(output.fileno(), 1)
        os.dup2(file.fileno(), 2)
    main([*FLAGS, *flags])
