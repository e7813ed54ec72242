"""Reads a snapshot from JSON. Its format and version are checked before anything else is read."""

from pydantic_core import from_json

from mock_server.domain.errors import WHOLE_BODY, InvalidRequestError, Problem
from mock_server.domain.pieces import Steps
from mock_server.state import json_codec, json_pieces
from mock_server.state.json_pieces import InvalidJsonError, JsonText
from mock_server.state.snapshot import FORMAT, VERSION, Snapshot

HEAD_MEMBERS = ("format", "version")


MAX_SKIPPED_BYTES = 1024 * 1024
"""Up to which place the format is looked for."""


def read(content: bytes) -> Steps[Snapshot]:
    """Read a snapshot in steps. Raises InvalidRequestError."""
    text = JsonText(content)
    try:
        if len(content) <= json_pieces.PIECE_BYTES:
            _require_valid(content)
        head = _read_head(text)
        _require_format(head)
        text.rewind()
        return (yield from json_pieces.read(Snapshot, text))
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


def _require_format(head: dict[str, object]) -> None:
    """Check the format first, then the version, because the members differ between versions."""
    if head.get("format") != FORMAT:
        raise InvalidRequestError(Problem("format", "format", f"this is not a snapshot: format must be {FORMAT}"))
    version = head.get("version")
    if type(version) is not int or version != VERSION:
        message = f"version must be {VERSION}: this server cannot read snapshots of other versions"
        raise InvalidRequestError(Problem("version", "version", message))
