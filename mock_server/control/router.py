"""The control API's routes; they stand under /_mock."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from mock_server.control import clock, clock_schemas, document, status, test_data, test_data_schemas
from mock_server.control.explain import routes as explain_routes
from mock_server.control.faults import routes as faults
from mock_server.control.journal import routes as journal_routes
from mock_server.control.snapshots import routes as snapshot_routes
from mock_server.http import fields
from mock_server.http.endpoint import CurrentCall, OperationRoute
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import OPTIONAL_BODY
from mock_server.platform_api.schemas import events, packages
from mock_server.state.quirks import QUIRK_NAMES, Quirks
from mock_server.state.workspace import OperationCall

ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "Something in the request is wrong; nothing changed."},
    403: {"model": ErrorBody, "description": "Beyond loopback, without the control token."},
}
PARTNER_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no such partner."}
}


def build_router() -> APIRouter:
    """A router of the whole control API."""
    router = APIRouter(route_class=OperationRoute, responses=ERROR_RESPONSES)
    _declare_status(router)
    _declare_clock(router)
    _declare_world(router)
    faults.declare(router)
    explain_routes.declare(router)
    snapshot_routes.declare(router)
    journal_routes.declare(router)
    return router


def _quirk_states(call: OperationCall) -> dict[str, bool]:
    return {name: getattr(call.quirks, name) for name in QUIRK_NAMES}


def _declare_status(router: APIRouter) -> None:
    @router.get("/status", operation_id="getMockStatus")
    async def get_status(call: CurrentCall) -> status.StatusBody:
        """Tell what this mock is, and where it stands."""
        return status.status_body(call)

    @router.get("/openapi.json", include_in_schema=False)
    async def get_document(call: CurrentCall) -> dict[str, Any]:
        return document.build_document(router, call.workspace.prefix)

    @router.get("/jobs", operation_id="listJobs")
    async def list_jobs(call: CurrentCall) -> list[clock_schemas.JobBody]:
        """List the last 200 jobs that were performed or superseded, then the pending ones in due order."""
        past = [clock_schemas.job_body(job, state) for job, state in call.workspace.jobs.past]
        return past + [clock_schemas.job_body(job, "pending") for job in call.workspace.jobs]

    @router.get("/quirks", operation_id="getQuirks")
    async def get_quirks(call: CurrentCall) -> dict[str, bool]:
        """Tell which sides the mock plays where the platform's documents disagree."""
        return _quirk_states(call)

    @router.put("/quirks", operation_id="setQuirks")
    async def set_quirks(call: CurrentCall, body: Annotated[status.QuirksBody, Body()]) -> dict[str, bool]:
        """Choose the sides; what is left out is off."""
        call.workspace.quirks = Quirks(**body.model_dump())
        return _quirk_states(call)


def _declare_clock(router: APIRouter) -> None:
    @router.get("/clock", operation_id="getClock")
    async def get_clock(call: CurrentCall) -> clock_schemas.ClockBody:
        """Read the clock."""
        return clock_schemas.clock_body(call.now, call.workspace.clock)

    @router.put("/clock", operation_id="setClock")
    async def set_clock(
        call: CurrentCall, body: Annotated[clock_schemas.ClockRequest, Body()]
    ) -> clock_schemas.ClockBody:
        """Stand at a later instant, in another mode, at another speed; what falls due is performed."""
        now = clock.set_clock(call, body.now, body.mode, body.speed)
        return clock_schemas.clock_body(now, call.workspace.clock)

    @router.post("/clock/advance", operation_id="advanceClock")
    async def advance(
        call: CurrentCall, body: Annotated[clock_schemas.DurationRequest, Body()]
    ) -> clock_schemas.ClockMove:
        """Move the clock ahead by the sum of the parts; each job on the way is performed at its own instant."""
        result = clock.advance(call, body.duration)
        return {"now": fields.format_timestamp(result.now), "fired": clock_schemas.performed_job_bodies(result.fired)}

    @router.post("/clock/next", operation_id="advanceToNextJob")
    async def advance_to_next_job(call: CurrentCall) -> clock_schemas.ClockMove:
        """Move the clock to the next due job and perform what is due then."""
        result = clock.advance_to_next_job(call)
        return {"now": fields.format_timestamp(result.now), "fired": clock_schemas.performed_job_bodies(result.fired)}

    @router.post("/clock/run-until-idle", operation_id="runUntilIdle")
    async def run_until_idle(
        call: CurrentCall, body: Annotated[clock_schemas.RunUntilIdleRequest, Body(), OPTIONAL_BODY]
    ) -> clock_schemas.RunUntilIdleResult:
        """Move the clock until only scheduled runs and expiries are pending, or to the bound (a day)."""
        result = clock.run_until_idle(call, body.duration)
        return {
            "now": fields.format_timestamp(result.now),
            "fired": clock_schemas.performed_job_bodies(result.fired),
            "bound": fields.format_timestamp(result.bound),
            "idle": result.idle,
        }


def _declare_world(router: APIRouter) -> None:
    @router.post("/reset", operation_id="resetWorld")
    async def reset(
        call: CurrentCall, body: Annotated[clock_schemas.ResetRequest, Body(), OPTIONAL_BODY]
    ) -> status.StatusBody:
        """Start the world over; tokens issued before are refused."""
        return status.status_body(clock.reset(call, body.seed, body.now, body.mode))

    @router.post("/purchases", operation_id="addPurchases", status_code=201)
    async def add_purchases(
        call: CurrentCall, body: Annotated[test_data_schemas.PurchasesRequest, Body()]
    ) -> test_data_schemas.AddedCount:
        """Add sales, all or none."""
        return {"added": test_data.add_purchases(call, body.purchases)}

    @router.post("/packages", operation_id="addPackage", status_code=201, responses=PARTNER_NOT_FOUND)
    async def add_package(
        call: CurrentCall, body: Annotated[test_data_schemas.PackageRequest, Body()]
    ) -> packages.PackageDetailBody:
        """Add a package that is DONE, with the given clusters; nothing is evaluated until its settings are saved."""
        return packages.package_detail_body(test_data.add_package(call, body))

    @router.post("/events", operation_id="addEvent", status_code=201, responses=PARTNER_NOT_FOUND)
    async def add_event(call: CurrentCall, body: Annotated[test_data_schemas.EventRequest, Body()]) -> events.EventBody:
        """Add an event."""
        return events.event_body(test_data.add_event(call, body))
