"""The output of commands, whose reader may close the pipe early, as `head` does. This is no error."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


@contextmanager
def end_quietly() -> Iterator[None]:
    """Run a command in this block. It ends at the first write to a closed pipe, without a traceback."""
    try:
        yield
    except BrokenPipeError:
        pass
    finally:
        discard_if_closed(sys.stdout)
        discard_if_closed(sys.stderr)


def print_lines(lines: Iterable[str]) -> None:
    """Print each line at once. Continue with the lines, unseen, if the reader closes the pipe."""
    for line in lines:
        try:
            print(line, flush=True)
        except BrokenPipeError:
            discard_if_closed(sys.stdout)


def print_error(problem: object) -> None:
    """Print an error message in one line, or nothing if the pipe is closed: the command has a status to exit with."""
    with suppress(BrokenPipeError):
        print(f"mock-server: {problem}", file=sys.stderr)


def discard_if_closed(stream: TextIO | None) -> None:
    """Write out what the stream holds. If its pipe is closed, discard this and all later output."""
    if stream is None:  # the command was started without it
        return
    try:
        stream.flush()
    except BrokenPipeError:
        null_device = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null_device, stream.fileno())
        os.close(null_device)
