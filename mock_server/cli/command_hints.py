"""Commands instead of HTTP requests in the error messages that a command prints.

The control API's messages name its own requests, such as POST /_mock/rewind. The reader of a command's output needs the
command that sends the request.
"""

import re
from typing import Any

from mock_server.flags import program_name

COMMANDS = {
    "GET /_mock/workspaces": "workspace list",
    "POST /_mock/workspaces": "workspace create",
    "DELETE /_mock/workspaces/": "workspace delete ",
    "POST /_mock/reset": "reset",
    "POST /_mock/rewind": "rewind TIME",
    "GET /_mock/gotchas": "gotcha list",
    "DELETE /_mock/faults": "fault clear",
}
"""Requests that messages name, and the commands that send them. A final slash stands before a name or an id."""
REQUEST = re.compile(
    r"(?:\bsend )?\b(?P<method>GET|POST|PUT|PATCH|DELETE) (?:/w/(?P<workspace>[^/\s]+))?"
    r"(?P<path>/_mock/[a-z-]+/?)(?P<name>[\w.{}-]*)"
)
CONTROL_TOKEN_HEADER = "X-Mock-Control-Token"  # noqa: S105 - the name of a header
CONTROL_TOKEN_FLAG = "pass it with --control-token or set MOCK_SERVER_CONTROL_TOKEN"  # noqa: S105 - text


def name_commands(message: str) -> str:
    """Replace the requests that a message of the control API names by commands, and return it."""
    return REQUEST.sub(_format_command, message)


def describe_rejected_field(entry: dict[str, Any]) -> str:
    """Return the message of an entry of `validation_errors`, which names flags and commands instead of HTTP."""
    message: str = entry["message"]
    if entry.get("field") == CONTROL_TOKEN_HEADER and "closed" not in message:
        return f"{message.partition(';')[0]}; {CONTROL_TOKEN_FLAG}"
    return name_commands(message)


def _format_command(request: re.Match[str]) -> str:
    command = COMMANDS.get(f"{request['method']} {request['path']}")
    if command is None:
        return request[0]
    workspace = f" --workspace {request['workspace']}" if request["workspace"] else ""
    return f"'{program_name()} {command}{request['name'].replace('{name}', 'NAME')}{workspace}'"
