"""The commands `mock-server snapshot save`, `mock-server snapshot load` and `mock-server snapshot show`."""

import argparse
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from mock_server.cli import files, output, server_options, workspace
from mock_server.flags import CommandError, Commands, Flags


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    save_options = commands.add("save", save, "save the state of a workspace to a file")
    save_options.add_positional("file", "file to write; - is standard output", metavar="FILE")
    server_options.add_workspace_flags(save_options)
    save_options.add_switch("--json", "print the file and the clock as JSON")
    _add_load_flags(commands.add("load", load, "restore a workspace from a file; create it if there is none"))
    show_options = commands.add("show", show, "show what a snapshot contains")
    show_options.add_positional("file", "snapshot to read; - is standard input", metavar="FILE")
    show_options.add_switch("--json", "print the summary as JSON")


def _add_load_flags(options: Flags) -> None:
    options.add_positional("file", "snapshot to read; - is standard input", metavar="FILE")
    server_options.add_workspace_flags(options)
    resume_help = "time from which the clock continues: the snapshot's or the machine's (default: %(default)s)"
    options.add("--resume-from", "snapshot", choices=("snapshot", "machine"), help=resume_help)
    workspace.add_ttl_flag(options)
    server_options.add_json_switch(options)


def save(arguments: argparse.Namespace) -> None:
    """Write the snapshot of a workspace to a file. Raises CommandError."""
    snapshot = server_options.call_control_api(arguments, "/snapshot")
    files.write_json(arguments.file, snapshot)
    if arguments.file != files.STANDARD_STREAM:
        saved = {"file": arguments.file, "clock": snapshot["clock"]}
        output.print_result(
            arguments, saved, lambda _: [f"saved the state of {snapshot['clock']['now']} to {arguments.file}"]
        )


def load(arguments: argparse.Namespace) -> None:
    """Restore a workspace from a snapshot, and create it if there is none.

    If it raises CommandError, the workspace is unchanged, or has not been created.
    """
    document = files.read_json(arguments.file)
    created = None if _exists(arguments) else _create_workspace(arguments, document)
    try:
        path = f"/snapshot?resume_from={arguments.resume_from}"
        status = server_options.call_control_api(arguments, path, "PUT", document)
    except CommandError:
        if created is not None:
            server_options.call_server_control_api(arguments, f"/workspaces/{quote(created['name'])}", "DELETE")
        raise
    output.print_result(arguments, status, lambda _: _format_result(arguments, status, created))


def _exists(arguments: argparse.Namespace) -> bool:
    from mock_server.cli.http_client import ServerRefusedError

    if not arguments.workspace:
        return True
    try:
        server_options.call_server_control_api(arguments, f"/workspaces/{quote(arguments.workspace, safe='')}")
    except ServerRefusedError as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    return True


def _create_workspace(arguments: argparse.Namespace, document: Any) -> Any:
    """Create the workspace, with the sample world if the snapshot belongs to that world. Return the response body."""
    request = {"name": arguments.workspace}
    if arguments.ttl is not None:
        request["ttl_seconds"] = arguments.ttl
    world = document.get("world") if isinstance(document, dict) else None
    if isinstance(world, dict) and world.get("source") == "sample":
        request["world"] = "sample"
    return server_options.call_server_control_api(arguments, "/workspaces", "POST", request)


def _format_result(arguments: argparse.Namespace, status: Any, created: Any) -> list[str]:
    """Say what was restored, and which tokens are valid."""
    result = f"restored {status['workspace']} to {status['clock']['now']}"
    if created is None:
        return [result, "tokens of this workspace stay valid until they expire"]
    platform = f"{server_options.server_origin(arguments.base_url)}{created['base_path']}"
    idle = f"deleted after {created['ttl_seconds']} s without a request"
    return [
        f"created workspace {created['name']}, {idle}",
        result,
        f"tokens of other workspaces are not valid in it: sign in at {platform}",
    ]


def show(arguments: argparse.Namespace) -> None:
    """Print what a snapshot contains. It needs no server. Raises CommandError."""
    from mock_server.cli import snapshot_summary
    from mock_server.domain.errors import InvalidRequestError
    from mock_server.domain.pieces import in_pieces
    from mock_server.state import snapshot_reader

    try:
        snapshot = in_pieces(snapshot_reader.read)(files.read_text(arguments.file))
    except InvalidRequestError as error:
        problems = "; ".join(problem.message for problem in error.problems)
        raise CommandError(f"{arguments.file} is not a snapshot: {problems}") from error
    output.print_result(arguments, dict(snapshot_summary.list_values(snapshot)), snapshot_summary.format_values)
