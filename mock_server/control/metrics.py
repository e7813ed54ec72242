"""The control API's route for metrics."""

from mock_server.control.declaration import control_router
from mock_server.control.workspaces.server import CurrentServer
from mock_server.domain.errors import Problem, UnknownPathError
from mock_server.http.endpoint import CurrentCall
from mock_server.http.media_types import File

router = control_router("status")


@router.get("/metrics", operation_id="getMetrics", include_in_schema=False)
async def get_metrics(call: CurrentCall, server: CurrentServer) -> File:
    """Return the server's metrics as text. The document omits this operation, because it is for Prometheus only."""
    if server.metrics is None:
        raise UnknownPathError(Problem("disabled", "path", "metrics are disabled; start the server with --metrics"))
    return File(server.metrics.content_type, server.metrics.format(), "metrics.txt")
