"""A workspace's state as rows: which kinds of rows there are, and how their values are written.

A row has a kind, a key, and a value as JSON. A kind is

- a table of the workspace's store (`TABLES`): a row for each record. Of the users, only those who differ from the
  world's are rows, so that no password of the configuration is stored;
- the versions of a table's records, which explain them (`history:` and the table's name): a row for each version;
- `sale` and `dropped`: the purchases that the world does not have, and those of the world that were deleted;
- `clusters`: the clusters of packages, whose rows have only their digests (`cluster_rows.py`);
- `customer`, `job`, `past_job` and `run`: the customers that the world does not have, the jobs, the causes of the last
  attribution runs;
- `requests`: the requests of a partner or an address that count towards the rate limits;
- `part`: everything else, as one row each (`PARTS`);
- `checkpoint`: the version at which a checkpoint was taken.

A value is written by the type of its record (`state/json_codec.py`). A member that a later version adds needs a
default, so that older values can be read.
"""

import json
import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

from mock_server.domain.causes import Cause, RecordVersion
from mock_server.domain.faults import Faults
from mock_server.domain.lifecycles import Timing
from mock_server.domain.limits import Limits
from mock_server.domain.models import (
    AttributionRun,
    CampaignResult,
    Challenge,
    Cluster,
    Customer,
    Evaluation,
    Event,
    Ingest,
    Job,
    Package,
    Partner,
    PartnerDefaults,
    Purchase,
    User,
)
from mock_server.state.checkpoints import CheckpointReason, RequesterTimes
from mock_server.state.clock import ClockMode
from mock_server.state.documentation import Documentation
from mock_server.state.job_queue import PastJob
from mock_server.state.json_codec import ValueCodec, codec_for
from mock_server.state.quirks import Quirks
from mock_server.state.store import RecordTable, Store
from mock_server.storage import cluster_rows
from mock_server.storage.cluster_rows import PackedPackage
from mock_server.worlds.world import Source

TABLES: dict[str, type[Any]] = {
    "partners": Partner,
    "users": User,
    "challenges": Challenge,
    "events": Event,
    "results": CampaignResult,
    "ingests": Ingest,
    "packages": Package,
    "evaluations": Evaluation,
    "defaults": PartnerDefaults,
}
"""The tables of a store by the names of its attributes, and the types of their records."""
HISTORY = "history:"
"""The start of the kind of the versions of a table's records."""
EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClockPart:
    """To which time the clock was set (microseconds since 1970), when that was (machine's seconds), mode and speed."""

    base: int
    set_at: float
    mode: ClockMode
    speed: float

    @property
    def instant(self) -> datetime:
        """The time to which the clock was set."""
        return EPOCH_START + timedelta(microseconds=self.base)


@dataclass(frozen=True, slots=True)
class CountersPart:
    """The counters, how many histories of deleted records each table has dropped, and when a checkpoint is taken."""

    seed: int
    counts: tuple[tuple[str, int], ...]
    last_revision: int
    last_cause: int
    forgotten: tuple[int, ...]
    next_hourly: datetime | None = None


@dataclass(frozen=True, slots=True)
class OriginPart:
    """From which world the workspace started. `epoch` counts its resets."""

    epoch: int
    source: Source
    digest: str
    created_at: datetime
    restored_at: datetime | None
    initial_last_purchase: int


@dataclass(frozen=True, slots=True)
class SettingsPart:
    """What the control API has set, and the values to which a reset returns."""

    timing: Timing
    documentation: Documentation
    quirks: Quirks
    limits: Limits | None
    initial_timing: Timing
    initial_documentation: Documentation
    initial_quirks: Quirks
    initial_limits: Limits | None
    initial_mode: ClockMode
    initial_speed: float
    journal_capacity: int


@dataclass(frozen=True, slots=True)
class LastRunPart:
    """The last attribution run."""

    run: AttributionRun | None


PARTS: dict[str, type[Any]] = {
    "clock": ClockPart,
    "counters": CountersPart,
    "origin": OriginPart,
    "settings": SettingsPart,
    "faults": Faults,
    "last_run": LastRunPart,
}


@dataclass(frozen=True, slots=True)
class DroppedSale:
    """The event of a purchase of the world that was deleted."""

    event_id: str


@dataclass(frozen=True, slots=True)
class CheckpointMark:
    """Why and at which time a checkpoint was taken. The row's position is the version of its state."""

    reason: CheckpointReason
    now: datetime


class PackageCodec:
    """Writes and reads packages. In place of their clusters, they have the digest of the clusters, if it is known."""

    def write(self, value: PackedPackage | Package | None) -> Any:
        """Convert a package to JSON values."""
        if isinstance(value, PackedPackage):
            return {**PACKAGE.write(value.package), "clusters": value.digest}
        return None if value is None else PACKAGE.write(value)

    def read(self, value: Any, path: str) -> PackedPackage | Package | None:
        """Convert JSON values back to a package. Rows of earlier versions have the clusters themselves."""
        if value is None:
            return None
        if isinstance(value, dict) and isinstance(digest := value.get("clusters"), str):
            return PackedPackage(PACKAGE.read({**value, "clusters": None}, path), digest)
        package: Package = PACKAGE.read(value, path)
        return package


class HistoryCodec:
    """Writes and reads a version of a record of one type."""

    def __init__(self, kind: type[Any]) -> None:
        self._record = PackageCodec() if kind is Package else codec_for(cast("Hashable", kind | None))

    def write(self, version: RecordVersion[Any]) -> Any:
        """Convert a version to JSON values."""
        cause = None if version.cause is None else CAUSE.write(version.cause)
        return [version.number, cause, self._record.write(version.record)]

    def read(self, value: Any, path: str) -> RecordVersion[Any]:
        """Convert JSON values back to a version."""
        number, cause, record = value
        return RecordVersion(
            number, None if cause is None else CAUSE.read(cause, path), self._record.read(record, path)
        )


class CauseCodec:
    """Writes and reads causes."""

    def __init__(self) -> None:
        hints = int, str, datetime, str, str, str, Job | None, AttributionRun | None, int
        self._members = [codec_for(hint) for hint in hints]

    def write(self, cause: Cause) -> Any:
        """Convert a cause to JSON values."""
        return [member.write(value) for member, value in zip(self._members, cause, strict=True)]

    def read(self, value: Any, path: str) -> Cause:
        """Convert JSON values back to a cause. Equal operations and requests share one text."""
        cause = Cause(*(member.read(one, path) for member, one in zip(self._members, value, strict=True)))
        return cause._replace(operation=sys.intern(cause.operation), request=sys.intern(cause.request))


class Codec(Protocol):
    """Writes and reads the values of one kind of row."""

    @property
    def write(self) -> Any:
        """The function that converts a value to JSON values."""

    @property
    def read(self) -> Any:
        """The function that converts JSON values back to a value, given the path for error messages."""


CAUSE = CauseCodec()
PACKAGE = codec_for(Package)
CODECS: Mapping[str, Codec] = {
    **{name: codec_for(cast("Hashable", kind)) for name, kind in TABLES.items()},
    "packages": PackageCodec(),
    **{HISTORY + name: HistoryCodec(kind) for name, kind in TABLES.items()},
    cluster_rows.KIND: codec_for(tuple[Cluster, ...]),
    "sale": codec_for(Purchase),
    "dropped": codec_for(DroppedSale),
    "customer": codec_for(Customer),
    "job": codec_for(Job),
    "past_job": codec_for(PastJob),
    "run": CAUSE,
    "requests": codec_for(RequesterTimes),
    "checkpoint": codec_for(CheckpointMark),
}
"""How the values of each kind are written, except for parts."""


def table_of(store: Store, name: str) -> RecordTable[Any]:
    """Return a table of the store by its name."""
    table: RecordTable[Any] = getattr(store, name)
    return table


def encode(kind: str, key: str, value: object) -> str:
    """Return the JSON of a row's value."""
    return json.dumps(_codec(kind, key).write(value), separators=(",", ":"))


def decode(kind: str, key: str, text: str) -> Any:
    """Return the value of a row. Raises RecordDecodeError."""
    return _codec(kind, key).read(json.loads(text), f"{kind} {key}")


def _codec(kind: str, key: str) -> Codec | ValueCodec:
    return codec_for(cast("Hashable", PARTS[key])) if kind == "part" else CODECS[kind]
