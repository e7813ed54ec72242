"""The routers of all the platform's operations."""

from mock_server.http.router import OperationRouter
from mock_server.platform_api import documented_elsewhere
from mock_server.platform_api.routes import (
    campaign_results,
    events,
    ingest,
    meta,
    packages,
    partners,
    permissions,
    revenue,
    sales_edit,
    signin,
    status,
)
from mock_server.settings import DEFAULT_FILE_BYTES

ROUTERS = tuple(
    family.router
    for family in (
        campaign_results,
        revenue,
        sales_edit,
        ingest,
        events,
        meta,
        packages,
        partners,
        permissions,
        signin,
        status,
    )
)
"""Their paths start after /api/v3 (BASE-01)."""


def build_router(max_file_bytes: int = DEFAULT_FILE_BYTES) -> OperationRouter:
    """The router of the platform's operations, and of the documented paths that the mock does not implement.

    `max_file_bytes` is the maximum size of an uploaded file.
    """
    return OperationRouter(*ROUTERS, not_played=documented_elsewhere.NOT_PLAYED, max_file_bytes=max_file_bytes)
