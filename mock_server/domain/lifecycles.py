"""The statuses of packages and events, as tables, and the durations of jobs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from mock_server.domain.models import PackageStatus

NEXT_PACKAGE_STATUS: dict[PackageStatus, PackageStatus] = {
    "INITIALIZING": "INPROGRESS",
    "INPROGRESS": "DONE",
    "DONE": "EXPIRED",
}
"""The next status of a package. There is none after FAILED and EXPIRED.

Implements: PKG-03.
"""

REGENERATED_STATUS: dict[PackageStatus, PackageStatus] = {
    "EXPIRED": "INITIALIZING",
    "FAILED": "INITIALIZING",
}
"""The status after regenerating a package. Packages with other statuses cannot be regenerated.

Implements: PKG-12.
"""

FAILED_BUILD_STATUS: dict[PackageStatus, PackageStatus] = {
    "INPROGRESS": "FAILED",
}
"""The status after a failed build. See: PKG-03."""

READY: PackageStatus = "DONE"
PACKAGE_LIFETIME = timedelta(days=28)
"""How long after its build a package expires. See: PKG-03."""

TimingName: TypeAlias = Literal["quick", "faithful"]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long jobs take on the workspace's clock. A build has two stages."""

    stage: timedelta
    evaluation: timedelta
    ingest: timedelta = timedelta(seconds=2)


TIMINGS: dict[TimingName, Timing] = {
    "quick": Timing(stage=timedelta(seconds=2), evaluation=timedelta(seconds=2)),
    "faithful": Timing(stage=timedelta(minutes=6), evaluation=timedelta(minutes=2), ingest=timedelta(hours=6)),
}
"""See: PKG-03, ING-03 (the durations are assumed)."""


def add_duration(start: datetime, duration: timedelta) -> datetime:
    """Return the time plus the duration, but at most the end of the calendar. See: BASE-12."""
    try:
        return start + duration
    except OverflowError:
        return datetime.max.replace(microsecond=0, tzinfo=start.tzinfo)
