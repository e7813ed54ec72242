"""Records a request and its response for the workspace's journal while they pass."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

from starlette.types import Message, Receive, Scope, Send

from mock_server.state.request_journal import (
    MAX_BODY_BYTES,
    SIGN_IN_PATH,
    Journal,
    RawHeaders,
    RequestHead,
    mask_sign_in_body,
)


class RecordedRequest(Protocol):
    """What the journal takes from a request beside its messages."""

    method: str
    query_string: bytes
    scope: Scope
    partner_id: str
    fault: str | None
    delay_milliseconds: int


class Recorder:
    """Records what passes between the gateway and the server, after `begin`."""

    journal: Journal | None = None
    path: str
    at: datetime
    epoch: int
    head: RequestHead
    partner: str
    fault: str | None
    delay_milliseconds: int
    request_body = response_body = b""
    request_size = response_size = 0
    status: int | None = None
    response_headers: RawHeaders = []  # noqa: RUF012 - never changed: a response brings its own list

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def begin(self, journal: Journal, path: str, at: datetime) -> None:
        """Record from here on, unless the journal keeps nothing; `path` is the path in the workspace."""
        if journal.capacity:
            self.journal, self.path, self.at, self.epoch = journal, path, at, journal.epoch

    def set_execution_time(self, at: datetime) -> None:
        """Set when the request acts. A reset before then does not drop it from the journal, one after then does."""
        self.at = at
        if self.journal is not None:
            self.epoch = self.journal.epoch

    @property
    def unrecorded_receive(self) -> Receive:
        """The server's own `receive`: what still arrives while a connection is aborted is not recorded."""
        return self._receive

    async def receive(self) -> Message:
        """Receive a message of the request and record its body."""
        message = await self._receive()
        if self.journal is not None and (content := message.get("body")):
            self.request_body = (
                self.request_body + content[: MAX_BODY_BYTES - len(self.request_body)]
                if self.request_body
                else content[:MAX_BODY_BYTES]
            )
            self.request_size += len(content)
        return message

    def record_response(self, status: int, headers: RawHeaders, content: bytes) -> None:
        """Record a response that is sent whole."""
        if self.journal is not None:
            self.status, self.response_headers = status, headers
            self.response_body, self.response_size = content[:MAX_BODY_BYTES], len(content)

    def record_streaming(self, send: Send) -> Send:
        """Wrap `send` for a response that a fault may cut off: what was sent is recorded."""

        def send_and_record(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                self.record_response(message["status"], message["headers"], b"")
            else:
                content = self.response_body + message.get("body", b"")
                self.response_body, self.response_size = (
                    content[:MAX_BODY_BYTES],
                    self.response_size + len(message.get("body", b"")),
                )
            return send(message)

        return send_and_record

    def finish(self, request: RecordedRequest) -> None:
        """Put the request into the journal, answered or not, unless the workspace was reset before it acted."""
        journal = self.journal
        if journal is None or journal.epoch != self.epoch:
            return
        if SIGN_IN_PATH in self.path:
            self.request_body = mask_sign_in_body(self.request_body, is_response=False)
            self.response_body = mask_sign_in_body(self.response_body, is_response=True)
        self.head = journal.request_head(request.method, self.path, request.query_string, request.scope["headers"])
        self.partner, self.fault, self.delay_milliseconds = (
            request.partner_id,
            request.fault,
            request.delay_milliseconds,
        )
        journal.append(self)
