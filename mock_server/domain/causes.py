"""Why a record is as it is: the causes of changes, and the versions of a record that they left behind."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from mock_server.domain.models import AttributionRun, Job

CauseKind: TypeAlias = Literal["world", "snapshot", "request", "control", "job", "run"]
Record = TypeVar("Record")


class Cause(NamedTuple):
    """What a change came from; causes of one world are numbered in the order in which they acted.

    A world's birth, or the snapshot that it was restored from, is 0. A request of the platform or of the control API
    has `operation` (its operationId), `request` (method and path) and `request_id`. A job has `job`, an attribution
    run also the run before it. `last_purchase` is the number of the last purchase that had arrived when it began.
    One is made with each write: a named tuple is frozen too, and made in a third of a data class's time.
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
    """A record as it was from one cause on, counted from 1; None is a deletion. Without a cause it was so at first."""

    number: int
    cause: Cause | None
    record: Record | None

    @property
    def cause_number(self) -> int:
        """The number of its cause."""
        return 0 if self.cause is None else self.cause.number


def version_before(versions: Sequence[RecordVersion[Record]], number: int) -> RecordVersion[Record] | None:
    """The version that the cause of that number found, 0 the first one; None where none is kept."""
    latest = None
    for version in versions:
        if version.cause_number >= max(number, 1):
            break
        latest = version
    return latest


def find_setting_version(
    versions: Sequence[RecordVersion[Record]], value_of: Callable[[Record], object]
) -> RecordVersion[Record] | None:
    """The version in which a value became what it is in the last one; None where that is no longer kept."""
    last = versions[-1].record
    if last is None:
        return versions[-1]
    present, found = value_of(last), versions[-1]
    for version in reversed(versions):
        if version.record is None or value_of(version.record) != present:
            return found
        found = version
    return found if found.number == 1 else None
