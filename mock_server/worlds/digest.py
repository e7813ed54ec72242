"""A digest that identifies a world by its users, customers and sales, which never change."""

import hashlib
import json
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from mock_server.domain.models import Purchase
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
    for part in _parts(world):
        hashed.update(json.dumps(part, ensure_ascii=False).encode())
        hashed.update(b"\n")
    return hashed.hexdigest()


def _parts(world: World) -> Iterator[Any]:
    yield [_user_fields(user) for _, user in sorted(world.users.items())]
    yield sorted((customer.id, customer.partner_id, customer.cluster) for customer in world.customers.values())
    for event_id in sorted(world.sales):
        yield event_id, [_purchase_line(purchase) for purchase in world.sales[event_id]]


def _purchase_line(purchase: Purchase) -> str:
    prefix = f"{purchase.number} {purchase.customer_id} {purchase.at} {purchase.revealed_at} {purchase.tickets}"
    return f"{prefix} {purchase.revenue} {purchase.fd} {purchase.meta} {purchase.external} {purchase.origin}"
