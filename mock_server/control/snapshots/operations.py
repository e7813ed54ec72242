"""Going back in time: a workspace's points, its snapshot written and restored, and its fork."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.http.fault_injection import REFUSALS
from mock_server.http.fields import instant_text
from mock_server.state import checkpoints, json_codec, snapshot, snapshot_checks
from mock_server.state.clock import Clock
from mock_server.state.request_journal import Journal
from mock_server.state.snapshot import FORMAT, VERSION, Snapshot
from mock_server.state.workspace import Call, Workspace
from mock_server.state.workspace_registry import Workspaces
from mock_server.worlds.world import World


def rewind(call: Call, to: datetime) -> Call:
    """Go back to the last kept point at or before an instant; points after it are forgotten.

    Answers a call at that point. Raises InvalidRequest where there is none, or for an instant that is yet to come.
    """
    workspace = call.workspace
    if to > call.now:
        raise InvalidRequest(Problem("range", "to", f"the clock stands at {instant_text(call.now)}; to is later"))
    found = workspace.points.last_by(to)
    if found is None:
        first = next(iter(workspace.points)).point.now
        raise InvalidRequest(Problem("range", "to", f"no point is kept by then; the first is at {instant_text(first)}"))
    workspace.points.forget_after(found.now)
    checkpoints.gone_back(workspace, found)
    return Call(workspace, found.now)


def save(call: Call) -> dict[str, Any]:
    """The workspace's state as JSON values."""
    workspace = call.workspace
    world = _world(workspace, workspace.ids.seed, workspace.born.date())
    return json_codec.written(snapshot.of(checkpoints.taken(workspace, call.now), world))


def restore(call: Call, document: dict[str, Any]) -> Call:
    """Have the workspace stand as a snapshot says; the points that were kept are forgotten.

    Answers a call at the snapshot's instant. Raises InvalidRequest where it is no snapshot of this server's world, or
    its records do not hold together; nothing changes then.
    """
    workspace = call.workspace
    saved = _read(document)
    world = _world(workspace, saved.world.seed, saved.world.born.date())
    _require_sound(saved, world)
    checkpoints.gone_back(workspace, snapshot.point(saved, world))
    workspace.ids.never_again(snapshot.last_revision(saved))
    workspace.points.begin(workspace, saved.clock.now, "restore")
    return Call(workspace, saved.clock.now)


def fork(made: Workspaces, call: Call, name: str | None, ttl: int) -> Workspace:
    """Make a workspace that stands as this one does, points included, and goes on apart from it.

    Raises WorkspaceConflict.
    """
    made.require_room(name)
    origin = call.workspace
    clock = Clock(call.now, origin.first_mode, origin.first_speed)
    workspace = made.new(name or made.new_name(), clock, origin.source, origin.first_timing)
    workspace.journal = Journal(origin.journal.most)
    workspace.first_quirks, workspace.first_limits = origin.first_quirks, origin.first_limits
    workspace.start_over(_world(origin, origin.ids.seed, origin.born.date()), origin.ids.seed, origin.born)
    checkpoints.gone_back(workspace, checkpoints.taken(origin, call.now))
    workspace.ids.never_again(origin.ids.last_revision)
    workspace.points = origin.points.copied()
    made.add(workspace, ttl)
    return workspace


def _world(workspace: Workspace, seed: int, birth_date: date) -> World:
    return workspace.source(seed, birth_date)


def _read(document: dict[str, Any]) -> Snapshot:
    """The record, its format and version judged first: what another version calls its members is not this one's."""
    if document.get("format") != FORMAT:
        raise InvalidRequest(Problem("format", "format", f"this is no snapshot: format must be {FORMAT}"))
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        told = f"version must be {VERSION}, the one that this server reads: a newer server's snapshot is restored there"
        raise InvalidRequest(Problem("version", "version", told))
    try:
        return json_codec.read(Snapshot, document)
    except json_codec.Unreadable as failure:
        raise InvalidRequest(Problem("type", failure.field, str(failure))) from failure


def _require_sound(saved: Snapshot, world: World) -> None:
    foreign = snapshot_checks.world_problem(saved, world)
    if foreign is not None:
        raise InvalidRequest(foreign)
    problems = snapshot_checks.problems(saved, world)
    problems += [
        Problem("enum", f"faults.rules.{place}.effect.status", f"must be one of: {', '.join(map(str, REFUSALS))}")
        for place, rule in enumerate(saved.faults.rules)
        if rule.effect.status is not None and rule.effect.status not in REFUSALS
    ]
    if problems:
        raise InvalidRequest(*(replace(each, message=f"{each.field}: {each.message}") for each in problems))
