"""What is stored of a workspace, in memory: the values of its rows, and their places in the order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mock_server.state.checkpoints import RequesterTimes, StoredCheckpoint
from mock_server.state.job_queue import JobQueue
from mock_server.state.store import Store
from mock_server.state.workspace import Workspace
from mock_server.storage.cluster_rows import ClusterSets
from mock_server.storage.rows import HISTORY, TABLES, ClockPart, table_of

ROWS_AT_ONCE = 500
"""How many rows are compared in one step."""
UNITS_PER_ROW = 10
"""How many units of work the comparison of a row is (`domain/pieces.py`)."""


class Entry(NamedTuple):
    """A stored row: its value, its place in the order, and the version since which it is valid."""

    value: Any
    position: int
    since: int


class RowChange(NamedTuple):
    """A row to write. `value` is None for a row that ends. `replaced` is the version of the row that it replaces."""

    kind: str
    key: str
    value: Any
    position: int
    version: int
    replaced: int | None


@dataclass(frozen=True, slots=True)
class State:
    """The state of a workspace, or of a checkpoint."""

    parts: Mapping[str, object]
    store: Store
    jobs: JobQueue
    requests: Mapping[str, RequesterTimes]


@dataclass(slots=True)
class Mirror:
    """The rows that are stored. `versions` has the numbers of the stored versions of records, by kind and key.

    `store` and `jobs` are the objects whose lists of changes are complete since the last commit. `clock` is the stored
    setting of the clock, and `clock_setting` its number.
    """

    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)
    versions: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    last_position: int = 0
    store: Store | None = None
    jobs: JobQueue | None = None
    clock: ClockPart | None = None
    clock_setting: int = -1
    checkpoint_versions: dict[int, StoredCheckpoint] = field(default_factory=dict)
    clusters: ClusterSets = field(default_factory=ClusterSets)

    def of(self, kind: str) -> dict[str, Entry]:
        """Return the rows of a kind by key."""
        return self.entries.setdefault(kind, {})

    def count(self) -> int:
        """Return how many rows are stored."""
        return sum(map(len, self.entries.values()))

    def next_position(self) -> int:
        """Return the place after all others."""
        self.last_position += 1
        return self.last_position

    def put(self, kind: str, key: str, entry: Entry) -> None:
        """Note that a row is stored."""
        self.clusters.note(kind, self.of(kind).get(key), entry)
        self.of(kind)[key] = entry
        self.last_position = max(self.last_position, entry.position if kind != "checkpoint" else 0)
        if kind.startswith(HISTORY):
            self._note_version(kind, key, is_stored=True)

    def drop(self, kind: str, key: str) -> None:
        """Note that a row is no longer valid."""
        self.clusters.note(kind, self.of(kind).pop(key), None)
        if kind.startswith(HISTORY):
            self._note_version(kind, key, is_stored=False)

    def versions_of(self, kind: str, record_key: str) -> tuple[int, ...]:
        """Return the numbers of the stored versions of a record, in ascending order. `kind` is that of the versions."""
        return self.versions.get(kind, {}).get(record_key, ())

    def _note_version(self, kind: str, key: str, *, is_stored: bool) -> None:
        number, _, record_key = key.partition(" ")
        by_record, others = self.versions.setdefault(kind, {}), set(self.versions_of(kind, record_key)) - {int(number)}
        if numbers := sorted(others | {int(number)} if is_stored else others):
            by_record[record_key] = tuple(numbers)
        else:
            del by_record[record_key]

    def watch(self, workspace: Workspace) -> None:
        """Let the workspace's store and jobs list what changes from now on."""
        self.store, self.jobs = workspace.store, workspace.jobs
        for name in TABLES:
            table_of(self.store, name).changed = {}
        self.store.sales.changed, self.store.customers.changed, self.jobs.changed = {}, {}, {}
