"""Writes a snapshot as JSON. A workspace may have hundreds of thousands of records, so this is work in pieces."""

from collections.abc import Hashable
from dataclasses import is_dataclass
from typing import Any, cast, get_args, get_origin

from pydantic_core import to_json

from mock_server.domain.pieces import PIECE_UNITS, Steps, in_pieces, split
from mock_server.state import json_codec
from mock_server.state.json_codec import codec_for
from mock_server.state.snapshot import Snapshot

UNITS_PER_VALUE = 25
"""How many units of work (`domain/pieces.py`) it takes to write a record."""
WRITTEN_AT_ONCE = PIECE_UNITS // UNITS_PER_VALUE


@in_pieces
def write(snapshot: Snapshot) -> Steps[bytes]:
    """Return the JSON of a snapshot: the bytes of `json_codec.to_json`, encoded."""
    return (yield from _write_record(snapshot))


def _write_record(record: Any) -> Steps[bytes]:
    members = []
    for name, kind in json_codec.member_kinds(cast("Hashable", type(record))).items():
        content = yield from _write_value(kind, getattr(record, name))
        members.append(b"%s:%s" % (to_json(name), content))
    return b"{%s}" % b",".join(members)


def _write_value(kind: Any, value: Any) -> Steps[bytes]:
    if _is_array(kind):
        return (yield from _write_array(get_args(kind)[0], value))
    if is_dataclass(kind) and value is not None:
        return (yield from _write_record(value))
    return to_json(codec_for(kind).write(value))


def _write_array(kind: Any, values: tuple[Any, ...]) -> Steps[bytes]:
    parts = []
    if is_dataclass(kind) and any(map(_is_array, json_codec.member_kinds(cast("Hashable", kind)).values())):
        for value in values:
            parts.append((yield from _write_record(value)))
            yield UNITS_PER_VALUE
    else:
        codec = codec_for(kind)
        for part in split(values, WRITTEN_AT_ONCE):
            parts.append(to_json(list(map(codec.write, part)))[1:-1])
            yield UNITS_PER_VALUE * len(part)
    return b"[%s]" % b",".join(parts)


def _is_array(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[1:] == (...,)
