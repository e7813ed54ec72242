"""The file into which `mock-server store export` writes a database, and from which `store import` fills one.

It consists of lines, each of which is JSON in UTF-8 and ends with a line feed:

- the first line names the format and its version, which is that of the tables;
- then a line for each row: the table's name, and the values of its columns (`schema.COLUMNS`). Bytes are written in
  base64, records of the journal as text;
- the rows of a workspace in `records`, `journals` and `journal` follow the row of the workspace, and no line contains
  an id of the database;
- the last line contains the number of rows, and the SHA-256 of everything before it. So a file that was cut or changed
  is recognized.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from mock_server import __version__
from mock_server.storage import schema

FORMAT = "wavetank-store"
MAX_LINE = 256 * 1024 * 1024
"""The maximum size of a line in bytes."""
TEXT_BYTES = ("journal", "value")
"""The column whose bytes are written as text: they are JSON."""


class ExportFileError(Exception):
    """The file is not a complete export that this version can read. The message is one line."""


class ExportWriter:
    """Writes the lines of an export. `write` takes the bytes of a line."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.rows = 0
        self._write = write
        self._hash = hashlib.sha256()
        self._write_line({"format": FORMAT, "version": schema.VERSION, "written_by": f"mock-server {__version__}"})

    def write_row(self, table: str, values: Sequence[object]) -> None:
        """Write a row."""
        columns = zip(schema.COLUMNS[table], values, strict=True)
        self._write_line([table, *(_encode(table, column, value) for column, value in columns)])
        self.rows += 1

    def finish(self) -> None:
        """Write the last line."""
        self._write_line({"rows": self.rows, "sha256": self._hash.hexdigest()})

    def _write_line(self, content: object) -> None:
        line = f"{json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n".encode()
        self._hash.update(line)
        self._write(line)


def _encode(table: str, column: str, value: Any) -> object:
    if not isinstance(value, bytes | memoryview):
        return value
    return bytes(value).decode("latin-1") if (table, column) == TEXT_BYTES else base64.b64encode(value).decode()


def read_rows(file: BinaryIO) -> Iterator[tuple[str, list[Any]]]:
    """Yield the rows of an export: the table and the values. Raises ExportFileError, at the latest at the end.

    Until the end is reached, nobody knows whether the file is complete. Raises OSError.
    """
    hashed, count = hashlib.sha256(), 0
    for number, line in enumerate(_lines(file), 1):
        content = _parse(line, number)
        if number == 1:
            _check_head(content)
        elif isinstance(content, dict):
            if content != {"rows": count, "sha256": hashed.hexdigest()}:
                raise ExportFileError("the file is damaged: its last line does not fit the lines before it")
            if file.read(1):
                raise ExportFileError("the file is damaged: something follows its last line")
            return
        else:
            yield _decode_row(content, number)
            count += 1
        hashed.update(line)
    raise ExportFileError("the file is not complete: its last line is missing" if count else NO_EXPORT)


NO_EXPORT = "it is not a file that mock-server store export has written"


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE):
        if not line.endswith(b"\n"):
            raise ExportFileError("the file is not complete: its last line is cut")
        yield line


def _parse(line: bytes, number: int) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise ExportFileError(NO_EXPORT if number == 1 else f"line {number} is damaged") from None


def _check_head(head: Any) -> None:
    """Raise ExportFileError if the file has another format or version."""
    version = head.get("version") if isinstance(head, dict) and head.get("format") == FORMAT else None
    if type(version) is not int:
        raise ExportFileError(NO_EXPORT)
    if version > schema.VERSION:
        raise ExportFileError(f"the file has version {version}, which needs a newer mock-server")
    if version < schema.VERSION:
        raise ExportFileError(f"the file has version {version}, which is too old")


def _decode_row(content: Any, number: int) -> tuple[str, list[Any]]:
    """Return the table and the values of a line. Raises ExportFileError."""
    try:
        table, *values = content
        columns = schema.COLUMNS[table]
        pairs = zip(columns.items(), values, strict=True)
        return table, [_decode(table, column, kind, value) for (column, kind), value in pairs]
    except (TypeError, ValueError, KeyError):
        raise ExportFileError(f"line {number} is damaged") from None


def _decode(table: str, column: str, kind: Any, value: Any) -> Any:
    """Return a value. Raises TypeError and ValueError."""
    if kind is bytes:
        return value.encode("latin-1") if (table, column) == TEXT_BYTES else base64.b64decode(value, validate=True)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError
    return value
