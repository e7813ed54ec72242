"""What is noted of a request while it is answered, for its workspace's journal."""

from collections.abc import Awaitable
from datetime import datetime

from starlette.types import Message, Receive, Scope, Send

from mock_server.state.request_journal import LARGEST, SIGN_IN, Journal, RawHeaders, packed, without_secrets


class Recording:
    """Notes what passes between the edge and the socket, once it has begun."""

    journal: Journal | None = None
    path: str
    at: datetime
    life: int
    body = answer = b""
    size = answer_size = 0
    status: int | None = None
    answer_headers: RawHeaders = []  # noqa: RUF012 - nobody changes it: an answer brings its own

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def begin(self, journal: Journal, path: str, at: datetime) -> None:
        """Note from here on, if anything is to be kept; `path` is within the workspace."""
        if journal.most:
            self.journal, self.path, self.at, self.life = journal, path, at, journal.lives

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

    def answered(self, status: int, headers: RawHeaders, content: bytes) -> None:
        """The answer leaves like this, whole."""
        if self.journal is not None:
            self.status, self.answer_headers = status, headers
            self.answer, self.answer_size = content[:LARGEST], len(content)

    def noting(self, send: Send) -> Send:
        """The same, for an answer of which nobody knows before how much of it will leave."""

        def noted(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                self.answered(message["status"], message["headers"], b"")
            else:
                content = self.answer + message.get("body", b"")
                self.answer, self.answer_size = content[:LARGEST], self.answer_size + len(message.get("body", b""))
            return send(message)

        return noted

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
