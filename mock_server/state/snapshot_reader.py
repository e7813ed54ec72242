"""Reads a snapshot from JSON. Its format and version are checked before anything else is read.

A snapshot of an earlier version is read as the record that it was, and converted version by version (`EARLIER`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from pydantic_core import from_json

from mock_server.domain.errors import WHOLE_BODY, InvalidRequestError, Problem
from mock_server.domain.pieces import Steps
from mock_server.state import json_codec, json_pieces
from mock_server.state.json_pieces import InvalidJsonError, JsonText
from mock_server.state.snapshot import FORMAT, VERSION, Snapshot

HEAD_MEMBERS = ("format", "version")
MAX_SKIPPED_BYTES = 1024 * 1024
"""Up to which place the format is looked for."""


class EarlierVersion(NamedTuple):
    """The record of an earlier version, and the function that converts it to the record of the next version."""

    kind: type[Any]
    convert: Callable[[Any], Any]


EARLIER: dict[int, EarlierVersion] = {}
"""The earlier versions that can be read."""


def read(content: bytes) -> Steps[Snapshot]:
    """Read a snapshot in steps. Raises InvalidRequestError."""
    text = JsonText(content)
    try:
        if len(content) <= json_pieces.PIECE_BYTES:
            _require_valid(content)
        version = _find_version(_read_head(text))
        text.rewind()
        record: Any = yield from json_pieces.read(EARLIER[version].kind if version in EARLIER else Snapshot, text)
        for number in range(version, VERSION):
            record = EARLIER[number].convert(record)
        return cast("Snapshot", record)
    except InvalidJsonError as error:
        raise InvalidRequestError(Problem("json", WHOLE_BODY, f"body: {error}")) from error
    except json_codec.RecordDecodeError as error:
        raise InvalidRequestError(Problem("type", error.field, str(error))) from error


def _require_valid(content: bytes) -> None:
    """Check a short text as a whole, so that the error is about the JSON if both JSON and format are wrong."""
    try:
        value = from_json(content)
    except ValueError as error:
        raise InvalidJsonError(f"invalid JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidRequestError(Problem("type", WHOLE_BODY, "body: must be an object"))


def _read_head(text: JsonText) -> dict[str, object]:
    """Read the format and the version among the first members. Other members are skipped, as far as they are known."""
    head: dict[str, object] = {}
    for name in text.member_names():
        if name in HEAD_MEMBERS:
            head[name] = text.take_small()[1]
        elif name not in json_codec.member_kinds(Snapshot) and head.get("format") != FORMAT:
            break
        elif not text.skip_small(MAX_SKIPPED_BYTES):
            head.setdefault("version", VERSION)  # it comes later, and is checked with the other members
            break
        if len(head) == len(HEAD_MEMBERS) or head.get("format", FORMAT) != FORMAT:
            break
    return head


def _find_version(head: dict[str, object]) -> int:
    """Return the version. The format is checked first, because the members differ between versions."""
    if head.get("format") != FORMAT:
        raise InvalidRequestError(Problem("format", "format", f"this is not a snapshot: format must be {FORMAT}"))
    version = head.get("version")
    if type(version) is int and (version == VERSION or version in EARLIER):
        return version
    message = f"version must be {VERSION}: this server cannot read snapshots of other versions"
    raise InvalidRequestError(Problem("version", "version", message))
