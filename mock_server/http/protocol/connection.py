"""The server's extensions of uvicorn's connections, which are the same for both of its parsers.

A request is refused in one of two ways (`PlatformConnection.refuse`):

- If its head is not complete, a `RefusedRequest` replaces uvicorn's request and is passed to the application.
- If its head is complete, the request has already been passed to the application. The error is put into the request's
  scope, in case the application has not begun, and into its body, in case the application is waiting for the body.

So the application answers, and a refusal gets an error body and an id and is recorded in the journal, like any other
error. Nothing more is read from the connection. A `LingeringTransport` closes it, because a client that is still
sending would lose the response if the connection were reset right after it.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Scope

from mock_server.domain.errors import PlatformError
from mock_server.http.fault_injection import TRANSPORT_KEY
from mock_server.http.protocol.refusals import (
    MAX_HEAD_BYTES,
    ParseFailure,
    RequestHead,
    build_parse_error,
    build_size_error,
)
from mock_server.http.protocol.refused import LingeringTransport, RefusedRequest, UnreadableBody, describe_refusal

if TYPE_CHECKING:
    from uvicorn.protocols.http.flow_control import FlowControl

CLOSE_HEADER = (b"connection", b"close")


class PlatformConnection(asyncio.Protocol):
    """Extends one of uvicorn's protocol classes, which must follow this class in the list of base classes.

    `cycle` is uvicorn's name for the latest request whose head is complete.
    """

    app: ASGIApp
    app_state: dict[str, Any]
    client: tuple[str, int] | None
    cycle: Any
    flow: "FlowControl"
    loop: asyncio.AbstractEventLoop
    root_path: str
    server: tuple[str, int | None] | None
    tasks: set[asyncio.Task[None]]
    transport: asyncio.Transport

    ignores_input = False
    _expecting: Any = None

    def has_head(self) -> bool:
        """Return whether the head of the request that is being received is complete."""
        raise NotImplementedError

    def read_incomplete_head(self, received: bytes) -> RequestHead:
        """The known parts of an incomplete head; `received` is the data that arrived last."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Put the connection into the scope of its requests, so that faults can reset or close it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT_KEY: transport}

    def start_request(self, request: RefusedRequest) -> None:
        """Give a request to the application."""
        self.cycle = request
        task = self.loop.create_task(request.run_asgi(self.app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def examine_head(self) -> None:
        """Refuse the latest request if its head is too large. Record whether the client waits for `100 Continue`."""
        if self.ignores_input:
            return
        head = _read_head(self.cycle.scope)
        if head.size > MAX_HEAD_BYTES:
            self.refuse(build_size_error(len(head.target), head.size), head)
        elif self.cycle.waiting_for_100_continue and self.cycle is not self._expecting:
            self._expecting = self.cycle
            self._close_without_continue(self.cycle)

    def refuse_unparsable(self, reason: str, received: bytes, size: int = 0) -> None:
        """Refuse the request that the parser refuses.

        `received` is the data in which the parser found the reason, as far as it belongs to this request. `size` is the
        number of received bytes of an incomplete head, if its size is the reason.
        """
        has_head = self.has_head()
        head = _read_head(self.cycle.scope) if has_head else self.read_incomplete_head(received)
        if max(head.size, size) > MAX_HEAD_BYTES:
            self.refuse(build_size_error(len(head.target), max(head.size, size)), head)
        else:
            self.refuse(build_parse_error(ParseFailure(reason, received, head, has_head)), head)

    def refuse(self, error: PlatformError, head: RequestHead) -> None:
        """Send the error as the response to the request that is being received, and receive no more data."""
        self._ignore_input()
        request, refusal = self.cycle, describe_refusal(head, error)
        if not self.has_head():
            self.start_request(RefusedRequest({**self._build_scope(), **refusal}, self.transport))
        elif request.response_complete:
            self.transport.close()
        else:
            request.transport, request.keep_alive = self.transport, False
            if not request.response_started:
                request.scope.update(refusal)
                request.body = UnreadableBody(error)
                request.message_event.set()

    def _close_without_continue(self, request: Any) -> None:
        """Close the connection after a response that replaces `100 Continue`: the client may then omit the body."""
        send = request.send

        async def send_and_close(message: Message) -> None:
            if request.waiting_for_100_continue and request.more_body:
                self._ignore_input()
                request.transport = self.transport
                message = {**message, "headers": [*message["headers"], CLOSE_HEADER]}
            await send(message)

        request.send = send_and_close

    def _ignore_input(self) -> None:
        self.ignores_input = True
        self.transport = LingeringTransport(self.transport, self.flow)

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
