"""The output of commands, without secrets. Its reader may close the pipe early, as `head` does: that is no error."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from contracts.spec.redactor import REDACTOR


@contextmanager
def end_quietly() -> Iterator[None]:
    """Run a command in this block. It ends at the first write to a closed pipe, without a traceback.

    If the command is started without an output, as by `>&-`, what it writes is discarded.
    """
    _open_missing_streams()
    try:
        yield
    except BrokenPipeError:
        pass
    finally:
        discard_if_closed(sys.stdout)
        discard_if_closed(sys.stderr)


def write(text: str) -> None:
    """Write a line to standard output, or nothing if its pipe is closed, because the command has more work to do."""
    try:
        print(REDACTOR.hide(text), flush=True)
    except BrokenPipeError:
        discard_if_closed(sys.stdout)


def write_error(problem: object) -> None:
    """Write an error message to standard error, or nothing if its pipe is closed."""
    with suppress(BrokenPipeError):
        print(REDACTOR.hide(f"contracts: {problem}"), file=sys.stderr)


def has_colour() -> bool:
    """Return whether standard output shows colours. `NO_COLOR` turns them off."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def terminal_width() -> int:
    """Return the width of the terminal, from 60 to 120."""
    return max(60, min(120, shutil.get_terminal_size().columns))


def _open_missing_streams() -> None:
    """Give the program the null device for each output that it lacks: libraries expect both outputs to exist."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it stays open until the program ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it stays open until the program ends


def discard_if_closed(stream: TextIO) -> None:
    """Flush the stream. If its pipe is closed, discard the buffered and all later output."""
    try:
        stream.flush()
    except BrokenPipeError:
        null_device = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null_device, stream.fileno())
        os.close(null_device)
