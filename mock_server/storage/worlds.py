"""The worlds that stored workspaces started from.

A workspace refers to its world by the digest. The users, customers and sales of each world are stored once. If the
server's own world (the sample, or a folder of CSV files) has the same digest, it is used, because it is computed faster
than it is read. Otherwise, after an update or a change of the files, the stored one is read.

A world is stored in the transaction that refers to it, and deleted with the last workspace that has started from it.
"""

import json
import zlib
from collections.abc import Iterator

from mock_server.domain import passwords
from mock_server.domain.models import Customer, Purchase, User
from mock_server.domain.pieces import split
from mock_server.state.json_codec import codec_for
from mock_server.state.snapshot import hash_password
from mock_server.storage.database import Cursor
from mock_server.storage.rows import decode
from mock_server.worlds.world import Source, World

FIRST_PART = 0
"""The part with the users and the customers. Each other part has purchases of one event."""
ORIGINS = (
    "SELECT records.value FROM workspaces JOIN records ON records.workspace = workspaces.id"
    " AND records.kind = 'part' AND records.key = 'origin' AND records.until IS NULL"
)
PURCHASES = codec_for(tuple[Purchase, ...])


def store(cursor: Cursor, digest: str, world: World) -> None:
    """Store a world unless it is stored already."""
    if cursor.execute("SELECT 1 FROM worlds WHERE digest = ? AND part = ?", (digest, FIRST_PART)):
        return
    insert = "INSERT INTO worlds (digest, part, value) VALUES (?, ?, ?) ON CONFLICT (digest, part) DO NOTHING"
    for part, content in enumerate(_parts(world)):
        cursor.execute(insert, (digest, part, zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)))


def lock(cursor: Cursor) -> None:
    """Let nobody else store or delete worlds until the transaction ends. It is needed if servers share the database."""
    cursor.execute("SELECT value FROM server WHERE name = ? FOR UPDATE", ("version",))


def delete_unused(cursor: Cursor) -> None:
    """Delete the worlds from which no workspace has started. If servers share the database, the caller has the lock."""
    used = {decode("part", "origin", value).digest for (value,) in cursor.execute(ORIGINS)}
    for (digest,) in cursor.execute("SELECT digest FROM worlds WHERE part = ?", (FIRST_PART,)):
        if digest not in used:
            cursor.execute("DELETE FROM worlds WHERE digest = ?", (digest,))


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
        sales[part["id"]] = sales.get(part["id"], ()) + PURCHASES.read(part["sales"], "sales")
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


def _parts(world: World) -> Iterator[dict[str, object]]:
    """Yield the contents of the parts."""
    users = tuple(hash_password(user) for user in world.users.values())
    yield {
        "users": codec_for(tuple[User, ...]).write(users),
        "customers": codec_for(tuple[Customer, ...]).write(tuple(world.customers.values())),
        "purchase_count": world.purchase_count,
    }
    for event_id in world.sales:
        for part in split(world.sales[event_id]):
            yield {"id": event_id, "sales": PURCHASES.write(tuple(part))}
