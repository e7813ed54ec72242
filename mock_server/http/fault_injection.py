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
from mock_server.http import auth, errors, request_body
from mock_server.http.responses import JSON_CONTENT_TYPE, send_bytes
from mock_server.state.clock import WorkspaceClock
from mock_server.state.workspace import OperationCall

if TYPE_CHECKING:
    import asyncio

TRANSPORT_KEY = "mock_server.transport"
"""Where in the scope's `state` the server puts the connection that a request came by; in process there is none."""
INVALID_JSON_SUFFIX = b","
"""Takes the place of a body's last byte: no JSON document ends with it."""
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
"""What each status says that a fault may answer. Rule: ERR-03."""


class ConnectionAbortedByFaultError(ConnectionResetError):
    """A fault broke off a connection that is not a socket: the request came from within the same process."""


class OperationLookup(Protocol):
    """Tells which operation is meant."""

    def operation_id(self, path: str, method: str) -> str | None:
        """The operation of a path and a method, None where they mean none."""


async def inject(scope: Scope, send: Send, operations: OperationLookup) -> bool:
    """Let the workspace's rules strike a request; answers whether it has been answered by one.

    Raises TokenInvalidError where its token was revoked, Severed where its connection broke and is no socket.
    """
    call: OperationCall = scope["call"]
    workspace = call.workspace
    request_facts = _collect_request_facts(scope, call, operations)
    workspace.faults, applied_faults = faults.apply_to_request(workspace.faults, request_facts, call.now)
    if not applied_faults:
        return False
    scope["fault"] = ",".join(applied_fault.rule_id for applied_fault in applied_faults)
    delivery = FaultyDelivery(
        _client_connection(scope, scope["recording"].unrecorded_receive), workspace.clock, applied_faults
    )
    scope["fault_milliseconds"] = delivery.milliseconds
    scope["deliver"] = delivery
    for struck in applied_faults:
        if struck.effect.reset:
            await delivery.pause(delivery.milliseconds)
            await delivery.connection.reset()
        if struck.effect.status is not None:
            await _send_error_status(scope, send, struck.effect.status)
            return True
        if struck.effect.token is not None:
            raise TokenInvalidError(
                Problem("invalid", "Authorization", "the token was revoked: POST /auth/refresh_token or POST /auth")
            )
    return False


def _collect_request_facts(scope: Scope, call: OperationCall, operations: OperationLookup) -> RequestFacts:
    headers, path, method = scope["received"], scope["route_path"], scope["method"]
    claims = auth.try_authenticate(call, headers)
    return RequestFacts(
        operation=operations.operation_id(path, method),
        method=method,
        path=path,
        partner=auth.requested_partner(headers) or call.partner_id or None,
        groups=() if claims is None else claims.groups,
        token_number=claims.token_number if claims is not None and auth.needs_token(path, method) else None,
    )


async def _send_error_status(scope: Scope, send: Send, status: int) -> None:
    error = ERRORS_BY_STATUS[status]
    headers = [(b"content-type", JSON_CONTENT_TYPE), *errors.error_headers(error)]
    await send_bytes(scope, send, status, to_json(errors.error_body(error)), headers)


@dataclass(frozen=True, slots=True)
class ClientConnection:
    """What a request came by; `transport` is None in process."""

    transport: "asyncio.Transport | None"
    receive: Receive

    async def reset(self) -> NoReturn:
        """Break it off without a word: a TCP reset. Raises Disconnected, or Severed where it is no socket."""
        if self.transport is None:
            raise ConnectionAbortedByFaultError("a fault resets the connection")
        connected_socket = self.transport.get_extra_info("socket")
        if connected_socket is not None:
            import socket
            import struct

            # To linger for no time at all is how a socket says that closing it is to reset the connection.
            connected_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self._end_connection(self.transport.abort)

    async def close(self) -> NoReturn:
        """Close it once what was written has left. Raises Disconnected, or Severed where it is no socket."""
        if self.transport is None:
            raise ConnectionAbortedByFaultError("a fault cuts the answer off")
        await self._end_connection(self.transport.close)

    def is_closing(self) -> bool:
        """Whether the client has gone."""
        return self.transport is not None and self.transport.is_closing()

    async def _end_connection(self, end_transport: Callable[[], None]) -> NoReturn:
        end_transport()
        while (await self.receive())["type"] != "http.disconnect":
            pass
        raise request_body.ClientDisconnectedError


class FaultyDelivery:
    """How an answer leaves that faults have struck. `milliseconds` is how long they have it wait, all in all."""

    def __init__(
        self, connection: ClientConnection, clock: WorkspaceClock, applied_faults: tuple[AppliedFault, ...]
    ) -> None:
        self.connection = connection
        self._clock = clock
        self.milliseconds = sum(struck.milliseconds for struck in applied_faults)
        effects = [struck.effect for struck in applied_faults]
        self._malformed = any(effect.malformed for effect in effects)
        self._drip = next((effect.drip for effect in effects if effect.drip is not None), None)
        self._truncate_after = next(
            (effect.truncate_after for effect in effects if effect.truncate_after is not None), None
        )

    async def __call__(self, send: Send, start: Message, content: bytes) -> None:
        """Send the answer as the faults have it. Raises Disconnected or Severed where they cut it off."""
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
        """Wait, where the workspace's clock is running."""
        if milliseconds:
            await self._clock.wait(milliseconds)

    def _truncated_size(self, content: bytes) -> int:
        """How many bytes of the body leave: at least one never does."""
        return max(0, min(self._truncate_after or 0, len(content) - 1))

    async def _send_dripping(self, send: Send, content: bytes, drip: Drip) -> None:
        for offset in range(0, len(content), drip.bytes):
            if offset:
                await self.pause(drip.milliseconds)
            if self.connection.is_closing():
                raise request_body.ClientDisconnectedError
            await send({"type": "http.response.body", "body": content[offset : offset + drip.bytes], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _client_connection(scope: Scope, receive: Receive) -> ClientConnection:
    state = scope.get("state") or {}
    return ClientConnection(state.get(TRANSPORT_KEY), receive)
