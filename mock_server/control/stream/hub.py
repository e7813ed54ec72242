"""The streams of a server: who listens to which workspace, and the events that they have not received yet.

How it works. While somebody listens to a workspace, its `Hub` looks at it every `LOOK_SECONDS` (`changes.py`), and puts
what is new into one buffer, encoded. Each subscription is a place in this buffer. A client that is too slow falls
behind until its place is dropped, and then receives a `gap`. So nothing is kept for a client, however slow it is.

A look at a workspace is like a request to it: it waits for its turn, and performs the jobs that are due, so a page that
shows a running clock sees them. It is not recorded. With a database, it first brings the workspace up to date, and with
several servers, it reads the requests of all of them from the database.
"""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from mock_server.control.stream import changes, events
from mock_server.control.stream.changes import Requests, Seen
from mock_server.control.stream.events import Cursor, Event, encode, gap_event, parse_cursor
from mock_server.control.stream.sources import MemorySource, Source, StoredSource
from mock_server.domain.errors import Problem, ServerBusyError
from mock_server.http.responses import EventStream
from mock_server.state.clock import machine_epoch, machine_pause
from mock_server.state.workspace import Workspace
from mock_server.state.workspace_registry import WorkspaceNotFoundError, WorkspaceRegistry
from mock_server.storage.database import StorageError

if TYPE_CHECKING:
    from mock_server.storage.workspaces import StoredWorkspaces

LOOK_SECONDS = 0.25
KEEP_ALIVE_LOOKS = 60
"""After how many looks without an event a comment is sent, so that nothing closes the connection as idle."""
MAX_BUFFER_BYTES = 256 * 1024
MAX_RESUMED = 500
"""How many requests a client is sent that it has missed. If there are more, it receives a gap."""
MAX_BEGINNINGS = 3
"""How often a stream tries to begin if the workspace is reset meanwhile."""
log = logging.getLogger("mock_server")


class Streams:
    """The streams of a server, at most `limit` at once. `stored` are the workspaces of its database, if it has one.

    `pause` waits for a number of seconds. Tests replace it.
    """

    def __init__(
        self,
        registry: WorkspaceRegistry,
        stored: "StoredWorkspaces | None" = None,
        limit: int = 64,
        pause: Callable[[float], Awaitable[None]] = machine_pause,
    ) -> None:
        self.registry = registry
        self.pause = pause
        self.start = int(machine_epoch() * 1000) if stored is None else 0
        self._stored = stored
        self._limit = limit
        self._hubs: dict[str, Hub] = {}
        self._open: set[EventSubscription] = set()

    def __len__(self) -> int:
        """Return how many streams are open."""
        return len(self._open)

    def for_workspace(self, workspace: Workspace) -> "WorkspaceStream":
        """Return the stream of a workspace."""
        return WorkspaceStream(self, workspace)

    def source(self) -> Source:
        """Return where a hub finds its workspace."""
        return MemorySource(self.registry) if self._stored is None else StoredSource(self._stored)

    def find_hub(self, workspace: Workspace) -> "Hub":
        """Return what looks at a workspace for all who listen to it, or are about to."""
        hub = self._hubs.get(workspace.name)
        if hub is None or hub.has_ended:
            hub = self._hubs[workspace.name] = Hub(self, workspace)
        return hub

    def admit(self, hub: "Hub", subscription: "EventSubscription") -> None:
        """Let a client follow the events of a hub. Raises ServerBusyError."""
        if len(self) >= self._limit:
            message = f"at most {self._limit} streams may be open at once; close one, or start with --max-streams"
            raise ServerBusyError(Problem("limit", "stream", message))
        self._open.add(subscription)
        hub.subscriptions.add(subscription)
        hub.start()

    def leave(self, subscription: "EventSubscription") -> None:
        """Give the place of a client to another one."""
        self._open.discard(subscription)

    def forget(self, hub: "Hub") -> None:
        """Forget a hub to which nobody listens."""
        if self._hubs.get(hub.name) is hub:
            del self._hubs[hub.name]


class WorkspaceStream(EventStream):
    """The events of one workspace."""

    def __init__(self, streams: Streams, workspace: Workspace) -> None:
        self._streams = streams
        self._workspace = workspace

    async def open(self, last_event_id: bytes | None, *, follows: bool) -> "EventSubscription":
        """Begin after an event that the client has received.

        Raises ServerBusyError, StorageError, and WorkspaceNotFoundError if the workspace was deleted meanwhile.
        """
        try:
            return await self._join(last_event_id, follows=follows)
        except WorkspaceNotFoundError:  # the others listen to an earlier workspace with this name
            return await self._join(last_event_id, follows=follows)

    async def _join(self, last_event_id: bytes | None, *, follows: bool) -> "EventSubscription":
        hub = self._streams.find_hub(self._workspace)
        async with hub.join():
            await hub.begin()
            missed = [] if last_event_id is None else await hub.find_missed(parse_cursor(last_event_id))
            subscription = EventSubscription(hub, missed)
            if follows:
                self._streams.admit(hub, subscription)
            else:
                subscription.close()
        return subscription


class EventSubscription:
    """A client's place among the events of a hub, after the events in `missed`."""

    def __init__(self, hub: "Hub", missed: Iterable[Event]) -> None:
        self._hub = hub
        self._first = events.RETRY + b"".join(map(encode, missed)) + encode(hub.present())
        self._place = hub.buffer.end
        self._is_closed = False
        self.news = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the events that wait, until the subscription is closed or the workspace is deleted."""
        yield self._first
        while not self._is_closed:
            await self.news.wait()
            self.news.clear()
            content, self._place = self._hub.buffer.read(self._place)
            if content:
                yield content
            if self._hub.has_ended:
                return

    def close(self) -> None:
        """Let it end, and give its place to another client."""
        self._is_closed = True
        self.news.set()
        self._hub.leave(self)


class Buffer:
    """The last encoded events. `end` is the place of the next one."""

    def __init__(self) -> None:
        self.end = 0
        self._size = 0
        self._events: deque[bytes] = deque()

    def add(self, content: bytes) -> None:
        """Add an event, and drop the first ones if they are too large together."""
        self._events.append(content)
        self.end += 1
        self._size += len(content)
        while self._size > MAX_BUFFER_BYTES:
            self._size -= len(self._events.popleft())

    def read(self, place: int) -> tuple[bytes, int]:
        """Return the events from a place on, and the place after them. A gap stands for those that were dropped."""
        first = self.end - len(self._events)
        kept = list(self._events)[max(0, place - first) :]
        gap = encode(gap_event("slow", first - place)) if place < first else b""
        return gap + b"".join(kept), self.end


class Hub:
    """Looks at a workspace for all who listen to it."""

    def __init__(self, streams: Streams, workspace: Workspace) -> None:
        self.name = workspace.name
        self.buffer = Buffer()
        self.subscriptions: set[EventSubscription] = set()
        self.has_ended = False
        self._lock = asyncio.Lock()
        self._joining = 0
        self._streams = streams
        self._workspace = workspace
        self._source = streams.source()
        self._shows_others = workspace is streams.registry.default
        self._names: frozenset[str] | None = None
        self._seen: Seen | None = None
        self._cursor = Cursor(streams.start, 0, 0, 0, 0, 0)
        self._quiet_looks = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look at the workspace from now on, until nobody listens."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    @asynccontextmanager
    async def join(self) -> AsyncIterator[None]:
        """Let clients join one after another, and nobody look meanwhile. Until then, the hub is kept for them."""
        self._joining += 1
        try:
            async with self._lock:
                yield
        finally:
            self._joining -= 1
            self._forget_if_unused()

    def leave(self, subscription: EventSubscription) -> None:
        """Remove a subscription."""
        self.subscriptions.discard(subscription)
        self._streams.leave(subscription)
        self._forget_if_unused()

    def _forget_if_unused(self) -> None:
        if not self.subscriptions and not self._joining:
            self._streams.forget(self)

    def present(self) -> Event:
        """Return the event with which a stream begins: the clock, with the cursor from which a client can resume."""
        return changes.clock_event(self._workspace, self._cursor)

    async def begin(self) -> None:
        """Look for the first time, or once more. Raises StorageError, and WorkspaceNotFoundError if it was deleted."""
        for _ in range(MAX_BEGINNINGS):
            await self.look()
            if self.has_ended:
                raise WorkspaceNotFoundError
            if self._seen is not None:
                return
        raise StorageError

    async def look(self) -> None:
        """Put what is new into the buffer, and wake the clients. If the database does not answer, do so later."""
        if self.has_ended:
            return
        found: list[Event] = []
        try:
            with suppress(StorageError):
                found = await self._find_events()
        except WorkspaceNotFoundError:
            found = [changes.workspace_event(self.name, "deleted")]
            self.has_ended = True
        place = self.buffer.end
        for event in found:
            self.buffer.add(encode(event))
        self._quiet_looks = 0 if found else self._quiet_looks + 1
        if self._quiet_looks == KEEP_ALIVE_LOOKS:
            self._quiet_looks = 0
            self.buffer.add(events.KEEP_ALIVE)
        if self.buffer.end != place:
            for subscription in self.subscriptions:
                subscription.news.set()

    async def find_missed(self, cursor: Cursor | None) -> list[Event]:
        """Return the events after a cursor that a client sent, up to the last look. Raises StorageError."""
        present = self._cursor
        if cursor is None:
            return [gap_event("unknown")]
        if (cursor.start, cursor.epoch) != (present.start, present.epoch):
            return [gap_event("reset")]
        requests = await self._source.read_requests(self._workspace, cursor.request)
        jobs = changes.find_jobs(self._workspace, cursor)
        records = [numbered for numbered in requests.records if numbered[0] <= present.request]
        is_incomplete = requests.dropped or jobs.is_incomplete or len(records) > MAX_RESUMED
        if is_incomplete or cursor.request > present.request or cursor.job > present.job:
            return [gap_event("dropped")]
        missed = changes.to_events(self._workspace, cursor, Requests(records, present.request), jobs)
        if cursor.faults != present.faults:
            missed.append(Event("fault", {"rule": None, "change": "changed", "applied": 0}, present))
        return missed

    async def _run(self) -> None:
        try:
            while self.subscriptions and not self.has_ended:
                await self._streams.pause(LOOK_SECONDS)
                async with self._lock:
                    await self.look()
        except Exception:
            log.exception("the stream of workspace %s failed", self.name)
            for subscription in list(self.subscriptions):
                subscription.close()
        finally:
            self._forget_if_unused()

    async def _find_events(self) -> list[Event]:
        """Return what is new since the last look. The first look only notes what there is.

        The requests are read first, because nothing may wait once the turn of the workspace has come.
        """
        epoch = self._workspace.epoch
        after = sys.maxsize if self._seen is None else self._cursor.request if epoch == self._cursor.epoch else 0
        requests = await self._source.read_requests(self._workspace, after)
        names = await self._source.read_names() if self._shows_others else frozenset()
        self._workspace = await self._source.bring_up_to_date(self._workspace)
        if self._workspace.epoch != epoch:  # it was reset meanwhile: the next look shows it
            return []
        found = self._compare_names(names)
        if self._seen is None:
            self._note(requests.last)
        elif epoch != self._cursor.epoch:
            found.append(changes.workspace_event(self.name, "reset", self._note(0)))
        elif changes.was_restored(self._workspace, self._seen, self._cursor):
            found.append(changes.workspace_event(self.name, "restored", self._note(self._cursor.request)))
        return found + (self._compare(self._seen, requests) if self._seen is not None else [])

    def _note(self, last_request: int) -> Cursor:
        """Take everything as seen but later requests."""
        self._cursor = changes.current_cursor(self._workspace, self._streams.start, last_request)
        self._seen = changes.look_at(self._workspace)
        return self._cursor

    def _compare_names(self, names: frozenset[str]) -> list[Event]:
        before, self._names = self._names, names
        if before is None or before == names:
            return []
        created = [changes.workspace_event(name, "created") for name in sorted(names - before)]
        return created + [changes.workspace_event(name, "deleted") for name in sorted(before - names)]

    def _compare(self, seen: Seen, requests: Requests) -> list[Event]:
        """Return the events of the workspace since the last look."""
        found, workspace = list[Event](), self._workspace
        jobs = changes.find_jobs(workspace, self._cursor)
        if requests.dropped:
            found.append(gap_event("dropped", requests.dropped))
            self._cursor = self._cursor._replace(request=self._cursor.request + requests.dropped)
        if jobs.is_incomplete:
            found.append(gap_event("dropped"))
        found += changes.to_events(workspace, self._cursor, requests, jobs)
        self._cursor = found[-1].cursor or self._cursor if found else self._cursor
        if workspace.faults is not seen.faults and workspace.faults != seen.faults:
            found += changes.find_fault_events(seen.faults, workspace.faults, self._cursor)
            self._cursor = found[-1].cursor or self._cursor if found else self._cursor
        if (workspace.clock, workspace.clock.setting) != (seen.clock, seen.clock_setting):
            found.append(changes.clock_event(workspace, self._cursor))
        self._seen = changes.look_at(workspace)
        return found
