"""The suite as its users start it: a process of its own, in a folder of its own."""

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
from tests.mock_harness import running_server

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = str(Path(sys.executable).parent / "contracts")
USER_OPTIONS = ("--user", "partner@acme.example")
EXAMPLES_AND_PROPERTIES = ("--kind", "example", "--kind", "law")
"""Without what schemathesis draws, which takes long."""
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SECRET = re.compile(r"eyJ[\w-]+\.|wavetank[\"\\]")
"""A token, or the sample world's password in quotes."""


@dataclass(frozen=True)
class CommandResult:
    """How a command ended. `folder` is where it was started."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def result(self) -> dict[str, Any]:
        """What the run found."""
        document: dict[str, Any] = json.loads((self.folder / "contracts-report" / "result.json").read_text("utf-8"))
        return document

    @property
    def verdicts(self) -> dict[str, str]:
        """Each rule's verdict."""
        return {rule["id"]: rule["verdict"] for rule in self.result["rules"]}

    @property
    def reproducers(self) -> list[str]:
        """The reproducers of its failures, as paths on the command line."""
        return sorted(
            f"contracts-report/reproducers/{file.name}" for file in self.folder.glob("*-report/reproducers/*")
        )

    def find_leaks(self) -> list[str]:
        """What it wrote that holds a secret."""
        files = [file for file in self.folder.rglob("*") if file.is_file()]
        leaking_files = [str(file) for file in files if SECRET.search(file.read_text("utf-8"))]
        return leaking_files + [text for text in (self.out, self.err) if SECRET.search(text)]


def run_command(folder: Path, *arguments: str, **environment: str) -> CommandResult:
    """`contracts` with these arguments, and these variables beside those that are set."""
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
    """`contracts run` on the platform at this origin, as the sample world's user."""
    return run_command(folder, "run", "--base-url", f"{origin}/api/v3", *USER_OPTIONS, *arguments, **environment)


@contextmanager
def running_mock(**quirks: bool) -> Iterator[str]:
    """The right mock with these quirks; gives its origin."""
    settings = Settings(now=NOW, quirks=quirks)
    with running_server(app.create_workspace(settings), settings) as origin:
        yield origin


@contextmanager
def running_defect(name: str) -> Iterator[str]:
    """A mock with this defect, a process of its own that ends with its input; gives its origin."""
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
