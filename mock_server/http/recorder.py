"""What is noted of a request while it is answered, for its workspace's journal."""

from collections.abc import Awaitable
from datetime import datetime

from starlette.types import Message, Receive, Scope, Send

from mock_server.state.request_journal import (
    MAX_BODY_BYTES,
    SIGN_IN_PATH,
    Journal,
    RawHeaders,
    mask_sign_in_body,
    pack_headers,
)


class Recorder:
    """Notes what passes between the edge and the socket, once it has begun."""

    journal: Journal | None = None
    path: str
    at: datetime
    epoch: int
    request_body = response_body = b""
    request_size = response_size = 0
    status: int | None = None
    response_headers: RawHeaders = []  # noqa: RUF012 - nobody changes it: an answer brings its own

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def begin(self, journal: Journal, path: str, at: datetime) -> None:
        """Note from here on, if anything is to be kept; `path` is within the workspace."""
        if journal.capacity:
            self.journal, self.path, self.at, self.epoch = journal, path, at, journal.epoch

    def set_execution_time(self, at: datetime) -> None:
        """The request is acted upon at this instant; of a world that starts over meanwhile it is no part."""
        self.at = at
        if self.journal is not None:
            self.epoch = self.journal.epoch

    @property
    def unrecorded_receive(self) -> Receive:
        """Messages of which nothing is noted: what still comes when a connection is broken off is chance."""
        return self._receive

    async def receive(self) -> Message:
        """A message of the request."""
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
        """The answer leaves like this, whole."""
        if self.journal is not None:
            self.status, self.response_headers = status, headers
            self.response_body, self.response_size = content[:MAX_BODY_BYTES], len(content)

    def record_streaming(self, send: Send) -> Send:
        """The same, for an answer of which nobody knows before how much of it will leave."""

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

    def finish(self, scope: Scope) -> None:
        """The request is over, answered or not: keep it, in the order of `Kept`."""
        journal = self.journal
        if journal is None or journal.epoch != self.epoch:
            return
        if SIGN_IN_PATH in self.path:
            self.request_body = mask_sign_in_body(self.request_body, is_response=False)
            self.response_body = mask_sign_in_body(self.response_body, is_response=True)
        call = scope.get("call")
        journal.append(
            (
                self.at,
                journal.request_head(scope["method"], self.path, scope["query_string"], scope["headers"]),
                self.request_body,
                self.request_size,
                "" if call is None else call.partner_id,
                self.status,
                pack_headers(self.response_headers),
                self.response_body,
                self.response_size,
                scope.get("fault"),
                scope.get("fault_milliseconds", 0),
            )
        )
