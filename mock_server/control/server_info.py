"""The control API's route for the server itself: its version, and where it keeps the state."""

from typing import Literal, TypeAlias

from typing_extensions import TypedDict

from mock_server import __version__
from mock_server.control.declaration import control_router
from mock_server.control.workspaces.server import CurrentServer
from mock_server.http.endpoint import CurrentCall
from mock_server.http.fields import closed

router = control_router("status")
StateKind: TypeAlias = Literal["memory", "file", "database"]


@closed
class ServerBody(TypedDict):
    """The server. `state` is where it keeps the state of its workspaces, and `location` names the file or the database.

    `location` is null in memory. `workspaces` counts all workspaces, and at most `max_workspaces` can be created.
    """

    version: str
    state: StateKind
    location: str | None
    workspaces: int
    max_workspaces: int
    metrics: bool


@router.get("/server", operation_id="getServer")
async def get_server(call: CurrentCall, server: CurrentServer) -> ServerBody:
    """Show the server: its version, where it keeps the state, and how many workspaces it has."""
    from mock_server.storage import watching

    stored, registry = server.stored, server.registry
    count = len(registry) + 1
    if stored is not None:
        count = len(await watching.read_names(stored.database, stored.server.epoch_seconds()))
    state: StateKind = "memory" if stored is None else "database" if stored.database.is_shared else "file"
    return {
        "version": __version__,
        "state": state,
        "location": None if stored is None else stored.database.description,
        "workspaces": count,
        "max_workspaces": registry.capacity,
        "metrics": server.metrics is not None,
    }
