"""The control API's routes for moving a workspace's clock and for resetting the workspace."""

from typing import Annotated

from fastapi import Body

from mock_server.control import clock, clock_schemas, status
from mock_server.control.declaration import control_router
from mock_server.http import fields
from mock_server.http.endpoint import CurrentCall
from mock_server.http.model_spec import OPTIONAL_BODY
from mock_server.state import turn

router = control_router("clock")


@router.get("/clock", operation_id="getClock")
async def get_clock(call: CurrentCall) -> clock_schemas.ClockBody:
    """Read the clock."""
    return clock_schemas.clock_body(call.now, call.workspace.clock)


@router.put("/clock", operation_id="setClock")
async def set_clock(call: CurrentCall, body: Annotated[clock_schemas.ClockRequest, Body()]) -> clock_schemas.ClockBody:
    """Set the clock's time (only forward), mode or speed. Jobs that fall due are performed."""
    now = await turn.run(call.turn, clock.set_clock, call, body.now, body.mode, body.speed)
    return clock_schemas.clock_body(now, call.workspace.clock)


@router.post("/clock/advance", operation_id="advanceClock")
async def advance(call: CurrentCall, body: Annotated[clock_schemas.DurationRequest, Body()]) -> clock_schemas.ClockMove:
    """Advance the clock by the sum of the body's members. Each job on the way is performed at its own due time."""
    result = await turn.run(call.turn, clock.advance, call, body.duration)
    return {"now": fields.format_timestamp(result.now), "fired": clock_schemas.performed_job_bodies(result.fired)}


@router.post("/clock/next", operation_id="advanceToNextJob")
async def advance_to_next_job(call: CurrentCall) -> clock_schemas.ClockMove:
    """Advance the clock to the next due job. All jobs that are due at that time are performed."""
    result = await turn.run(call.turn, clock.advance_to_next_job, call)
    return {"now": fields.format_timestamp(result.now), "fired": clock_schemas.performed_job_bodies(result.fired)}


@router.post("/clock/run-until-idle", operation_id="runUntilIdle")
async def run_until_idle(
    call: CurrentCall, body: Annotated[clock_schemas.RunUntilIdleRequest, Body(), OPTIONAL_BODY]
) -> clock_schemas.RunUntilIdleResult:
    """Advance the clock until only attribution runs and expiries are pending, but at most by the body's duration."""
    result = await turn.run(call.turn, clock.run_until_idle, call, body.duration)
    return {
        "now": fields.format_timestamp(result.now),
        "fired": clock_schemas.performed_job_bodies(result.fired),
        "bound": fields.format_timestamp(result.bound),
        "idle": result.idle,
    }


@router.post("/reset", operation_id="resetWorkspace")
async def reset(
    call: CurrentCall, body: Annotated[clock_schemas.ResetRequest, Body(), OPTIONAL_BODY]
) -> status.StatusBody:
    """Reset the workspace to its initial state. Existing tokens become invalid."""
    return status.status_body(clock.reset(call, body.seed, body.now, body.mode, body.documentation))
