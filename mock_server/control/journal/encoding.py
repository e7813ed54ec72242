"""Encodes long responses as JSON in pieces."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from pydantic_core import to_json

from mock_server.domain.pieces import Steps, in_pieces

BYTES_PER_UNIT = 5
"""How many bytes of JSON are encoded in one unit of work (`domain/pieces.py`)."""

Item = TypeVar("Item")


@in_pieces
def encode_array(items: Iterable[Item], to_body: Callable[[Item], object]) -> Steps[list[bytes]]:
    """Encode the bodies of the items as a JSON array, in parts."""
    parts = [b"["]
    for item in items:
        if len(parts) > 1:
            parts.append(b",")
        parts.append(to_json(to_body(item)))
        yield 1 + len(parts[-1]) // BYTES_PER_UNIT
    return [*parts, b"]"]


def add_array(members: Mapping[str, object], name: str, array: Sequence[bytes]) -> list[bytes]:
    """Encode an object with these members, at least one, and an encoded array as its last member, in parts."""
    return [b'%b,"%b":' % (to_json(members)[:-1], name.encode()), *array, b"}"]
