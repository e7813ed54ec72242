"""Reads the calls of a failure, which a result keeps as curl commands, as method, path and status."""

import re
import shlex
from urllib.parse import urlsplit

from contracts.report.sanitizer import to_single_line
from contracts.results.result import Outcome

STATUS = re.compile(r"  # -> (?P<status>[^#]+)$")
"""Matches the comment with the status at the end of a command."""


def last_call(outcome: Outcome) -> str:
    """Return the last call of an outcome, such as `GET /api/v3/events/ -> 200`; empty if it made none."""
    return format_call(outcome.calls[-1]) if outcome.calls else ""


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
