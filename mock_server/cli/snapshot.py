"""The commands `mock-server snapshot save` and `mock-server snapshot load`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from mock_server.cli import server_options
from mock_server.cli.flags import CommandError, Commands

STANDARD_STREAM = "-"
"""Standard output, or input, in the place of a file."""


def declare(commands: Commands) -> None:
    """Add the commands, each with its flags."""
    save_options = commands.add("save", save, "write the state of a running server's workspace into a file")
    save_options.add_positional("file", "where; - is standard output", metavar="FILE")
    server_options.add_workspace_flags(save_options)
    load_options = commands.add("load", load, "have a running server's workspace stand as a file says")
    load_options.add_positional("file", "a snapshot; - is standard input", metavar="FILE")
    server_options.add_workspace_flags(load_options)


def save(arguments: argparse.Namespace) -> None:
    """Write a workspace's snapshot. Raises Refused."""
    snapshot = server_options.call_control_api(arguments, "/snapshot")
    text = json.dumps(snapshot, ensure_ascii=False, indent=1) + "\n"
    if arguments.file == STANDARD_STREAM:
        sys.stdout.write(text)
        return
    try:
        Path(arguments.file).write_text(text, encoding="utf-8")
    except OSError as failure:
        raise CommandError(f"cannot write {arguments.file}: {failure.strerror}") from failure
    print(f"saved {snapshot['clock']['now']} into {arguments.file}")


def load(arguments: argparse.Namespace) -> None:
    """Restore a workspace from a snapshot. Raises Refused; the workspace is as it was then."""
    status = server_options.call_control_api(arguments, "/snapshot", "PUT", _read_document(arguments.file))
    print(f"{status['workspace']} stands at {status['clock']['now']}")


def _read_document(file: str) -> Any:
    try:
        text = sys.stdin.read() if file == STANDARD_STREAM else Path(file).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as failure:
        raise CommandError(f"cannot read {file}: {failure.strerror}") from failure
    except (ValueError, RecursionError) as failure:
        raise CommandError(f"{file} is no JSON: {failure}") from failure
