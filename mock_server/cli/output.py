"""The output of commands, whose reader may close the pipe early, as `head` does. This is not an error."""

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
    """Print each line at once. If the reader closes the pipe, discard the remaining lines but consume them."""
    for line in lines:
        try:
            print(line, flush=True)
        except BrokenPipeError:
            discard_if_closed(sys.stdout)


def print_error(problem: object) -> None:
    """Print an error message in one line. If the pipe is closed, print nothing: the command keeps its status."""
    with suppress(BrokenPipeError):
        print(f"mock-server: {problem}", file=sys.stderr)


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
