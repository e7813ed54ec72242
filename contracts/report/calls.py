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


NAMED_CALL = re.compile(r"(?:^|status of )(?P<method>[A-Z]+) (?P<path>/[^\s:]*)(?=:|\s|$)")
"""Matches the call that a reason names: `GET /events/{event_id}: no header x-request-id`, `status of GET /events/`."""
PARAMETER = re.compile(r"\\{[^/]*?\\}")
"""Matches a parameter in an escaped path of `openapi.yaml`."""


def select_calls(outcome: Outcome) -> tuple[str, ...]:
    """Return the calls that show the failure, as curl commands.

    That is the call that the reason names. If it names none, it is the last calls, without those that only prepared the
    contract.
    """
    named = NAMED_CALL.search(outcome.reason)
    if named is not None:
        matching = [command for command in outcome.calls if _is_call(command, named["method"], named["path"])]
        if matching:
            return (matching[-1],)
    telling = [command for command in outcome.calls if not PREPARATION.search(command)]
    return tuple(telling or outcome.calls)[-MAX_CALLS_SHOWN:]


def format_calls(outcome: Outcome) -> str:
    """Return the calls that show the failure in one line: `POST /api/v3/rows/ -> 201, GET /api/v3/rows/ -> 200`."""
    return ", ".join(format_call(command) for command in select_calls(outcome))


def _is_call(command: str, method: str, path: str) -> bool:
    """Whether the command sends this method to a path that ends with this one, which may contain parameters."""
    pattern = PARAMETER.sub("[^/?]+", re.escape(path))
    return re.match(rf"{method} \S*{pattern}(?:\?| )", format_call(command)) is not None


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
