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
from mock_server.state.quirks import Quirks
from tests.served import served

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = str(Path(sys.executable).parent / "contracts")
USER = ("--user", "partner@acme.example")
DIRECT = ("--kind", "example", "--kind", "law")
"""Without what schemathesis draws, which takes long."""
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SECRET = re.compile(r"eyJ[\w-]+\.|wavetank[\"\\]")
"""A token, or the sample world's password in quotes."""


@dataclass(frozen=True)
class Tried:
    """How a command ended. `folder` is where it was started."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def result(self) -> dict[str, Any]:
        """What the run found."""
        found: dict[str, Any] = json.loads((self.folder / "contracts-report" / "result.json").read_text("utf-8"))
        return found

    @property
    def verdicts(self) -> dict[str, str]:
        """Each rule's verdict."""
        return {rule["id"]: rule["verdict"] for rule in self.result["rules"]}

    @property
    def capsules(self) -> list[str]:
        """The capsules of its failures, as they are named on the command line."""
        return sorted(f"contracts-report/capsules/{file.name}" for file in self.folder.glob("*-report/capsules/*"))

    def leaks(self) -> list[str]:
        """What it wrote that holds a secret."""
        written = [file for file in self.folder.rglob("*") if file.is_file()]
        found = [str(file) for file in written if SECRET.search(file.read_text("utf-8"))]
        return found + [text for text in (self.out, self.err) if SECRET.search(text)]


def tried(folder: Path, *arguments: str, **environment: str) -> Tried:
    """`contracts` with these arguments, and these variables beside those that are set."""
    told = {**os.environ, "NO_COLOR": "1", **environment}
    ran = subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env=told,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "Traceback" not in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    return Tried(ran.returncode, ran.stdout, ran.stderr, folder)


def run(folder: Path, origin: str, *arguments: str, **environment: str) -> Tried:
    """`contracts run` on the platform at this origin, as the sample world's user."""
    return tried(folder, "run", "--base-url", f"{origin}/api/v3", *USER, *arguments, **environment)


@contextmanager
def mock(**quirks: bool) -> Iterator[str]:
    """The right mock with these quirks; gives its origin."""
    chosen = Settings(now=NOW, quirks=Quirks(**quirks))
    with served(app.create_workspace(chosen), chosen) as origin:
        yield origin


@contextmanager
def broken(name: str) -> Iterator[str]:
    """A mock with this defect, a process of its own that ends with its input; gives its origin."""
    command = [sys.executable, "-m", "tests.defects.deploy", name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        origin = server.stdout.readline().strip()
        assert origin, f"the deployment {name} did not start"
        try:
            yield origin
        finally:
            server.kill()
