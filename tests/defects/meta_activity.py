"""Defects in what Meta's report says of the activity of ads: impressions, clicks and spend."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from mock_server.domain import meta as rules
from mock_server.domain.meta import AdActivity
from mock_server.platform_api.schemas import meta as wire
from tests.defects.registry import Patch, defect


def _change_activity(patch: Patch, change: Callable[[AdActivity], AdActivity]) -> None:
    """Replace the activity of each day with `change(activity)`."""
    patch.wrap(rules, "draw_activity", lambda draw: lambda *subject: change(draw(*subject)))


def _leave_out(patch: Patch, member: str) -> None:
    """Leave a member out of each day."""

    def wrap(original: Any) -> Any:
        return lambda days: [{name: day[name] for name in day if name != member} for day in original(days)]

    patch.wrap(wire, "meta_day_bodies", wrap)


@defect("META-05")
def meta_report_has_no_impressions(patch: Patch) -> None:
    """The days of a report have no `impressions`."""
    _leave_out(patch, "impressions")


@defect("META-05")
def meta_report_has_no_clicks(patch: Patch) -> None:
    """The days of a report have no `clicks`."""
    _leave_out(patch, "clicks")


@defect("META-05")
def meta_report_has_no_spend(patch: Patch) -> None:
    """The days of a report have no `spend`."""
    _leave_out(patch, "spend")


@defect("META-05")
def meta_report_swaps_clicks_and_impressions(patch: Patch) -> None:
    """`clicks` has the number of impressions, and `impressions` the number of clicks."""
    _change_activity(
        patch, lambda activity: replace(activity, clicks=activity.impressions, impressions=activity.clicks)
    )


@defect("META-05")
def meta_spend_is_a_credit(patch: Patch) -> None:
    """`spend` is negative, as in the books of an advertiser."""
    _change_activity(patch, lambda activity: replace(activity, spend=-activity.spend))


@defect("META-05")
def meta_activity_is_drawn_at_each_read(patch: Patch) -> None:
    """Impressions, clicks and spend differ from read to read."""
    reads = count()
    patch.wrap(rules, "draw_activity", lambda draw: lambda seed, *subject: draw(seed + next(reads), *subject))
