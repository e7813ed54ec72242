"""The commands `mock-server store check`, `compact`, `export` and `import`. None of them needs a running server."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mock_server import settings_flags
from mock_server.cli import files, output
from mock_server.flags import CommandError, Commands, Flags

if TYPE_CHECKING:
    from mock_server.storage.postgres import PostgresDatabase
    from mock_server.storage.sqlite import SqliteDatabase
    from mock_server.storage.transfer import Amount


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    check_help = "show what a database contains, and verify it; exit with 1 if it is damaged"
    _add_flags(commands.add("check", check, check_help))
    compact_help = "delete what nobody needs from a database, and give its space back"
    _add_flags(commands.add("compact", compact, compact_help))
    export_help = "write a database to a file, from which any other one can be filled"
    _add_file_flags(commands.add("export", export, export_help), "file to write; - is standard output")
    import_help = "fill an empty database from a file that store export has written"
    _add_file_flags(commands.add("import", fill, import_help), "file to read; - is standard input")


def _add_file_flags(options: Flags, description: str) -> None:
    options.add_positional("file", description, metavar="FILE")
    _add_flags(options)


def _add_flags(options: Flags) -> None:
    settings_flags.add_storage_flags(options)
    options.add_switch("--json", "print the result as JSON")


def check(arguments: argparse.Namespace) -> None:
    """Print what a database contains, and each problem in one line. Exit with 1 if there is one. Raises CommandError.

    It works beside a running server.
    """
    from mock_server.storage import checking, reading

    with _one_line_errors(), reading.open_reader(*_location(arguments)) as reader:
        problems = list(checking.find_problems(reader))
        facts = list(_describe(checking.describe(reader), has_problems=bool(problems)))
    output.print_result(arguments, {"contents": facts, "problems": problems}, _format_check)
    if problems:
        sys.exit(1)


def _format_check(result: dict[str, list[str]]) -> Iterator[str]:
    yield from result["contents"]
    yield from (f"problem: {problem}" for problem in result["problems"])
    if not result["problems"]:
        yield "no problem was found"


def _describe(lines: Iterator[str], *, has_problems: bool) -> Iterator[str]:
    """Yield lines until the database cannot be read, if its problems have said so already."""
    from mock_server.storage.database import StorageError, StorageSetupError

    try:
        yield from lines
    except (StorageError, StorageSetupError):
        if not has_problems:
            raise


def compact(arguments: argparse.Namespace) -> None:
    """Delete what nobody needs, and print how much that was. Raises CommandError.

    A server must not use an SQLite file meanwhile.
    """
    from mock_server.state.clock import machine_epoch
    from mock_server.storage import compacting, reading, schema

    with _one_line_errors():
        before, after = 0, 0
        with reading.open_reader(*_location(arguments)) as reader:
            before = reader.measure()
        with closing(_open_database(arguments)) as database:
            deleted = database.run_now(
                lambda cursor: compacting.delete_unneeded(cursor, machine_epoch(), is_shared=database.is_shared)
            )
            database.vacuum(schema.COLUMNS)
        with reading.open_reader(*_location(arguments)) as reader:
            after = reader.measure()
    result = {
        "deleted": {"workspaces": deleted.workspaces, "rows": deleted.rows, "worlds": deleted.worlds},
        "bytes_before": before,
        "bytes_after": after,
    }
    output.print_result(arguments, result, _format_compacted)


def _format_compacted(result: dict[str, Any]) -> Iterator[str]:
    deleted = result["deleted"]
    workspaces, rows = _count(deleted["workspaces"], "expired workspace"), _count(deleted["rows"], "row")
    yield f"deleted {workspaces}, {rows} and {_count(deleted['worlds'], 'world')}"
    yield f"the database has {result['bytes_after']:,} bytes; before, it had {result['bytes_before']:,}"


def export(arguments: argparse.Namespace) -> None:
    """Write a database to a file. Raises CommandError. It works beside a running server, and shows one moment of it."""
    from mock_server.state import state_file
    from mock_server.storage import reading, transfer

    with _one_line_errors(), reading.open_reader(*_location(arguments)) as reader:
        if arguments.file == files.STANDARD_STREAM:
            transfer.export(reader, sys.stdout.buffer.write)
            sys.stdout.buffer.flush()
            return
        try:
            state_file.require_writable(Path(arguments.file))
            with state_file.replacing(Path(arguments.file), is_secret=True) as file:
                amount = transfer.export(reader, file.write)
        except OSError as error:
            raise CommandError(f"cannot write {arguments.file}: {error.strerror}") from error
    exported = f"exported {_format_amount(amount)} to {arguments.file}, with the key that signs tokens"
    output.print_result(arguments, _amount_body(arguments.file, amount), lambda _: [exported])


def fill(arguments: argparse.Namespace) -> None:
    """Fill an empty database from a file. If it raises CommandError, nothing was imported."""
    from mock_server.storage import transfer
    from mock_server.storage.export_format import ExportFileError

    name = "standard input" if arguments.file == files.STANDARD_STREAM else arguments.file
    with _one_line_errors(), _opened_file(arguments.file) as file, _opened_new_database(arguments) as database:
        try:
            amount = transfer.fill(database, file)
        except ExportFileError as error:
            raise CommandError(f"nothing was imported from {name}: {error}") from error
        except OSError as error:
            raise CommandError(f"cannot read {name}: {error.strerror}") from error
    imported = f"imported {_format_amount(amount)} from {name}"
    output.print_result(arguments, _amount_body(arguments.file, amount), lambda _: [imported])


def _amount_body(file: str, amount: "Amount") -> dict[str, object]:
    return {"file": file, "workspaces": amount.workspaces, "rows": amount.rows}


def _format_amount(amount: "Amount") -> str:
    return f"{_count(amount.workspaces, 'workspace')} ({_count(amount.rows, 'row')})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _location(arguments: argparse.Namespace) -> tuple[Path | None, str | None]:
    """Return the file or the URL. Raises CommandError."""
    if arguments.data is not None and arguments.database_url is not None:
        raise CommandError("give either --data or --database-url")
    if arguments.data is None and arguments.database_url is None:
        raise CommandError("give --data FILE or --database-url URL")
    return arguments.data, arguments.database_url


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Raise CommandError if the database cannot be used in this block."""
    from mock_server.storage.database import StorageError, StorageSetupError, explain

    try:
        yield
    except StorageSetupError as error:
        raise CommandError(str(error)) from error
    except StorageError as error:
        raise CommandError(f"the database cannot be used: {explain(error)}") from error


@contextmanager
def _opened_file(file: str) -> Iterator[BinaryIO]:
    if file == files.STANDARD_STREAM:
        yield sys.stdin.buffer
        return
    try:
        opened = open(file, "rb")  # noqa: SIM115 - it is closed below
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}") from error
    with opened:
        yield opened


def _open_database(arguments: argparse.Namespace) -> "SqliteDatabase | PostgresDatabase":
    """Open a database to change it. Raises CommandError and StorageSetupError."""
    data, url = _location(arguments)
    if data is not None:
        from mock_server.storage.sqlite import SqliteDatabase

        return SqliteDatabase(data)
    from mock_server.storage.postgres import PostgresDatabase

    return PostgresDatabase(url or "")


@contextmanager
def _opened_new_database(arguments: argparse.Namespace) -> "Iterator[SqliteDatabase | PostgresDatabase]":
    """Open a database. If the block raises an exception, a file that did not exist before is removed."""
    data, _ = _location(arguments)
    is_new = data is not None and not data.exists()
    try:
        with closing(_open_database(arguments)) as database:
            yield database
    except BaseException:
        if is_new and data is not None:
            data.unlink(missing_ok=True)
        raise
