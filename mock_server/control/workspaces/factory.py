"""Making workspaces beside the default one, and looking at them."""

from dataclasses import dataclass

from mock_server.control.workspaces.schemas import WorkspaceOrder
from mock_server.domain.lifecycles import TIMINGS
from mock_server.operations import bootstrap, run_due_jobs
from mock_server.state.clock import Clock
from mock_server.state.quirks import Quirks
from mock_server.state.request_journal import Journal
from mock_server.state.workspace import Call, Workspace, WorldSource
from mock_server.state.workspace_registry import Workspaces


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes a server's workspaces; `seed` is that of the server's start, `sample` the source of the sample."""

    workspaces: Workspaces
    seed: int
    sample: WorldSource


def make(maker: Maker, call: Call, order: WorkspaceOrder) -> Workspace:
    """Make a workspace on its first day. What is left out is as the default one has it.

    Seed, mode, speed and timing are those of the server's start, instant and quirks those of now. Raises
    WorkspaceConflict.
    """
    maker.workspaces.require_room(order.name)
    default, born = call.workspace, order.now or call.now
    workspace = maker.workspaces.new(
        order.name or maker.workspaces.new_name(),
        Clock(born, order.mode or default.first_mode, order.speed or default.first_speed),
        maker.sample if order.world == "sample" else default.source,
        default.first_timing if order.timing is None else TIMINGS[order.timing],
    )
    workspace.journal = Journal(default.journal.most if order.journal is None else order.journal)
    workspace.first_limits = default.first_limits if order.rate_limits is None else order.rate_limits.limits()
    workspace.first_quirks = call.quirks if order.quirks is None else Quirks(**order.quirks.model_dump())
    bootstrap.begin(workspace, maker.seed if order.seed is None else order.seed, born)
    maker.workspaces.add(workspace, order.ttl_seconds)
    return workspace


def seen(workspace: Workspace) -> Call:
    """The workspace at this instant, caught up as if it had been asked itself."""
    now = workspace.clock.now()
    return Call(workspace, now, caught_up=tuple(run_due_jobs.catch_up(workspace, now)))
