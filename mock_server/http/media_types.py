"""Files that are uploaded or downloaded instead of JSON, and their media types."""

import re
from dataclasses import dataclass

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORM = "multipart/form-data"
FILE_FIELD = "file"
"""The field of a form that holds the file. See: SED-03, ING-07."""
UNSAFE_FILE_NAME_CHARACTERS = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded or downloaded file.

    `name` is the file name of a download, empty for an upload. `field` is the name of an upload in errors: `body`, or
    the field of a form.
    """

    media_type: str
    content: bytes
    name: str = ""
    field: str = "body"

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.content)

    @property
    def content_type(self) -> str:
        """The Content-Type header: the media type, with the charset for text."""
        return f"{self.media_type}; charset=utf-8" if self.media_type == CSV else self.media_type

    @property
    def disposition(self) -> str:
        """The Content-Disposition header."""
        return f'attachment; filename="{self.name}"'


def match_media_type(content_type: bytes, media_types: tuple[str, ...]) -> str | None:
    """Return which of the media types the header names. None for other types, and for charsets other than UTF-8."""
    sent_type, *parameters = content_type.lower().split(b";")
    charsets = [parameter.strip() for parameter in parameters if parameter.strip().startswith(b"charset")]
    is_utf8 = all(charset.partition(b"=")[2].strip(b' "') in (b"utf-8", b"utf8") for charset in charsets)
    return next((known for known in media_types if is_utf8 and sent_type.strip() == known.encode()), None)


def name_download(kind: str, subject: str) -> str:
    """Return the name of a download, without its extension, from its kind and its subject: `sales_evt_1`."""
    return f"{kind}_{UNSAFE_FILE_NAME_CHARACTERS.sub('_', subject)}"
