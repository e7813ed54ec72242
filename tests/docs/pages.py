"""Reading a documentation page as a session: each `sh` block is run, and the block after it is what it prints."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
SHOWN = ("json", "text")
MARK = "=== step"


@dataclass(frozen=True)
class Step:
    """Commands, and what the page says that they print; None where it does not say."""

    commands: str
    shown: str | None


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
