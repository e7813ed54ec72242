"""The object through which control operations act on the whole server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.types import ASGIApp

from mock_server.control.workspaces.factory import WorkspaceFactory
from mock_server.http.endpoint import mark_route_supplied
from mock_server.http.metrics import Metrics
from mock_server.state.workspace_registry import WorkspaceRegistry


@dataclass(frozen=True, slots=True)
class ControlServer:
    """The server: its factory of workspaces, its application, and the token that control requests must send.

    `is_ready` returns whether the state of the workspaces can be read and written. `metrics` is None if they are
    disabled.
    """

    factory: WorkspaceFactory
    application: ASGIApp
    control_token: str | None
    is_ready: Callable[[], Awaitable[bool]]
    metrics: Metrics | None = None

    @property
    def registry(self) -> WorkspaceRegistry:
        """The server's workspaces."""
        return self.factory.registry


CurrentServer = Annotated[ControlServer, Depends(mark_route_supplied)]
"""The parameter `server` of a route for the whole server."""
