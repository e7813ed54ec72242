"""Going back in time: a workspace's points, its snapshot written and restored, and its fork."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.http.fault_injection import ERRORS_BY_STATUS
from mock_server.http.fields import format_timestamp
from mock_server.state import checkpoints, json_codec, snapshot, snapshot_checks
from mock_server.state.clock import WorkspaceClock
from mock_server.state.request_journal import Journal
from mock_server.state.snapshot import FORMAT, VERSION, Snapshot
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.state.workspace_registry import WorkspaceRegistry
from mock_server.worlds.world import World


def rewind(call: OperationCall, to: datetime) -> OperationCall:
    """Go back to the last kept point at or before an instant; points after it are forgotten.

    Answers a call at that point. Raises InvalidRequestError where there is none, or for an instant that is yet to come.
    """
    workspace = call.workspace
    if to > call.now:
        raise InvalidRequestError(
            Problem("range", "to", f"the clock stands at {format_timestamp(call.now)}; to is later")
        )
    checkpoint = workspace.checkpoints.latest_at(to)
    if checkpoint is None:
        first = next(iter(workspace.checkpoints)).checkpoint.now
        raise InvalidRequestError(
            Problem("range", "to", f"no point is kept by then; the first is at {format_timestamp(first)}")
        )
    workspace.checkpoints.drop_after(checkpoint.now)
    checkpoints.restore(workspace, checkpoint)
    return OperationCall(workspace, checkpoint.now)


def save(call: OperationCall) -> dict[str, Any]:
    """The workspace's state as JSON values."""
    workspace = call.workspace
    world = _load_world(workspace, workspace.ids.seed, workspace.created_at.date())
    return json_codec.to_json(snapshot.build(checkpoints.capture(workspace, call.now), world))


def restore(call: OperationCall, document: dict[str, Any]) -> OperationCall:
    """Have the workspace stand as a snapshot says; the points that were kept are forgotten.

    Answers a call at the snapshot's instant. Raises InvalidRequestError where it is no snapshot of this server's world, or
    its records do not hold together; nothing changes then.
    """
    workspace = call.workspace
    saved = _parse_snapshot(document)
    world = _load_world(workspace, saved.world.seed, saved.world.created_at.date())
    _require_consistent(saved, world)
    checkpoints.restore(workspace, snapshot.to_checkpoint(saved, world))
    workspace.ids.reserve_revisions(snapshot.last_revision(saved))
    workspace.checkpoints.start(workspace, saved.clock.now, "restore")
    return OperationCall(workspace, saved.clock.now)


def fork(registry: WorkspaceRegistry, call: OperationCall, name: str | None, ttl: int) -> Workspace:
    """Make a workspace that stands as this one does, points included, and goes on apart from it.

    Raises WorkspaceConflictError.
    """
    registry.require_room(name)
    origin = call.workspace
    clock = WorkspaceClock(call.now, origin.initial_mode, origin.initial_speed)
    workspace = registry.new_workspace(name or registry.new_name(), clock, origin.world_factory, origin.initial_timing)
    workspace.journal = Journal(origin.journal.capacity)
    workspace.initial_quirks, workspace.initial_limits = origin.initial_quirks, origin.initial_limits
    workspace.reset(_load_world(origin, origin.ids.seed, origin.created_at.date()), origin.ids.seed, origin.created_at)
    checkpoints.restore(workspace, checkpoints.capture(origin, call.now))
    workspace.ids.reserve_revisions(origin.ids.last_revision)
    workspace.checkpoints = origin.checkpoints.copy()
    registry.add(workspace, ttl)
    return workspace


def _load_world(workspace: Workspace, seed: int, birth_date: date) -> World:
    return workspace.world_factory(seed, birth_date)


def _parse_snapshot(document: dict[str, Any]) -> Snapshot:
    """The record, its format and version judged first: what another version calls its members is not this one's."""
    if document.get("format") != FORMAT:
        raise InvalidRequestError(Problem("format", "format", f"this is no snapshot: format must be {FORMAT}"))
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        message = (
            f"version must be {VERSION}, the one that this server reads: a newer server's snapshot is restored there"
        )
        raise InvalidRequestError(Problem("version", "version", message))
    try:
        return json_codec.from_json(Snapshot, document)
    except json_codec.RecordDecodeError as error:
        raise InvalidRequestError(Problem("type", error.field, str(error))) from error


def _require_consistent(saved: Snapshot, world: World) -> None:
    world_problem = snapshot_checks.find_world_problem(saved, world)
    if world_problem is not None:
        raise InvalidRequestError(world_problem)
    problems = snapshot_checks.find_problems(saved, world)
    problems += [
        Problem(
            "enum", f"faults.rules.{index}.effect.status", f"must be one of: {', '.join(map(str, ERRORS_BY_STATUS))}"
        )
        for index, rule in enumerate(saved.faults.rules)
        if rule.effect.status is not None and rule.effect.status not in ERRORS_BY_STATUS
    ]
    if problems:
        raise InvalidRequestError(*(replace(each, message=f"{each.field}: {each.message}") for each in problems))
