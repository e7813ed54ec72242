"""Reaching the control API of a running server, on behalf of a command: where it is, and what it refuses."""

import argparse
from typing import Any

from mock_server.cli.flags import CommandError, Flags


def add_server_flags(options: Flags) -> None:
    """The flags that say which server is meant."""
    default_url = f"http://127.0.0.1:{options.read_environment('--port') or 8080}"
    options.add("--base-url", default_url, metavar="URL", help="the server (default: %(default)s)")
    options.add("--control-token", None, metavar="TOKEN", help="the server's own, where it was started with one")


def add_workspace_flags(options: Flags) -> None:
    """The flags that say which server and which of its workspaces are meant."""
    add_server_flags(options)
    options.add("--workspace", None, metavar="NAME", help="one of its workspaces (default: the default one)")


def call_control_api(arguments: argparse.Namespace, path: str, method: str = "GET", body: object = None) -> Any:
    """What the server's control API, or the named workspace's, answers to a path under /_mock. Raises Refused."""
    from mock_server.cli import http_client

    url = f"{base_url(arguments)}{_workspace_path(arguments)}/_mock{path}"
    headers = {"x-mock-control-token": arguments.control_token} if arguments.control_token else {}
    try:
        return http_client.send_request(method, url, body, headers)
    except http_client.ServerRefusedError as error:
        raise CommandError(f"{url} answered {error.status}: {error}") from error
    except http_client.ServerUnreachableError as error:
        raise CommandError(f"cannot reach {url}; is the server running there? ({error})") from error


def base_url(arguments: argparse.Namespace) -> str:
    """Where the server is; a command that takes a workspace may be given that workspace's address. Raises Refused."""
    return _strip_api_path(arguments.base_url) if hasattr(arguments, "workspace") else server_origin(arguments.base_url)


def server_origin(address: str) -> str:
    """Where the server is, at whatever address of it or of a workspace. Raises Refused."""
    return _strip_api_path(address).partition("/w/")[0]


def platform_url(address: str) -> str:
    """Where the platform is, at whatever address of the server or the workspace. Rule: BASE-01. Raises Refused."""
    return f"{_strip_api_path(address)}/api/v3"


def _strip_api_path(address: str) -> str:
    return require_http_url(address).removesuffix("/api/v3").removesuffix("/_mock")


def require_http_url(address: str) -> str:
    """The address without a slash at its end. Raises Refused where it is no http address."""
    if not address.startswith(("http://", "https://")):
        raise CommandError(f"argument --base-url: not an http address: {address}")
    return address.rstrip("/")


def _workspace_path(arguments: argparse.Namespace) -> str:
    from urllib.parse import quote

    name: str | None = getattr(arguments, "workspace", None)
    return f"/w/{quote(name, safe='')}" if name else ""
