"""Uploads as multipart/form-data: the file in a form, and the problems of the form's fields."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from mock_server.domain.errors import InvalidRequestError, Problem, UnsupportedMediaTypeError
from mock_server.http import media_types
from mock_server.http.media_types import CSV, FILE_FIELD, FORM, XLSX, File

if TYPE_CHECKING:
    from python_multipart.multipart import Field
    from python_multipart.multipart import File as FormFile

MAX_PARTS = 100
"""The maximum number of parts in a form; a form with more parts is rejected."""
MAX_HEADS_BYTES = 64 * 1024
"""The maximum size of the heads of all parts together. The library reads heads byte by byte in some versions."""
TYPES_BY_SUFFIX = {".csv": CSV, ".xlsx": XLSX}
"""The media type of a file by the extension of its name.

It is used if its part states any other type, because browsers send various types for CSV.
"""

logging.getLogger("python_multipart").addHandler(logging.NullHandler())
"""A malformed form is a client's mistake, so it gets an error response and is not logged."""


class FormPart(NamedTuple):
    """One part of a form. `filename` is None for a field that is not a file."""

    name: str
    filename: str | None
    content_type: str
    content: bytes

    @property
    def is_empty_choice(self) -> bool:
        """Whether a browser has sent the part for an input in which no file was chosen."""
        return self.filename == "" and not self.content


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A received form. `file` is None unless exactly one part is the file."""

    file: File | None
    parts: tuple[FormPart, ...]

    @property
    def size(self) -> int:
        """The size of all parts in bytes."""
        return sum(len(part.content) for part in self.parts)

    def find_problems(self, *, ignore_unknown: bool) -> Iterator[Problem]:
        """Yield the problems of the fields. `ignore_unknown` says whether other fields are accepted. See: BASE-08."""
        counts = Counter(part.name for part in self.parts)
        if not counts[FILE_FIELD]:
            yield Problem("required", FILE_FIELD, f"a file is required in the field {FILE_FIELD} of the form")
        elif counts[FILE_FIELD] > 1:
            yield Problem(
                "duplicate", FILE_FIELD, f"the form contains {counts[FILE_FIELD]} fields {FILE_FIELD}; send one"
            )
        elif self.file is None:
            yield Problem("type", FILE_FIELD, f"the field {FILE_FIELD} must be a file: give its part a filename")
        if not ignore_unknown:
            for name in counts:
                if name != FILE_FIELD:
                    yield Problem("unknown", name, f"{name} is not a known name in the form; known names: {FILE_FIELD}")


def read_form(content: bytes, content_type: bytes) -> UploadForm:
    """Read the form of an upload. `content_type` is the request's header.

    Raises InvalidRequestError if it is not valid multipart, and UnsupportedMediaTypeError if its file is neither CSV in
    UTF-8 nor XLSX. See: SED-03, SED-05, ING-07.
    """
    parts = tuple(part for part in _parse_parts(content, content_type) if not part.is_empty_choice)
    named = [part for part in parts if part.name == FILE_FIELD]
    is_file = len(named) == 1 and named[0].filename is not None
    return UploadForm(_take_file(named[0]) if is_file else None, parts)


class _PartCollector:
    """Collects the parts that the library's parser finds. `ended` is set at the last boundary."""

    def __init__(self) -> None:
        self.parts: list[FormPart] = []
        self.ended = False

    def add_field(self, field: "Field") -> None:
        """Add a field that is not a file."""
        self._add(FormPart(_decode(field.field_name), None, field.content_type or "", field.value or b""))

    def add_file(self, file: "FormFile") -> None:
        """Add a file."""
        file.file_object.seek(0)
        content = file.file_object.read()
        self._add(FormPart(_decode(file.field_name), _decode(file.file_name), file.content_type or "", content))

    def end(self) -> None:
        """Note that the form is complete."""
        self.ended = True

    def _add(self, part: FormPart) -> None:
        if len(self.parts) >= MAX_PARTS:
            raise _malformed(f"it contains more than {MAX_PARTS} parts")
        self.parts.append(part)


def _parse_parts(content: bytes, content_type: bytes) -> list[FormPart]:
    """Parse the parts. The library is imported when the first form is sent."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import FormParser, parse_options_header

    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _malformed("the content-type contains no boundary")
    _require_short_heads(content, boundary)
    collector = _PartCollector()
    try:
        parser = FormParser(
            FORM,
            collector.add_field,
            collector.add_file,
            collector.end,
            boundary,
            config={"MAX_MEMORY_FILE_SIZE": None},
        )
        parser.write(content)
    except FormParserError as error:
        raise _malformed(str(error)) from error
    if not collector.ended:
        raise _malformed("the last boundary is missing")
    return collector.parts


def _require_short_heads(content: bytes, boundary: bytes) -> None:
    """Refuse a form for which the library would need many steps.

    The library searches quickly for a boundary, but may read byte by byte from there to the end of the part's head, and
    also the empty lines before the first boundary. So these may have MAX_HEADS_BYTES, however large the files are.
    """
    if len(content) > MAX_HEADS_BYTES and not content[:MAX_HEADS_BYTES].strip(b"\r\n"):
        raise _malformed(f"it begins with more than {MAX_HEADS_BYTES} bytes of empty lines")
    delimiter, rest, parts = b"\r\n--" + boundary, MAX_HEADS_BYTES, 0
    found = content.find(delimiter[2:])
    start = found + len(delimiter) - 2
    while found >= 0 and not content.startswith(b"--", start):
        parts += 1
        end = content.find(b"\r\n\r\n", start, start + rest)
        if parts > MAX_PARTS:
            raise _malformed(f"it contains more than {MAX_PARTS} parts")
        if end < 0 and len(content) > start + rest:
            raise _malformed(f"the heads of its parts are larger than {MAX_HEADS_BYTES} bytes")
        if end < 0:
            return
        rest -= end - start
        found = content.find(delimiter, end + 4)
        start = found + len(delimiter)


def _decode(name: bytes | None) -> str:
    return (name or b"").decode("utf-8", "replace")


def _malformed(reason: str) -> InvalidRequestError:
    return InvalidRequestError(Problem("multipart", "body", f"the body is not {FORM}: {reason}"))


def _take_file(part: FormPart) -> File:
    """Return the part as a file. Its type is the part's content type, or follows from the file name's extension."""
    content_type = part.content_type.encode("latin-1", "replace")
    media_type = media_types.match_media_type(content_type, (CSV, XLSX))
    if media_type is None and content_type.partition(b";")[0].strip().lower() != CSV.encode():
        media_type = TYPES_BY_SUFFIX.get(PurePath(part.filename or "").suffix.lower())
    if media_type is None:
        raise UnsupportedMediaTypeError(
            Problem("media_type", FILE_FIELD, f"the file in {FILE_FIELD} must be {CSV} in UTF-8 or {XLSX}")
        )
    return File(media_type, part.content, field=FILE_FIELD)
