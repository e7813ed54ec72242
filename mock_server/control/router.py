"""All routes of the control API: the routes of each workspace, and the routes for the whole server."""

from functools import cache
from typing import Any

from mock_server.control import (
    clock_routes,
    document,
    health,
    metrics,
    package_states,
    server_info,
    status_routes,
    test_data_routes,
    users,
)
from mock_server.control.declaration import control_router
from mock_server.control.explain import routes as explain_routes
from mock_server.control.faults import routes as fault_routes
from mock_server.control.gotchas import routes as gotcha_routes
from mock_server.control.journal import routes as journal_routes
from mock_server.control.reports import routes as report_routes
from mock_server.control.snapshots import routes as snapshot_routes
from mock_server.control.stream import routes as stream_routes
from mock_server.control.workspaces import fork_routes
from mock_server.control.workspaces import routes as workspace_routes
from mock_server.http.endpoint import CurrentCall

router = control_router("status")

WORKSPACE_ROUTERS = (
    router,
    status_routes.router,
    clock_routes.router,
    test_data_routes.router,
    fault_routes.router,
    explain_routes.router,
    snapshot_routes.router,
    journal_routes.router,
    stream_routes.router,
    users.router,
    package_states.router,
    fork_routes.router,
)
"""The control API of each workspace, under /_mock and /w/{name}/_mock."""

SERVER_ROUTERS = (
    workspace_routes.router,
    gotcha_routes.router,
    health.router,
    server_info.router,
    report_routes.router,
    metrics.router,
)
"""The routes for the whole server, which exist only under /_mock."""


@router.get("/openapi.json", include_in_schema=False)
async def get_document(call: CurrentCall) -> dict[str, Any]:
    """Return the control API's document. In a workspace, it omits the operations for the whole server."""
    return document.name_server(_build_document(has_server_routes=not call.workspace.prefix), call.base_path)


@cache
def _build_document(*, has_server_routes: bool) -> dict[str, Any]:
    """Build the document on the first request, which takes 0.2 s."""
    return document.build_document((*WORKSPACE_ROUTERS, *(SERVER_ROUTERS if has_server_routes else ())))
