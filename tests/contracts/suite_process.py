"""Run the suite as its users do, in a process and a folder of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.documentation import Documentation
from tests import forked_process
from tests.forked_process import Program
from tests.mock_harness import running_server

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = str(Path(sys.executable).parent / "contracts")
PREPARED = "tests.contracts.prepared_command"
PROGRAM = Program("contracts", "contracts.cli.main:main", PREPARED)
"""The same command, for runs about which it is not of interest how they start."""
PYTEST = Program("pytest", "pytest:console_main", PREPARED)
DEFECT_SERVER = Program(
    "serve_defect", "tests.defects.serve_defect:serve_first_argument", "tests.defects.prepared_server"
)
USER_OPTIONS = ("--user", "partner@acme.example")
EXAMPLES_AND_PROPERTIES = ("--kind", "example", "--kind", "law")
"""Leaves out the contracts that run schemathesis, which take long."""
PERMISSION = ("--allow-writes", "partner-id-acme", "--allow-writes", "partner-id-beta")
"""Permission to write to the mock's own data if the run has no control API."""
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SECRET = re.compile(r"eyJ[\w-]+\.|wavetank[\"\\]")
"""Matches a token, or the password of the sample world in quotes."""


@dataclass(frozen=True)
class CommandResult:
    """How a command ended; `folder` is where it was started."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def result(self) -> dict[str, Any]:
        """Return the content of the run's `result.json`."""
        document: dict[str, Any] = json.loads((self.folder / "contracts-report" / "result.json").read_text("utf-8"))
        return document

    @property
    def verdicts(self) -> dict[str, str]:
        """Return the verdict of each rule."""
        return {rule["id"]: rule["verdict"] for rule in self.result["rules"]}

    @property
    def reproducers(self) -> list[str]:
        """Return the paths of the run's reproducers, as used on the command line."""
        return sorted(
            f"contracts-report/reproducers/{file.name}" for file in self.folder.glob("*-report/reproducers/*")
        )

    def find_leaks(self) -> list[str]:
        """Return the files and outputs that contain a secret."""
        files = [file for file in self.folder.rglob("*") if file.is_file()]
        leaking_files = [str(file) for file in files if SECRET.search(file.read_text("utf-8"))]
        return leaking_files + [text for text in (self.out, self.err) if SECRET.search(text)]


def run_command(folder: Path, *arguments: str, **environment: str) -> CommandResult:
    """Run `contracts` with these arguments and these additional environment variables."""
    return run_program(PROGRAM, folder, *arguments, **environment)


def run_program(program: Program | None, folder: Path, *arguments: str, **environment: str) -> CommandResult:
    """Run a program like `run_command`; without a program, run `contracts` in a new interpreter, as its users do."""
    full_environment = {**os.environ, "NO_COLOR": "1", **environment}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err, open(os.devnull) as nothing:
        streams = (nothing.fileno(), out.fileno(), err.fileno())
        if program is None:
            process: Any = subprocess.Popen(
                [COMMAND, *arguments], cwd=folder, env=full_environment, stdin=nothing, stdout=out, stderr=err
            )
        else:
            process = forked_process.start(program, arguments, folder, full_environment, streams)
        code = process.wait()
        texts = [_read_all(out), _read_all(err)]
    assert "Traceback" not in "".join(texts), "".join(texts)
    return CommandResult(code, *texts, folder)


def _read_all(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def run_contracts(folder: Path, origin: str, *arguments: str, **environment: str) -> CommandResult:
    """Run `contracts run` on the platform at this origin, as the user of the sample world."""
    return run_command(folder, *run_words(origin), *arguments, **environment)


def run_words(origin: str) -> tuple[str, ...]:
    """Return the words of the command that `run_contracts` runs, without further options."""
    return ("run", "--base-url", f"{origin}/api/v3", *USER_OPTIONS)


@contextmanager
def running_mock(documentation: Documentation = "older", **quirks: bool) -> Iterator[str]:
    """Run a mock without a defect that follows this documentation and has these quirks, and yield its origin."""
    settings = Settings(now=NOW, documentation=documentation, quirks=quirks)
    with running_server(app.create_workspace(settings), settings) as origin:
        yield origin


@contextmanager
def running_defect(name: str) -> Iterator[str]:
    """Run a mock with this defect in a process of its own, and yield its origin."""
    (input_end, held), (read_end, written) = os.pipe(), os.pipe()
    with open(held, "wb"), open(read_end, encoding="ascii") as output:
        streams = (input_end, written, sys.__stderr__.fileno())
        server = forked_process.start(DEFECT_SERVER, [name], ROOT, os.environ, streams)
        os.close(input_end)
        os.close(written)
        origin = output.readline().strip()
        assert origin, f"the deployment {name} did not start"
        try:
            yield origin
        finally:
            server.send_signal(signal.SIGKILL)
            server.wait()
