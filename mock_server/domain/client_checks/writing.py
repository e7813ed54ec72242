"""Writes that change nothing, or that a machine makes where a person should."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mock_server.domain.exchanges import Exchange

DAY = timedelta(days=1)
"""After a day the same settings may be saved again, to have new purchases counted: nothing else does (BEV-02)."""
FEWEST_IN_STEP = 5
"""How many rows at one instant, or with the same pause between them, a person does not enter."""


def unchanged_settings(calls: Sequence[Exchange]) -> list[Exchange]:
    """Settings that were saved as they had been saved within a day before. Rule: BEV-02."""
    found: list[Exchange] = []
    saved: dict[tuple[str | None, str | None], tuple[object, datetime]] = {}
    for call in calls:
        if call.operation == "replaceEvaluationSettings" and call.status == 200:
            place = call.partner, call.asked("package_id")
            before = saved.get(place)
            if before is not None and before[0] == call.answered and call.at - before[1] < DAY:
                found.append(call)
            saved[place] = call.answered, call.at
    return found


def rows_by_machine(calls: Sequence[Exchange]) -> list[Exchange]:
    """Five or more rows in a row at one instant, or with the same pause of at most a day. Rule: CR-03."""
    posts: dict[str | None, list[Exchange]] = {}
    for call in calls:
        if call.operation == "createCampaignResult" and call.status == 201:
            posts.setdefault(call.partner, []).append(call)
    return [call for each in posts.values() for call in _in_step(each)]


def _in_step(posts: Sequence[Exchange]) -> list[Exchange]:
    found: list[Exchange] = []
    run = list(posts[:1])
    for post in posts[1:]:
        pause = post.at - run[-1].at
        if pause <= DAY and (len(run) == 1 or pause == run[-1].at - run[-2].at):
            run.append(post)
            continue
        found += run if len(run) >= FEWEST_IN_STEP else []
        run = [run[-1], post] if pause <= DAY and len(run) < FEWEST_IN_STEP else [post]
    return found + (run if len(run) >= FEWEST_IN_STEP else [])
