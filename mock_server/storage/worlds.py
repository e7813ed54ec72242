"""The worlds that stored workspaces started from.

A workspace refers to its world by the digest. The users, customers and sales of each world are stored once. If the
server's own world (the sample, or a folder of CSV files) has the same digest, it is used, because it is computed faster
than it is read. Otherwise, after an update or a change of the files, the stored one is read.

A world is stored in the transaction that refers to it, and deleted with the last workspace that has started from it.

Purchases are written column by column, which takes a fifth of the time of writing records. Rows of earlier versions
have records.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any, TypeAlias

from mock_server.domain import formats, passwords
from mock_server.domain.models import Customer, Purchase, User
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.domain.purchase_columns import CREDIT_TRIPLES, PurchaseColumns, to_seconds
from mock_server.state.json_codec import codec_for
from mock_server.state.snapshot import hash_password
from mock_server.storage.database import Cursor
from mock_server.storage.rows import EPOCH_START, decode
from mock_server.worlds.world import Source, World

FIRST_PART = 0
"""The part with the users and the customers. Each other part has purchases of one event."""
ORIGINS = (
    "SELECT records.value FROM workspaces JOIN records ON records.workspace = workspaces.content"
    " AND records.kind = 'part' AND records.key = 'origin' AND records.until IS NULL"
)
PURCHASES = codec_for(tuple[Purchase, ...])
RECORDS_AT_ONCE = 500
"""How many purchases a part has."""
UNITS_PER_RECORD, UNITS_PER_PURCHASE = 20, 10
"""How many units of work (`domain/pieces.py`) it is to encode a customer, or a purchase."""
ORIGIN_OF_COLUMNS = "feed"
Part: TypeAlias = tuple[int, bytes]
"""The number of a part, and its compressed JSON."""


def store(cursor: Cursor, digest: str, world: World, parts: list[Part] | None, *, locks: bool) -> None:
    """Store a world unless it is stored already. `parts` are its parts if they were encoded before.

    If it `locks`, no other server deletes the world before the transaction ends.
    """
    if locks:
        lock(cursor)
    if cursor.execute("SELECT 1 FROM worlds WHERE digest = ? AND part = ?", (digest, FIRST_PART)):
        return
    insert = "INSERT INTO worlds (digest, part, value) VALUES (?, ?, ?) ON CONFLICT (digest, part) DO NOTHING"
    cursor.execute_many(insert, [(digest, *part) for part in (encode(world) if parts is None else parts)])


@in_pieces
def encode(world: World) -> Steps[list[Part]]:
    """Return the parts of a world."""
    encoded = list[Part]()
    for content, units in _parts(world):
        encoded.append((len(encoded), zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)))
        yield units
    return encoded


def lock(cursor: Cursor) -> None:
    """Let nobody else store or delete worlds until the transaction ends. It is needed if servers share the database."""
    cursor.execute("SELECT value FROM server WHERE name = ? FOR UPDATE", ("version",))


def delete_unused(cursor: Cursor) -> list[str]:
    """Delete the worlds from which no workspace has started, and return their digests.

    If servers share the database, the caller has the lock.
    """
    used = {decode("part", "origin", value).digest for (value,) in cursor.execute(ORIGINS)}
    stored = cursor.execute("SELECT digest FROM worlds WHERE part = ?", (FIRST_PART,))
    unused = [digest for (digest,) in stored if digest not in used]
    for digest in unused:
        cursor.execute("DELETE FROM worlds WHERE digest = ?", (digest,))
    return unused


def load(cursor: Cursor, digest: str, source: Source) -> World | None:
    """Return the stored world with this digest, without partners and events, or None."""
    rows = cursor.execute("SELECT value FROM worlds WHERE digest = ? ORDER BY part", (digest,))
    if not rows:
        return None
    first, *parts = (json.loads(zlib.decompress(row[0])) for row in rows)
    users = codec_for(tuple[User, ...]).read(first["users"], "users")
    customers = codec_for(tuple[Customer, ...]).read(first["customers"], "customers")
    sales = dict[str, tuple[Purchase, ...]]()
    for part in parts:
        event_id = part["id"]
        added = (
            _read_columns(event_id, part["columns"]) if "columns" in part else PURCHASES.read(part["sales"], "sales")
        )
        sales[event_id] = sales.get(event_id, ()) + added
    return World(
        partners={},
        users={user.username: user for user in users},
        events={},
        customers={customer.id: customer for customer in customers},
        sales=sales,
        purchase_count=first["purchase_count"],
        source=source,
    )


def has_user_with(cursor: Cursor, password: str) -> bool:
    """Return whether a user of a stored world has this password."""
    for (value,) in cursor.execute("SELECT value FROM worlds WHERE part = ?", (FIRST_PART,)):
        users = codec_for(tuple[User, ...]).read(json.loads(zlib.decompress(value))["users"], "users")
        hashes = [user.password_hash for user in users if user.password_hash is not None]
        if any(passwords.hash_like(password, each) == each for each in hashes):
            return True
    return False


def _parts(world: World) -> Iterator[tuple[dict[str, object], int]]:
    """Yield the contents of the parts, and the units of work of encoding each."""
    users = tuple(hash_password(user) for user in world.users.values())
    first = {
        "users": codec_for(tuple[User, ...]).write(users),
        "customers": codec_for(tuple[Customer, ...]).write(tuple(world.customers.values())),
        "purchase_count": world.purchase_count,
    }
    yield first, UNITS_PER_RECORD * len(world.customers)
    for event_id in world.sales:
        sales = world.sales[event_id]
        for start in range(0, len(sales), RECORDS_AT_ONCE):
            part = sales[start : start + RECORDS_AT_ONCE]
            yield {"id": event_id, "columns": _write_columns(part)}, UNITS_PER_PURCHASE * len(part)


def _write_columns(purchases: Sequence[Purchase]) -> list[list[Any]]:
    """Return purchases of one event as columns of JSON values."""
    if isinstance(purchases, PurchaseColumns):
        return _write_view(purchases)
    times = (map(to_seconds, map(attrgetter(name), purchases)) for name in ("at", "revealed_at"))
    return [
        *([getattr(purchase, name) for purchase in purchases] for name in ("number", "customer_id")),
        *map(list, times),
        [purchase.tickets for purchase in purchases],
        [formats.format_decimal(purchase.revenue) for purchase in purchases],
        [CREDIT_TRIPLES.index((purchase.fd, purchase.meta, purchase.external)) for purchase in purchases],
        [purchase.origin for purchase in purchases],
    ]


def _write_view(purchases: PurchaseColumns) -> list[list[Any]]:
    """Return the same for purchases that are columns already, without a record for each."""
    columns, part = purchases.columns, slice(purchases.start, purchases.stop)
    seconds = columns.seconds[part].tolist()
    numbers = range(columns.first_number + purchases.start, columns.first_number + purchases.stop)
    return [
        list(numbers),
        [columns.customer_ids[buyer] for buyer in columns.buyers[part]],
        seconds,
        seconds,
        columns.tickets[part].tolist(),
        [formats.format_decimal(columns.amount_values[amount]) for amount in columns.amounts[part]],
        list(columns.credits[part]),
        [ORIGIN_OF_COLUMNS] * len(purchases),
    ]


def _read_columns(event_id: str, columns: list[list[Any]]) -> tuple[Purchase, ...]:
    """Return the purchases of columns. Raises ValueError, LookupError and TypeError if they are damaged."""
    purchases = []
    for number, customer_id, at, revealed_at, tickets, revenue, credit, origin in zip(*columns, strict=True):
        times = EPOCH_START + timedelta(seconds=at), EPOCH_START + timedelta(seconds=revealed_at)
        amount, (fd, meta, external) = formats.parse_decimal(revenue), CREDIT_TRIPLES[credit]
        purchases.append(Purchase(number, customer_id, event_id, *times, tickets, amount, fd, meta, external, origin))
    return tuple(purchases)
