"""Up to four events whose series are posted one after the other: what the responses and the reads after each post show.

Several properties judge the same walk. It ends with an empty series, so that there is nothing to restore for events
that were in no series.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from contracts.dsl.measurements import read_once
from contracts.dsl.series import pick_events, post_series, preserve_series, read_series
from contracts.dsl.valid_requests import UNKNOWN_ID
from contracts.target.deployment import Deployment

LIMITS = (1, 2, 3, 4, 500, 1000)
Series = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class SeriesWalk:
    """The posts of a walk, in the order of its members.

    `whole` contains the series of all events after a post for the first event that named the others, and `limited` the
    responses to reads of the first series with each limit. `regrouped` contains the series after a post for the last
    event that named the first two, and `reduced` those after two posts for the first event: one that named all others,
    and one that named the second event only. `unchanged` is the first series after `event_series=`, and `emptied` the
    first series after each of two posts that named none. `passes_over` says that an unknown id was not refused.
    """

    events: Sequence[str]
    whole: Series
    limited: dict[int, httpx2.Response]
    regrouped: Series
    reduced: Series
    passes_over: bool
    unchanged: list[str]
    emptied: Sequence[list[str]]
    named_answer: httpx2.Response
    empty_answer: httpx2.Response


def walk_series(deployment: Deployment) -> SeriesWalk:
    """Return the walk of two to four events. The first use posts their series, and restores them."""
    return read_once(deployment, "walk of series", lambda: _walk(deployment))


def _walk(deployment: Deployment) -> SeriesWalk:
    client, events = deployment.partner, pick_events(deployment, 2, 4)
    first, second, *_ = events
    with preserve_series(client, events):
        named_answer = post_series(client, first, *events[1:])
        whole = _read_each(deployment, events)
        limited = {limit: client.call("getEventSeries", {"eid": first}, query={"limit": limit}) for limit in LIMITS}
        post_series(client, events[-1], *(event for event in events[:2] if event != events[-1]))
        regrouped = _read_each(deployment, events)
        post_series(client, first, *events[1:])
        post_series(client, first, second)
        reduced = _read_each(deployment, events)
        passes_over = client.call("replaceEventSeries", {"eid": first}, query={"event_series": [UNKNOWN_ID]}).is_success
        if passes_over:
            post_series(client, first, second)
        client.call("replaceEventSeries", {"eid": first}, query={"event_series": [""]})
        unchanged = read_series(client, first)
        empty_answer = post_series(client, first)
        emptied = [read_series(client, first)]
        post_series(client, first)
        emptied.append(read_series(client, first))
    return SeriesWalk(
        events, whole, limited, regrouped, reduced, passes_over, unchanged, emptied, named_answer, empty_answer
    )


def _read_each(deployment: Deployment, events: Sequence[str]) -> Series:
    return {event: read_series(deployment.partner, event) for event in events}
