"""What a journal keeps of headers that come again and again."""

from mock_server.runtime.journal import END, Journal

FIRST = [(b"host", b"a"), (b"authorization", b"Bearer x")]
OTHER = [(b"host", b"a"), (b"authorization", b"Bearer y")]


def test_headers_that_come_again_are_kept_once() -> None:
    journal = Journal()
    kept = journal.packed(list(FIRST))
    assert kept == END.join([b"host", b"a", b"authorization", b"Bearer x"])
    assert journal.packed(list(FIRST)) is kept


def test_other_headers_are_kept_as_they_are() -> None:
    journal = Journal()
    assert [journal.packed(each).rpartition(END)[2] for each in (FIRST, OTHER, FIRST)] == [
        b"Bearer x",
        b"Bearer y",
        b"Bearer x",
    ]
