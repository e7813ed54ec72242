"""All of the platform's operations, in one router."""

from fastapi.routing import APIRouter

from mock_server.api.route import Operation
from mock_server.api.routes import campaign_results, events, packages, partners, revenue, signin, status


def router() -> APIRouter:
    """A router of the whole platform; paths stand under /api/v3 (BASE-01)."""
    whole = APIRouter(route_class=Operation)
    for family in (campaign_results, revenue, events, packages, partners, signin, status):
        family.declare(whole)
    return whole
