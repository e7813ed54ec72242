"""Reaching the control API of a running server, on behalf of a command: where it is, and what it refuses."""

import argparse
from typing import Any

from mock_server.cli.flags import Flags, Refused


def add_flags(line: Flags) -> None:
    """The flags that say which server is meant."""
    home = f"http://127.0.0.1:{line.given('--port') or 8080}"
    line.add("--base-url", home, metavar="URL", help="the server (default: %(default)s)")
    line.add("--control-token", None, metavar="TOKEN", help="the server's own, where it was started with one")


def add_workspace_flags(line: Flags) -> None:
    """The flags that say which server and which of its workspaces are meant."""
    add_flags(line)
    line.add("--workspace", None, metavar="NAME", help="one of its workspaces (default: the default one)")


def ask(arguments: argparse.Namespace, path: str, method: str = "GET", body: object = None) -> Any:
    """What the server's control API, or the named workspace's, answers to a path under /_mock. Raises Refused."""
    from mock_server.cli import http_client

    url = f"{origin(arguments)}{_within(arguments)}/_mock{path}"
    headers = {"x-mock-control-token": arguments.control_token} if arguments.control_token else {}
    try:
        return http_client.ask(method, url, body, headers)
    except http_client.RefusedThere as refusal:
        raise Refused(f"{url} answered {refusal.status}: {refusal}") from refusal
    except http_client.NoAnswer as failure:
        raise Refused(f"cannot reach {url}; is the server running there? ({failure})") from failure


def origin(arguments: argparse.Namespace) -> str:
    """Where the server is; a command that takes a workspace may be given that workspace's address. Raises Refused."""
    return _stem(arguments.base_url) if hasattr(arguments, "workspace") else server(arguments.base_url)


def server(address: str) -> str:
    """Where the server is, at whatever address of it or of a workspace. Raises Refused."""
    return _stem(address).partition("/w/")[0]


def platform(address: str) -> str:
    """Where the platform is, at whatever address of the server or the workspace. Rule: BASE-01. Raises Refused."""
    return f"{_stem(address)}/api/v3"


def _stem(address: str) -> str:
    return http(address).removesuffix("/api/v3").removesuffix("/_mock")


def http(address: str) -> str:
    """The address without a slash at its end. Raises Refused where it is no http address."""
    if not address.startswith(("http://", "https://")):
        raise Refused(f"argument --base-url: not an http address: {address}")
    return address.rstrip("/")


def _within(arguments: argparse.Namespace) -> str:
    from urllib.parse import quote

    name: str | None = getattr(arguments, "workspace", None)
    return f"/w/{quote(name, safe='')}" if name else ""
