"""Steps that read and post series of events, and restore them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2

from contracts.dsl import assertions
from contracts.target.client import Client


def post_series(client: Client, event: str, *members: str) -> httpx2.Response:
    """Post the event's series, and check that it is accepted."""
    answer = client.call("replaceEventSeries", {"eid": event}, query={"event_series": list(members)})
    part = None if members else "EVT-04.empty"
    assertions.is_true("the series is stored", answer.status_code < 300, expected="2xx", seen=answer.text, part=part)
    return answer


def read_series(client: Client, event: str, **query: Any) -> list[str]:
    """Read the ids of the other events in the event's series."""
    answer = client.call("getEventSeries", {"eid": event}, query=query)
    assertions.status(answer, 200)
    return list(answer.json())


def read_all_series(client: Client, events: Sequence[str]) -> dict[str, set[str]]:
    """Read the series of each event."""
    return {event: set(read_series(client, event)) for event in events}


@contextmanager
def preserve_series(client: Client, events: Sequence[str]) -> Iterator[None]:
    """Restore the events' series at the end."""
    before = read_all_series(client, events)
    try:
        yield
    finally:
        for event, others in before.items():
            post_series(client, event, *sorted(others))
