"""The control API's routes for gotchas; they stand under /_mock alone, in no workspace's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from mock_server.control.gotchas import traps
from mock_server.control.gotchas.schemas import GotchaBody, GotchaQuery, StepBody, TrapBody, TrapOrder
from mock_server.control.gotchas.traps import Stage, Trap
from mock_server.gotchas import catalogue, player, rendering
from mock_server.gotchas.scenario import SECRETS, Call, Gotcha
from mock_server.http.endpoint import PLATFORM, CallNow
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import MAY_BE_LEFT_OUT

UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "There is no such gotcha."}}
CANNOT: dict[int | str, dict[str, Any]] = {
    409: {
        "model": ErrorBody,
        "description": "The name is taken, there is no room for a workspace more, or this server cannot play it.",
    }
}


def declare(router: APIRouter, stage: Stage) -> None:
    """Declare what lists gotchas and what sets their traps."""

    @router.get("/gotchas", operation_id="listGotchas")
    async def list_gotchas(call: CallNow, query: Annotated[GotchaQuery, Query()]) -> list[GotchaBody]:
        """List the gotchas, all of them or those that hold the words."""
        return [_gotcha(each) for each in catalogue.found(query.q.split())]

    @router.post("/gotchas/{gotcha_id}", operation_id="setTrap", status_code=201, responses=UNKNOWN | CANNOT)
    async def set_trap(call: CallNow, gotcha_id: str, body: Annotated[TrapOrder, Body(), MAY_BE_LEFT_OUT]) -> TrapBody:
        """Make a workspace, lead it up to the moment of the trap, and leave it there."""
        return _trap(await traps.trap(stage, call, gotcha_id, body.name, body.ttl_seconds), body.ttl_seconds)


def _gotcha(gotcha: Gotcha) -> GotchaBody:
    return {
        "id": gotcha.id,
        "title": gotcha.title,
        "rules": list(gotcha.rules),
        "naive": gotcha.naive,
        "happens": gotcha.happens,
        "right": gotcha.right,
        "command": f"mock-server gotcha run {gotcha.id}",
    }


def _trap(trap: Trap, ttl: int) -> TrapBody:
    chosen, prefix = trap.gotcha, trap.workspace.prefix
    led = [_step(trap, each.call, rendering.shown(each)) for each in trap.played]
    return {
        "gotcha": _gotcha(chosen),
        "workspace": trap.workspace.name,
        "base_path": f"{prefix}{PLATFORM}",
        "control_path": f"{prefix}/_mock",
        "ttl_seconds": ttl,
        "user": chosen.user,
        "calls": led,
        "next": [_step(trap, call, rendering.expected(call, trap.known)) for call in chosen.trap],
        "then": [_step(trap, call, rendering.expected(call, trap.known)) for call in chosen.after],
    }


def _step(trap: Trap, call: Call, sees: list[str]) -> StepBody:
    open_values = {name: value for name, value in trap.known.items() if name not in SECRETS}
    query = f"?{call.query}" if call.query else ""
    path = player.filled(f"{trap.workspace.prefix}{player.PREFIXES[call.api]}{call.path}{query}", open_values)
    body = player.filled(call.body, open_values)
    return {
        "does": call.say,
        "method": call.method,
        "path": str(path),
        "headers": dict(call.headers),
        "body": body if isinstance(body, dict) else None,
        "curl": rendering.commands(call, rendering.needed(trap.gotcha.calls), open_values),
        "sees": sees,
        "surprise": call.surprise or None,
    }
