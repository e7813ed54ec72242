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


class ExportReader:
    """Reads an export. `version` is that of its tables. Raises ExportFileError if it is no export of a known version.

    Raises OSError.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lines = _lines(file)
        head = next(self._lines, b"")
        self.version = _read_version(_parse(head, 1))
        self._hash = hashlib.sha256(head)

    def rows(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield the rows: the table and the values. Raises ExportFileError, at the latest at the end, and OSError.

        Until the end is reached, nobody knows whether the file is complete.
        """
        for count, line in enumerate(self._lines):
            content = _parse(line, count + 2)
            if isinstance(content, dict):
                self._check_end(content, count)
                return
            yield _decode_row(content, count + 2)
            self._hash.update(line)
        raise ExportFileError("the file is not complete: its last line is missing")

    def _check_end(self, end: object, count: int) -> None:
        if end != {"rows": count, "sha256": self._hash.hexdigest()}:
            raise ExportFileError("the file is damaged: its last line does not fit the lines before it")
        if self._file.read(1):
            raise ExportFileError("the file is damaged: something follows its last line")


NO_EXPORT = "it is not a file that wavetank store export has written"


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


def _read_version(head: Any) -> int:
    """Return the version in the first line. Raises ExportFileError if this version of the code cannot read it."""
    version = head.get("version") if isinstance(head, dict) and head.get("format") == FORMAT else None
    if type(version) is not int:
        raise ExportFileError(NO_EXPORT)
    if version > schema.VERSION:
        raise ExportFileError(f"the file has version {version}, which needs a newer version of Wavetank")
    if version not in schema.MIGRATIONS and version != schema.VERSION:
        raise ExportFileError(f"the file has version {version}, which no version of Wavetank has written")
    return version


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
