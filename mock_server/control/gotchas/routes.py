"""The control API's routes for gotchas; they stand under /_mock alone, in no workspace's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from mock_server.control.gotchas import traps
from mock_server.control.gotchas.schemas import GotchaBody, GotchaQuery, GotchaStepBody, TrapBody, TrapRequest
from mock_server.control.gotchas.traps import PreparedTrap, TrapEnvironment
from mock_server.gotchas import catalogue, player, rendering
from mock_server.gotchas.scenario import SECRET_VARIABLES, Gotcha, ScenarioStep
from mock_server.http.endpoint import PLATFORM_PREFIX, CurrentCall
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import OPTIONAL_BODY

GOTCHA_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no such gotcha."}
}
TRAP_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "model": ErrorBody,
        "description": "The name is taken, there is no room for a workspace more, or this server cannot play it.",
    }
}


def declare(router: APIRouter, environment: TrapEnvironment) -> None:
    """Declare what lists gotchas and what sets their traps."""

    @router.get("/gotchas", operation_id="listGotchas")
    async def list_gotchas(call: CurrentCall, query: Annotated[GotchaQuery, Query()]) -> list[GotchaBody]:
        """List the gotchas, all of them or those that hold the words."""
        return [_gotcha_body(each) for each in catalogue.search(query.q.split())]

    @router.post(
        "/gotchas/{gotcha_id}", operation_id="setTrap", status_code=201, responses=GOTCHA_NOT_FOUND | TRAP_CONFLICT
    )
    async def set_trap(
        call: CurrentCall, gotcha_id: str, body: Annotated[TrapRequest, Body(), OPTIONAL_BODY]
    ) -> TrapBody:
        """Make a workspace, lead it up to the moment of the trap, and leave it there."""
        return _trap_body(
            await traps.prepare_trap(environment, call, gotcha_id, body.name, body.ttl_seconds), body.ttl_seconds
        )


def _gotcha_body(gotcha: Gotcha) -> GotchaBody:
    return {
        "id": gotcha.id,
        "title": gotcha.title,
        "rules": list(gotcha.rules),
        "naive_behaviour": gotcha.naive_behaviour,
        "actual_behaviour": gotcha.actual_behaviour,
        "solution": gotcha.solution,
        "command": f"mock-server gotcha run {gotcha.id}",
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
        "curl": rendering.format_commands(call, rendering.collect_variables(trap.gotcha.steps), public_variables),
        "observations": observations,
        "surprise": call.surprise or None,
    }
