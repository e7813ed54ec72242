"""Applies faults to a request and its response.

Faults apply before the token is checked (BASE-11). There are two kinds:

- A status, a revoked token or a reset connection replaces the response: the operation does not run.
- Latency, truncation, dripping and malformed JSON change how a response (a success or an error) is delivered.
  `FaultyDelivery` applies them; `responses.send_bytes` calls it to send the response.

A reset and a truncation need the client's connection, which the server puts into the scope's `state` (TRANSPORT_KEY).
If the application is called in process, there is no connection, so ConnectionAbortedByFaultError is raised instead.
`domain/faults.py` decides which rules apply to a request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from starlette.types import Message, Receive, Send

from mock_server.domain import exchanges, faults
from mock_server.domain.errors import (
    InternalError,
    InvalidRequestError,
    NotAuthorizedError,
    PackageNotReadyError,
    PlatformError,
    Problem,
    RateLimitedError,
    RequestTooLargeError,
    TokenInvalidError,
    UnknownPathError,
    UnsupportedMediaTypeError,
)
from mock_server.domain.faults import AppliedFault, Drip, RequestFacts
from mock_server.http import auth, request_body
from mock_server.http.context import RequestContext
from mock_server.http.responses import send_error
from mock_server.state.clock import WorkspaceClock

if TYPE_CHECKING:
    import asyncio

CONSOLE_HEADER = exchanges.CONSOLE_HEADER.encode()
TRANSPORT_KEY = "mock_server.transport"
"""The key in the scope's `state` under which the server puts the transport of the request's connection."""
INVALID_JSON_SUFFIX = b","
"""Replaces the last byte of a body, to make it invalid: no JSON document ends with a comma."""
ERRORS_BY_STATUS: dict[int, PlatformError] = {
    400: InvalidRequestError(),
    401: TokenInvalidError(),
    403: NotAuthorizedError(),
    404: UnknownPathError(),
    409: PackageNotReadyError(),
    413: RequestTooLargeError(),
    415: UnsupportedMediaTypeError(),
    429: RateLimitedError(),
    500: InternalError(),
    502: InternalError(),
    503: InternalError(),
    504: InternalError(),
}
"""The error body for each status that a fault can return. See: ERR-03."""


class ConnectionAbortedByFaultError(ConnectionResetError):
    """A fault aborted the connection of a request that was sent in process, without a socket."""


async def inject(context: RequestContext) -> None:
    """Apply the workspace's fault rules to a request. Those of the console are passed over, and not counted.

    Raises TokenInvalidError if a fault revoked the token. Raises ConnectionAbortedByFaultError if a fault aborted the
    connection of a request that was sent in process.
    """
    if CONSOLE_HEADER in context.headers:
        return
    workspace = context.workspace
    facts = _collect_request_facts(context)
    workspace.faults, applied_faults = faults.apply_to_request(workspace.faults, facts, context.now)
    if not applied_faults:
        return
    connection = client_connection(context)
    delivery = context.delivery = FaultyDelivery(connection, workspace.clock, applied_faults)
    context.fault = ",".join(applied_fault.rule_id for applied_fault in applied_faults)
    context.delay_milliseconds = delivery.milliseconds
    for effect in (applied_fault.effect for applied_fault in applied_faults):
        if effect.reset:
            await delivery.pause(delivery.milliseconds)
            await delivery.connection.reset()
        if effect.status is not None:
            await send_error(context, ERRORS_BY_STATUS[effect.status], effect.status)
            return
        if effect.token is not None:
            message = "the token was revoked: POST /auth/refresh_token or POST /auth"
            raise TokenInvalidError(Problem("invalid", "Authorization", message))


def _collect_request_facts(context: RequestContext) -> RequestFacts:
    auth.identify(context)
    claims = auth.try_authenticate(context)
    needs_token = auth.needs_token(context.path, context.method)
    return RequestFacts(
        operation=context.router.operation_id(context.path, context.method),
        method=context.method,
        path=context.path,
        partner=auth.requested_partner(context.headers) or context.partner_id or None,
        groups=() if claims is None else claims.groups,
        token_number=claims.token_number if claims is not None and needs_token else None,
    )


@dataclass(frozen=True, slots=True)
class ClientConnection:
    """The connection on which a request arrived. `transport` is None if the request was sent in process."""

    transport: "asyncio.Transport | None"
    receive: Receive

    async def reset(self) -> NoReturn:
        """Send a TCP reset. Raises ClientDisconnectedError or, without a socket, ConnectionAbortedByFaultError."""
        if self.transport is None:
            raise ConnectionAbortedByFaultError("a fault resets the connection")
        connected_socket = self.transport.get_extra_info("socket")
        if connected_socket is not None:
            import socket
            import struct

            # With a linger time of 0, closing the socket resets the connection.
            connected_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self._end_connection(self.transport.abort)

    async def close(self) -> NoReturn:
        """Close the connection after sending. Raises ClientDisconnectedError or ConnectionAbortedByFaultError."""
        if self.transport is None:
            raise ConnectionAbortedByFaultError("a fault truncates the response")
        await self._end_connection(self.transport.close)

    def is_closing(self) -> bool:
        """Whether the client has closed the connection."""
        return self.transport is not None and self.transport.is_closing()

    async def _end_connection(self, end_transport: Callable[[], None]) -> NoReturn:
        end_transport()
        while (await self.receive())["type"] != "http.disconnect":
            pass
        raise request_body.ClientDisconnectedError


class FaultyDelivery:
    """Sends a response with the applied faults. `milliseconds` is the sum of their latencies."""

    def __init__(
        self, connection: ClientConnection, clock: WorkspaceClock, applied_faults: tuple[AppliedFault, ...]
    ) -> None:
        self.connection = connection
        self._clock = clock
        self.milliseconds = sum(applied.milliseconds for applied in applied_faults)
        effects = [applied.effect for applied in applied_faults]
        self._malformed = any(effect.malformed for effect in effects)
        self._drip = next((effect.drip for effect in effects if effect.drip is not None), None)
        self._truncate_after = next(
            (effect.truncate_after for effect in effects if effect.truncate_after is not None), None
        )

    async def __call__(self, send: Send, start: Message, content: bytes) -> None:
        """Send a response. If it is truncated, raise ClientDisconnectedError or ConnectionAbortedByFaultError."""
        await self.pause(self.milliseconds)
        await send(start)
        if self._truncate_after is not None:
            await send(
                {"type": "http.response.body", "body": content[: self._truncated_size(content)], "more_body": True}
            )
            await self.connection.close()
        if self._drip is not None:
            await self._send_dripping(send, content, self._drip)
            return
        if self._malformed and content:
            content = content[:-1] + INVALID_JSON_SUFFIX
        await send({"type": "http.response.body", "body": content})

    async def pause(self, milliseconds: int) -> None:
        """Wait, unless the workspace's clock is frozen."""
        if milliseconds:
            await self._clock.wait(milliseconds)

    def _truncated_size(self, content: bytes) -> int:
        """Return how many bytes of the body are sent. At least one is always left out."""
        return max(0, min(self._truncate_after or 0, len(content) - 1))

    async def _send_dripping(self, send: Send, content: bytes, drip: Drip) -> None:
        for offset in range(0, len(content), drip.bytes):
            if offset:
                await self.pause(drip.milliseconds)
            if self.connection.is_closing():
                raise request_body.ClientDisconnectedError
            await send({"type": "http.response.body", "body": content[offset : offset + drip.bytes], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def client_connection(context: RequestContext) -> ClientConnection:
    """Return the connection on which the request arrived."""
    state = context.scope.get("state") or {}
    return ClientConnection(state.get(TRANSPORT_KEY), context.recorder.unrecorded_receive)
