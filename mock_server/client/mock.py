"""A server: its workspaces and gotchas."""

from collections.abc import Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack
from urllib.parse import quote

import httpx2

from mock_server.client import json_values
from mock_server.client.connection import (
    IN_PROCESS_ORIGIN,
    SAMPLE_PASSWORD,
    AsyncConnection,
    AwaitingPart,
    BlockingPart,
    Connection,
    Server,
    default_place,
    other_place,
    parse_origin,
)
from mock_server.client.errors import ConflictError, NotFoundError
from mock_server.client.operation import ControlRequest, nothing, operation, require_known, same
from mock_server.client.options import WorkspaceOptions
from mock_server.client.reports import AsyncReports, Reports
from mock_server.client.workspace import AsyncWorkspace, Workspace

if TYPE_CHECKING:
    from mock_server.client import responses
    from mock_server.settings import Settings

DEFAULT_NAME = "default"


class ServerOperations:
    """The operations on a server."""

    @operation("getHealth")
    def health(self, *, ready: bool = False) -> "ControlRequest[responses.Health]":
        """Show that the server is live; with `ready`, that it can answer all requests."""
        return ControlRequest("GET", "/health", same, query={"ready": "true" if ready else None}, api="server")

    @operation("getServer")
    def info(self) -> "ControlRequest[responses.Server]":
        """Return the version of the server, where it keeps the state, and how many workspaces it has."""
        return ControlRequest("GET", "/server", same, api="server")

    @operation("listWorkspaces")
    def list_workspaces(self) -> "ControlRequest[list[responses.WorkspaceInfo]]":
        """Return the workspaces, the default one first."""
        return ControlRequest("GET", "/workspaces", same, api="server")

    @operation("getWorkspace")
    def get_workspace(self, name: str) -> "ControlRequest[responses.WorkspaceInfo]":
        """Return the paths, the status and the idle time of a workspace."""
        return ControlRequest("GET", f"/workspaces/{quote(name, safe='')}", same, api="server")

    @operation("deleteWorkspace")
    def delete_workspace(self, name: str) -> ControlRequest[None]:
        """Delete a workspace."""
        return ControlRequest("DELETE", f"/workspaces/{quote(name, safe='')}", nothing, api="server")

    @operation("listGotchas")
    def gotchas(self, words: str = "") -> "ControlRequest[list[responses.Gotcha]]":
        """Return the gotchas that contain all of the words."""
        return ControlRequest("GET", "/gotchas", same, query={"q": words}, api="server")

    @operation("createTrap")
    def create_trap(
        self, gotcha_id: str, name: str | None = None, ttl_seconds: int | None = None
    ) -> "ControlRequest[responses.Trap]":
        """Create a workspace in which a gotcha is about to happen. `workspace(trap["workspace"])` opens it."""
        body = json_values.without_none(name=name, ttl_seconds=ttl_seconds)
        return ControlRequest("POST", f"/gotchas/{quote(gotcha_id, safe='')}", same, body, api="server")


class Mock(ServerOperations, BlockingPart):
    """A server, at any of its addresses: `Mock("http://127.0.0.1:8080")`.

    `control_token` is the server's control token, if it has one, and `password` the password of its sample users, by
    default `wavetank`. Clients of the platform sign in again when the clock has passed their tokens, unless
    `sign_in_again` is false. `transport` replaces the network. Use it with `with`, or call `close`.
    """

    def __init__(
        self,
        url: str,
        *,
        control_token: str | None = None,
        password: str | None = None,
        sign_in_again: bool = True,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        server = Server(parse_origin(url), control_token, password or SAMPLE_PASSWORD, sign_in_again)
        super().__init__(default_place(server), Connection.open(server, transport))
        self._stop: Callable[[], None] | None = None
        self.app: Any = getattr(transport, "application", None)
        self.reports = Reports(self._place, self._connection)
        self.default = Workspace(self._place, self._connection)
        """The default workspace."""

    @classmethod
    def start(cls, *flags: str) -> Self:
        """Start a server in a process of its own, on a free port. `close` stops it. Raises ServerStartError.

        `flags` are those of `wavetank serve`, such as `"--world", "my-world"`.
        """
        from mock_server.client.local_server import LocalServer

        server = LocalServer(flags)
        mock = cls(server.url)
        mock._stop = server.stop
        return mock

    @classmethod
    def in_process(cls, settings: "Settings | None" = None) -> Self:
        """Return a server in this process, which needs no socket. `app` is the ASGI application."""
        from mock_server.client.in_process import AppTransport, build_application

        transport = AppTransport(build_application(settings))
        mock = cls(IN_PROCESS_ORIGIN, transport=transport, **_secrets(settings))
        mock._stop = transport.stop
        return mock

    @property
    def url(self) -> str:
        """The server's origin."""
        return self._place.server.origin

    @property
    def is_shared(self) -> bool:
        """Whether the server was running before, so that others may use it too."""
        return self._stop is None

    def workspace(self, name: str | None = None, **options: Unpack[WorkspaceOptions]) -> Workspace:
        """Return the workspace of this name. If there is none, create it; without a name, create one.

        A new workspace has a frozen clock unless `mode` says otherwise. If options are given and the workspace exists,
        ConflictError is raised. `with mock.workspace() as ws:` deletes a new workspace at the end of the block.
        """
        __tracebackhide__ = True
        require_known(Mock.workspace, options)
        if name == DEFAULT_NAME and not options:
            return self.default
        try:
            name, is_created = self._run("createWorkspace", create_request(name, options))["name"], True
        except ConflictError as conflict:
            self._require_existing(conflict, name, options)
            name, is_created = str(name), False
        return Workspace(other_place(self._place, name), self._connection, is_created=is_created)

    def _require_existing(self, conflict: ConflictError, name: str | None, options: WorkspaceOptions) -> None:
        """Raise the conflict unless it is only that the workspace exists."""
        if name is None or options:
            raise conflict
        try:
            self.get_workspace(name)
        except NotFoundError:
            raise conflict from None

    def close(self) -> None:
        """Close the connections, and stop the server if this client has started it."""
        self.default.close()
        self._connection.http.close()
        if self._stop is not None:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class OpeningWorkspace:
    """A workspace that is not open yet: use it with `await` or `async with`."""

    def __init__(self, open_workspace: Callable[[], Any]) -> None:
        self._open_workspace = open_workspace
        self._workspace: AsyncWorkspace | None = None

    def __await__(self) -> Generator[Any, Any, AsyncWorkspace]:
        return self._open_workspace().__await__()  # type: ignore[no-any-return]  # a coroutine's

    async def __aenter__(self) -> AsyncWorkspace:
        self._workspace = await self
        return self._workspace

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._workspace is not None:
            await self._workspace.__aexit__(kind, error, trace)


class AsyncMock(ServerOperations, AwaitingPart):
    """A server, for `async` code. See `Mock`. Use it with `async with`, or call `close`."""

    def __init__(
        self,
        url: str,
        *,
        control_token: str | None = None,
        password: str | None = None,
        sign_in_again: bool = True,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        server = Server(parse_origin(url), control_token, password or SAMPLE_PASSWORD, sign_in_again)
        super().__init__(default_place(server), AsyncConnection.open(server, transport))
        self._stop: Callable[[], None] | None = None
        self.app: Any = getattr(transport, "application", None)
        self.reports = AsyncReports(self._place, self._connection)
        self.default = AsyncWorkspace(self._place, self._connection)
        """The default workspace."""

    @classmethod
    def start(cls, *flags: str) -> Self:
        """Start a server in a process of its own, on a free port. `close` stops it. Raises ServerStartError."""
        from mock_server.client.local_server import LocalServer

        server = LocalServer(flags)
        mock = cls(server.url)
        mock._stop = server.stop
        return mock

    @classmethod
    def in_process(cls, settings: "Settings | None" = None) -> Self:
        """Return a server in this process, which needs no socket. `app` is the ASGI application."""
        from mock_server.client.in_process import AsyncAppTransport, build_application

        return cls(IN_PROCESS_ORIGIN, transport=AsyncAppTransport(build_application(settings)), **_secrets(settings))

    @property
    def url(self) -> str:
        """The server's origin."""
        return self._place.server.origin

    def workspace(self, name: str | None = None, **options: Unpack[WorkspaceOptions]) -> OpeningWorkspace:
        """Return the workspace of this name, or create it, as `Mock.workspace` does: `await` it, or `async with` it."""
        require_known(AsyncMock.workspace, options)

        async def open_workspace() -> AsyncWorkspace:
            return await self._open_workspace(name, options)

        return OpeningWorkspace(open_workspace)

    async def _open_workspace(self, name: str | None, options: WorkspaceOptions) -> AsyncWorkspace:
        __tracebackhide__ = True
        if name == DEFAULT_NAME and not options:
            return self.default
        try:
            created = await self._run("createWorkspace", create_request(name, options))
            name, is_created = created["name"], True
        except ConflictError as conflict:
            await self._require_existing(conflict, name, options)
            name, is_created = str(name), False
        return AsyncWorkspace(other_place(self._place, name), self._connection, is_created=is_created)

    async def _require_existing(self, conflict: ConflictError, name: str | None, options: WorkspaceOptions) -> None:
        """Raise the conflict unless it is only that the workspace exists."""
        if name is None or options:
            raise conflict
        try:
            await self.get_workspace(name)
        except NotFoundError:
            raise conflict from None

    async def close(self) -> None:
        """Close the connections, and stop the server if this client has started it."""
        await self.default.close()
        await self._connection.http.aclose()
        if self._stop is not None:
            self._stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def create_request(name: str | None, options: WorkspaceOptions) -> "ControlRequest[responses.WorkspaceInfo]":
    """Describe the request that creates a workspace, with a frozen clock unless the options say otherwise."""
    body: dict[str, object] = {"mode": "frozen", **options, **json_values.without_none(name=name)}
    return ControlRequest("POST", "/workspaces", same, body, api="server")


def _secrets(settings: "Settings | None") -> dict[str, Any]:
    """Return the secrets of a server in this process, as arguments of its client."""
    if settings is None:
        return {}
    return {"control_token": settings.control_token, "password": settings.sample_password}
