"""Observes requests and their responses, for metrics and the access log. It exists only if one of them is enabled."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID_HEADER = b"x-request-id"


class Destination(NamedTuple):
    """Where a request went: the workspace's name, undecoded, and the operation, None if there is none."""

    workspace: str
    operation: str | None


@dataclass(frozen=True, slots=True)
class Observation:
    """A request that has been answered. `status` is None if no response was sent, as when a fault closes a connection.

    `seconds` is the time until the response was sent. `request_id` is empty if there was no response.
    """

    scope: Scope
    destination: Destination
    status: int | None
    request_id: str
    seconds: float


class Observer(Protocol):
    """Receives each observation."""

    def observe(self, observation: Observation) -> None:
        """Take note of a request that has been answered."""


class ObservedApplication:
    """Passes requests to an application, and an observation of each to the observers.

    `locate` returns the destination of a request. `seconds` returns the machine's monotonic time.
    """

    def __init__(
        self,
        application: ASGIApp,
        locate: Callable[[Scope], Destination],
        observers: Sequence[Observer],
        seconds: Callable[[], float],
    ) -> None:
        self._application = application
        self._locate = locate
        self._observers = observers
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        response, started = _ObservedResponse(send), self._seconds()
        try:
            await self._application(scope, receive, response.send)
        finally:
            seconds = self._seconds() - started
            observation = Observation(scope, self._locate(scope), response.status, response.request_id, seconds)
            for observer in self._observers:
                observer.observe(observation)


class _ObservedResponse:
    """Remembers the status and the request id of a response."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.request_id = ""

    def send(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.request_id = dict(message["headers"]).get(REQUEST_ID_HEADER, b"").decode("latin-1")
        return self._send(message)
