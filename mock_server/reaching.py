"""Reaching the control API of a running server, on behalf of a command: where it is, and what it refuses."""

import argparse
from typing import Any

from mock_server.flags import Flags, Refused


def add_flags(line: Flags) -> None:
    """The flags that say which server and which of its workspaces are meant."""
    home = f"http://127.0.0.1:{line.given('--port') or 8080}"
    line.add("--base-url", home, metavar="URL", help="the server (default: %(default)s)")
    line.add("--workspace", None, metavar="NAME", help="one of its workspaces (default: the default one)")
    line.add("--control-token", None, metavar="TOKEN", help="the server's own, where it was started with one")


def ask(arguments: argparse.Namespace, path: str, method: str = "GET", body: object = None) -> Any:
    """What the workspace's control API answers to a call of a path under /_mock. Raises Refused."""
    from mock_server import asking

    url = f"{_home(arguments)}/_mock{path}"
    headers = {"x-mock-control-token": arguments.control_token} if arguments.control_token else {}
    try:
        return asking.ask(method, url, body, headers)
    except asking.RefusedThere as refusal:
        raise Refused(f"{url} answered {refusal.status}: {refusal}") from refusal
    except asking.NoAnswer as failure:
        raise Refused(f"cannot reach {url}; is the server running there? ({failure})") from failure


def _home(arguments: argparse.Namespace) -> str:
    """Where the workspace is; the platform's own address is taken too, as the other commands have it."""
    from urllib.parse import quote

    if not arguments.base_url.startswith(("http://", "https://")):
        raise Refused(f"argument --base-url: not an http address: {arguments.base_url}")
    home: str = arguments.base_url.rstrip("/").removesuffix("/api/v3")
    return f"{home}/w/{quote(arguments.workspace, safe='')}" if arguments.workspace else home
