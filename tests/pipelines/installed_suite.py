"""A Python whose `-m venv` makes an environment with the commands of this checkout, so that nothing is downloaded."""

import sys
from pathlib import Path

COMMANDS = ("contracts", "mock-server", "wavetank")
PYTHON = """#!/bin/sh
echo "$@" >> '{log}'
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin"
  cp "$0" "$3/bin/python"
  for command in {commands}; do ln -s "{binaries}/$command" "$3/bin/$command"; done
fi
"""


def make_python(folder: Path) -> Path:
    """Write the program, as python3, to a folder of its own. What it is called with is in the file `calls` there."""
    folder.mkdir()
    program = folder / "python3"
    binaries = Path(sys.executable).parent
    program.write_text(PYTHON.format(log=folder / "calls", commands=" ".join(COMMANDS), binaries=binaries))
    program.chmod(0o755)
    return program


def read_calls(program: Path) -> list[str]:
    """Return the command lines with which the program was called."""
    return (program.parent / "calls").read_text(encoding="utf-8").splitlines()
