"""Reads server-sent events, and follows a stream in process, where a test says when the server looks."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx2

from mock_server.control.stream.hub import EventSubscription, Streams
from mock_server.state.workspace import Workspace
from mock_server.state.workspace_registry import WorkspaceRegistry
from tests.mock_harness import Client

MAX_TURNS = 2_000
"""How often a test lets the event loop go on before it gives up."""
FOLLOWS = {"accept": "text/event-stream"}


class Frame(NamedTuple):
    """An event that was received."""

    id: str
    kind: str
    data: Any


def parse(content: bytes) -> list[Frame]:
    """Return the events. Comments and fields without data are left out."""
    frames = []
    for block in content.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            frames.append(Frame(fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return frames


def read(client: Client, after: str | None = None) -> list[Frame]:
    """Return what has happened after an event, and the event for the clock at the end."""
    answer: httpx2.Response = client.control(
        "GET", "/stream", headers={} if after is None else {"last-event-id": after}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/event-stream"
    return parse(answer.content)


def read_after(client: Client, act: Callable[[], object]) -> list[Frame]:
    """Return the events of an action, without the clock's at the end."""
    start = read(client)[-1].id
    act()
    return read(client, start)[:-1]


class Looks:
    """Stands in for the time between two looks at a workspace, which passes only when a test says so."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[None] | None = None

    async def pause(self, seconds: float) -> None:
        """Wait until the next look may be taken."""
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting

    async def look(self) -> None:
        """Let the server look once, and wait until it has done so."""
        await self.let_go()
        await self._begun()

    async def let_go(self) -> None:
        """Let the server look once, without waiting for it."""
        await self._begun()
        waiting, self._waiting = self._waiting, None
        assert waiting is not None
        waiting.set_result(None)

    async def _begun(self) -> None:
        for _ in range(MAX_TURNS):
            if self._waiting is not None:
                return
            await asyncio.to_thread(lambda: None)
        raise AssertionError("the server does not look")


class Follower:
    """A client that follows the stream of a workspace."""

    def __init__(self, looks: Looks, subscription: EventSubscription) -> None:
        self.subscription = subscription
        self._looks = looks
        self.contents = aiter(subscription)

    async def begin(self) -> list[Frame]:
        """Return the first events."""
        return parse(await anext(self.contents))

    async def next(self) -> list[Frame]:
        """Let the server look, and return the events that wait."""
        await self._looks.look()
        return parse(await anext(self.contents))


def a_server(workspace: Workspace, limit: int = 64) -> tuple[Streams, Looks]:
    """Return the streams of a server with this default workspace."""
    looks = Looks()
    return Streams(WorkspaceRegistry(workspace, 8), None, limit, looks.pause), looks


async def follow(streams: Streams, looks: Looks, workspace: Workspace, after: bytes | None = None) -> Follower:
    """Follow the stream of a workspace."""
    return Follower(looks, await streams.for_workspace(workspace).open(after, follows=True))
