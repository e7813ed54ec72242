"""Builds a workspace from its rows, and brings one up to date with the rows that another server has written.

Both replay rows in the order of their versions. Where a checkpoint was taken, the replay captures it. So a loaded
workspace has its checkpoints as if it had never been away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, cast

from mock_server.domain.causes import RecordVersion
from mock_server.domain.models import Purchase
from mock_server.state import checkpoints
from mock_server.state.checkpoints import StoredCheckpoint
from mock_server.state.workspace import Workspace
from mock_server.storage import cluster_rows
from mock_server.storage.mirror import Entry, Mirror
from mock_server.storage.rows import HISTORY, TABLES, CheckpointMark, decode, table_of


class StoredRow(NamedTuple):
    """A row of the table `records`, without its workspace. `value` is JSON."""

    kind: str
    key: str
    since: int
    until: int | None
    position: int
    value: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """A row that begins or ends at a version. `row` is None where it ends."""

    version: int
    kind: str
    key: str
    row: StoredRow | None


COLUMNS = "kind, key, since, until, position, value"


def replay(workspace: Workspace, mirror: Mirror, rows: Iterable[StoredRow], after: int, epoch_seconds: float) -> None:
    """Apply the rows that begin or end after a version. `epoch_seconds` is the machine's time."""
    rows = list(rows)
    _add_clusters(mirror, rows)
    steps = sorted(_to_steps(rows, after), key=lambda step: (step.version, step.row is not None, _position(step)))
    dropped = {step.key for step in steps if step.kind == "checkpoint" and step.row is None}
    # The rows that only a dropped checkpoint needed may have been overwritten, so its state cannot be replayed.
    marks = {step.version for step in steps if step.kind == "checkpoint" and step.key not in dropped}
    batch, added = list[Replayed](), dict[int, StoredCheckpoint]()
    for index, step in enumerate(steps):
        if step.kind != "checkpoint":
            batch.append(step)
        is_last = index + 1 == len(steps) or steps[index + 1].version != step.version
        if is_last and (step.version in marks or index + 1 == len(steps)):
            _apply(workspace, mirror, batch, epoch_seconds)
            batch = []
        if is_last and step.version in marks:
            added |= _capture(workspace, steps, step.version)
    _set_checkpoints(workspace, mirror, steps, added)
    mirror.clusters.forget_unused()
    mirror.watch(workspace)


def _add_clusters(mirror: Mirror, rows: Iterable[StoredRow]) -> None:
    """Note the clusters to which rows of packages refer."""
    for row in rows:
        if row.kind == cluster_rows.KIND:
            mirror.clusters.add_stored(row.key, decode(row.kind, row.key, row.value))


def _to_steps(rows: Iterable[StoredRow], after: int) -> list[Replayed]:
    rows = list(rows)
    begins = {(row.kind, row.key, row.since) for row in rows}
    steps = [Replayed(row.since, row.kind, row.key, row) for row in rows if row.since > after]
    steps += [
        Replayed(row.until, row.kind, row.key, None)
        for row in rows
        if row.until is not None and row.until > after and (row.kind, row.key, row.until) not in begins
    ]
    return steps


def _position(step: Replayed) -> int:
    return step.row.position if step.row else 0


def _capture(workspace: Workspace, steps: Iterable[Replayed], version: int) -> dict[int, StoredCheckpoint]:
    """Capture the state as the checkpoint of this version, if it still exists."""
    ended = {(step.kind, step.key) for step in steps if step.row is None}
    for step in steps:
        if step.kind == "checkpoint" and step.row is not None and step.version == version:
            if ("checkpoint", step.key) in ended:
                continue
            mark: CheckpointMark = decode(step.kind, step.key, step.row.value)
            return {step.row.position: StoredCheckpoint(mark.reason, checkpoints.capture(workspace, mark.now))}
    return {}


def _set_checkpoints(
    workspace: Workspace, mirror: Mirror, steps: Iterable[Replayed], added: Mapping[int, StoredCheckpoint]
) -> None:
    kept = dict(mirror.checkpoint_versions)
    for step in steps:
        if step.kind == "checkpoint" and step.row is None:
            kept.pop(int(step.key), None)
            mirror.of("checkpoint").pop(step.key, None)
    for version, stored in added.items():
        kept[version] = stored
        mark = CheckpointMark(stored.reason, stored.checkpoint.now)
        mirror.put("checkpoint", str(version), Entry(mark, version, version))
    mirror.checkpoint_versions = dict(sorted(kept.items()))
    workspace.checkpoints.replace(tuple(mirror.checkpoint_versions.values()))


class Difference(NamedTuple):
    """How rows change the value of a key: the row before, and the row after. None where there is none."""

    old: Entry | None
    new: Entry | None

    @property
    def value(self) -> Any:
        """The new value, None if it was deleted."""
        return self.new.value if self.new else None


NO_DIFFERENCE = Difference(None, None)
"""A row that began and ended."""
Differences: TypeAlias = dict[str, Difference]
"""The differences of a kind, by key."""


def _apply(workspace: Workspace, mirror: Mirror, steps: Iterable[Replayed], epoch_seconds: float) -> None:
    """Apply rows to the workspace and to the mirror."""
    by_kind = _note_in_mirror(mirror, steps)
    for name in TABLES:
        _apply_records(workspace, name, by_kind.get(name, {}))
        _apply_history(workspace, mirror, name, by_kind.get(HISTORY + name, {}))
    _apply_sales(workspace, by_kind.get("sale", {}), by_kind.get("dropped", {}))
    for _, difference in _in_order(by_kind.get("customer", {})):
        if difference.new is not None:
            workspace.store.customers.put(difference.value)
    _apply_jobs(workspace, mirror, by_kind)
    parts = {key: difference.value for key, difference in by_kind.get("part", {}).items()}
    _apply_parts(workspace, mirror, parts, epoch_seconds)


def _note_in_mirror(mirror: Mirror, steps: Iterable[Replayed]) -> dict[str, Differences]:
    """Bring the mirror up to date. Return how each key has changed, by kind."""
    by_kind = dict[str, Differences]()
    for step in steps:
        differences, present = by_kind.setdefault(step.kind, {}), mirror.of(step.kind).get(step.key)
        old = differences[step.key].old if step.key in differences else present
        if step.row is not None:
            value = mirror.clusters.unpack(decode(step.kind, step.key, step.row.value))
            new = Entry(value, step.row.position, step.row.since)
            mirror.put(step.kind, step.key, new)
            differences[step.key] = Difference(old, new)
        elif present is not None:
            mirror.drop(step.kind, step.key)
            differences[step.key] = Difference(old, None)
    return {
        kind: {key: difference for key, difference in differences.items() if difference != NO_DIFFERENCE}
        for kind, differences in by_kind.items()
    }


def _in_order(differences: Differences) -> list[tuple[str, Difference]]:
    """Return the differences in the order of the new rows, after those that have none."""
    return sorted(differences.items(), key=lambda item: item[1].new.position if item[1].new else 0)


def _apply_records(workspace: Workspace, name: str, differences: Differences) -> None:
    table = table_of(workspace.store, name)
    for key, (old, new) in _in_order(differences):
        if new is None and name == "users" and key in workspace.world.users:
            table.put(workspace.world.users[key])
            continue
        has_moved = new is None or (old is not None and old.position != new.position)
        if has_moved and table.get(key) is not None:
            table.delete(key)
        if new is not None:
            table.put(new.value)


def _apply_history(workspace: Workspace, mirror: Mirror, name: str, differences: Differences) -> None:
    """Set the histories of the records whose versions have changed, in the order of their last causes."""
    kind, history = HISTORY + name, table_of(workspace.store, name).history
    stored, changed = mirror.of(kind), dict[str, tuple[RecordVersion[Any], ...]]()
    for record_key in dict.fromkeys(key.partition(" ")[2] for key in differences):
        numbers = mirror.versions_of(kind, record_key)
        changed[record_key] = tuple(stored[f"{number} {record_key}"].value for number in numbers)
    for record_key, versions in sorted(changed.items(), key=lambda item: item[1][-1].cause_number if item[1] else 0):
        history.set_versions(record_key, versions)


def _apply_sales(workspace: Workspace, sales: Differences, dropped: Differences) -> None:
    """Add and remove purchases, event by event."""
    removed, added = dict[str, set[int]](), dict[str, list[Purchase]]()
    for number, (old, new) in sales.items():
        purchase: Purchase = (new or cast("Entry", old)).value
        removed.setdefault(purchase.event_id, set()).add(int(number))
        if new is not None:
            added.setdefault(purchase.event_id, []).append(new.value)
    for number, (old, new) in dropped.items():
        event_id = (new or cast("Entry", old)).value.event_id
        removed.setdefault(event_id, set()).add(int(number))
        if new is None and sales.get(number, NO_DIFFERENCE).new is None:
            original = (one for one in workspace.world.sales[event_id] if one.number == int(number))
            added.setdefault(event_id, []).extend(original)
    for event_id, numbers in removed.items():
        workspace.store.sales.change_event(event_id, numbers, added.get(event_id, ()))


def _apply_jobs(workspace: Workspace, mirror: Mirror, by_kind: Mapping[str, Differences]) -> None:
    """Set the jobs, the causes of the last attribution runs, and the counted requests."""
    if jobs := by_kind.get("job"):
        added = [difference.value for _, difference in _in_order(jobs) if difference.new is not None]
        workspace.jobs.replace(map(int, jobs), added)
    if "past_job" in by_kind:
        past = sorted(mirror.of("past_job").values(), key=lambda entry: entry.position)
        workspace.jobs.past.clear()
        workspace.jobs.past.extend(entry.value for entry in past)
    if "run" in by_kind:
        runs = (entry.value for entry in mirror.of("run").values())
        workspace.store.run_causes = tuple(sorted(runs, key=lambda cause: cause.number))
    if "requests" in by_kind:
        counted = (entry.value for entry in mirror.of("requests").values())
        workspace.recent_requests = checkpoints.to_recent_requests(counted)


def _apply_parts(workspace: Workspace, mirror: Mirror, parts: Mapping[str, Any], epoch_seconds: float) -> None:
    if (clock := parts.get("clock")) is not None:
        workspace.clock.resume((clock.instant, clock.set_at or epoch_seconds), epoch_seconds, clock.mode, clock.speed)
        mirror.clock, mirror.clock_setting = clock, workspace.clock.setting
    if (counters := parts.get("counters")) is not None:
        workspace.ids.set_all(counters.seed, dict(counters.counts), counters.last_revision)
        workspace.store.last_cause_number = counters.last_cause
        workspace.checkpoints.next_hourly = counters.next_hourly or checkpoints.NEVER
        for name, forgotten in zip(TABLES, counters.forgotten, strict=True):
            table_of(workspace.store, name).history.forgotten_count = forgotten
    if (origin := parts.get("origin")) is not None:
        workspace.set_epoch(origin.epoch)
        workspace.created_at = origin.created_at
        workspace.store.restored_at = origin.restored_at
        workspace.store.initial_last_purchase = origin.initial_last_purchase
    if (settings := parts.get("settings")) is not None:
        workspace.timing, workspace.documentation = settings.timing, settings.documentation
        workspace.quirks, workspace.limits = settings.quirks, settings.limits
        workspace.initial_timing, workspace.initial_documentation = (
            settings.initial_timing,
            settings.initial_documentation,
        )
        workspace.initial_quirks, workspace.initial_limits = settings.initial_quirks, settings.initial_limits
        workspace.initial_mode, workspace.initial_speed = settings.initial_mode, settings.initial_speed
    if "faults" in parts:
        workspace.faults = parts["faults"]
    if "last_run" in parts:
        workspace.store.last_run = parts["last_run"].run
