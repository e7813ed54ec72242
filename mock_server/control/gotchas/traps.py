"""Leaving a workspace at the moment of a gotcha's trap."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp

from mock_server.control import asgi_client
from mock_server.control.workspaces import factory
from mock_server.control.workspaces.factory import Maker
from mock_server.control.workspaces.schemas import WorkspaceOrder
from mock_server.domain.errors import Problem, UnknownPath
from mock_server.gotchas import catalogue
from mock_server.gotchas.player import Played, Player
from mock_server.gotchas.scenario import Gotcha, Json
from mock_server.state.workspace import Call, Workspace
from mock_server.state.workspace_registry import WorkspaceConflict

LISTED = "GET /_mock/gotchas lists them"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where gotchas are played: what makes workspaces, the server itself, and what its control requests must carry."""

    maker: Maker
    server: ASGIApp
    control_token: str | None


@dataclass(frozen=True, slots=True)
class Trap:
    """A workspace at the moment of the trap, the calls that led there, and what their answers gave."""

    gotcha: Gotcha
    workspace: Workspace
    played: Sequence[Played]
    known: dict[str, Json]


def gotcha(gotcha_id: str) -> Gotcha:
    """The gotcha of that id. Raises UnknownPath."""
    known = catalogue.GOTCHAS.get(gotcha_id)
    if known is None:
        raise UnknownPath(Problem("unknown", "gotcha_id", f"there is no gotcha {gotcha_id}; {LISTED}"))
    return known


async def trap(stage: Stage, call: Call, gotcha_id: str, name: str | None, ttl: int) -> Trap:
    """Make a workspace and play the gotcha in it up to its trap. Raises UnknownPath, WorkspaceConflict."""
    chosen = gotcha(gotcha_id)
    named = name or f"{chosen.id.lower()}-{stage.maker.workspaces.new_name()}"
    order = WorkspaceOrder.model_validate({**chosen.setting.order(named), "ttl_seconds": ttl})
    workspace = factory.make(stage.maker, call, order)
    user = workspace.store.users.get(chosen.user)
    player = Player({"PASSWORD": user.password if user else ""})
    token = [("x-mock-control-token", stage.control_token)] if stage.control_token else []
    played = []
    for each in chosen.before:
        answer = await asgi_client.ask(stage.server, workspace.prefix, player.request(each), token)
        played.append(player.take(each, answer))
        if played[-1].differences:
            stage.maker.workspaces.drop(workspace.name)
            why = f"this server cannot play it: {each.say} {played[-1].differences[0]}"
            raise WorkspaceConflict(Problem("state", "gotcha_id", why))
    return Trap(chosen, workspace, played, player.known)
