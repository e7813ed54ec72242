"""The flags that select a running server, and the function that sends requests to its control API."""

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.flags import CommandError, Flags

if TYPE_CHECKING:
    from mock_server.cli.http_client import ServerRefusedError

SECRETS_VARIABLE = "MOCK_SERVER_SECRETS_DIR"
SAMPLE_PASSWORD = "wavetank"  # noqa: S105 - the default password of the sample users, printed at every start

PASSWORD_ADVICE = "if the server has another password, pass it with --password or set MOCK_SERVER_PASSWORD"  # noqa: S105 - text
WORKSPACE_NOT_FOUND = "error.workspace.not_found"
WORKSPACE_IN_URL = re.compile(r"/(?:w|_mock/workspaces)/([^/?]+)")


def default_origin(options: Flags) -> str:
    """The address of a server on this machine, at the port that the environment sets."""
    return f"http://127.0.0.1:{options.read_environment('--port') or 8080}"


def add_server_flags(options: Flags) -> None:
    """Add the flags that name a server."""
    url_help = "address of the server (default: %(default)s)"
    options.add("--base-url", default_origin(options), metavar="URL", help=url_help)
    add_control_token_flag(options)


def add_control_token_flag(options: Flags) -> None:
    """Add the flag that all commands take that send requests, so that one set of flags serves for all of them."""
    options.add("--control-token", None, metavar="TOKEN", help="control token of the server, if it has one")


def add_workspace_flags(options: Flags) -> None:
    """Add the flags that select a server and one of its workspaces."""
    add_server_flags(options)
    options.add("--workspace", None, metavar="NAME", help="name of the workspace (default: the default workspace)")


def add_json_switch(options: Flags) -> None:
    """Add the flag that prints the response of the server as JSON."""
    options.add_switch("--json", "print the server's response as JSON")


def control_url(arguments: argparse.Namespace) -> str:
    """The address of the control API of the server or of the named workspace. Raises CommandError."""
    return f"{base_url(arguments)}{_workspace_path(arguments)}/_mock"


def call_control_api(arguments: argparse.Namespace, path: str, method: str = "GET", body: object = None) -> Any:
    """Send a request to the control API of the server or of the named workspace, and return the JSON of the response.

    Raises CommandError.
    """
    return _send(arguments, f"{control_url(arguments)}{path}", method, body)


def call_server_control_api(arguments: argparse.Namespace, path: str, method: str = "GET", body: object = None) -> Any:
    """Send a request to the server's own control API, which manages workspaces, and return the JSON of the response.

    Raises CommandError.
    """
    return _send(arguments, f"{server_origin(arguments.base_url)}/_mock{path}", method, body)


def _send(arguments: argparse.Namespace, url: str, method: str, body: object) -> Any:
    from mock_server.cli import http_client

    try:
        return http_client.send_json(method, url, body, _control_headers(arguments))
    except http_client.ServerRefusedError as refusal:
        if refusal.error != WORKSPACE_NOT_FOUND:
            raise
        raise suggest_workspace(arguments, refusal) from refusal


def _control_headers(arguments: argparse.Namespace) -> dict[str, str]:
    token = control_token(arguments.control_token)
    return {"x-mock-control-token": token} if token else {}


def suggest_workspace(arguments: argparse.Namespace, refusal: "ServerRefusedError") -> CommandError:
    """Return the error for a workspace that does not exist. It names the most similar one of the server."""
    from difflib import get_close_matches
    from urllib.parse import unquote

    from mock_server.cli import http_client

    try:
        url = f"{server_origin(arguments.base_url)}/_mock/workspaces"
        names = [each["name"] for each in http_client.send_json("GET", url, None, _control_headers(arguments))]
    except CommandError:
        names = []
    sought = WORKSPACE_IN_URL.search(refusal.url)
    nearest = get_close_matches(unquote(sought[1]), names, n=1) if sought else []
    return CommandError(f"{refusal}; did you mean {nearest[0]}?") if nearest else refusal


def control_token(given: str | None) -> str | None:
    """Return the given control token or, if there is none, the one that a server of this container has made."""
    return given or _find_secret("control-token")


def sample_password(given: str) -> str:
    """Return the given password or, if it is the default, the one that a server of this container has made."""
    return (_find_secret("sample-password") if given == SAMPLE_PASSWORD else None) or given


def _find_secret(name: str) -> str | None:
    """Return a secret that the server of this container keeps in a file. Commands and server share the environment."""
    folder = os.environ.get(SECRETS_VARIABLE)
    if not folder:
        return None
    from mock_server import secret_files

    return secret_files.find(Path(folder) / name)


def base_url(arguments: argparse.Namespace) -> str:
    """The address in --base-url, without the API's path. Only commands with --workspace keep the path of a workspace.

    Raises CommandError.
    """
    return _strip_api_path(arguments.base_url) if hasattr(arguments, "workspace") else server_origin(arguments.base_url)


def server_origin(address: str) -> str:
    """The server's address, from any address of the server or of a workspace. Raises CommandError."""
    return _strip_api_path(address).partition("/w/")[0]


def platform_url(address: str) -> str:
    """The platform's base URL, from any address of the server or of a workspace. See: BASE-01. Raises CommandError."""
    return f"{_strip_api_path(address)}/api/v3"


def workspace_platform_url(arguments: argparse.Namespace) -> str:
    """The platform's base URL of the server or of the named workspace. Raises CommandError."""
    return f"{base_url(arguments)}{_workspace_path(arguments)}/api/v3"


def _strip_api_path(address: str) -> str:
    return require_http_url(address).removesuffix("/api/v3").removesuffix("/_mock")


def require_http_url(address: str) -> str:
    """The address without a trailing slash. Raises CommandError if it is not an HTTP URL."""
    if not address.startswith(("http://", "https://")):
        raise CommandError(f"argument --base-url: not an HTTP URL: {address}")
    return address.rstrip("/")


def _workspace_path(arguments: argparse.Namespace) -> str:
    from urllib.parse import quote

    name: str | None = getattr(arguments, "workspace", None)
    return f"/w/{quote(name, safe='')}" if name else ""
