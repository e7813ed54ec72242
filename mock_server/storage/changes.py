"""What has changed in a workspace since its last commit.

How it works. `Mirror` has the values that are stored, by kind and key, with their places in the order. `collect`
compares it with the present state, returns the rows to write, and updates it. Records are immutable, so a comparison by
identity finds nearly all that is unchanged.

Only the keys that the tables list as changed are compared. If the whole store or job queue was replaced (a reset, a
rewind, a restored snapshot), everything is compared.

A checkpoint that was taken during the request is a state of its own: `collect` is called for it first, with the next
version, and then for the present state with the version after it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.state.checkpoints import NEVER, Checkpoint, RecentRequests, RequesterTimes, StoredCheckpoint
from mock_server.state.job_queue import JobQueue
from mock_server.state.purchase_store import CustomerStore
from mock_server.state.store import Store
from mock_server.state.workspace import Workspace
from mock_server.storage import cluster_rows, sale_rows
from mock_server.storage.mirror import ROWS_AT_ONCE, UNITS_PER_ROW, Entry, Mirror, RowChange, State
from mock_server.storage.rows import (
    EPOCH_START,
    HISTORY,
    TABLES,
    CheckpointMark,
    ClockPart,
    CountersPart,
    LastRunPart,
    OriginPart,
    SettingsPart,
    table_of,
)
from mock_server.worlds.world import World


def state_of(workspace: Workspace, mirror: Mirror, digest: str, epoch_seconds: float) -> State:
    """Return the present state. `epoch_seconds` is the machine's time in seconds since 1970."""
    if mirror.clock is None or workspace.clock.setting != mirror.clock_setting:
        instant, set_at = workspace.clock.base(epoch_seconds)
        mirror.clock = ClockPart(_microseconds(instant), set_at, workspace.clock.mode, workspace.clock.speed)
        mirror.clock_setting = workspace.clock.setting
    parts = {
        "clock": mirror.clock,
        "counters": _counters(workspace, workspace.store, workspace.ids.counts, workspace.ids.seed),
        "origin": _origin(workspace, workspace.store, digest),
        "settings": _settings(workspace),
        "faults": workspace.faults,
        "last_run": LastRunPart(workspace.store.last_run),
    }
    return State(parts, workspace.store, workspace.jobs, _requests(workspace.recent_requests))


def state_at(checkpoint: Checkpoint, workspace: Workspace, digest: str) -> State:
    """Return the state of a checkpoint of the workspace. Its counters that never go back are those of the present."""
    settings = _settings(workspace)
    parts = {
        "clock": ClockPart(_microseconds(checkpoint.now), 0.0, checkpoint.mode, checkpoint.speed),
        "counters": _counters(workspace, checkpoint.store, checkpoint.counts, checkpoint.seed),
        "origin": _origin(workspace, checkpoint.store, digest),
        "settings": SettingsPart(
            checkpoint.timing,
            checkpoint.documentation,
            checkpoint.quirks,
            checkpoint.limits,
            settings.initial_timing,
            settings.initial_documentation,
            settings.initial_quirks,
            settings.initial_limits,
            settings.initial_mode,
            settings.initial_speed,
            settings.journal_capacity,
        ),
        "faults": checkpoint.faults,
        "last_run": LastRunPart(checkpoint.store.last_run),
    }
    return State(parts, checkpoint.store, checkpoint.jobs, _requests(checkpoint.recent_requests))


def _microseconds(instant: datetime) -> int:
    """Return the microseconds since 1970."""
    return (instant - EPOCH_START) // timedelta(microseconds=1)


def _counters(workspace: Workspace, store: Store, counts: Mapping[str, int], seed: int) -> CountersPart:
    forgotten = tuple(table_of(store, name).history.forgotten_count for name in TABLES)
    counted, next_hourly = tuple(counts.items()), workspace.checkpoints.next_hourly
    return CountersPart(
        seed,
        counted,
        workspace.ids.last_revision,
        store.last_cause_number,
        forgotten,
        None if next_hourly == NEVER else next_hourly,
    )


def _origin(workspace: Workspace, store: Store, digest: str) -> OriginPart:
    return OriginPart(
        workspace.epoch,
        workspace.world.source,
        digest,
        workspace.created_at,
        store.restored_at,
        store.initial_last_purchase,
    )


def _settings(workspace: Workspace) -> SettingsPart:
    return SettingsPart(
        workspace.timing,
        workspace.documentation,
        workspace.quirks,
        workspace.limits,
        workspace.initial_timing,
        workspace.initial_documentation,
        workspace.initial_quirks,
        workspace.initial_limits,
        workspace.initial_mode,
        workspace.initial_speed,
        workspace.journal.capacity,
    )


def _requests(recent: RecentRequests) -> Mapping[str, RequesterTimes]:
    return {
        " ".join(requester): RequesterTimes(*requester, tuple(times)) for requester, times in recent.items() if times
    }


@in_pieces
def collect(mirror: Mirror, state: State, world: World, version: int, *, everything: bool) -> Steps[list[RowChange]]:
    """Return the rows in which the state differs from the mirror, and update the mirror.

    The rows are valid since `version`. If not `everything`, only what the mirror's store and jobs list as changed is
    compared.
    """
    changes = list[RowChange]()
    for difference in _differences(mirror, state, world, everything=everything):
        if isinstance(difference, int):
            yield difference
            continue
        kind, current, keys = difference
        if keys is None:
            yield from _compare_all(mirror, kind, current, version, changes)
            continue
        stored = mirror.of(kind)
        for part in split(keys, ROWS_AT_ONCE):
            for key in part:
                value, entry = current.get(key), stored.get(key)
                if value is not (entry.value if entry else None) and (entry is None or value != entry.value):
                    changes.append(_change(mirror, kind, key, value, version))
            yield UNITS_PER_ROW * len(part)
    mirror.clusters.forget_unused(mirror.clusters.changed)
    return changes


def _compare_all(
    mirror: Mirror, kind: str, current: Mapping[str, Any], version: int, changes: list[RowChange]
) -> Steps[None]:
    """Add all differences of a kind. A row whose place in the order has changed is written again.

    The places of versions do not matter: they are loaded in the order of their causes.
    """
    stored = mirror.of(kind)
    for part in split(list(stored), ROWS_AT_ONCE):
        changes += [_change(mirror, kind, key, None, version) for key in part if key not in current]
        yield UNITS_PER_ROW * len(part)
    last, is_ordered = 0, not kind.startswith(HISTORY)
    for rows in split(current.items(), ROWS_AT_ONCE):
        for key, value in rows:
            entry = stored.get(key)
            if entry is None or (is_ordered and entry.position <= last):
                changes.append(_move(mirror, kind, key, value, version))
            elif value is not entry.value and value != entry.value:
                changes.append(_change(mirror, kind, key, value, version))
            last = stored[key].position
        yield UNITS_PER_ROW * len(rows)


def _change(mirror: Mirror, kind: str, key: str, value: Any, version: int) -> RowChange:
    """Note a new value, None for a row that ends, and return the row to write."""
    entry = mirror.of(kind).get(key)
    position = mirror.next_position() if entry is None else entry.position
    if value is None:
        mirror.drop(kind, key)
    else:
        mirror.put(kind, key, Entry(value, position, version))
    return RowChange(kind, key, mirror.clusters.pack(value), position, version, None if entry is None else entry.since)


def _move(mirror: Mirror, kind: str, key: str, value: Any, version: int) -> RowChange:
    """Note a value whose place in the order is after all others, and return the row to write."""
    replaced = mirror.of(kind).get(key)
    entry = Entry(value, mirror.next_position(), version)
    mirror.put(kind, key, entry)
    return RowChange(
        kind, key, mirror.clusters.pack(value), entry.position, version, None if replaced is None else replaced.since
    )


Difference: TypeAlias = tuple[str, Mapping[str, Any], Iterable[str] | None]
"""A kind, its present values, and the keys that may have changed; None for all of them."""


def _differences(mirror: Mirror, state: State, world: World, *, everything: bool) -> Iterator[Difference | int]:
    """Yield the kinds that may have changed, and units of work that were done to find them."""
    yield "part", state.parts, state.parts.keys()
    for name in TABLES:
        changed = None if everything else list(table_of(mirror.store or state.store, name).changed or ())
        if changed is None or changed:
            yield name, _records(state.store, name, world, changed), changed
            yield _history_difference(mirror, state.store, name, changed)
    yield from sale_rows.find_differences(mirror.store, state.store, world, everything=everything)
    yield "customer", state.store.customers.added, _changed_keys((mirror.store or state.store).customers, everything)
    numbers = _changed_keys(mirror.jobs or state.jobs, everything)
    if numbers is None or numbers:
        yield "job", _JobsByKey(state.jobs), numbers
        yield _past_difference(state.jobs, None if numbers is None else (mirror.jobs or state.jobs).changed or {})
    runs = {str(cause.number): cause for cause in state.store.run_causes}
    if everything or runs.keys() != mirror.of("run").keys():
        yield "run", runs, None
    if state.requests or mirror.of("requests"):
        yield "requests", state.requests, None
    if mirror.clusters.changed:  # by the packages above
        yield cluster_rows.KIND, mirror.clusters.find_changed(), list(mirror.clusters.changed)


def _past_difference(jobs: JobQueue, changed: Mapping[int, None] | None) -> Difference:
    """Return the past jobs of these numbers in their order, and all numbers. None stands for all past jobs."""
    if changed is None:
        return "past_job", {str(past.job.number): past for past in jobs.past}, None
    current = {str(past.job.number): past for past in jobs.past if past.job.number in changed}
    return "past_job", current, dict.fromkeys([*current, *map(str, changed)])


def _changed_keys(part: "CustomerStore | JobQueue", everything: bool) -> list[str] | None:
    return None if everything else list(map(str, part.changed or ()))


def _records(store: Store, name: str, world: World, changed: Iterable[str] | None) -> Mapping[str, Any]:
    """Return the records of a table, or those with the changed keys. Users who are as in the world are left out."""
    table = table_of(store, name)
    if changed is None:
        records = table.mapping()
    else:
        records = {key: record for key in changed if (record := table.get(key)) is not None}
    if name != "users":
        return records
    return {key: user for key, user in records.items() if user != world.users.get(key)}


def _history_difference(mirror: Mirror, store: Store, name: str, changed: list[str] | None) -> Difference:
    kind, history = HISTORY + name, table_of(store, name).history
    if changed is None:
        return kind, {f"{version.number} {key}": version for key, kept in history.items() for version in kept}, None
    current = {f"{version.number} {key}": version for key in changed for version in history.versions_of(key)}
    stored = (f"{number} {key}" for key in changed for number in mirror.versions_of(kind, key))
    return kind, current, list(dict.fromkeys([*current, *stored]))


class _JobsByKey(Mapping[str, Any]):
    """The pending jobs by the texts of their numbers."""

    def __init__(self, jobs: JobQueue) -> None:
        self._jobs = jobs.pending()

    def __getitem__(self, key: str) -> Any:
        return self._jobs[int(key)]

    def __iter__(self) -> Iterator[str]:
        return map(str, self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)


@in_pieces
def collect_checkpoints(
    mirror: Mirror, workspace: Workspace, digest: str, version: int, *, everything: bool
) -> Steps[tuple[list[RowChange], int]]:
    """Return the rows of checkpoints that were taken or dropped since the last commit, and the last version used."""
    changes = list[RowChange]()
    known = {id(stored): at for at, stored in mirror.checkpoint_versions.items()}
    kept = dict[int, StoredCheckpoint]()
    for stored in workspace.checkpoints:
        at = known.get(id(stored))
        if at is None:
            version += 1
            state = state_at(stored.checkpoint, workspace, digest)
            changes += yield from collect.steps(mirror, state, workspace.world, version, everything=everything)
            at, mark = version, CheckpointMark(stored.reason, stored.checkpoint.now)
            mirror.put("checkpoint", str(at), Entry(mark, at, at))
            changes.append(RowChange("checkpoint", str(at), mark, at, at, None))
        kept[at] = stored
    for at in mirror.checkpoint_versions.keys() - kept.keys():
        entry = mirror.of("checkpoint")[str(at)]
        mirror.drop("checkpoint", str(at))
        changes.append(RowChange("checkpoint", str(at), None, entry.position, version + 1, entry.since))
    mirror.checkpoint_versions = kept
    return changes, version
