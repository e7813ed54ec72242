"""All of the platform's routes, by family."""

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
