"""Records a request and its response for the workspace's journal while they are received and sent."""

from collections.abc import Awaitable
from datetime import datetime

from starlette.types import Message, Receive, Send

from mock_server.state.recorded_exchange import mask_sign_in_body
from mock_server.state.request_journal import MAX_BODY_BYTES, SIGN_IN_PATH, Journal, RawHeaders, RecordedRequest


class Recorder:
    """Records the messages between the server and the gateway, after `begin` has been called."""

    journal: Journal | None = None
    path: str
    at: datetime
    epoch: int
    request_body = response_body = b""
    request_size = response_size = 0
    status: int | None = None
    response_headers: RawHeaders = []  # noqa: RUF012 - only replaced, never modified

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def begin(self, journal: Journal, path: str, at: datetime) -> None:
        """Start recording, unless the journal's capacity is 0. `path` is the path within the workspace."""
        if journal.capacity:
            self.journal, self.path, self.at, self.epoch = journal, path, at, journal.epoch

    def set_execution_time(self, at: datetime) -> None:
        """Set the time at which the request takes effect.

        Only a reset after this time drops the request from the journal.
        """
        self.at = at
        if self.journal is not None:
            self.epoch = self.journal.epoch

    @property
    def unrecorded_receive(self) -> Receive:
        """The server's `receive` without recording, for use while a fault aborts the connection."""
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

    def record_response(self, status: int, headers: RawHeaders, content: bytes, size: int | None = None) -> None:
        """Record a response. If `content` is only the beginning of its body, `size` is the size of the whole body."""
        if self.journal is not None:
            self.status, self.response_headers = status, headers
            self.response_body, self.response_size = content[:MAX_BODY_BYTES], len(content) if size is None else size

    def record_streaming(self, send: Send) -> Send:
        """Wrap `send` for a response that a fault may cut off. Only the part that was sent is recorded."""

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
        """Add the request to the journal, even without a response, unless a reset has dropped it."""
        journal = self.journal
        if journal is None or journal.epoch != self.epoch:
            return
        if SIGN_IN_PATH in self.path:
            self.request_body = mask_sign_in_body(self.request_body, is_response=False)
            self.response_body = mask_sign_in_body(self.response_body, is_response=True)
        journal.append(request, self)
