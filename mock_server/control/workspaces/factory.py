"""Creates workspaces in addition to the default one, and runs their due jobs."""

from dataclasses import dataclass

from mock_server.control.workspaces.schemas import WorkspaceRequest
from mock_server.domain.lifecycles import TIMINGS
from mock_server.operations import background_jobs, bootstrap
from mock_server.state import checkpoints, documentation, turn
from mock_server.state.clock import WorkspaceClock
from mock_server.state.quirks import Quirks
from mock_server.state.request_journal import Journal
from mock_server.state.workspace import OperationCall, Workspace, WorldFactory
from mock_server.state.workspace_registry import WorkspaceRegistry


@dataclass(frozen=True, slots=True)
class WorkspaceFactory:
    """The objects needed to create a workspace: the registry, the server's seed, the source of the sample world."""

    registry: WorkspaceRegistry
    seed: int
    sample_factory: WorldFactory


def create(factory: WorkspaceFactory, call: OperationCall, request: WorkspaceRequest) -> Workspace:
    """Create a workspace. Omitted members default to the default workspace's values.

    For the seed, mode, speed and timing, these are its initial values; for the time, the documentation and the quirks,
    its current values. Raises WorkspaceConflictError, and InvalidRequestError if the start time is too late for a
    world.
    """
    factory.registry.require_room(request.name)
    default, created_at = call.workspace, request.now or call.now
    bootstrap.require_start_time("now", created_at)
    workspace = factory.registry.new_workspace(
        request.name or factory.registry.new_name(),
        WorkspaceClock(created_at, request.mode or default.initial_mode, request.speed or default.initial_speed),
        factory.sample_factory if request.world == "sample" else default.world_factory,
        default.initial_timing if request.timing is None else TIMINGS[request.timing],
    )
    capacity = default.journal.capacity if request.journal is None else request.journal
    workspace.journal = Journal(capacity, default.journal.budget)
    workspace.initial_limits = (
        default.initial_limits if request.rate_limits is None else request.rate_limits.to_limits()
    )
    workspace.initial_documentation = request.documentation or default.documentation
    workspace.initial_quirks = _select_quirks(default, request)
    bootstrap.bootstrap(workspace, factory.seed if request.seed is None else request.seed, created_at)
    factory.registry.add(workspace, request.ttl_seconds)
    return workspace


def _select_quirks(default: Workspace, request: WorkspaceRequest) -> Quirks:
    """Return the quirks of a new workspace.

    Quirks that are not named follow its documentation or the default workspace.
    """
    if request.quirks is not None:
        return documentation.build_quirks(request.documentation or default.documentation, request.quirks.to_named())
    return (
        default.quirks
        if request.documentation is None
        else documentation.set_profile(default.quirks, request.documentation)
    )


async def build_current_call(workspace: Workspace) -> OperationCall:
    """Run the workspace's due jobs, as a request to it would, and return an `OperationCall` at its current time.

    This does not wait for the workspace's turn. If long work holds the turn, its jobs are left to that work, and the
    call shows how far the work has come.
    """
    if not workspace.turn.busy and workspace.has_due(workspace.clock.now()):
        await turn.LoopIteration()
    now = workspace.clock.now()
    if not workspace.turn.busy:
        await background_jobs.perform(workspace, now)
    return OperationCall(workspace, now)


def fork(registry: WorkspaceRegistry, call: OperationCall, name: str | None, ttl: int) -> Workspace:
    """Create a workspace with a copy of this one's state, checkpoints included. Raises WorkspaceConflictError."""
    registry.require_room(name)
    origin = call.workspace
    clock = WorkspaceClock(call.now, origin.initial_mode, origin.initial_speed)
    workspace = registry.new_workspace(name or registry.new_name(), clock, origin.world_factory, origin.initial_timing)
    workspace.journal = Journal(origin.journal.capacity, origin.journal.budget)
    workspace.initial_documentation, workspace.initial_quirks = origin.initial_documentation, origin.initial_quirks
    workspace.initial_limits = origin.initial_limits
    workspace.reset(origin.world, origin.ids.seed, origin.created_at)
    checkpoints.restore(workspace, checkpoints.capture(origin, call.now))
    workspace.ids.reserve_revisions(origin.ids.last_revision)
    workspace.checkpoints = origin.checkpoints.copy()
    registry.add(workspace, ttl)
    return workspace
