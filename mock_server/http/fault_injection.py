"""What a fault does to a request and its answer, on the wire.

Faults strike before the token is looked at (BASE-11). One that takes the answer's place keeps the operation from
running; latency, truncation, dripping and malformed JSON befall the answer of an operation that has run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Protocol

from pydantic_core import to_json
from starlette.types import Message, Receive, Scope, Send

from mock_server.domain import faults
from mock_server.domain.errors import (
    InternalError,
    InvalidRequest,
    NotAuthorized,
    PackageNotReady,
    PlatformError,
    Problem,
    RateLimited,
    RequestTooLarge,
    TokenInvalid,
    UnknownPath,
    UnsupportedMediaType,
)
from mock_server.domain.faults import Asked, Drip, Strike
from mock_server.http import auth, errors, request_body
from mock_server.http.responses import JSON, send_bytes
from mock_server.state.clock import Clock
from mock_server.state.workspace import Call

if TYPE_CHECKING:
    import asyncio

TRANSPORT = "mock_server.transport"
"""Where in the scope's `state` the server puts the connection that a request came by; in process there is none."""
SPOILT = b","
"""Takes the place of a body's last byte: no JSON document ends with it."""
REFUSALS: dict[int, PlatformError] = {
    400: InvalidRequest(),
    401: TokenInvalid(),
    403: NotAuthorized(),
    404: UnknownPath(),
    409: PackageNotReady(),
    413: RequestTooLarge(),
    415: UnsupportedMediaType(),
    429: RateLimited(),
    500: InternalError(),
    502: InternalError(),
    503: InternalError(),
    504: InternalError(),
}
"""What each status says that a fault may answer. Rule: ERR-03."""


class Severed(ConnectionResetError):
    """A fault broke off a connection that is not a socket: the request came from within the same process."""


class Operations(Protocol):
    """Tells which operation is meant."""

    def operation_id(self, path: str, method: str) -> str | None:
        """The operation of a path and a method, None where they mean none."""


async def strike(scope: Scope, send: Send, operations: Operations) -> bool:
    """Let the workspace's rules strike a request; answers whether it has been answered by one.

    Raises TokenInvalid where its token was revoked, Severed where its connection broke and is no socket.
    """
    call: Call = scope["call"]
    workspace = call.workspace
    asked = _asked(scope, call, operations)
    workspace.faults, strikes = faults.on_request(workspace.faults, asked, call.now)
    if not strikes:
        return False
    scope["fault"] = ",".join(struck.rule_id for struck in strikes)
    delivery = Delivery(_connection(scope, scope["recording"].unnoted), workspace.clock, strikes)
    scope["fault_milliseconds"] = delivery.milliseconds
    scope["deliver"] = delivery
    for struck in strikes:
        if struck.effect.reset:
            await delivery.pause(delivery.milliseconds)
            await delivery.connection.reset()
        if struck.effect.status is not None:
            await _send_status(scope, send, struck.effect.status)
            return True
        if struck.effect.token is not None:
            raise TokenInvalid(
                Problem("invalid", "Authorization", "the token was revoked: POST /auth/refresh_token or POST /auth")
            )
    return False


def _asked(scope: Scope, call: Call, operations: Operations) -> Asked:
    received, path, method = scope["received"], scope["route_path"], scope["method"]
    claims = auth.believed(call, received)
    return Asked(
        operation=operations.operation_id(path, method),
        method=method,
        path=path,
        partner=auth.partner_named(received) or call.partner_id or None,
        groups=() if claims is None else claims.groups,
        token=claims.serial if claims is not None and auth.needs_token(path, method) else None,
    )


async def _send_status(scope: Scope, send: Send, status: int) -> None:
    refusal = REFUSALS[status]
    headers = [(b"content-type", JSON), *errors.headers(refusal)]
    await send_bytes(scope, send, status, to_json(errors.body(refusal)), headers)


@dataclass(frozen=True, slots=True)
class Connection:
    """What a request came by; `transport` is None in process."""

    transport: "asyncio.Transport | None"
    receive: Receive

    async def reset(self) -> NoReturn:
        """Break it off without a word: a TCP reset. Raises Disconnected, or Severed where it is no socket."""
        if self.transport is None:
            raise Severed("a fault resets the connection")
        connected = self.transport.get_extra_info("socket")
        if connected is not None:
            import socket
            import struct

            # To linger for no time at all is how a socket says that closing it is to reset the connection.
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self._ended(self.transport.abort)

    async def close(self) -> NoReturn:
        """Close it once what was written has left. Raises Disconnected, or Severed where it is no socket."""
        if self.transport is None:
            raise Severed("a fault cuts the answer off")
        await self._ended(self.transport.close)

    def is_lost(self) -> bool:
        """Whether the client has gone."""
        return self.transport is not None and self.transport.is_closing()

    async def _ended(self, end: Callable[[], None]) -> NoReturn:
        end()
        while (await self.receive())["type"] != "http.disconnect":
            pass
        raise request_body.Disconnected


class Delivery:
    """How an answer leaves that faults have struck. `milliseconds` is how long they have it wait, all in all."""

    def __init__(self, connection: Connection, clock: Clock, strikes: tuple[Strike, ...]) -> None:
        self.connection = connection
        self._clock = clock
        self.milliseconds = sum(struck.milliseconds for struck in strikes)
        effects = [struck.effect for struck in strikes]
        self._malformed = any(effect.malformed for effect in effects)
        self._drip = next((effect.drip for effect in effects if effect.drip is not None), None)
        self._after = next((effect.truncate_after for effect in effects if effect.truncate_after is not None), None)

    async def __call__(self, send: Send, start: Message, content: bytes) -> None:
        """Send the answer as the faults have it. Raises Disconnected or Severed where they cut it off."""
        await self.pause(self.milliseconds)
        await send(start)
        if self._after is not None:
            await send({"type": "http.response.body", "body": content[: self._cut(content)], "more_body": True})
            await self.connection.close()
        if self._drip is not None:
            await self._send_in_drops(send, content, self._drip)
            return
        if self._malformed and content:
            content = content[:-1] + SPOILT
        await send({"type": "http.response.body", "body": content})

    async def pause(self, milliseconds: int) -> None:
        """Wait, where the workspace's clock is running."""
        if milliseconds:
            await self._clock.wait(milliseconds)

    def _cut(self, content: bytes) -> int:
        """How many bytes of the body leave: at least one never does."""
        return max(0, min(self._after or 0, len(content) - 1))

    async def _send_in_drops(self, send: Send, content: bytes, drip: Drip) -> None:
        for place in range(0, len(content), drip.bytes):
            if place:
                await self.pause(drip.milliseconds)
            if self.connection.is_lost():
                raise request_body.Disconnected
            await send({"type": "http.response.body", "body": content[place : place + drip.bytes], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _connection(scope: Scope, receive: Receive) -> Connection:
    state = scope.get("state") or {}
    return Connection(state.get(TRANSPORT), receive)
