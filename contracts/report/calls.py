"""Reads the calls of a failure, which a result keeps as curl commands, as method, path and status."""

import re
import shlex
from urllib.parse import urlsplit

from contracts.report.sanitizer import to_single_line
from contracts.results.result import Outcome

STATUS = re.compile(r"  # -> (?P<status>[^#]+)$")
"""Matches the comment with the status at the end of a command."""


MAX_CALLS_SHOWN = 3
PREPARATION = re.compile(r"/_mock/|/auth(?=['\"\s?]|$)")
"""Matches calls that only prepare a contract: those to the mock's control API, and the sign-in."""


def last_calls(outcome: Outcome) -> tuple[str, ...]:
    """Return the last calls of an outcome as curl commands, without those that only prepared the contract."""
    telling = [command for command in outcome.calls if not PREPARATION.search(command)]
    return tuple(telling or outcome.calls)[-MAX_CALLS_SHOWN:]


def format_last_calls(outcome: Outcome) -> str:
    """Return the last calls in one line: `POST /api/v3/rows/ -> 201, GET /api/v3/rows/ -> 200`."""
    return ", ".join(format_call(command) for command in last_calls(outcome))


def format_call(command: str) -> str:
    """Return a curl command as its method, its path with the query, and the status of its response."""
    status = STATUS.search(command)
    request = command[: status.start()] if status else command
    try:
        words = shlex.split(request)
    except ValueError:  # The text is not a command.
        return to_single_line(command)
    method = words[words.index("-X") + 1] if "-X" in words[:-1] else "GET"
    address = next((word for word in words if word.startswith(("http://", "https://"))), "")
    if not address:
        return to_single_line(command)
    parts = urlsplit(address)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return to_single_line(f"{method} {target} -> {status['status'] if status else 'no response'}")
