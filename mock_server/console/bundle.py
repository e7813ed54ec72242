"""The files of the console's built bundle. They are listed and read when the console is first asked for."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

INDEX = "index.html"
CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
    "map": "application/json",
    "txt": "text/plain; charset=utf-8",
    "png": "image/png",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
}
"""The content types by the ends of the names. A file with another end is not served."""
COMPRESSED_ALREADY = ("png", "ico", "woff2")
MIN_COMPRESSED_BYTES = 1024
"""Smaller files are not compressed."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the bundle. `tag` identifies its content. `compressed` is its content with gzip, empty if not shorter.

    The tag is weak, because it is the same for both forms of the content.
    """

    content_type: str
    content: bytes
    tag: str
    compressed: bytes


class Bundle:
    """The files in a folder, by their paths in it. Each is read and compressed when it is first asked for, and kept."""

    def __init__(self, folder: Traversable) -> None:
        self._files: Mapping[str, Traversable] = dict(_list_files(folder)) if folder.is_dir() else {}
        self._assets: dict[str, Asset] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def paths(self) -> list[str]:
        """Return the paths of all files."""
        return list(self._files)

    def read(self, path: str) -> Asset:
        """Return a file. Raises KeyError if it is not in the folder."""
        asset = self._assets.get(path)
        if asset is None:
            asset = self._assets[path] = _read_asset(path, self._files[path].read_bytes())
        return asset


def open_bundle() -> Bundle:
    """Return the bundle that is installed with this package."""
    return Bundle(resources.files(__package__) / "dist")


def _list_files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _list_files(entry, f"{prefix}{entry.name}/")
        elif _extension(entry.name) in CONTENT_TYPES:
            yield prefix + entry.name, entry


def _read_asset(path: str, content: bytes) -> Asset:
    extension, compressed = _extension(path), b""
    if len(content) >= MIN_COMPRESSED_BYTES and extension not in COMPRESSED_ALREADY:
        compressed = gzip.compress(content, mtime=0)
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Asset(CONTENT_TYPES[extension], content, tag, compressed if len(compressed) < len(content) else b"")


def _extension(name: str) -> str:
    return name.rpartition(".")[2]
