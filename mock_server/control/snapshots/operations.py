"""Rewinds a workspace, and saves and restores its snapshot."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from mock_server.control import clock
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.http.fault_injection import ERRORS_BY_STATUS
from mock_server.http.fields import format_timestamp
from mock_server.operations import bootstrap
from mock_server.state import checkpoints, json_codec, snapshot, snapshot_checks
from mock_server.state.snapshot import FORMAT, VERSION, Snapshot
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.worlds.world import World


def rewind(call: OperationCall, to: datetime) -> OperationCall:
    """Restore the last checkpoint at or before a time, and drop later ones. Return an `OperationCall` at the new time.

    Raises InvalidRequestError if there is no such checkpoint, or if the time is later than the clock.
    """
    workspace = call.workspace
    if to > call.now:
        raise InvalidRequestError(
            Problem("range", "to", f"must not be later than the clock's time, {format_timestamp(call.now)}")
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


def save(call: OperationCall) -> dict[str, Any]:
    """Return the snapshot of the workspace as JSON values."""
    workspace = call.workspace
    world = _load_world(workspace, workspace.ids.seed, workspace.created_at.date())
    return json_codec.to_json(snapshot.build(checkpoints.capture(workspace, call.now), world))


def restore(call: OperationCall, document: dict[str, Any], resume_at: datetime | None = None) -> OperationCall:
    """Restore the workspace from a snapshot, and drop its checkpoints. Return a call at the snapshot's time.

    If `resume_at` is given, the clock is then set to that time, and the call is at that time. Raises
    InvalidRequestError, and changes nothing, if the document is invalid or inconsistent, if it is a snapshot of another
    world, or if the clock cannot be set from its time to `resume_at`.
    """
    workspace = call.workspace
    saved = _parse_snapshot(document)
    bootstrap.require_start_time("world.created_at", saved.world.created_at)
    world = _load_world(workspace, saved.world.seed, saved.world.created_at.date())
    _require_consistent(saved, world)
    if resume_at is not None:
        _require_reachable(saved.clock.now, resume_at)
    checkpoints.restore(workspace, snapshot.to_checkpoint(saved, world))
    workspace.ids.reserve_revisions(snapshot.last_revision(saved))
    workspace.checkpoints.start(workspace, saved.clock.now, "restore")
    restored = OperationCall(workspace, saved.clock.now)
    return restored if resume_at is None else OperationCall(workspace, clock.set_clock(restored, resume_at))


def _require_reachable(saved_at: datetime, resume_at: datetime) -> None:
    if not timedelta() <= resume_at - saved_at <= clock.MAX_ADVANCE:
        message = (
            f"the machine's time, {format_timestamp(resume_at)}, must be at most {clock.MAX_ADVANCE.days} days after "
            f"the snapshot's, {format_timestamp(saved_at)}"
        )
        raise InvalidRequestError(Problem("range", "resume_from", message))


def _load_world(workspace: Workspace, seed: int, birth_date: date) -> World:
    return workspace.world_factory(seed, birth_date)


def _parse_snapshot(document: dict[str, Any]) -> Snapshot:
    """Parse the document. Check its format and version first, because the members differ between versions."""
    if document.get("format") != FORMAT:
        raise InvalidRequestError(Problem("format", "format", f"this is not a snapshot: format must be {FORMAT}"))
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        message = f"version must be {VERSION}: this server cannot read snapshots of other versions"
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
