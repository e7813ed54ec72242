"""Schemathesis without a socket, and without a start from nothing: forked from the suite, and from its world."""

import contextlib
import gc
import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import hypothesis
from schemathesis import cli
from starlette.types import ASGIApp

from contracts.schemathesis_runner import process
from tests.defects import near

FORK = multiprocessing.get_context("fork")


class Forked:
    """A run that has imported already what this process has."""

    def __init__(self, run: Callable[[], None]) -> None:
        self._process = FORK.Process(target=_unswept, args=(run,))
        self._process.start()

    def wait(self, timeout: float | None = None) -> None:
        """Until it is through, or for so many seconds."""
        self._process.join(timeout)

    def kill(self) -> None:
        """End it, if it has not ended."""
        self._process.kill()


class Here:
    """A run in this very process, which is as it was afterwards, but for what schemathesis keeps for its next run."""

    def __init__(self, run: Callable[[], None]) -> None:
        with as_it_was():
            run()

    def wait(self, timeout: float | None = None) -> None:
        """It is through."""

    def kill(self) -> None:
        """It has ended."""


def _unswept(run: Callable[[], None]) -> None:
    """It ends before garbage is worth collecting."""
    gc.disable()
    run()


Start = Callable[[Callable[[], None]], Forked | Here]


def beside(served: ASGIApp, start: Start = Forked) -> None:
    """Let this process's suite start schemathesis like that, and both speak straight to the application."""
    near.suite(served)

    def begun(command: Sequence[str], *, stdout: IO[bytes], env: Mapping[str, str], cwd: Path, **_: Any) -> object:
        words = command[command.index("--config-file") :]
        return start(partial(_schemathesis, served, words, stdout.fileno(), env, cwd))

    process.subprocess = SimpleNamespace(Popen=begun, STDOUT=None)  # type: ignore[attr-defined] # a seam


SEAMS = [*near.SEAMS, (process, "subprocess")]


@contextlib.contextmanager
def as_it_was() -> Iterator[None]:
    """Put back what a run changes of this process.

    That is its environment, folder, output, warnings, Hypothesis's profile, and the ways into an application.
    """
    environment, folder, said = dict(os.environ), Path.cwd(), [os.dup(1), os.dup(2)]
    profile = hypothesis.settings.get_current_profile_name()
    ways = [(owner, name, getattr(owner, name)) for owner, name in SEAMS]
    with warnings.catch_warnings():
        try:
            yield
        finally:
            for place, kept in enumerate(said, start=1):
                os.dup2(kept, place)
                os.close(kept)
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(folder)
            hypothesis.settings.load_profile(profile)
            for owner, name, way in ways:
                setattr(owner, name, way)


def _schemathesis(served: ASGIApp, words: Sequence[str], said: int, env: Mapping[str, str], cwd: Path) -> None:
    """What a process of its own would start with, then the run."""
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    hypothesis.settings.load_profile("default")
    near.engine(served)
    with contextlib.suppress(SystemExit):
        cli.schemathesis(list(words), standalone_mode=False)
