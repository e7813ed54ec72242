"""The control API's routes for gotchas. They are under /_mock only, not in each workspace."""

from typing import Annotated, Any

from fastapi import Body, Query

from mock_server.control.declaration import control_router
from mock_server.control.gotchas import traps
from mock_server.control.gotchas.schemas import GotchaBody, GotchaQuery, GotchaStepBody, TrapBody, TrapRequest
from mock_server.control.gotchas.traps import PreparedTrap
from mock_server.control.workspaces.server import CurrentServer
from mock_server.gotchas import catalogue, player, rendering
from mock_server.gotchas.scenario import SECRET_VARIABLES, Gotcha, ScenarioStep
from mock_server.http.endpoint import PLATFORM_PREFIX, CurrentCall
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import OPTIONAL_BODY

router = control_router("gotchas")

GOTCHA_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no such gotcha."}
}
TRAP_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "model": ErrorBody,
        "description": "The name is taken, there are too many workspaces, or the gotcha cannot be played.",
    }
}


@router.get("/gotchas", operation_id="listGotchas", response_description="The gotchas.")
async def list_gotchas(call: CurrentCall, query: Annotated[GotchaQuery, Query()]) -> list[GotchaBody]:
    """List all gotchas, or the gotchas that contain every word of the query."""
    return [_gotcha_body(each) for each in catalogue.search(query.q.split())]


@router.post(
    "/gotchas/{gotcha_id}", operation_id="createTrap", status_code=201, responses=GOTCHA_NOT_FOUND | TRAP_CONFLICT
)
async def create_trap(
    call: CurrentCall, server: CurrentServer, gotcha_id: str, body: Annotated[TrapRequest, Body(), OPTIONAL_BODY]
) -> TrapBody:
    """Create a workspace and play the gotcha in it up to the trap."""
    return _trap_body(await traps.prepare_trap(server, call, gotcha_id, body.name, body.ttl_seconds), body.ttl_seconds)


def _gotcha_body(gotcha: Gotcha) -> GotchaBody:
    return {
        "id": gotcha.id,
        "title": gotcha.title,
        "rules": list(gotcha.rules),
        "documentation": list(gotcha.generations),
        "naive_behaviour": gotcha.naive_behaviour,
        "actual_behaviour": gotcha.actual_behaviour,
        "solution": gotcha.solution,
        "command": f"wavetank gotcha run {gotcha.id}",
    }


def _trap_body(trap: PreparedTrap, ttl_seconds: int) -> TrapBody:
    gotcha, prefix = trap.gotcha, trap.workspace.prefix
    played_steps = [_step_body(trap, each.step, rendering.format_observations(each)) for each in trap.played_steps]
    return {
        "gotcha": _gotcha_body(gotcha),
        "workspace": trap.workspace.name,
        "base_path": f"{prefix}{PLATFORM_PREFIX}",
        "control_path": f"{prefix}/_mock",
        "ttl_seconds": ttl_seconds,
        "user": gotcha.user,
        "played_steps": played_steps,
        "trap_steps": [_step_body(trap, call, rendering.format_expected(call, trap.variables)) for call in gotcha.trap],
        "solution_steps": [
            _step_body(trap, call, rendering.format_expected(call, trap.variables)) for call in gotcha.after
        ],
    }


def _step_body(trap: PreparedTrap, call: ScenarioStep, observations: list[str]) -> GotchaStepBody:
    public_variables = {name: value for name, value in trap.variables.items() if name not in SECRET_VARIABLES}
    query = f"?{call.query}" if call.query else ""
    path = player.substitute(
        f"{trap.workspace.prefix}{player.API_PREFIXES[call.api]}{call.path}{query}", public_variables
    )
    body = player.substitute(call.body, public_variables)
    return {
        "description": call.description,
        "method": call.method,
        "path": str(path),
        "headers": dict(call.headers),
        "body": body if isinstance(body, dict) else None,
        "has_token": call.token_variable is not None,
        "captures": dict(call.captures),
        "curl": rendering.format_commands(call, rendering.collect_variables(trap.gotcha.steps), public_variables),
        "observations": observations,
        "surprise": call.surprise or None,
    }
