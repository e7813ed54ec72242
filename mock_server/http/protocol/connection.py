"""The server's extensions of uvicorn's connections, which are the same for both of its parsers.

A request is refused in one of two ways (`PlatformConnection.refuse`):

- If its head is not complete, a `RefusedRequest` replaces uvicorn's request and is passed to the application.
- If its head is complete, the request has already been passed to the application. The error is put into the request's
  scope, in case the application has not begun, and into its body, in case the application is waiting for the body.

So the application answers, and a refusal gets an error body and an id and is recorded in the journal, like any other
error. Nothing more is read from the connection. `ClientTransport` closes it.

`tick` is called once a second and closes connections whose clients are too slow. It replaces uvicorn's timers.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Scope

from mock_server.domain.errors import PlatformError
from mock_server.http.context import STOP_KEY
from mock_server.http.fault_injection import TRANSPORT_KEY
from mock_server.http.protocol.client_transport import ClientTransport, InputFlow
from mock_server.http.protocol.guard import ConnectionGuard, find_guard
from mock_server.http.protocol.refusals import (
    ParseFailure,
    RequestHead,
    build_busy_error,
    build_parse_error,
    build_stopping_error,
    build_timeout_error,
    find_excess,
)
from mock_server.http.protocol.refused import RefusedRequest, UnreadableBody, describe_refusal
from mock_server.settings import ConnectionLimits

if TYPE_CHECKING:
    from uvicorn.protocols.http.flow_control import FlowControl
    from uvicorn.server import ServerState

CLOSE_HEADER = (b"connection", b"close")
HEALTH_PATHS = (b"/api/v3/status/", b"/_mock/health")
"""The requests that are answered even if all connections are in use."""
EXCESS_SECONDS = 2
"""How long a connection in excess of the limit may send nothing."""
UNSENT_SECONDS = 30
"""How long a client may take nothing of a response."""


class PlatformConnection(asyncio.Protocol):
    """Extends one of uvicorn's protocol classes, which must follow this class in the list of base classes.

    `cycle` is uvicorn's name for the latest request whose head is complete.
    """

    limits = ConnectionLimits()

    app: ASGIApp
    app_state: dict[str, Any]
    client: tuple[str, int] | None
    cycle: Any
    flow: "FlowControl"
    loop: asyncio.AbstractEventLoop
    root_path: str
    server: tuple[str, int | None] | None
    server_state: "ServerState"
    tasks: set[asyncio.Task[None]]
    timeout_keep_alive: int
    transport: asyncio.Transport

    ignores_input = False
    in_excess = False
    """Whether the server has too many connections, and this one may only ask for its health."""
    has_incomplete_head = False
    has_ended_input = False
    """Whether the client sends no more, but complete requests of it wait for their responses."""
    unsent_bytes = 0
    _guard: ConnectionGuard
    _ticks = _body_ticks = _unsent_ticks = 0
    _request_with_body: Any = None

    def has_head(self) -> bool:
        """Return whether the head of the request that is being received is complete."""
        raise NotImplementedError

    def is_receiving_body(self) -> bool:
        """Return whether the head of a request is complete and its body is not."""
        raise NotImplementedError

    def may_read(self) -> bool:
        """Return whether no received data wait to be parsed."""
        raise NotImplementedError

    def read_incomplete_head(self, received: bytes) -> RequestHead:
        """The known parts of an incomplete head; `received` is the data that arrived last."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Put the connection into the scope of its requests, so that faults can reset or close it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT_KEY: transport}
        self.transport = ClientTransport(self.transport, self)
        self.flow = InputFlow(self.transport, self.may_read)
        connections: Any = self.server_state.connections
        self._guard = find_guard(self.server_state, connections, self.limits.connections)
        self.in_excess = not self._guard.admit(self, self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another connection."""
        self._guard.leave(self)
        super().connection_lost(exc)

    def eof_received(self) -> bool:
        """Keep the connection open while complete requests of a client that sends no more wait for their responses.

        A response that has no end is ended, because such a client has most likely gone.
        """
        self._end_streams()
        self.has_ended_input = not self.is_receiving_body() and self.awaits_response()
        return self.has_ended_input

    def awaits_response(self) -> bool:
        """Return whether a request has begun or waits."""
        return any(not request.response_complete for request in self.list_unanswered())

    def start_request(self, request: RefusedRequest) -> None:
        """Give a request to the application."""
        self.cycle = request
        task = self.loop.create_task(request.run_asgi(self.app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def count_response(self) -> None:
        """Count a response that is complete. The client may now be idle."""
        self.server_state.total_requests += 1
        self._ticks = 0

    def close_if_ended(self) -> None:
        """Close the connection if the client sends no more, and has got all responses."""
        if self.has_ended_input and not self.awaits_response():
            self.transport.close()

    def count_body(self, size: int) -> None:
        """Count received bytes of a request whose body is not complete."""
        self._ticks = 0
        request = self.cycle
        if self._request_with_body is not request:
            self._request_with_body, self._body_ticks = request, 0
        if request.response_complete and isinstance(self.transport, ClientTransport):
            self.transport.discard(size)

    def count_incomplete_head(self) -> None:
        """Start the time for the rest of a head, if this is its first part."""
        if not self.has_incomplete_head:
            self.has_incomplete_head, self._ticks = True, 0

    def tick(self) -> None:
        """Count a second, and close the connection if the client has taken too long."""
        self._count_unsent()
        request = self.cycle
        if self.transport.is_closing():
            if isinstance(self.transport, ClientTransport):
                self.transport.tick()
            return
        self._ticks += 1
        if self.is_receiving_body():
            self._check_body()
        elif self.unsent_bytes or (request is not None and not request.response_complete):
            self._ticks = 0
        elif self.has_incomplete_head:
            if self._ticks > (EXCESS_SECONDS if self.in_excess else self.limits.head_seconds):
                self.refuse(build_timeout_error("headers"), self.read_incomplete_head(b""))
        elif self._ticks > self._choose_idle_seconds():
            if self.in_excess:
                self.turn_away()
            else:
                self.transport.close()

    def is_waiting(self) -> bool:
        """Return whether it is open and has no request that is being answered."""
        return not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete)

    def shutdown(self) -> None:
        """Close the connection if it is idle, or else end a response that has no end.

        If the server cancels a request later, let it get an error body.
        """
        super().shutdown()  # type: ignore[misc]  # uvicorn's class has it
        self._end_streams()
        for request in self.list_unanswered():
            request.send_500_response = partial(self._answer_cancelled, request)

    def _end_streams(self) -> None:
        """End the responses that have no end."""
        for request in self.list_unanswered():
            if STOP_KEY in request.scope["state"]:
                request.scope["state"][STOP_KEY]()

    def list_unanswered(self) -> list[Any]:
        """Return the requests that have begun or wait."""
        return [] if self.cycle is None else [self.cycle]

    async def _answer_cancelled(self, request: Any) -> None:
        refusal = describe_refusal(_read_head(request.scope), build_stopping_error())
        await RefusedRequest({**request.scope, **refusal}, self.transport).run_asgi(self.app)

    def turn_away(self) -> None:
        """Refuse it because there are too many."""
        if isinstance(self.transport, ClientTransport):
            self.transport.may_linger = self.cycle is not None or self.has_incomplete_head
        self.refuse(build_busy_error(self.limits.connections), RequestHead())

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def examine_head(self) -> None:
        """Refuse the latest request if its head is too large, or if no more connections are accepted."""
        if self.ignores_input:
            return
        request = self.cycle
        head = _read_head(request.scope)
        error = self.find_refusal(head)
        if error is not None:
            self.refuse(error, head)
        elif request.waiting_for_100_continue:
            self.close_without_continue(request)

    def find_refusal(self, head: RequestHead) -> PlatformError | None:
        """Return the error for a request with a complete head, if it must be refused."""
        if self.in_excess and not head.target.partition(b"?")[0].endswith(HEALTH_PATHS):
            return build_busy_error(self.limits.connections)
        return find_excess(head, self.limits.head_bytes)

    def refuse_unparsable(self, reason: str, received: bytes, size: int = 0) -> None:
        """Refuse the request that the parser refuses.

        `received` is the data in which the parser found the reason, as far as it belongs to this request. `size` is the
        number of received bytes of an incomplete head, if its size is the reason.
        """
        has_head = self.has_head()
        head = _read_head(self.cycle.scope) if has_head else self.read_incomplete_head(received)
        error = find_excess(head, self.limits.head_bytes, size)
        self.refuse(error or build_parse_error(ParseFailure(reason, received, head, has_head)), head)

    def refuse(self, error: PlatformError, head: RequestHead) -> None:
        """Send the error as the response to the request that is being received, and receive no more data."""
        self.ignores_input = True
        request, refusal = self.cycle, describe_refusal(head, error)
        if not self.has_head():
            self.start_request(RefusedRequest({**self._build_scope(), **refusal}, self.transport))
        elif request.response_complete:
            self.transport.close()
        else:
            request.keep_alive = False
            if not request.response_started:
                request.scope.update(refusal)
                request.body = UnreadableBody(error)
                request.message_event.set()

    def close_without_continue(self, request: Any) -> None:
        """Close the connection after a response that replaces `100 Continue`: the client may then omit the body."""
        send = request.send

        async def send_and_close(message: Message) -> None:
            if request.waiting_for_100_continue and request.more_body:
                self.ignores_input = True
                if CLOSE_HEADER not in message["headers"]:
                    message = {**message, "headers": [*message["headers"], CLOSE_HEADER]}
            await send(message)

        request.send = send_and_close

    def _count_unsent(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        self._unsent_ticks = self._unsent_ticks + 1 if unsent and unsent == self.unsent_bytes else 0
        self.unsent_bytes = unsent
        if self._unsent_ticks > UNSENT_SECONDS:
            self.transport.abort()

    def _check_body(self) -> None:
        """Refuse a request if the client sends its body too slowly. Time in which nothing is read does not count."""
        request = self.cycle
        if self.flow.read_paused or request.waiting_for_100_continue:
            self._ticks = 0
            return
        self._body_ticks += 1
        if self._ticks > self.limits.body_idle_seconds or self._body_ticks > self.limits.body_seconds:
            self.refuse(build_timeout_error("body"), _read_head(request.scope))

    def _choose_idle_seconds(self) -> int:
        if self.in_excess:
            return EXCESS_SECONDS
        return self.limits.head_seconds if self.cycle is None else self.timeout_keep_alive

    def _build_scope(self) -> Scope:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": "http",
            "root_path": self.root_path,
            "state": self.app_state.copy(),
        }


def _read_head(scope: Scope) -> RequestHead:
    query: bytes = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    return RequestHead(scope["method"].encode(), target, tuple(scope["headers"]))
