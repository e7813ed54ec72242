"""A file in place of JSON: the types that a body or an answer may have."""

from dataclasses import dataclass

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way. `kind` is its media type; `name` is what it is saved as, empty for one that came in."""

    media_type: str
    content: bytes
    name: str = ""

    @property
    def content_type(self) -> str:
        """The media type as it is sent: text names its encoding."""
        return f"{self.media_type}; charset=utf-8" if self.media_type == CSV else self.media_type

    @property
    def disposition(self) -> str:
        """How a browser is told to save it."""
        return f'attachment; filename="{self.name}"'
