"""The control API's routes; they stand under /_mock."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from mock_server.control import clock, document, schemas, test_data
from mock_server.control.explain import routes as explain_routes
from mock_server.control.faults import routes as faults
from mock_server.control.journal import routes as journal_routes
from mock_server.control.snapshots import routes as snapshot_routes
from mock_server.control.status import status
from mock_server.http import fields
from mock_server.http.endpoint import CallNow, Operation
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import MAY_BE_LEFT_OUT
from mock_server.platform_api.schemas import events, packages
from mock_server.state.quirks import NAMES, Quirks
from mock_server.state.workspace import Call

REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "Something in the request is wrong; nothing changed."},
    403: {"model": ErrorBody, "description": "Beyond loopback, without the control token."},
}
NO_PARTNER: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "There is no such partner."}}


def router() -> APIRouter:
    """A router of the whole control API."""
    whole = APIRouter(route_class=Operation, responses=REFUSED)
    _declare_status(whole)
    _declare_clock(whole)
    _declare_world(whole)
    faults.declare(whole)
    explain_routes.declare(whole)
    snapshot_routes.declare(whole)
    journal_routes.declare(whole)
    return whole


def _quirks(call: Call) -> dict[str, bool]:
    return {name: getattr(call.quirks, name) for name in NAMES}


def _declare_status(router: APIRouter) -> None:
    @router.get("/status", operation_id="getMockStatus")
    async def get_status(call: CallNow) -> schemas.StatusBody:
        """Tell what this mock is, and where it stands."""
        return status(call)

    @router.get("/openapi.json", include_in_schema=False)
    async def get_document(call: CallNow) -> dict[str, Any]:
        return document.described(router, call.workspace.prefix)

    @router.get("/jobs", operation_id="listJobs")
    async def list_jobs(call: CallNow) -> list[schemas.JobBody]:
        """List the last 200 jobs that were performed or superseded, then the pending ones in due order."""
        past = [schemas.job(job, state) for job, state in call.workspace.jobs.past]
        return past + [schemas.job(job, "pending") for job in call.workspace.jobs]

    @router.get("/quirks", operation_id="getQuirks")
    async def get_quirks(call: CallNow) -> dict[str, bool]:
        """Tell which sides the mock plays where the platform's documents disagree."""
        return _quirks(call)

    @router.put("/quirks", operation_id="setQuirks")
    async def set_quirks(call: CallNow, body: Annotated[schemas.QuirksBody, Body()]) -> dict[str, bool]:
        """Choose the sides; what is left out is off."""
        call.workspace.quirks = Quirks(**body.model_dump())
        return _quirks(call)


def _declare_clock(router: APIRouter) -> None:
    @router.get("/clock", operation_id="getClock")
    async def get_clock(call: CallNow) -> schemas.ClockBody:
        """Read the clock."""
        return schemas.clock(call.now, call.workspace.clock)

    @router.put("/clock", operation_id="setClock")
    async def set_clock(call: CallNow, body: Annotated[schemas.ClockChange, Body()]) -> schemas.ClockBody:
        """Stand at a later instant, in another mode, at another speed; what falls due is performed."""
        now = clock.set_clock(call, body.now, body.mode, body.speed)
        return schemas.clock(now, call.workspace.clock)

    @router.post("/clock/advance", operation_id="advanceClock")
    async def advance(call: CallNow, body: Annotated[schemas.Span, Body()]) -> schemas.Moved:
        """Move the clock ahead by the sum of the parts; each job on the way is performed at its own instant."""
        course = clock.advance(call, body.length)
        return {"now": fields.instant_text(course.now), "fired": schemas.fired(course.fired)}

    @router.post("/clock/next", operation_id="advanceToNextJob")
    async def next_job(call: CallNow) -> schemas.Moved:
        """Move the clock to the next due job and perform what is due then."""
        course = clock.next_job(call)
        return {"now": fields.instant_text(course.now), "fired": schemas.fired(course.fired)}

    @router.post("/clock/run-until-idle", operation_id="runUntilIdle")
    async def run_until_idle(
        call: CallNow, body: Annotated[schemas.IdleBound, Body(), MAY_BE_LEFT_OUT]
    ) -> schemas.RanUntilIdle:
        """Move the clock until only scheduled runs and expiries are pending, or to the bound (a day)."""
        course = clock.run_until_idle(call, body.length)
        return {
            "now": fields.instant_text(course.now),
            "fired": schemas.fired(course.fired),
            "bound": fields.instant_text(course.bound),
            "idle": course.idle,
        }


def _declare_world(router: APIRouter) -> None:
    @router.post("/reset", operation_id="resetWorld")
    async def reset(call: CallNow, body: Annotated[schemas.ResetOrder, Body(), MAY_BE_LEFT_OUT]) -> schemas.StatusBody:
        """Start the world over; tokens issued before are refused."""
        return status(clock.reset(call, body.seed, body.now, body.mode))

    @router.post("/purchases", operation_id="addPurchases", status_code=201)
    async def add_purchases(call: CallNow, body: Annotated[schemas.PurchasesOrder, Body()]) -> schemas.Added:
        """Add sales, all or none."""
        return {"added": test_data.add_purchases(call, body.purchases)}

    @router.post("/packages", operation_id="addPackage", status_code=201, responses=NO_PARTNER)
    async def add_package(
        call: CallNow, body: Annotated[schemas.PackageOrderBody, Body()]
    ) -> packages.PackageDetailBody:
        """Add a package that is DONE, with the given clusters; nothing is evaluated until its settings are saved."""
        return packages.detail(test_data.add_package(call, body))

    @router.post("/events", operation_id="addEvent", status_code=201, responses=NO_PARTNER)
    async def add_event(call: CallNow, body: Annotated[schemas.EventOrder, Body()]) -> events.EventBody:
        """Add an event."""
        return events.event(test_data.add_event(call, body))
