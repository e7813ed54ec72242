"""Reading a documentation page as a session: each `sh` block is run, and the block after it is what it prints."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mock_server import app
from mock_server.settings import Settings
from tests.served import served

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = Settings(clock="frozen", now=datetime(2026, 9, 1, 12, tzinfo=UTC))
"""What the pages have their reader start."""
PLACE = "127.0.0.1:8080"
"""Where it stands on the pages."""
PROGRAMS = ".venv/bin/"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
SHOWN = ("json", "text")
MARK = "=== step"


@dataclass(frozen=True)
class Step:
    """Commands, and what the page says that they print; None where it does not say."""

    commands: str
    shown: str | None


def read(name: str) -> str:
    """A page of docs/."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


@contextmanager
def server(settings: Settings = SETTINGS) -> Iterator[str]:
    """A server as the pages start one; gives host and port."""
    with served(app.create_workspace(settings), settings) as origin:
        yield origin.removeprefix("http://")


def at(address: str, step: Step) -> Step:
    """The step on that server, with this checkout's commands."""
    port = address.rpartition(":")[2]
    commands = step.commands.replace(PLACE, address).replace(PROGRAMS, f"MOCK_SERVER_PORT={port} {ROOT}/{PROGRAMS}")
    return Step(commands, None if step.shown is None else step.shown.replace(PLACE, address))


def steps(page: str) -> list[Step]:
    """The page's commands, in order."""
    blocks = [(match[1], match[2]) for match in BLOCK.finditer(page)]
    return [
        Step(body, blocks[place + 1][1] if place + 1 < len(blocks) and blocks[place + 1][0] in SHOWN else None)
        for place, (kind, body) in enumerate(blocks)
        if kind == "sh"
    ]


def run(session: list[Step], folder: Path) -> list[str]:
    """What each step prints, in one shell for all."""
    script = "set -e\n" + "".join(f"echo '{MARK}'\n{step.commands}\necho\n" for step in session)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=folder, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return [part.strip() for part in ran.stdout.split(MARK)[1:]]


def matches(shown: str, printed: str) -> bool:
    """Whether the page tells the truth; `…` on it stands for anything, and white space for other white space."""
    parts = [re.escape("".join(part.split())) for part in shown.split("…")]
    return re.fullmatch(".*".join(parts), "".join(printed.split()), re.S) is not None
