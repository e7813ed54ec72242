"""Rewinds a workspace, and saves and restores its snapshot."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from mock_server.control import clock
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.http.fault_injection import ERRORS_BY_STATUS
from mock_server.http.fields import format_timestamp
from mock_server.operations import bootstrap
from mock_server.state import checkpoints, snapshot, snapshot_checks, snapshot_reader, snapshot_writer
from mock_server.state.snapshot import Snapshot
from mock_server.state.store import load_all
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.worlds.digest import digest
from mock_server.worlds.world import World


def rewind(call: OperationCall, to: datetime) -> OperationCall:
    """Restore the last checkpoint at or before a time, and drop later ones. Return an `OperationCall` at the new time.

    Raises InvalidRequestError if there is no such checkpoint, or if the time is later than the clock.
    """
    workspace = call.workspace
    if to > call.now:
        raise InvalidRequestError(
            Problem(
                "range",
                "to",
                f"the time to return to must not be later than the clock's time, {format_timestamp(call.now)}",
            )
        )
    checkpoint = workspace.checkpoints.latest_at(to)
    if checkpoint is None:
        first = next(iter(workspace.checkpoints)).checkpoint.now
        raise InvalidRequestError(
            Problem("range", "to", f"the first checkpoint is later, at {format_timestamp(first)}")
        )
    workspace.checkpoints.drop_after(checkpoint.now)
    checkpoints.restore(workspace, checkpoint)
    return OperationCall(workspace, checkpoint.now)


@in_pieces
def save(call: OperationCall) -> Steps[bytes]:
    """Return the snapshot of the workspace as JSON."""
    workspace = call.workspace
    world = workspace.world
    yield from steps_of(digest, world)
    captured = checkpoints.capture(workspace, call.now)
    yield from steps_of(load_all, captured.store)
    saved = yield from steps_of(snapshot.build, captured, world)
    return (yield from steps_of(snapshot_writer.write, saved))


@in_pieces
def restore(call: OperationCall, content: bytes, resume_at: datetime | None = None) -> Steps[OperationCall]:
    """Restore the workspace from a snapshot, and drop its checkpoints. Return a call at the snapshot's time.

    `content` is the snapshot as JSON. If `resume_at` is given, the clock is then set to that time, and the call is at
    that time. Raises InvalidRequestError, and changes nothing, if the document is invalid or inconsistent, if it is a
    snapshot of another world, or if the clock cannot be set from its time to `resume_at`.
    """
    workspace = call.workspace
    saved = yield from snapshot_reader.read(content)
    bootstrap.require_start_time("world.created_at", saved.world.created_at)
    world = _load_world(workspace, saved.world.seed, saved.world.created_at.date())
    yield from steps_of(digest, world)
    yield from _require_consistent(saved, world)
    if resume_at is not None:
        _require_reachable(saved.clock.now, resume_at)
    checkpoint = yield from snapshot.to_checkpoint.steps(saved, world)
    checkpoints.restore(workspace, checkpoint)
    workspace.world = world
    workspace.ids.reserve_revisions(snapshot.last_revision(saved))
    workspace.checkpoints.start_at(checkpoint, "restore")
    restored = OperationCall(workspace, saved.clock.now)
    if resume_at is None:
        return restored
    resumed = yield from steps_of(clock.set_clock, restored, resume_at)
    return OperationCall(workspace, resumed)


def _require_reachable(saved_at: datetime, resume_at: datetime) -> None:
    if not timedelta() <= resume_at - saved_at <= clock.MAX_ADVANCE:
        message = (
            f"the machine's time, {format_timestamp(resume_at)}, must be at most {clock.MAX_ADVANCE.days} days after "
            f"the snapshot's, {format_timestamp(saved_at)}"
        )
        raise InvalidRequestError(Problem("range", "resume_from", message))


def _load_world(workspace: Workspace, seed: int, birth_date: date) -> World:
    return workspace.world_factory(seed, birth_date)


def _require_consistent(saved: Snapshot, world: World) -> Steps[None]:
    world_problem = snapshot_checks.find_world_problem(saved, world)
    if world_problem is not None:
        raise InvalidRequestError(world_problem)
    problems = yield from snapshot_checks.find_problems(saved, world)
    problems += [
        Problem(
            "enum", f"faults.rules.{index}.effect.status", f"must be one of: {', '.join(map(str, ERRORS_BY_STATUS))}"
        )
        for index, rule in enumerate(saved.faults.rules)
        if rule.effect.status is not None and rule.effect.status not in ERRORS_BY_STATUS
    ]
    if problems:
        raise InvalidRequestError(*(replace(each, message=f"{each.field}: {each.message}") for each in problems))
