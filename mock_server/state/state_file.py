"""Writes a file of state so that it contains its old content or the new one, even if the machine stops meanwhile."""

import os
from contextlib import suppress
from pathlib import Path


class StateFileError(Exception):
    """A file of state cannot be read or written, or its content is invalid. The message is one line."""


def write(path: Path, content: bytes) -> None:
    """Replace the content of a file, or create it. Raises OSError, and then leaves the file as it was.

    The content is written to a file beside it, which is renamed when it is on the disk. A symbolic link is kept: the
    file to which it points is replaced.
    """
    target = path.resolve()
    temporary = _temporary_path(target)
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
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
