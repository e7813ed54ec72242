"""The object through which control operations act on the whole server."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.types import ASGIApp

from mock_server.control.workspaces.factory import WorkspaceFactory
from mock_server.http.endpoint import mark_route_supplied
from mock_server.http.metrics import Metrics
from mock_server.http.responses import EventStream
from mock_server.state.reports import Reports
from mock_server.state.workspace import Workspace
from mock_server.state.workspace_registry import WorkspaceRegistry

if TYPE_CHECKING:
    from mock_server.storage.workspaces import StoredWorkspaces


@dataclass(frozen=True, slots=True)
class ControlServer:
    """The server: its factory of workspaces, its application, and the token that control requests must send.

    `is_ready` returns whether the state of the workspaces can be read and written. `reports` keeps the reports of
    contract runs, `named_checkpoints` the named checkpoints of all workspaces, and `open_stream` returns the events of
    a workspace. `has_known_passwords` says that the sample users have the password that the documentation names, and
    only this machine can reach the server. `metrics` is None if they are disabled. `stored` are the workspaces of the
    database, None if workspaces exist in memory only. `report_turn` lets one report be parsed at a time, because each
    takes memory and the time of other requests.
    """

    factory: WorkspaceFactory
    application: ASGIApp
    control_token: str | None
    is_ready: Callable[[], Awaitable[bool]]
    reports: Reports
    named_checkpoints: Reports
    open_stream: Callable[[Workspace], EventStream]
    has_known_passwords: bool = False
    metrics: Metrics | None = None
    stored: "StoredWorkspaces | None" = None
    report_turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def registry(self) -> WorkspaceRegistry:
        """The server's workspaces."""
        return self.factory.registry


CurrentServer = Annotated[ControlServer, Depends(mark_route_supplied)]
"""The parameter `server` of a route for the whole server."""
