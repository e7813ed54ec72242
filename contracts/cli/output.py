"""The output of commands, whose reader may close the pipe early, as `head` does. This is not an error."""

import os
import sys
from collections.abc import Iterator
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


def write(text: str) -> None:
    """Write a line to standard output, or nothing if its pipe is closed, because the command has more work to do."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        discard_if_closed(sys.stdout)


def write_error(problem: object) -> None:
    """Write an error message to standard error, or nothing if its pipe is closed."""
    with suppress(BrokenPipeError):
        print(f"contracts: {problem}", file=sys.stderr)


def discard_if_closed(stream: TextIO | None) -> None:
    """Flush the stream. If its pipe is closed, discard the buffered and all later output."""
    if stream is None:  # the command was started without it
        return
    try:
        stream.flush()
    except BrokenPipeError:
        null_device = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null_device, stream.fileno())
        os.close(null_device)
