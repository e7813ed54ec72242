"""What a journal keeps of what is asked again and again."""

import pytest

from mock_server.runtime.journal import END, Journal, RawHeaders

HEADERS = [(b"host", b"a"), (b"authorization", b"Bearer x")]


def test_what_is_asked_again_is_kept_once() -> None:
    journal = Journal()
    first = journal.asked("GET", "/api/v3/events/", b"q=a", list(HEADERS))
    assert first == ("GET", "/api/v3/events/", b"q=a", END.join([b"host", b"a", b"authorization", b"Bearer x"]))
    assert journal.asked("GET", "/api/v3/events/", b"q=a", list(HEADERS)) is first


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
    first = journal.asked("GET", "/api/v3/events/", b"q=a", HEADERS)
    method, path, query, headers = other
    kept = journal.asked(*other)
    assert kept != first
    assert kept == (method, path, query, END.join(part for header in headers for part in header))
