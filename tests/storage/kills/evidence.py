"""What the checks judge: the clients' log of operations (`operation_log.py`) and the state that was read at the end.

An operation that was acknowledged must show in the state. An operation without an answer may show, but at most once.
Nothing here, and none of the checks, shares code with the server.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

Operation: TypeAlias = Mapping[str, Any]
State: TypeAlias = Mapping[str, Any]

RUN_HOUR = 8
"""Attribution runs are due at 08:00 UTC."""
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass
class Finding:
    """How much a check has checked, and what is wrong."""

    checked: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class History:
    """The operations of one workspace in the order in which they began, and its final state."""

    workspace: str
    operations: Sequence[Operation]
    state: State

    def of(self, *names: str) -> list[Operation]:
        """Return the operations with these names that may have happened."""
        return [each for each in self.operations if each["op"] in names and each["outcome"] != "refused"]

    def acknowledged(self, *names: str) -> list[Operation]:
        """Return the operations with these names that happened."""
        return [each for each in self.operations if each["op"] in names and each["outcome"] == "ok"]


@dataclass(frozen=True)
class Evidence:
    """All that is checked. `states` is the final state of each workspace.

    `readings` are further readings of it by their names: of each server, and after all servers were started again.
    `database_kills` says how often the database was killed, and `log` is what the servers have logged.
    """

    operations: Sequence[Operation]
    states: Mapping[str, State]
    readings: Mapping[str, Mapping[str, State]]
    database_kills: int
    log: str

    def histories(self) -> Iterator[History]:
        """Yield the history of each workspace."""
        by_workspace = defaultdict[str, list[Operation]](list)
        for operation in self.operations:
            by_workspace[operation["workspace"]].append(operation)
        for workspace, state in self.states.items():
            yield History(workspace, by_workspace[workspace], state)

    def kept_histories(self) -> Iterator[History]:
        """Yield the histories of the workspaces that were never reset."""
        return (history for history in self.histories() if not history.state["is_reset"])


def precedes(first: Operation, second: Operation) -> bool:
    """Return whether an operation ended before another one began."""
    return bool(first["end"] < second["begin"])


def find_last_reset(history: History) -> Operation | None:
    """Return the reset whose seed the workspace has."""
    return next((each for each in history.of("reset") if each["sent"]["seed"] == history.state["seed"]), None)


def split_by_reset(history: History, operations: Iterable[Operation]) -> tuple[list[Operation], list[Operation]]:
    """Return the operations that were certainly before the last reset, and those that were certainly after it."""
    last, before, after = find_last_reset(history), list[Operation](), list[Operation]()
    for operation in operations:
        if last is None or precedes(last, operation):
            after.append(operation)
        elif precedes(operation, last):
            before.append(operation)
    return before, after


def list_unexpected(
    workspace: str, noun: str, found: Mapping[Any, int], attempts: Iterable[Operation], name: str
) -> Iterator[str]:
    """Yield a fault for each value that nobody has written, or that exists more than once."""
    known = {each["sent"][name] for each in attempts}
    for value, count in found.items():
        if value not in known:
            yield f"{workspace}: nobody wrote the {noun} {value}"
        elif count > 1:
            yield f"{workspace}: the {noun} {value} was written once and exists {count} times"


def parse(timestamp: str) -> datetime:
    """Return the time of a timestamp."""
    return datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def next_run(at: datetime) -> datetime:
    """Return when the first attribution run is due that is not before a time."""
    due = at.replace(hour=RUN_HOUR, minute=0, second=0, microsecond=0)
    return due if due >= at else due + DAY
