"""Limits what all clients of a server hold together, and calls each connection once a second.

A few connections in excess of the limit are accepted. RESERVE of them may send a request: a request for the server's
health is answered, any other is refused with 503. If there are more, the one that came first is refused at once. If
clients do not even close the refused ones, the server does so at MAX_EXCESS.

Time is counted in calls of `_sweep`, not read from a clock. So a second in which the server was busy, and could not
read what clients had sent, is not counted against them.
"""

import asyncio
import logging
from collections.abc import Set as AbstractSet
from typing import Protocol
from weakref import WeakKeyDictionary

SWEEP_SECONDS = 1.0
RESERVE = 32
"""How many connections in excess of the limit may send a request."""
MAX_EXCESS = 64
"""How many connections in excess of the limit may be open."""
MAX_UNSENT_BYTES = 256 * 1024 * 1024
"""How many bytes of responses may wait for clients that do not take them."""
QUIET_SECONDS = 60
"""The log says at most once in this time that the limit is reached."""
log = logging.getLogger("mock_server")


class GuardedConnection(Protocol):
    """A connection, as the guard sees it."""

    unsent_bytes: int

    def tick(self) -> None:
        """Count a second, set `unsent_bytes`, and close the connection if the client has taken too long."""

    def is_waiting(self) -> bool:
        """Return whether the connection is open and has no request that is being answered."""

    def turn_away(self) -> None:
        """Refuse the connection with 503 and close it."""

    def abort(self) -> None:
        """Close the connection at once."""


class ConnectionGuard:
    """Watches the connections of one server. `connections` is uvicorn's set, which contains all that are open."""

    def __init__(self, connections: "AbstractSet[GuardedConnection]", limit: int) -> None:
        self._connections = connections
        self._limit = limit
        self._excess: dict[GuardedConnection, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._refused = self._quiet_seconds = 0
        self._is_full = False

    def admit(self, connection: GuardedConnection, loop: asyncio.AbstractEventLoop) -> bool:
        """Count a new connection. Return False if it may only ask for the server's health."""
        if self._timer is None:
            self._timer = loop.call_later(SWEEP_SECONDS, self._sweep, loop)
        if len(self._connections) <= self._limit:
            return True
        self._excess[connection] = None
        self._report_full()
        waiting = [other for other in self._excess if other.is_waiting()]
        if len(waiting) > RESERVE:
            waiting[0].turn_away()
        if len(self._excess) > MAX_EXCESS:
            first = next(iter(self._excess))
            self.leave(first)
            first.abort()
        return False

    def leave(self, connection: GuardedConnection) -> None:
        """Forget a connection that is closed."""
        self._excess.pop(connection, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(SWEEP_SECONDS, self._sweep, loop) if self._connections else None
        connections = tuple(self._connections)
        for connection in connections:
            connection.tick()
        unsent = sum(connection.unsent_bytes for connection in connections)
        if unsent > MAX_UNSENT_BYTES:
            _drop_largest(connections, unsent)
        self._quiet_seconds = max(0, self._quiet_seconds - 1)
        if self._is_full and len(self._connections) < self._limit:
            self._is_full = False
            log.warning("connections are available again; %d were in excess", self._refused)

    def _report_full(self) -> None:
        if self._is_full:
            self._refused += 1
        elif not self._quiet_seconds:
            self._is_full, self._refused, self._quiet_seconds = True, 1, QUIET_SECONDS
            log.warning("all %d connections are in use; others get 503", self._limit)


def _drop_largest(connections: tuple[GuardedConnection, ...], unsent: int) -> None:
    for connection in sorted(connections, key=lambda connection: connection.unsent_bytes, reverse=True):
        if unsent <= MAX_UNSENT_BYTES:
            return
        unsent -= connection.unsent_bytes
        connection.abort()


_GUARDS: "WeakKeyDictionary[object, ConnectionGuard]" = WeakKeyDictionary()


def find_guard(server: object, connections: "AbstractSet[GuardedConnection]", limit: int) -> ConnectionGuard:
    """Return the guard of a server, which is identified by its state."""
    guard = _GUARDS.get(server)
    if guard is None:
        guard = _GUARDS[server] = ConnectionGuard(connections, limit)
    return guard
