"""Checks for writes that change nothing, and for adjustments that a script enters instead of a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mock_server.domain.exchanges import Exchange

DAY = timedelta(days=1)
"""Unchanged settings may be saved again after a day, because nothing else counts new purchases (BEV-02)."""
MIN_EVEN_POSTS = 5
"""This many rows at the same time, or at regular intervals, are assumed to come from a script."""


def find_unchanged_settings(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return requests that save a package's settings again unchanged, within a day. See: BEV-02."""
    found: list[Exchange] = []
    saved: dict[tuple[str | None, str | None], tuple[object, datetime]] = {}
    for call in calls:
        if call.operation == "replaceEvaluationSettings" and call.status == 200:
            key = call.partner, call.parameter("package_id")
            previous = saved.get(key)
            if previous is not None and previous[0] == call.response_json and call.at - previous[1] < DAY:
                found.append(call)
            saved[key] = call.response_json, call.at
    return found


def find_machine_posts(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return five or more consecutive posts at the same time, or at equal intervals of up to a day. See: CR-03."""
    posts: dict[str | None, list[Exchange]] = {}
    for call in calls:
        if call.operation == "createCampaignResult" and call.status == 201:
            posts.setdefault(call.partner, []).append(call)
    return [call for partner_posts in posts.values() for call in _evenly_spaced(partner_posts)]


def _evenly_spaced(posts: Sequence[Exchange]) -> list[Exchange]:
    found: list[Exchange] = []
    streak = list(posts[:1])
    for post in posts[1:]:
        pause = post.at - streak[-1].at
        if pause <= DAY and (len(streak) == 1 or pause == streak[-1].at - streak[-2].at):
            streak.append(post)
            continue
        found += streak if len(streak) >= MIN_EVEN_POSTS else []
        streak = [streak[-1], post] if pause <= DAY and len(streak) < MIN_EVEN_POSTS else [post]
    return found + (streak if len(streak) >= MIN_EVEN_POSTS else [])
