"""What is noted of a request while it is answered, for its workspace's journal."""

from collections.abc import Awaitable
from datetime import datetime

from starlette.types import Message, Receive, Scope, Send

from mock_server.runtime.journal import LARGEST, SIGN_IN, Journal, RawHeaders, packed, without_secrets


class Recording:
    """Stands between the edge and the socket, and notes what passes once it has begun."""

    journal: Journal | None = None
    path: str
    at: datetime
    life: int
    body = answer = b""
    size = answer_size = 0
    status: int | None = None
    answer_headers: RawHeaders = []  # noqa: RUF012 - nobody changes it: an answer brings its own

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    def begin(self, journal: Journal, path: str, at: datetime) -> None:
        """Note from here on, if anything is to be kept; `path` is within the workspace."""
        if journal.most:
            self.journal, self.path = journal, path
            self.acts(at)

    def acts(self, at: datetime) -> None:
        """The request is acted upon at this instant; of a world that starts over meanwhile it is no part."""
        self.at = at
        if self.journal is not None:
            self.life = self.journal.lives

    @property
    def unnoted(self) -> Receive:
        """Messages of which nothing is noted: what still comes when a connection is broken off is chance."""
        return self._receive

    async def receive(self) -> Message:
        """A message of the request."""
        message = await self._receive()
        if self.journal is not None and (content := message.get("body")):
            self.body = self.body + content[: LARGEST - len(self.body)] if self.body else content[:LARGEST]
            self.size += len(content)
        return message

    def send(self, message: Message) -> Awaitable[None]:
        """Send a message of the answer."""
        if self.journal is not None:
            if message["type"] == "http.response.start":
                self.status, self.answer_headers = message["status"], message["headers"]
            elif content := message.get("body"):
                self.answer = self.answer + content[: LARGEST - len(self.answer)] if self.answer else content[:LARGEST]
                self.answer_size += len(content)
        return self._send(message)

    def end(self, scope: Scope) -> None:
        """The request is over, answered or not: keep it, in the order of `Kept`."""
        journal = self.journal
        if journal is None or journal.lives != self.life:
            return
        if SIGN_IN in self.path:
            self.body = without_secrets(self.body, answered=False)
            self.answer = without_secrets(self.answer, answered=True)
        call = scope.get("call")
        journal.keep(
            (
                self.at,
                journal.asked(scope["method"], self.path, scope["query_string"], scope["headers"]),
                self.body,
                self.size,
                "" if call is None else call.partner_id,
                self.status,
                packed(self.answer_headers),
                self.answer,
                self.answer_size,
                scope.get("fault"),
                scope.get("fault_milliseconds", 0),
            )
        )
