"""All of the platform's operations, in one router."""

from fastapi.routing import APIRouter

from mock_server.http.endpoint import OperationRoute
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


def build_router() -> APIRouter:
    """A router of the whole platform; paths stand under /api/v3 (BASE-01)."""
    router = APIRouter(route_class=OperationRoute)
    sales = (campaign_results, revenue, sales_edit, ingest)
    for family in (*sales, events, meta, packages, partners, permissions, signin, status):
        family.declare(router)
    return router
