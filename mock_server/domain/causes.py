"""The causes of changes, and the versions of a record that they produced. `/_mock/explain` shows both."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from mock_server.domain.models import AttributionRun, Job

CauseKind: TypeAlias = Literal["world", "snapshot", "request", "control", "job", "run"]
Record = TypeVar("Record")


class Cause(NamedTuple):
    """The cause of one or more changes. A workspace's causes are numbered in the order in which they took effect.

    Number 0 is the start of the world, or the snapshot from which the workspace was restored. For a request to the
    platform or the control API, `operation` (its operationId), `request` (method and path) and `request_id` are set.
    For a job, `job` is set, and for an attribution run also `run_before`. `last_purchase` is the number of the last
    purchase that had arrived when a job began. This is a named tuple because every request that writes creates a cause,
    and a dataclass takes three times as long to create.
    """

    number: int
    kind: CauseKind
    at: datetime
    operation: str = ""
    request: str = ""
    request_id: str = ""
    job: Job | None = None
    run_before: AttributionRun | None = None
    last_purchase: int = 0


class RecordVersion(NamedTuple, Generic[Record]):
    """The state of a record after one change. The versions of a record are numbered from 1.

    `record` is None after a deletion. `cause` is None for the initial state.
    """

    number: int
    cause: Cause | None
    record: Record | None

    @property
    def cause_number(self) -> int:
        """Return the number of the version's cause."""
        return 0 if self.cause is None else self.cause.number


def version_before(versions: Sequence[RecordVersion[Record]], number: int) -> RecordVersion[Record] | None:
    """Return the last version before cause `number` (for 0, the initial version), or None if it is not kept."""
    latest = None
    for version in versions:
        if version.cause_number >= max(number, 1):
            break
        latest = version
    return latest


def find_setting_version(
    versions: Sequence[RecordVersion[Record]], value_of: Callable[[Record], object]
) -> RecordVersion[Record] | None:
    """Return the version that set the present value of `value_of(record)`, or None if it is not kept."""
    last = versions[-1].record
    if last is None:
        return versions[-1]
    present, found = value_of(last), versions[-1]
    for version in reversed(versions):
        if version.record is None or value_of(version.record) != present:
            return found
        found = version
    return found if found.number == 1 else None
