"""Files that are uploaded or downloaded instead of JSON, and their media types."""

import re
from dataclasses import dataclass

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

UNSAFE_FILE_NAME_CHARACTERS = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded or downloaded file. `name` is the file name of a download, empty for an upload."""

    media_type: str
    content: bytes
    name: str = ""

    @property
    def content_type(self) -> str:
        """The Content-Type header: the media type, with the charset for text."""
        return f"{self.media_type}; charset=utf-8" if self.media_type == CSV else self.media_type

    @property
    def disposition(self) -> str:
        """The Content-Disposition header."""
        return f'attachment; filename="{self.name}"'


def name_download(kind: str, subject: str) -> str:
    """Name a download, without its extension, after what it has and what it is about: `sales_evt_1`."""
    return f"{kind}_{UNSAFE_FILE_NAME_CHARACTERS.sub('_', subject)}"
