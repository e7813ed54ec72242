"""Builds and sends long JSON responses in pieces, so that other workspaces are answered meanwhile."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar, cast

from pydantic_core import to_json

from mock_server.domain.pieces import Steps, in_pieces, split_long
from mock_server.http.responses import LongJson
from mock_server.state import turn
from mock_server.state.turn import Turn

BYTES_PER_UNIT = 50
"""How many bytes of JSON are built and encoded in one unit of work (`domain/pieces.py`)."""
Item = TypeVar("Item")
Body = TypeVar("Body")


async def build_array(
    workspace_turn: Turn, items: Collection[Item], to_bodies: Callable[[Collection[Item]], Body], items_per_step: int
) -> Body:
    """Return the body of the items. If they are many, it is already encoded, in steps of `items_per_step` items."""
    if len(items) <= items_per_step:
        return to_bodies(items)
    parts = await turn.run(workspace_turn, encode_items, items, to_bodies, items_per_step)
    return cast("Body", LongJson([b"[", *parts, b"]"]))


@in_pieces
def encode_items(
    items: Collection[Item], to_bodies: Callable[[Collection[Item]], object], items_per_step: int
) -> Steps[list[bytes]]:
    """Return the JSON of the items, separated by commas, in parts."""
    parts: list[bytes] = []
    for part in split_long(items, items_per_step):
        if parts:
            parts.append(b",")
        parts.append(to_json(to_bodies(part))[1:-1])
        yield 1 + len(parts[-1]) // BYTES_PER_UNIT
    return parts


def replace_array(body: Body, name: str, parts: Sequence[bytes]) -> Body:
    """Return an object with encoded parts as its last member, which is an array called `name`."""
    members = {key: value for key, value in cast("Mapping[str, object]", body).items() if key != name}
    return cast("Body", LongJson([to_json(members)[:-1], b',"%b":[' % name.encode(), *parts, b"]}"]))
