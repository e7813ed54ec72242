"""Reads the Dockerfile: its stages, and the instructions of each."""

import json
import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from tests.docs.pages import ROOT

FILE = ROOT / "Dockerfile"
IGNORE_FILE = ROOT / ".dockerignore"


@dataclass
class Stage:
    """A stage: its instructions in order, as pairs of the instruction and its text."""

    base: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def texts(self, instruction: str) -> list[str]:
        """Return the texts of all instructions of this kind."""
        return [text for name, text in self.instructions if name == instruction]

    def last(self, instruction: str) -> str:
        """Return the text of the last instruction of this kind."""
        return self.texts(instruction)[-1]

    def words(self, instruction: str) -> list[str]:
        """Return the words of an instruction in the form of a JSON array, such as ENTRYPOINT."""
        words: list[str] = json.loads(self.last(instruction)[self.last(instruction).index("[") :])
        return words

    def environment(self) -> dict[str, str]:
        """Return the variables that ENV sets."""
        return dict(word.split("=", 1) for text in self.texts("ENV") for word in shlex.split(text))

    def copied(self) -> list[tuple[list[str], str]]:
        """Return the sources and the destination of each COPY from the build context."""
        copies = [text.split() for text in self.texts("COPY") if not text.startswith("--")]
        return [(words[:-1], words[-1]) for words in copies]


def read() -> list[Stage]:
    """Return the stages of the Dockerfile."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    stages = list[Stage]()
    for line in filter(None, re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines()):
        name, text = line.split(maxsplit=1)
        if name == "FROM":
            words = text.split()
            stages.append(Stage(words[0], words[2] if "AS" in words else ""))
        elif stages:
            stages[-1].instructions.append((name, text))
    return stages


def is_in_context(path: Path) -> bool:
    """Return whether .dockerignore lets a file or folder at the top level into the build context."""
    patterns = [line for line in IGNORE_FILE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    included = True
    for pattern in patterns:
        if fnmatch(path.name, pattern.removeprefix("!").removeprefix("**/")):
            included = pattern.startswith("!")
    return included
