"""The events of a workspace: requests, jobs, clock moves and more, as they happen. docs/stream.md describes them."""

import json
from collections.abc import AsyncGenerator, Generator, Iterable
from typing import Any, NamedTuple

from mock_server.client.connection import AwaitingPart, BlockingPart
from mock_server.client.operation import ControlRequest, operation

PATH = "/stream"
EVENT_STREAM = "text/event-stream"


class Event(NamedTuple):
    """An event: its kind, such as `request`, its data, and the id after which a stream resumes."""

    kind: str
    data: dict[str, Any]
    id: str | None


class EventOperations:
    """The operations on events."""

    @operation("streamEvents")
    def read(self, after: str | None = None) -> ControlRequest[list[Event]]:
        """Return what has happened since the event with the id `after`. The last event is always the clock."""
        return ControlRequest("GET", PATH, _parse, headers=_resume(after), is_text=True)


class Events(EventOperations, BlockingPart):
    """The events of a workspace."""

    def follow(self, after: str | None = None) -> Generator[Event, None, None]:
        """Yield events as they happen, from now on or from the event with the id `after`. It needs a socket."""
        parser = EventParser()
        request = ControlRequest("GET", PATH, _parse, headers={"accept": EVENT_STREAM, **_resume(after)})
        with self._connection.stream(self._place, "streamEvents", request) as lines:
            for line in lines:
                yield from parser.feed(line)


class AsyncEvents(EventOperations, AwaitingPart):
    """The events of a workspace, awaited."""

    async def follow(self, after: str | None = None) -> AsyncGenerator[Event, None]:
        """Yield events as they happen, from now on or from the event with the id `after`. It needs a socket."""
        parser = EventParser()
        request = ControlRequest("GET", PATH, _parse, headers={"accept": EVENT_STREAM, **_resume(after)})
        async with self._connection.stream(self._place, "streamEvents", request) as lines:
            async for line in lines:
                for event in parser.feed(line):
                    yield event


class EventParser:
    """Reads server-sent events line by line."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def feed(self, line: str) -> Iterable[Event]:
        """Return the event that this line ends, if any. Comments are ignored."""
        if line:
            name, _, value = line.partition(":")
            self._fields[name] = value.removeprefix(" ")
            return ()
        fields, self._fields = self._fields, {}
        if "data" not in fields:
            return ()
        return (Event(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id")),)


def _parse(text: str) -> list[Event]:
    parser = EventParser()
    return [event for line in text.split("\n") for event in parser.feed(line)]


def _resume(after: str | None) -> dict[str, str]:
    return {} if after is None else {"last-event-id": after}
