"""A digest that identifies a world by its users, customers and sales, which never change."""

import hashlib
import json
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from mock_server.domain.models import Purchase
from mock_server.domain.purchase_columns import CREDIT_TRIPLES, EPOCH_DAY, SECONDS_PER_DAY, PurchaseColumns
from mock_server.worlds.world import World

DIGEST_BYTES = 16

_user_fields = attrgetter("username", "sub", "email", "groups")


def digest(world: World) -> str:
    """Return the digest of a world's users, customers and sales. It is computed once for each world.

    Passwords are not included: the digest must not reveal them, and they do not distinguish worlds.
    """
    cache = world.cache
    if cache.digest is None:
        cache.digest = _compute_digest(world)
    return cache.digest


def _compute_digest(world: World) -> str:
    hashed = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for text in _parts(world):
        hashed.update(text.encode())
    return hashed.hexdigest()


def _parts(world: World) -> Iterator[str]:
    """Yield the text whose digest is computed, in parts."""
    yield _to_line([_user_fields(user) for _, user in sorted(world.users.items())])
    yield _to_line(
        sorted((customer.id, customer.partner_id, customer.cluster) for customer in world.customers.values())
    )
    times: list[str] = []
    for event_id in sorted(world.sales):
        purchases = world.sales[event_id]
        if isinstance(purchases, PurchaseColumns):
            times = times or _format_times_of_day()
            yield from _column_parts(event_id, purchases, times)
        else:
            yield _to_line((event_id, [_purchase_line(purchase) for purchase in purchases]))


def _to_line(part: Any) -> str:
    return f"{json.dumps(part, ensure_ascii=False)}\n"


def _format_times_of_day() -> list[str]:
    """Return each second of a day, as the end of a timestamp."""
    return [
        f"{hour:02}:{minute:02}:{second:02}+00:00" for hour in range(24) for minute in range(60) for second in range(60)
    ]


def _column_parts(event_id: str, purchases: PurchaseColumns, times: list[str]) -> Iterator[str]:
    """Yield the same text as for the records of the columns, day by day."""
    columns = purchases.columns
    buyers = [json.dumps(customer_id, ensure_ascii=False)[1:-1] for customer_id in columns.customer_ids]
    amounts = list(map(str, columns.amount_values))
    endings = [f"{' '.join(triple)} feed" for triple in CREDIT_TRIPLES]
    opening = f"[{json.dumps(event_id, ensure_ascii=False)}, ["
    for day, part in purchases.split_by_day():
        midnight = (day.toordinal() - EPOCH_DAY) * SECONDS_PER_DAY
        rows = zip(*(column[part.start : part.stop] for column in columns.by_row()), strict=True)
        lines = [
            f'"{number} {buyers[buyer]} {day} {(at := times[second - midnight])} {day} {at} '
            f'{tickets} {amounts[amount]} {endings[credit]}"'
            for number, (buyer, second, tickets, amount, credit) in enumerate(rows, columns.first_number + part.start)
        ]
        yield f"{opening}{', '.join(lines)}"
        opening = ", "
    yield f"{opening}]]\n" if opening != ", " else "]]\n"


def _purchase_line(purchase: Purchase) -> str:
    prefix = f"{purchase.number} {purchase.customer_id} {purchase.at} {purchase.revealed_at} {purchase.tickets}"
    return f"{prefix} {purchase.revenue} {purchase.fd} {purchase.meta} {purchase.external} {purchase.origin}"
