"""The routers of all the platform's operations."""

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
"""All routers of the platform. Their paths are relative to /api/v3 (BASE-01)."""
