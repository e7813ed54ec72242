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


def build_router() -> OperationRouter:
    """The router of the platform's operations, and of the documented paths that the mock does not implement."""
    return OperationRouter(*ROUTERS, not_played=documented_elsewhere.NOT_PLAYED)
