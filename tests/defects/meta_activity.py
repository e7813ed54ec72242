"""Defects in what Meta's report says of the activity of ads: impressions, clicks and spend."""

from typing import Any

from mock_server.platform_api.schemas import meta as wire
from tests.defects.registry import Patch, defect


def _leave_out(patch: Patch, member: str) -> None:
    """Leave a member out of each day."""

    def wrap(original: Any) -> Any:
        return lambda days: [{name: day[name] for name in day if name != member} for day in original(days)]

    patch.wrap(wire, "meta_day_bodies", wrap)


@defect("META-05")
def meta_report_has_no_impressions(patch: Patch) -> None:
    """The days of a report have no `impressions`."""
    _leave_out(patch, "impressions")
