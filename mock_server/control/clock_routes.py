"""The control API's routes for a workspace's clock, and for starting the workspace over."""

from typing import Annotated

from fastapi import Body

from mock_server.control import clock, schemas
from mock_server.control.declaration import control_router
from mock_server.control.status import status_body
from mock_server.http import fields
from mock_server.http.endpoint import CurrentCall
from mock_server.http.model_spec import OPTIONAL_BODY

router = control_router("clock")


@router.get("/clock", operation_id="getClock")
async def get_clock(call: CurrentCall) -> schemas.ClockBody:
    """Read the clock."""
    return schemas.clock_body(call.now, call.workspace.clock)


@router.put("/clock", operation_id="setClock")
async def set_clock(call: CurrentCall, body: Annotated[schemas.ClockRequest, Body()]) -> schemas.ClockBody:
    """Stand at a later instant, in another mode, at another speed; what falls due is performed."""
    now = clock.set_clock(call, body.now, body.mode, body.speed)
    return schemas.clock_body(now, call.workspace.clock)


@router.post("/clock/advance", operation_id="advanceClock")
async def advance(call: CurrentCall, body: Annotated[schemas.DurationRequest, Body()]) -> schemas.ClockMove:
    """Move the clock ahead by the sum of the parts; each job on the way is performed at its own instant."""
    result = clock.advance(call, body.duration)
    return {"now": fields.format_timestamp(result.now), "fired": schemas.performed_job_bodies(result.fired)}


@router.post("/clock/next", operation_id="advanceToNextJob")
async def advance_to_next_job(call: CurrentCall) -> schemas.ClockMove:
    """Move the clock to the next due job and perform what is due then."""
    result = clock.advance_to_next_job(call)
    return {"now": fields.format_timestamp(result.now), "fired": schemas.performed_job_bodies(result.fired)}


@router.post("/clock/run-until-idle", operation_id="runUntilIdle")
async def run_until_idle(
    call: CurrentCall, body: Annotated[schemas.RunUntilIdleRequest, Body(), OPTIONAL_BODY]
) -> schemas.RunUntilIdleResult:
    """Move the clock until only scheduled runs and expiries are pending, or to the bound (a day)."""
    result = clock.run_until_idle(call, body.duration)
    return {
        "now": fields.format_timestamp(result.now),
        "fired": schemas.performed_job_bodies(result.fired),
        "bound": fields.format_timestamp(result.bound),
        "idle": result.idle,
    }


@router.post("/reset", operation_id="resetWorld")
async def reset(call: CurrentCall, body: Annotated[schemas.ResetRequest, Body(), OPTIONAL_BODY]) -> schemas.StatusBody:
    """Start the world over; tokens issued before are refused."""
    return status_body(clock.reset(call, body.seed, body.now, body.mode))
