"""The commands `wavetank gotcha list`, `run` and `set-up`."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mock_server.cli import output, server_options, workspace
from mock_server.cli.server_options import PASSWORD_ADVICE
from mock_server.flags import CommandError, Commands, Flags, program_name

if TYPE_CHECKING:
    from mock_server.cli.gotcha_narration import Narration
    from mock_server.gotchas.scenario import Gotcha


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    listing = commands.add(
        "list", list_gotchas, "list all gotchas, or only gotchas that contain all of the given words"
    )
    listing.add_positional("words", "for example: stale evaluation", nargs="*", metavar="WORD")
    server_options.add_json_switch(listing)
    _add_run_flags(commands.add("run", run_gotchas, "demonstrate a gotcha in a new workspace of a running server"))
    set_up_help = "create a workspace in which your client runs into a gotcha"
    _add_set_up_flags(commands.add("set-up", set_up, set_up_help))


def _add_set_up_flags(options: Flags) -> None:
    options.add_positional("gotcha", "for example G-12", metavar="ID")
    options.add("--name", None, metavar="NAME", help="name of the workspace (default: generated)")
    workspace.add_ttl_flag(options)
    server_options.add_server_flags(options)
    server_options.add_json_switch(options)


def _add_run_flags(options: Flags) -> None:
    options.add_positional("gotcha", "for example G-02, or all", metavar="ID")
    default_url = server_options.default_origin(options)
    options.set_value("default_url", default_url)
    base_url_help = f"address of the server (default: {default_url}, or a temporary server if none is running there)"
    options.add("--base-url", None, metavar="URL", help=base_url_help)
    server_options.add_control_token_flag(options)
    options.add(
        "--password",
        server_options.SAMPLE_PASSWORD,
        metavar="TEXT",
        help="password of the sample users (default: %(default)s)",
    )
    options.add_switch("--keep", "do not delete the workspace")
    options.add_switch("--json", "print whether each gotcha was reproduced, and its script, as JSON")


def list_gotchas(arguments: argparse.Namespace) -> None:
    """Print the gotchas that match. Raises CommandError if no gotcha matches."""
    from mock_server.gotchas import catalogue

    matching = catalogue.search(arguments.words)
    if not matching:
        raise CommandError(f"no gotcha matches {' '.join(arguments.words)!r}; see {program_name()} gotcha list")
    if arguments.json:
        bodies = [{"id": each.id, "title": each.title, "rules": list(each.rules)} for each in matching]
        output.print_result(arguments, bodies, list)
        return
    output.print_lines(format_entry(gotcha) for gotcha in matching)


def format_entry(gotcha: "Gotcha") -> str:
    """Format a line of the list. It names the generation of the documentation if the gotcha holds only in one."""
    holds = "" if len(gotcha.generations) > 1 else f"  (only in the {gotcha.generations[0]} documentation)"
    return f"{gotcha.id}  {gotcha.title}  [{', '.join(gotcha.rules)}]{holds}"


def run_gotchas(arguments: argparse.Namespace) -> None:
    """Play gotchas. Exit with 1 if a response is not what its scenario expects. Raises CommandError."""
    narrations = list(_play_gotchas(arguments, _find_chosen(arguments.gotcha)))
    if arguments.json:
        bodies = [_narration_body(narration, lines) for narration, lines in narrations]
        output.print_result(arguments, bodies, list)
    failed = [narration for narration, _ in narrations if narration.failed]
    if failed:
        locked_out = any(narration.is_locked_out for narration in failed)
        why = f": the server refused the sample users' password; {PASSWORD_ADVICE}" if locked_out else ""
        output.print_error(f"not reproduced: {', '.join(each.gotcha.id for each in failed)}{why}")
        sys.exit(1)


def _find_chosen(gotcha: str) -> list[str]:
    """Return the ids of the gotchas to play. Raises CommandError."""
    from mock_server.gotchas import catalogue

    chosen = list(catalogue.GOTCHAS) if gotcha == "all" else [gotcha.upper()]
    if chosen[0] not in catalogue.GOTCHAS:
        raise CommandError(f"{catalogue.describe_unknown(gotcha)}; see {program_name()} gotcha list")
    return chosen


def _play_gotchas(arguments: argparse.Namespace, chosen: list[str]) -> "Iterator[tuple[Narration, list[str]]]":
    """Play each gotcha, and print its narration at once unless the command line has --json. Raises CommandError."""
    import secrets

    from mock_server.cli import gotcha_target
    from mock_server.cli.gotcha_narration import Narration
    from mock_server.gotchas import catalogue

    control_token = server_options.control_token(arguments.control_token)
    origin = _server_origin(arguments.base_url)
    with gotcha_target.open_server(origin, arguments.default_url, control_token) as server:
        password = server_options.sample_password(arguments.password) if server.control_token else arguments.password
        for gotcha_id in chosen:
            name = f"{gotcha_id.lower()}-{secrets.token_hex(3)}"
            narration = Narration(catalogue.GOTCHAS[gotcha_id], server, name, password, arguments.keep)
            lines: list[str] = []
            if arguments.json:
                lines.extend(narration.play())
            else:
                output.print_lines(narration.play())
            yield narration, lines


def _narration_body(narration: "Narration", lines: list[str]) -> dict[str, object]:
    return {
        "id": narration.gotcha.id,
        "title": narration.gotcha.title,
        "reproduced": not narration.failed,
        "workspace": narration.workspace_name if narration.keep else None,
        "script": lines,
    }


def set_up(arguments: argparse.Namespace) -> None:
    """Create a workspace and play a gotcha in it up to the trap, so that a client can run into it."""
    from urllib.parse import quote

    request = {"name": arguments.name, "ttl_seconds": arguments.ttl}
    body = {name: value for name, value in request.items() if value is not None}
    path = f"/gotchas/{quote(arguments.gotcha.upper(), safe='')}"
    trap = server_options.call_server_control_api(arguments, path, "POST", body)
    output.print_result(arguments, trap, lambda each: _format_trap(arguments, each))


def _format_trap(arguments: argparse.Namespace, trap: dict[str, Any]) -> Iterator[str]:
    """Format where the client has to go, and what the steps into the trap and the right way are."""
    yield f"{server_options.server_origin(arguments.base_url)}{trap['base_path']}"
    yield f"workspace {trap['workspace']}, deleted after {trap['ttl_seconds']} s without a request"
    yield f"sign in as {trap['user']}"
    for part, steps in (("trap", trap["trap_steps"]), ("right way", trap["solution_steps"])):
        for step in steps:
            yield f"{part}: {step['method']} {step['path'].removeprefix(trap['base_path'])}  {step['description']}"
            yield from [f"  {step['surprise']}"] if step["surprise"] else []


def _server_origin(base_url: str | None) -> str | None:
    """The server's address; None if no address was given."""
    return None if base_url is None else server_options.server_origin(base_url)
