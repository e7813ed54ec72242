"""The control API's route for the server's health, for the probes of a container platform and of load balancers."""

from typing import Annotated, Literal, TypeAlias

from fastapi import Query
from pydantic import Field
from typing_extensions import TypedDict

from mock_server import __version__
from mock_server.control.declaration import control_router
from mock_server.control.workspaces.server import CurrentServer
from mock_server.domain.errors import NotReadyError, Problem
from mock_server.http.endpoint import CurrentCall
from mock_server.http.fields import ClosedModel, closed

router = control_router("status")

HealthState: TypeAlias = Literal["live", "ready"]


class HealthQuery(ClosedModel):
    """Whether the server must also be ready: `?ready`."""

    ready: Annotated[
        str | None,
        Field(
            pattern="^(true)?$", description="If present, empty or `true`: also check that requests can be answered."
        ),
    ] = None


@closed
class HealthBody(TypedDict):
    """The server answers requests. `ready` is reported only if the query asks for it."""

    status: HealthState
    version: str


@router.get("/health", operation_id="getHealth")
async def get_health(call: CurrentCall, server: CurrentServer, query: Annotated[HealthQuery, Query()]) -> HealthBody:
    """Show that the server is live, and with `?ready` that it can answer all requests.

    If it cannot, the status is 503. This operation needs no control token, neither waits for long work nor runs jobs.
    """
    if query.ready is None:
        return {"status": "live", "version": __version__}
    if not await server.is_ready():
        raise NotReadyError(Problem("unavailable", "store", "the server cannot reach its store at present"))
    return {"status": "ready", "version": __version__}
