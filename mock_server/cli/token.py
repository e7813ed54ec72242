"""The command `wavetank token`: sign in, and print the access token."""

import argparse
from typing import Any

from mock_server.cli import output, server_options
from mock_server.flags import CommandError, Commands

DENIED = (401, 403)


def declare(commands: Commands) -> None:
    """Add the command with its flags."""
    options = commands.add("token", print_token, "sign in to a running server and print the access token")
    options.add("--user", "partner@acme.example", help="user to sign in as (default: %(default)s)")
    options.add("--password", server_options.SAMPLE_PASSWORD, help="password of the user (default: %(default)s)")
    url_help = "address of the server or of a workspace (default: %(default)s)"
    default_url = f"{server_options.default_origin(options)}/api/v3"
    options.add("--base-url", default_url, metavar="URL", help=url_help)
    server_options.add_control_token_flag(options)
    options.add("--workspace", None, metavar="NAME", help="name of the workspace (default: the default workspace)")
    server_options.add_json_switch(options)


def print_token(arguments: argparse.Namespace) -> None:
    """Sign in to a running server and print the access token. Raises CommandError."""
    tokens = _sign_in(arguments)
    if "AccessToken" not in tokens and not arguments.json:
        raise CommandError(f"{arguments.user} must answer the challenge {tokens.get('Challenge')} first")
    output.print_result(arguments, tokens, lambda each: [each["AccessToken"]])


def _sign_in(arguments: argparse.Namespace) -> Any:
    from mock_server.cli import http_client

    credentials = {"username": arguments.user, "password": server_options.sample_password(arguments.password)}
    try:
        return http_client.send_json("POST", f"{server_options.workspace_platform_url(arguments)}/auth", credentials)
    except http_client.ServerRefusedError as refusal:
        if refusal.error == server_options.WORKSPACE_NOT_FOUND:
            raise server_options.suggest_workspace(arguments, refusal) from refusal
        if refusal.status not in DENIED or credentials["password"] != server_options.SAMPLE_PASSWORD:
            raise
        raise CommandError(f"{refusal}; {server_options.PASSWORD_ADVICE}") from refusal
