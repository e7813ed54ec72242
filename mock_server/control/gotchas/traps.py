"""Prepares a workspace for a gotcha: plays the scenario up to the trap."""

from collections.abc import Sequence
from dataclasses import dataclass

from mock_server.control import asgi_client
from mock_server.control.workspaces import factory
from mock_server.control.workspaces.schemas import WorkspaceRequest
from mock_server.control.workspaces.server import ControlServer
from mock_server.domain.errors import Problem, UnknownPathError
from mock_server.gotchas import catalogue
from mock_server.gotchas.player import PlayedStep, Player
from mock_server.gotchas.scenario import Gotcha, Json, ScenarioStep
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.state.workspace_registry import WorkspaceConflictError

LIST_HINT = "GET /_mock/gotchas lists them"


@dataclass(frozen=True, slots=True)
class PreparedTrap:
    """A workspace in which the steps before the trap have been played, and the variables that these steps set."""

    gotcha: Gotcha
    workspace: Workspace
    played_steps: Sequence[PlayedStep]
    variables: dict[str, Json]


def require_gotcha(gotcha_id: str) -> Gotcha:
    """Return the gotcha with the id. Raises UnknownPathError."""
    gotcha = catalogue.GOTCHAS.get(gotcha_id)
    if gotcha is None:
        raise UnknownPathError(Problem("unknown", "gotcha_id", f"{catalogue.describe_unknown(gotcha_id)}; {LIST_HINT}"))
    return gotcha


async def prepare_trap(
    server: ControlServer, call: OperationCall, gotcha_id: str, name: str | None, ttl_seconds: int
) -> PreparedTrap:
    """Create a workspace and play the gotcha in it up to the trap. Raises UnknownPathError, WorkspaceConflictError."""
    gotcha = require_gotcha(gotcha_id)
    workspace_name = name or f"{gotcha.id.lower()}-{server.registry.new_name()}"
    request = WorkspaceRequest.model_validate(
        {**gotcha.to_workspace_request(workspace_name), "ttl_seconds": ttl_seconds}
    )
    workspace = factory.create(server.factory, call, request)
    user = workspace.store.users.get(gotcha.user)
    player = Player({"PASSWORD": user.password if user else ""})
    played_steps = []
    for step in gotcha.before:
        played = await _play_step(server, workspace, player, step)
        played_steps.append(played)
        if played.differences:
            server.registry.drop(workspace.name)
            reason = f"this server cannot play it: {step.description} {played.differences[0]}"
            raise WorkspaceConflictError(Problem("state", "gotcha_id", reason))
    return PreparedTrap(gotcha, workspace, played_steps, player.variables)


async def _play_step(server: ControlServer, workspace: Workspace, player: Player, step: ScenarioStep) -> PlayedStep:
    token = [("x-mock-control-token", server.control_token)] if server.control_token else []
    request = player.build_request(step)
    response = await asgi_client.send_in_process(server.application, workspace.prefix, request, token)
    return player.check_response(step, response)
