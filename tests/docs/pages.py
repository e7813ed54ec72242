"""Run a documentation page as a session: run each `sh` block, and compare its output with the block that follows."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mock_server import app
from mock_server.settings import Settings
from tests.mock_harness import running_server

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = Settings(clock_mode="frozen", now=datetime(2026, 9, 1, 12, tzinfo=UTC))
"""The settings of the server that the pages tell their reader to start."""
DOCUMENTED_ADDRESS = "127.0.0.1:8080"
"""The address of that server on the pages."""
PROGRAM_PREFIX = ".venv/bin/"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
OUTPUT_KINDS = ("json", "text")
STEP_MARK = "=== step"


@dataclass(frozen=True)
class Step:
    """Commands, and the output that the page shows for them; None if it shows none."""

    commands: str
    expected_output: str | None


def read_page(name: str) -> str:
    """Return the text of a page of docs/."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


@contextmanager
def documented_server(settings: Settings = SETTINGS) -> Iterator[str]:
    """Run the server that the pages tell their reader to start, and yield its host and port."""
    with running_server(app.create_workspace(settings), settings) as origin:
        yield origin.removeprefix("http://")


def localize(address: str, step: Step) -> Step:
    """Return the step with the address of the running server and the commands of this checkout."""
    port = address.rpartition(":")[2]
    commands = step.commands.replace(DOCUMENTED_ADDRESS, address).replace(
        PROGRAM_PREFIX, f"MOCK_SERVER_PORT={port} {ROOT}/{PROGRAM_PREFIX}"
    )
    return Step(
        commands, None if step.expected_output is None else step.expected_output.replace(DOCUMENTED_ADDRESS, address)
    )


def parse_steps(page: str) -> list[Step]:
    """Return the commands of a page, in order."""
    blocks = [(match[1], match[2]) for match in BLOCK.finditer(page)]
    return [
        Step(
            body,
            blocks[position + 1][1] if position + 1 < len(blocks) and blocks[position + 1][0] in OUTPUT_KINDS else None,
        )
        for position, (kind, body) in enumerate(blocks)
        if kind == "sh"
    ]


def run_session(session: list[Step], folder: Path) -> list[str]:
    """Run all steps in one shell, and return what each step prints."""
    script = "set -e\n" + "".join(f"echo '{STEP_MARK}'\n{step.commands}\necho\n" for step in session)
    completed = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, cwd=folder, timeout=120, check=False
    )
    assert completed.returncode == 0, completed.stdout[-2000:] + completed.stderr[-2000:]
    return [part.strip() for part in completed.stdout.split(STEP_MARK)[1:]]


def output_matches(expected_output: str, printed: str) -> bool:
    """Return whether the output is as the page shows it. There, `…` stands for any text; white space is ignored."""
    parts = [re.escape("".join(part.split())) for part in expected_output.split("…")]
    return re.fullmatch(".*".join(parts), "".join(printed.split()), re.S) is not None
