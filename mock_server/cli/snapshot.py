"""The commands `mock-server snapshot save` and `mock-server snapshot load`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from mock_server.cli import server_options
from mock_server.domain import text_encoding
from mock_server.flags import CommandError, Commands

STANDARD_STREAM = "-"
"""The file name that stands for standard output or standard input."""


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    save_options = commands.add("save", save, "save the state of a workspace to a file")
    save_options.add_positional("file", "file to write; - is standard output", metavar="FILE")
    server_options.add_workspace_flags(save_options)
    load_options = commands.add("load", load, "restore a workspace from a file")
    load_options.add_positional("file", "snapshot to read; - is standard input", metavar="FILE")
    server_options.add_workspace_flags(load_options)


def save(arguments: argparse.Namespace) -> None:
    """Write the snapshot of a workspace to a file. Raises CommandError."""
    snapshot = server_options.call_control_api(arguments, "/snapshot")
    text = json.dumps(snapshot, ensure_ascii=False, indent=1) + "\n"
    if arguments.file == STANDARD_STREAM:
        sys.stdout.write(text)
        return
    try:
        Path(arguments.file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {arguments.file}: {error.strerror}") from error
    print(f"saved the state of {snapshot['clock']['now']} to {arguments.file}")


def load(arguments: argparse.Namespace) -> None:
    """Restore a workspace from a snapshot. If that fails, raise CommandError and leave the workspace unchanged."""
    status = server_options.call_control_api(arguments, "/snapshot", "PUT", _read_document(arguments.file))
    print(f"restored {status['workspace']} to {status['clock']['now']}")


def _read_document(file: str) -> Any:
    try:
        content = sys.stdin.buffer.read() if file == STANDARD_STREAM else Path(file).read_bytes()
        encoding = text_encoding.find_foreign_encoding(content)
        if encoding is not None:
            raise CommandError(f"{file} is in {encoding}; save it as UTF-8")
        return json.loads(text_encoding.strip_byte_order_mark(content).decode())
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is not JSON: {error}") from error
