"""The output of commands, whose reader may close the pipe early, as `head` does. This is not an error."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from mock_server.flags import program_name


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


def print_lines(lines: Iterable[str]) -> None:
    """Print each line at once. If the reader closes the pipe, discard the remaining lines but consume them."""
    for line in lines:
        try:
            print(line, flush=True)
        except BrokenPipeError:
            discard_if_closed(sys.stdout)


def print_result(arguments: Namespace, value: Any, format_value: Callable[[Any], Iterable[str]]) -> None:
    """Print a response of the control API: as JSON if the command line has --json, else as lines of text."""
    print_lines([json.dumps(value, ensure_ascii=False, indent=1)] if arguments.json else format_value(value))


def print_error(problem: object) -> None:
    """Print an error message in one line. If the pipe is closed, print nothing: the command keeps its status."""
    with suppress(BrokenPipeError):
        print(f"{program_name()}: {problem}", file=sys.stderr)


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
