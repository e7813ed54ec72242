"""Run schemathesis without a socket, either in a fork of the suite's process or in that process itself."""

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
from tests.defects import direct_transport

FORK = multiprocessing.get_context("fork")


class ForkedRun:
    """A run in a forked process, in which everything is already imported."""

    def __init__(self, run: Callable[[], None]) -> None:
        self._process = FORK.Process(target=_run_without_gc, args=(run,))
        self._process.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run has ended, but at most `timeout` seconds if it is given."""
        self._process.join(timeout)

    def kill(self) -> None:
        """End the run if it has not ended."""
        self._process.kill()


class InProcessRun:
    """A run in this process, whose state is restored afterwards."""

    def __init__(self, run: Callable[[], None]) -> None:
        with restore_process_state():
            run()

    def wait(self, timeout: float | None = None) -> None:
        """Do nothing: the run has ended."""

    def kill(self) -> None:
        """Do nothing: the run has ended."""


def _run_without_gc(run: Callable[[], None]) -> None:
    """Run without garbage collection, because the process ends soon."""
    gc.disable()
    run()


RunStarter = Callable[[Callable[[], None]], ForkedRun | InProcessRun]


def bypass_sockets(application: ASGIApp, start: RunStarter = ForkedRun) -> None:
    """Start schemathesis with `start`, and send its requests and those of the suite straight to the application."""
    direct_transport.connect_suite(application)

    def start_engine(
        command: Sequence[str], *, stdout: IO[bytes], env: Mapping[str, str], cwd: Path, **_: Any
    ) -> object:
        words = command[command.index("--config-file") :]
        return start(partial(_run_schemathesis, application, words, stdout.fileno(), env, cwd))

    process.subprocess = SimpleNamespace(Popen=start_engine, STDOUT=None)  # type: ignore[attr-defined] # a seam


SEAMS = [*direct_transport.SEAMS, (process, "subprocess")]


@contextlib.contextmanager
def restore_process_state() -> Iterator[None]:
    """Restore what a run changes in this process.

    They are the environment, the working folder, the output, the warnings, Hypothesis's profile, and the attributes
    that are replaced to bypass sockets.
    """
    environment, folder, output_copies = dict(os.environ), Path.cwd(), [os.dup(1), os.dup(2)]
    profile = hypothesis.settings.get_current_profile_name()
    originals = [(owner, name, getattr(owner, name)) for owner, name in SEAMS]
    with warnings.catch_warnings():
        try:
            yield
        finally:
            for descriptor, copied in enumerate(output_copies, start=1):
                os.dup2(copied, descriptor)
                os.close(copied)
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(folder)
            hypothesis.settings.load_profile(profile)
            for owner, name, original in originals:
                setattr(owner, name, original)


def _run_schemathesis(
    application: ASGIApp, arguments: Sequence[str], output: int, env: Mapping[str, str], cwd: Path
) -> None:
    """Make the process look like a new one, and run schemathesis in it."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    hypothesis.settings.load_profile("default")
    direct_transport.connect_schemathesis(application)
    with contextlib.suppress(SystemExit):
        cli.schemathesis(list(arguments), standalone_mode=False)
