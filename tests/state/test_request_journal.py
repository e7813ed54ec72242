"""A journal stores repeated values only once, and records of several servers in their order."""

import gc
from itertools import permutations
from types import SimpleNamespace

import pytest
from starlette.types import Message

from mock_server.http.recorder import Recorder
from mock_server.state.request_journal import SEPARATOR, Journal, RawHeaders
from tests.builders import START_TIME

HEADERS = [(b"host", b"a"), (b"authorization", b"Bearer x")]


def test_what_is_asked_again_is_kept_once() -> None:
    journal = Journal()
    first = journal.request_head("GET", "/api/v3/events/", b"q=a", list(HEADERS))
    assert first == (
        "GET",
        "/api/v3/events/",
        b"q=a",
        SEPARATOR.join([b"host", b"a", b"authorization", b"Bearer x"]),
        False,
    )
    assert journal.request_head("GET", "/api/v3/events/", b"q=a", list(HEADERS)) is first


@pytest.mark.parametrize(
    "other",
    [
        ("PUT", "/api/v3/events/", b"q=a", HEADERS),
        ("GET", "/api/v3/event/", b"q=a", HEADERS),
        ("GET", "/api/v3/events/", b"", HEADERS),
        ("GET", "/api/v3/events/", b"q=a", [*HEADERS, (b"accept", b"*/*")]),
    ],
    ids=["method", "path", "query", "headers"],
)
def test_what_differs_in_anything_is_kept_as_it_is(other: tuple[str, str, bytes, RawHeaders]) -> None:
    journal = Journal()
    first = journal.request_head("GET", "/api/v3/events/", b"q=a", HEADERS)
    method, path, query, headers = other
    entry = journal.request_head(*other)
    assert entry != first
    assert entry == (method, path, query, SEPARATOR.join(part for header in headers for part in header), False)


def test_the_garbage_collector_looks_at_nothing_that_is_kept() -> None:
    journal = Journal()
    for query in (b"", b"q=a"):
        recording = Recorder(_receive_never)
        recording.begin(journal, "/api/v3/events/", START_TIME)
        recording.record_response(200, [(b"content-type", b"application/json")], b"[]")
        scope = {"headers": list(HEADERS)}
        recording.finish(
            SimpleNamespace(
                method="GET", query_string=query, scope=scope, partner_id="", fault=None, delay_milliseconds=0
            )
        )
    for _ in ("the journal's records", "the objects that they contain"):
        gc.collect()
    assert [gc.is_tracked(raw) for raw in journal._records] == [False, False]


async def _receive_never() -> Message:
    raise AssertionError


@pytest.mark.parametrize("arrivals", list(permutations(range(4))), ids=str)
def test_records_of_several_servers_are_in_the_order_of_versions_and_then_of_times(arrivals: tuple[int, ...]) -> None:
    orders = [(4, 20.0), (5, 10.0), (5, 11.0), (6, 1.0)]
    journal = Journal()
    for number, place in enumerate(arrivals, 1):
        version, seconds = orders[place]
        raw = (START_TIME, ("GET", f"/{place}", b"", b"", False), b"", 0, "", 200, b"", b"", 0, None, 0, False, 100)
        journal.insert_numbered(number, (*raw, None, seconds, version))
    assert [record.head[1] for _, record in journal.newest_records()] == ["/3", "/2", "/1", "/0"]
