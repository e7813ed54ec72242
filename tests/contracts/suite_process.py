"""Run the suite as its users do, in a process and a folder of its own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.documentation import Documentation
from tests.mock_harness import running_server

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = str(Path(sys.executable).parent / "contracts")
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
    full_environment = {**os.environ, "NO_COLOR": "1", **environment}
    completed = subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env=full_environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "Traceback" not in completed.stdout + completed.stderr, completed.stdout + completed.stderr
    return CommandResult(completed.returncode, completed.stdout, completed.stderr, folder)


def run_contracts(folder: Path, origin: str, *arguments: str, **environment: str) -> CommandResult:
    """Run `contracts run` on the platform at this origin, as the user of the sample world."""
    return run_command(folder, "run", "--base-url", f"{origin}/api/v3", *USER_OPTIONS, *arguments, **environment)


@contextmanager
def running_mock(documentation: Documentation = "older", **quirks: bool) -> Iterator[str]:
    """Run a mock without a defect that follows this documentation and has these quirks, and yield its origin."""
    settings = Settings(now=NOW, documentation=documentation, quirks=quirks)
    with running_server(app.create_workspace(settings), settings) as origin:
        yield origin


@contextmanager
def running_defect(name: str) -> Iterator[str]:
    """Run a mock with this defect in a process of its own, and yield its origin."""
    command = [sys.executable, "-m", "tests.defects.serve_defect", name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        origin = server.stdout.readline().strip()
        assert origin, f"the deployment {name} did not start"
        try:
            yield origin
        finally:
            server.kill()
