"""Writes a file of state so that it contains its old content or the new one, even if the machine stops meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


class StateFileError(Exception):
    """A file of state cannot be read or written, or its content is invalid. The message is one line."""


def write(path: Path, content: bytes) -> None:
    """Replace the content of a file, or create it. Raises OSError, and then leaves the file as it was."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, *, is_secret: bool = False) -> Iterator[BinaryIO]:
    """Replace the content of a file, or create it, by what is written in this block.

    If the block raises an exception, the file stays as it was. Raises OSError. The content is written to a file beside
    it, which is renamed when it is on the disk. A symbolic link is kept: the file to which it points is replaced. If it
    `is_secret`, only its owner may read it.
    """
    target = path.resolve()
    temporary = _temporary_path(target)
    try:
        with open(temporary, "xb", opener=_open_secret if is_secret else None) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if not is_secret:
            with suppress(FileNotFoundError):
                temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def require_writable(path: Path) -> None:
    """Raise OSError if `write` could not write this file."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise IsADirectoryError(0, "not a regular file", str(path))
    temporary = _temporary_path(target)
    temporary.touch(exist_ok=False)
    temporary.unlink()


def _open_secret(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _temporary_path(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")


def _sync_folder(folder: Path) -> None:
    """Write the new name to the disk. Windows cannot open a folder, and does not need it."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
