"""Steps that read and post series of events, and restore them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2

from contracts.dsl import assertions
from contracts.dsl.measurements import read_once
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment


def post_series(client: Client, event: str, *members: str) -> httpx2.Response:
    """Post the event's series, and check that it is accepted."""
    answer = client.call("replaceEventSeries", {"eid": event}, query={"event_series": list(members)})
    if members and not answer.is_success:
        assertions.step_status(answer, 204)
    assertions.is_true("the series is stored", answer.is_success, expected="2xx", seen=answer.text, part="EVT-04.empty")
    return answer


def read_series(client: Client, event: str, **query: Any) -> list[str]:
    """Read the ids of the other events in the event's series."""
    answer = client.call("getEventSeries", {"eid": event}, query=query)
    assertions.step_status(answer, 200)
    return list(answer.json())


def read_all_series(client: Client, events: Sequence[str]) -> dict[str, set[str]]:
    """Read the series of each event."""
    return {event: set(read_series(client, event)) for event in events}


@contextmanager
def preserve_series(client: Client, events: Sequence[str]) -> Iterator[None]:
    """Restore the events' series at the end. A series that is as before is not posted."""
    before = read_all_series(client, events)
    try:
        yield
    finally:
        for event, others in before.items():
            if set(read_series(client, event)) != others:
                post_series(client, event, *sorted(others))


def pick_events(deployment: Deployment, at_least: int, at_most: int | None = None) -> list[str]:
    """Return events of the partner, those without a series first. Raises InconclusiveError if there are too few."""
    found = list_by_series(deployment)
    if len(found) < at_least:
        raise InconclusiveError(f"the partner has fewer than {at_least} events")
    return found[: at_most or at_least]


def list_by_series(deployment: Deployment) -> list[str]:
    """Return the partner's first events, those without a series first. The run lists them on first use."""
    return read_once(deployment, "events by series", lambda: _list_by_series(deployment.partner))


def _list_by_series(client: Client) -> list[str]:
    listed = assertions.read_body(client.call("listEvents", query={"limit": 100}))["items"]
    return [event["id"] for event in sorted(listed, key=lambda event: len(event.get("campaign_event_series") or ()))]
