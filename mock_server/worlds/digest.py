"""A digest that identifies a world by its users, customers and sales, which never change."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from operator import attrgetter
from typing import Any

from mock_server.domain.models import Purchase
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.domain.purchase_columns import CREDIT_TRIPLES, EPOCH_DAY, SECONDS_PER_DAY, Columns, PurchaseColumns
from mock_server.worlds.world import World

DIGEST_BYTES = 16
CHARACTERS_PER_UNIT = 50
"""How much text is one unit of work (`domain/pieces.py`)."""

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
    for text in _parts(world):
        hashed.update(text.encode())
        yield len(text) // CHARACTERS_PER_UNIT
    return hashed.hexdigest()


def _parts(world: World) -> Iterator[str]:
    """Yield the text whose digest is computed, in parts."""
    yield _to_line([_user_fields(user) for _, user in sorted(world.users.items())])
    customers = sorted(map(_customer_fields, world.customers.values()))
    yield from _list_parts("[", customers, "]")
    texts: ColumnTexts | None = None
    for event_id in sorted(world.sales):
        purchases = world.sales[event_id]
        if isinstance(purchases, PurchaseColumns):
            if texts is None or not texts.fits(purchases.columns):
                texts = ColumnTexts(purchases.columns)
            yield from texts.format_event(event_id, purchases)
        else:
            opening = f"[{json.dumps(event_id, ensure_ascii=False)}, ["
            yield from _list_parts(opening, map(_purchase_line, purchases), "]]")


def _list_parts(opening: str, items: Iterable[Any], closing: str) -> Iterator[str]:
    """Yield the line of a JSON array in parts."""
    for part in split(items):
        yield opening + json.dumps(part, ensure_ascii=False)[1:-1]
        opening = ", "
    yield f"{closing}\n" if opening == ", " else f"{opening}{closing}\n"


def _to_line(part: Any) -> str:
    return f"{json.dumps(part, ensure_ascii=False)}\n"


class ColumnTexts:
    """Formats columns as their records are formatted. The texts of buyers, amounts and times are made once."""

    def __init__(self, columns: Columns) -> None:
        self._customer_ids, self._amount_values = columns.customer_ids, columns.amount_values
        self._buyers = [json.dumps(customer_id, ensure_ascii=False)[1:-1] for customer_id in columns.customer_ids]
        self._amounts = list(map(str, columns.amount_values))
        self._endings = [f'{" ".join(triple)} feed"' for triple in CREDIT_TRIPLES]
        self._times = [
            f"{hour:02}:{minute:02}:{second:02}+00:00"
            for hour in range(24)
            for minute in range(60)
            for second in range(60)
        ]

    def fits(self, columns: Columns) -> bool:
        """Return whether the columns have the same customers and amounts."""
        return columns.customer_ids is self._customer_ids and columns.amount_values is self._amount_values

    def format_event(self, event_id: str, purchases: PurchaseColumns) -> Iterator[str]:
        """Yield the line of an event in parts, one for each day."""
        opening = f"[{json.dumps(event_id, ensure_ascii=False)}, ["
        for day, part in purchases.split_by_day():
            yield f"{opening}{', '.join(self._format_day(day, part))}"
            opening = ", "
        yield "]]\n" if purchases else f"{opening}]]\n"

    def _format_day(self, day: date, part: PurchaseColumns) -> list[str]:
        buyers, amounts, endings, times = self._buyers, self._amounts, self._endings, self._times
        text, midnight = day.isoformat(), (day.toordinal() - EPOCH_DAY) * SECONDS_PER_DAY
        rows = zip(*(column[part.start : part.stop] for column in part.columns.by_row()), strict=True)
        return [
            f'"{number} {buyers[buyer]} {text} {times[second - midnight]} {text} {times[second - midnight]} '
            f"{tickets} {amounts[amount]} {endings[credit]}"
            for number, (buyer, second, tickets, amount, credit) in enumerate(
                rows, part.columns.first_number + part.start
            )
        ]


def _purchase_line(purchase: Purchase) -> str:
    prefix = f"{purchase.number} {purchase.customer_id} {purchase.at} {purchase.revealed_at} {purchase.tickets}"
    return f"{prefix} {purchase.revenue} {purchase.fd} {purchase.meta} {purchase.external} {purchase.origin}"
