"""A workspace: an isolated instance of the platform, with its clock, faults, journal and state."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

import httpx2

from mock_server.client import json_values
from mock_server.client.auth import AsyncAuth, Auth
from mock_server.client.behaviour import AsyncDocumentation, AsyncQuirks, Documentation, Quirks
from mock_server.client.clock import AsyncClock, Clock
from mock_server.client.connection import (
    AsyncConnection,
    AwaitingPart,
    BlockingPart,
    Connection,
    Place,
    other_place,
)
from mock_server.client.errors import NotFoundError
from mock_server.client.events import AsyncEvents, Events
from mock_server.client.explain import AsyncExplain, Explain
from mock_server.client.faults import AsyncFaults, Faults
from mock_server.client.journal import AsyncJournal, Journal
from mock_server.client.operation import ControlRequest, nothing, operation, same
from mock_server.client.options import NewEvent, NewPackage, Purchase, ResetOptions, Time
from mock_server.client.sign_in import Identity, SignIn

if TYPE_CHECKING:
    from mock_server.client import responses

SAMPLE_USER = "partner@acme.example"
"""The user that `api` signs in as."""


class WorkspaceOperations:
    """The operations on the state of a workspace."""

    _place: Place

    @property
    def name(self) -> str:
        """The name of the workspace."""
        return self._place.name

    @property
    def url(self) -> str:
        """The address of the workspace, without the path of an API."""
        return self._place.url

    @property
    def platform_url(self) -> str:
        """The base URL of the platform's API: give it to the client that is tested."""
        return f"{self._place.url}/api/v3"

    def _identify(self, user: str, password: str | None, partner: str | None, sign_in_again: bool | None) -> Identity:
        server = self._place.server
        again = server.signs_in_again if sign_in_again is None else sign_in_again
        return Identity(user, server.password if password is None else password, partner, again)

    @property
    def control_url(self) -> str:
        """The base URL of the control API."""
        return f"{self._place.url}/_mock"

    @operation("getWorkspaceStatus")
    def status(self) -> "ControlRequest[responses.WorkspaceStatus]":
        """Return the status: version, seed, start time, clock, jobs, quirks."""
        return ControlRequest("GET", "/status", same)

    @operation("listJobs")
    def jobs(self) -> "ControlRequest[list[responses.Job]]":
        """Return the jobs: the last 200 that ran, then the pending ones in due order."""
        return ControlRequest("GET", "/jobs", same)

    @operation("listUsers")
    def users(self) -> "ControlRequest[list[responses.User]]":
        """Return the users. Passwords are shown only if they are the sample's, on a server on loopback."""
        return ControlRequest("GET", "/users", same)

    @operation("listPackageStates")
    def packages(self, partner_id: str | None = None) -> "ControlRequest[list[responses.PackageState]]":
        """Return the packages of a partner, or of all partners, and whether their results are stale."""
        return ControlRequest("GET", "/packages", same, query={"partner_id": partner_id})

    @operation("resetWorkspace")
    def reset(self, **options: Unpack[ResetOptions]) -> "ControlRequest[responses.WorkspaceStatus]":
        """Reset the workspace to its initial state. `api` signs in again; other tokens become invalid."""
        return ControlRequest("POST", "/reset", self._note_reset, options or None)

    @operation("addPurchases")
    def add_purchases(self, *purchases: Purchase) -> "ControlRequest[responses.AddedCount]":
        """Add purchases. If one is invalid, none is added."""
        return ControlRequest("POST", "/purchases", same, {"purchases": purchases})

    @operation("addPackage")
    def add_package(self, **package: Unpack[NewPackage]) -> "ControlRequest[responses.PackageDetail]":
        """Add a package that is DONE, with the given clusters. It is not evaluated until its settings are saved."""
        return ControlRequest("POST", "/packages", same, package)

    @operation("addEvent")
    def add_event(self, **event: Unpack[NewEvent]) -> "ControlRequest[responses.Event]":
        """Add an event."""
        return ControlRequest("POST", "/events", same, event)

    @operation("getSnapshot")
    def snapshot(self) -> ControlRequest[dict[str, Any]]:
        """Return the whole state as one document."""
        return ControlRequest("GET", "/snapshot", same)

    @operation("restoreSnapshot")
    def restore(
        self, snapshot: Mapping[str, Any], *, resume_from: str = "snapshot"
    ) -> "ControlRequest[responses.WorkspaceStatus]":
        """Restore a snapshot. The clock continues from its time, or from the `machine`'s."""
        query = {"resume_from": resume_from}
        return ControlRequest("PUT", "/snapshot", self._note_status, snapshot, query)

    @operation("listCheckpoints")
    def checkpoints(self) -> "ControlRequest[responses.CheckpointList]":
        """Return the checkpoints to which the workspace can be rewound."""
        return ControlRequest("GET", "/points", same)

    @operation("rewindWorkspace")
    def rewind(self, to: Time) -> "ControlRequest[responses.CheckpointList]":
        """Rewind to the last checkpoint at or before a time. Tokens stay valid."""
        return ControlRequest("POST", "/rewind", self._note_time, {"to": to})

    @operation("addNamedCheckpoint")
    def keep(self, name: str) -> "ControlRequest[responses.NamedCheckpoint]":
        """Keep the present state as a checkpoint with a name."""
        return ControlRequest("POST", "/points/named", same, {"name": name})

    @operation("listNamedCheckpoints")
    def named_checkpoints(self) -> "ControlRequest[list[responses.NamedCheckpoint]]":
        """Return the named checkpoints, newest first."""
        return ControlRequest("GET", "/points/named", same)

    @operation("restoreNamedCheckpoint")
    def return_to(self, checkpoint_id: int) -> "ControlRequest[responses.WorkspaceStatus]":
        """Return to a named checkpoint. Tokens stay valid."""
        return ControlRequest("POST", f"/points/named/{checkpoint_id}/restore", self._note_status)

    @operation("getWorkspace")
    def info(self) -> "ControlRequest[responses.WorkspaceInfo]":
        """Return the paths, the status and the idle time of the workspace. This does not restart its idle time."""
        return ControlRequest("GET", f"/workspaces/{self.name}", same, api="server")

    @operation("deleteWorkspace")
    def delete(self) -> ControlRequest[None]:
        """Delete the workspace."""
        return ControlRequest("DELETE", f"/workspaces/{self.name}", nothing, api="server")

    def _note_reset(self, body: Any) -> Any:
        self._place.state.resets += 1
        return self._note_status(body)

    def _note_status(self, body: Any) -> Any:
        self._note_time(body["clock"])
        return body

    def _note_time(self, body: Any) -> Any:
        self._place.state.now = json_values.parse_time(body["now"])
        return body


class Workspace(WorkspaceOperations, BlockingPart):
    """A workspace. As a context manager, it is deleted at the end of the block if the client has created it."""

    def __init__(self, place: Place, connection: Connection, *, is_created: bool = False) -> None:
        super().__init__(place, connection)
        self._is_created = is_created
        self._clients: dict[Identity, httpx2.Client] = {}
        self.clock = Clock(place, connection)
        self.faults = Faults(place, connection)
        self.journal = Journal(place, connection)
        self.explain = Explain(place, connection)
        self.quirks = Quirks(place, connection)
        self.documentation = Documentation(place, connection)
        self.auth = Auth(place, connection)
        self.events = Events(place, connection)

    @cached_property
    def api(self) -> httpx2.Client:
        """A client of the platform, signed in as the sample's partner. Paths are given without /api/v3."""
        return self.api_as(SAMPLE_USER)

    def api_as(
        self,
        user: str,
        password: str | None = None,
        *,
        partner: str | None = None,
        sign_in_again: bool | None = None,
    ) -> httpx2.Client:
        """Return a client of the platform that is signed in as a user, by default with the sample's password.

        An admin, and a user of several partners, act for the `partner`. The client signs in again when the clock has
        passed its token, unless `sign_in_again` is false.
        """
        identity = self._identify(user, password, partner, sign_in_again)
        if identity not in self._clients:
            self._clients[identity] = self._connection.open_client(self._place, SignIn(self._place, identity))
        return self._clients[identity]

    def fork(self, name: str | None = None, ttl_seconds: int | None = None) -> "Workspace":
        """Create a workspace that is an independent copy of this one."""
        info = self._run("forkWorkspace", fork_request(name, ttl_seconds))
        return Workspace(other_place(self._place, info["name"]), self._connection, is_created=True)

    def as_async(self) -> "AsyncWorkspace":
        """Return this workspace for use in `async` code. It has connections of its own: use it with `async with`."""
        return AsyncWorkspace(self._place, self._connection.to_async(self._place.server), owns_connection=True)

    def close(self) -> None:
        """Close the clients of the platform."""
        self.__dict__.pop("api", None)
        while self._clients:
            self._clients.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._is_created:
            with suppress(NotFoundError):
                self.delete()


class AsyncWorkspace(WorkspaceOperations, AwaitingPart):
    """A workspace, awaited. `async with` deletes it at the end of the block if the client has created it."""

    def __init__(
        self, place: Place, connection: AsyncConnection, *, is_created: bool = False, owns_connection: bool = False
    ) -> None:
        super().__init__(place, connection)
        self._is_created, self._owns_connection = is_created, owns_connection
        self._clients: dict[Identity, httpx2.AsyncClient] = {}
        self.clock = AsyncClock(place, connection)
        self.faults = AsyncFaults(place, connection)
        self.journal = AsyncJournal(place, connection)
        self.explain = AsyncExplain(place, connection)
        self.quirks = AsyncQuirks(place, connection)
        self.documentation = AsyncDocumentation(place, connection)
        self.auth = AsyncAuth(place, connection)
        self.events = AsyncEvents(place, connection)

    @cached_property
    def api(self) -> httpx2.AsyncClient:
        """A client of the platform, signed in as the sample's partner. Paths are given without /api/v3."""
        return self.api_as(SAMPLE_USER)

    def api_as(
        self,
        user: str,
        password: str | None = None,
        *,
        partner: str | None = None,
        sign_in_again: bool | None = None,
    ) -> httpx2.AsyncClient:
        """Return a client of the platform that is signed in as a user, by default with the sample's password.

        An admin, and a user of several partners, act for the `partner`. The client signs in again when the clock has
        passed its token, unless `sign_in_again` is false.
        """
        identity = self._identify(user, password, partner, sign_in_again)
        if identity not in self._clients:
            self._clients[identity] = self._connection.open_client(self._place, SignIn(self._place, identity))
        return self._clients[identity]

    async def fork(self, name: str | None = None, ttl_seconds: int | None = None) -> "AsyncWorkspace":
        """Create a workspace that is an independent copy of this one."""
        info = await self._run("forkWorkspace", fork_request(name, ttl_seconds))
        return AsyncWorkspace(other_place(self._place, info["name"]), self._connection, is_created=True)

    async def close(self) -> None:
        """Close the clients of the platform."""
        self.__dict__.pop("api", None)
        while self._clients:
            await self._clients.popitem()[1].aclose()
        if self._owns_connection:
            await self._connection.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_created:
            with suppress(NotFoundError):
                await self.delete()
        await self.close()


def fork_request(name: str | None, ttl_seconds: int | None) -> "ControlRequest[responses.WorkspaceInfo]":
    """Describe the request that forks a workspace."""
    return ControlRequest("POST", "/fork", same, json_values.without_none(name=name, ttl_seconds=ttl_seconds))
