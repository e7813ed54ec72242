"""A digest that identifies a world by its users, customers and sales, which never change.

Purchases are hashed column by column, so that no record has to be made of those that a world stores as columns. Equal
purchases have equal digests, whether they are stored as records or as columns.
"""

import hashlib
import json
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

from mock_server.domain.models import Purchase
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.domain.purchase_columns import CREDIT_TRIPLES, PurchaseColumns, to_seconds
from mock_server.worlds.world import World

DIGEST_BYTES = 16
BYTES_PER_UNIT = 50
"""How many bytes to hash are one unit of work (`domain/pieces.py`)."""
ROWS_AT_ONCE = 10_000

_user_fields = attrgetter("username", "sub", "email", "groups")
_customer_fields = attrgetter("id", "partner_id", "cluster")


@in_pieces
def digest(world: World) -> Steps[str]:
    """Return the digest of a world's users, customers and sales. It is computed once for each world.

    Passwords are not included: the digest must not reveal them, and they do not distinguish worlds.
    """
    cache = world.cache
    if cache.digest is None:
        cache.digest = yield from _compute_digest(world)
    return cache.digest


def _compute_digest(world: World) -> Steps[str]:
    hashed = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for content in _parts(world):
        hashed.update(content)
        yield len(content) // BYTES_PER_UNIT
    return hashed.hexdigest()


def _parts(world: World) -> Iterator[bytes]:
    """Yield the bytes whose digest is computed, in parts."""
    yield _to_line([_user_fields(user) for _, user in sorted(world.users.items())])
    for customers in split(sorted(map(_customer_fields, world.customers.values()))):
        yield _to_line(customers)
    amounts = AmountTexts()
    for event_id in sorted(world.sales):
        purchases = world.sales[event_id]
        yield _to_line([event_id, len(purchases)])
        for start in range(0, len(purchases), ROWS_AT_ONCE):
            part = purchases[start : start + ROWS_AT_ONCE]
            yield from _column_parts(part, amounts) if isinstance(part, PurchaseColumns) else _record_parts(part)


def _to_line(part: Any) -> bytes:
    return f"{json.dumps(part, ensure_ascii=False)}\n".encode()


class AmountTexts:
    """The texts of amounts. They are made once for the events of a world, which share their amounts."""

    def __init__(self) -> None:
        self._values: Sequence[Decimal] = ()
        self._texts: list[str] = []

    def find(self, values: Sequence[Decimal]) -> list[str]:
        """Return the texts of amounts."""
        if values is not self._values:
            self._values, self._texts = values, list(map(str, values))
        return self._texts


def _column_parts(part: PurchaseColumns, amounts: AmountTexts) -> Iterator[bytes]:
    """Yield what `_record_parts` yields for the records of the columns."""
    columns, rows = part.columns, slice(part.start, part.stop)
    texts = amounts.find(columns.amount_values)
    yield _to_bytes(range(columns.first_number + part.start, columns.first_number + part.stop))
    yield from (_to_bytes(columns.seconds[rows]),) * 2
    yield _to_bytes(columns.tickets[rows])
    yield columns.credits[rows]
    yield _join([columns.customer_ids[buyer] for buyer in columns.buyers[rows]])
    yield _join([texts[amount] for amount in columns.amounts[rows]])


def _record_parts(purchases: Sequence[Purchase]) -> Iterator[bytes]:
    yield _to_bytes(map(attrgetter("number"), purchases))
    yield _to_bytes(map(to_seconds, map(attrgetter("at"), purchases)))
    yield _to_bytes(map(to_seconds, map(attrgetter("revealed_at"), purchases)))
    yield _to_bytes(map(attrgetter("tickets"), purchases))
    yield bytes(map(CREDIT_TRIPLES.index, map(attrgetter("fd", "meta", "external"), purchases)))
    yield _join(map(attrgetter("customer_id"), purchases))
    yield _join(str(purchase.revenue) for purchase in purchases)


def _to_bytes(numbers: Iterable[int]) -> bytes:
    """Return numbers as 8 bytes each, which are the same on every machine."""
    column = array("q", list(numbers))
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _join(texts: Iterable[str]) -> bytes:
    """Return texts that contain no line feed as lines."""
    return "\n".join(texts).encode()
