"""The files that commands read and write. `-` stands for standard input and standard output."""

import json
import sys
from pathlib import Path
from typing import Any

from mock_server.domain import text_encoding
from mock_server.flags import CommandError

STANDARD_STREAM = "-"


def write_json(file: str, value: object) -> None:
    """Write a value as JSON in UTF-8. Raises CommandError."""
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    if file == STANDARD_STREAM:
        sys.stdout.write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror}") from error


def read_json(file: str) -> Any:
    """Return the value of a JSON file. Raises CommandError."""
    try:
        return json.loads(read_text(file).decode())
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is not JSON: {error}") from error


def read_text(file: str) -> bytes:
    """Return the content of a file in UTF-8, without its byte order mark. Raises CommandError."""
    try:
        content = sys.stdin.buffer.read() if file == STANDARD_STREAM else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}") from error
    encoding = text_encoding.find_foreign_encoding(content)
    if encoding is not None:
        raise CommandError(f"{file} is in {encoding}; save it as UTF-8")
    return text_encoding.strip_byte_order_mark(content)
