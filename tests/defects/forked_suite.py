"""Run one defect, or the suite once, in a process forked from a process that has already imported everything."""

import argparse
import asyncio
import contextlib
import gc
import importlib
import json
import os
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import hypothesis
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import strategies
from jwt.algorithms import RSAAlgorithm
from starlette.types import ASGIApp

from contracts import plugin as plugin  # imported before the processes are forked
from contracts.cases import test_walk
from contracts.cli import run
from contracts.pytest_plugin import hypothesis_profile
from contracts.schemathesis_runner import hooks, profiles
from mock_server import app
from mock_server.control import router as router  # imported before the processes are forked
from mock_server.control.workspaces import routes as routes
from mock_server.settings import Settings
from mock_server.state.tokens import SigningKey
from mock_server.worlds import sample as sample
from tests.defects import registry, schemathesis_in_process
from tests.defects.schemathesis_in_process import FORK, ForkedRun, InProcessRun, RunStarter
from tests.defects.serve_defect import NO_DEFECT, START_TIME

USER_OPTIONS = ["--user", "partner@acme.example"]
SHORT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
UNUSED_BASE_URL = "http://127.0.0.1:9/api/v3"
"""A base URL at which nothing listens, for a deployment without a socket."""


def warm_up(examples: int, stateful_runs: int | None = None, *, shrink: bool = True) -> None:
    """Prepare the data that each fork would otherwise compute again: contracts, and Hypothesis's character tables.

    A property reads its settings on import, so they are set here: how many `examples` it draws, whether it shrinks
    failures, and, if `stateful_runs` is given, how often the stateful test runs.
    """
    standard = hypothesis_profile.build_settings("standard")
    phases = [phase for phase in standard.phases if shrink or phase is not hypothesis.Phase.shrink]
    hypothesis.settings.register_profile("forks", standard, max_examples=examples, phases=phases)
    hypothesis.settings.load_profile("forks")
    for file in sorted(run.CASES.glob("test_*.py")):
        importlib.import_module(f"contracts.cases.{file.stem}")
    if stateful_runs is not None:
        test_walk.RUNS_BY_PROFILE["standard"] = (stateful_runs, test_walk.RUNS_BY_PROFILE["standard"][1])
    hypothesis.find(strategies.text(), lambda text: True, settings=hypothesis.settings(database=None))
    gc.freeze()


def set_draw_counts(examples: int, stateful_runs: int) -> None:
    """Set how many requests schemathesis draws for each operation, and how many link sequences it runs."""
    profiles.EXAMPLES_BY_PROFILE["standard"], profiles.SEQUENCES_BY_PROFILE["standard"] = examples, stateful_runs


def run_once_without_defect(kinds: Sequence[str], options: Sequence[str] = ()) -> None:
    """Run the contracts of these kinds once in this process, on the deployment without a defect.

    The contracts and their libraries fill caches during this run, and each forked process inherits the caches.
    """
    with tempfile.TemporaryDirectory() as folder, schemathesis_in_process.restore_process_state():
        _run_suite_in_child(
            UNUSED_BASE_URL,
            folder,
            [*(argument for kind in kinds for argument in ("--kind", kind)), *options],
            NO_DEFECT,
            InProcessRun,
        )
    hooks.PROBE_RESULTS.clear()
    gc.collect()
    gc.freeze()


def build_app(name: str) -> ASGIApp:
    """Build the deployment with this defect. It patches this process, which must not be used for anything else."""
    return build_patched_app(name)[0]


def build_patched_app(name: str) -> tuple[ASGIApp, registry.Patch]:
    """Build the deployment with this defect, as `build_app` does, and return the defect's patch with it."""
    patch, settings = make_patch(name), Settings(now=START_TIME)
    if name != NO_DEFECT:
        settings = replace(settings, documentation=registry.all_defects()[name].documentation)
    return patch.wrap_app(app.create_app(settings)), patch


def make_patch(name: str) -> registry.Patch:
    """Patch this process with this defect.

    Tokens are signed with a shorter key, which is five times as fast; no rule is about the length of the key.
    """
    short_key = registry.Patch()
    short_key.replace(SigningKey, "private_key", SHORT_KEY)
    short_key.replace(RSAAlgorithm, "check_key_length", lambda algorithm, key: None)
    patch = registry.Patch()
    if name != NO_DEFECT:
        registry.all_defects()[name].apply(patch)
    return patch


@contextlib.contextmanager
def running_deployment(name: str) -> Iterator[str]:
    """Run a real server with this defect on a free port, and yield its origin.

    Raises AssertionError at the end if the defect's own code has failed.
    """
    receiver, sender = FORK.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "output.txt"
        server = FORK.Process(target=_serve, args=(name, sender, log), daemon=True)
        server.start()
        sender.close()
        try:
            yield f"http://127.0.0.1:{receiver.recv()}"
        except EOFError as error:
            raise AssertionError(f"{name} does not start: {log.read_text(encoding='utf-8')[-3000:]}") from error
        finally:
            os.kill(server.pid or 0, signal.SIGKILL)
            server.join()
        require_own_code_to_fit(name, log.read_text(encoding="utf-8"))


OWN_CODE = re.compile(r"tests/(?:defects|variants)/")
MISFITS = ("AttributeError", "TypeError", "NameError", "ImportError", "UnboundLocalError")


def run_suite(
    base_url: str, options: Sequence[str], deployment: str | Callable[[], ASGIApp] | None = None
) -> dict[str, Any]:
    """Run the suite once and return its result.

    If `deployment` is given, the suite runs without a socket on the deployment with the defect of that name, or on the
    application that the function builds.
    """
    with tempfile.TemporaryDirectory() as folder:
        suite = FORK.Process(target=_run_suite_in_child, args=(base_url, folder, list(options), deployment))
        suite.start()
        suite.join()
        file = Path(folder) / "result.json"
        output = (Path(folder) / "output.txt").read_text(encoding="utf-8")
        require_own_code_to_fit(deployment, output)
        if not file.exists():
            raise AssertionError(f"the suite broke on {base_url}: {output[-3000:]}")
        result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return result


def require_own_code_to_fit(deployment: object, output: str) -> None:
    """Raise AssertionError if a defect or a variant has failed by an error in its own code.

    No deployment would have this error: the code that it patches has changed.
    """
    frame = ""
    for line in output.splitlines():
        if line.startswith("  File "):
            frame = line
        elif frame and not line.startswith(" "):
            if OWN_CODE.search(frame) and line.startswith(MISFITS):
                raise AssertionError(f"the code of {deployment} does not fit the mock: {line} ({frame.strip()})")
            frame = ""


def _serve(name: str, sender: Connection, log: Path) -> None:
    _redirect_output(log)

    async def serve() -> None:
        server = uvicorn.Server(uvicorn.Config(build_app(name), port=0, log_level="critical", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.wait({serving}, timeout=0.005)
        sender.send(server.servers[0].sockets[0].getsockname()[1])
        await serving

    asyncio.run(serve())


def _run_suite_in_child(
    base_url: str,
    folder: str,
    options: list[str],
    deployment: str | Callable[[], ASGIApp] | None,
    start: RunStarter = ForkedRun,
) -> None:
    _redirect_output(Path(folder) / "output.txt")
    with contextlib.suppress(SystemExit):
        try:
            if deployment is not None:
                application = build_app(deployment) if isinstance(deployment, str) else deployment()
                schemathesis_in_process.bypass_sockets(application, start)
            parser = argparse.ArgumentParser()
            run.add_options(parser)
            arguments = ["--base-url", base_url, *USER_OPTIONS, "--report-dir", folder, *options]
            os.chdir(folder)
            run.run(parser.parse_args(arguments))
        except Exception:  # the parent process reads it from the output file
            traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()


def _redirect_output(file: Path) -> None:
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
