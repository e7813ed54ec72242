"""Reading, exporting, verifying and checking a journal pauses often, however much it contains."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mock_server.control.journal import encoding, har, schemas
from mock_server.domain import verification
from mock_server.domain.client_checks import findings, polling
from mock_server.domain.exchanges import Exchange
from mock_server.domain.pieces import PIECE_UNITS, Steps
from mock_server.domain.verification import CallExpectation
from tests.counted_calls import run_counted
from tests.example_requests import a_client
from tests.exchange_builders import an_exchange, number_calls

PAIRS = 2_000
MAX_CALLS = 30 * PAIRS
"""How many calls a step makes at most: as many as it takes to convert one exchange with so many pairs."""
Work = Callable[[], Steps[object]]


class CountedPairs(tuple[tuple[str, str], ...]):
    """A query that counts how often it is read."""

    reads = 0

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Count one more time."""
        type(self).reads += 1
        return super().__iter__()


def exchanges(count: int, sent: Any = None) -> list[Exchange]:
    """Return exchanges with a long query and a body."""
    query = tuple((f"k{number % 1000}", str(number)) for number in range(PAIRS))
    return number_calls(*[an_exchange(0, query=query, sent={} if sent is None else sent) for _ in range(count)])


BODY = {"a": {f"m{number}": number for number in range(900)}}
OTHER_BODY = {"a": {f"m{number}": -1 for number in range(900)}}
IN_QUERY = [CallExpectation("listEvents", query={f"k{number}": ("?",) for number in range(100)})] * 20
ANOTHER_OPERATION = [CallExpectation("getEvent", query={f"k{number}": ("?",) for number in range(100)})] * 20
IN_BODY = [CallExpectation("listEvents", body=BODY, at_least=100)] * 5
WORKS: dict[str, Work] = {
    "queries that differ": lambda: verification.verify.steps(IN_QUERY, exchanges(20)),
    "queries that differ, in order": lambda: verification.verify_in_order.steps(IN_QUERY, exchanges(20)),
    "another operation": lambda: verification.verify.steps(ANOTHER_OPERATION, exchanges(20)),
    "equal bodies": lambda: verification.verify.steps(IN_BODY, exchanges(20, BODY)),
    "bodies that differ": lambda: verification.verify.steps(IN_BODY, exchanges(20, OTHER_BODY)),
    "many exchanges": lambda: verification.verify.steps([CallExpectation("listEvents")] * 10, exchanges(1) * 250),
    "the page": lambda: encoding.encode_array.steps(exchanges(20), schemas.journal_entry_body),
    "HAR": lambda: encoding.encode_array.steps(exchanges(20), lambda each: har.entry_object(each, "")),
}


@pytest.mark.parametrize("name", WORKS)
def test_a_step_is_short_however_much_is_compared_or_encoded(name: str) -> None:
    """A verification also says how much it does."""
    counted, _ = run_counted(WORKS[name]())
    units, calls = [units for units, _ in counted], [calls for _, calls in counted]
    assert sum(units) > 2 * PIECE_UNITS
    assert max(units) <= 2 * PIECE_UNITS
    assert max(calls) <= MAX_CALLS
    if name not in ("the page", "HAR"):
        assert sum(calls) <= 2 * sum(units)


def test_the_query_of_a_request_is_read_once_for_all_expectations() -> None:
    """It is read twice more for a near miss: once to compare all requests, and once to show the differences."""
    seen = [replace(each, query=CountedPairs(each.query)) for each in exchanges(3)]
    CountedPairs.reads = 0
    verification.verify([CallExpectation("listEvents", query={f"k{number}": ("0",) for number in range(100)})], seen)
    assert CountedPairs.reads == 3 * len(seen)
    verification.verify([CallExpectation("listEvents", query={"k1": ("1", "1001")})] * 50, seen)
    assert CountedPairs.reads == 4 * len(seen)


def test_each_client_check_is_a_step() -> None:
    interval = polling.OLDER_MIN_INTERVAL
    counted, _ = run_counted(findings.run_checks.steps(exchanges(20), interval))
    *checks, _ = counted
    assert len(checks) == len(findings.list_checks(interval))
    assert all(units >= 20 * PAIRS // 4 for units, _ in checks)


@pytest.mark.parametrize(
    ("method", "path", "works"),
    [("GET", "/journal", 2), ("GET", "/journal.har", 2), ("POST", "/journal/verify", 3), ("GET", "/conduct", 2)],
)
def test_each_route_of_the_journal_works_in_pieces(method: str, path: str, works: int) -> None:
    client = a_client()
    for _ in range(3):
        client.send("GET", "/events/")
    body = {"expectations": [{"operation": "listEvents"}]} if method == "POST" else None
    at_once = client.control(method, path, json=body)
    turn = client.workspace.turn
    turn.piece_units, passes = 1, turn.passes
    in_pieces = client.control(method, path, json=body)
    assert turn.passes - passes == works
    assert (in_pieces.status_code, in_pieces.content) == (200, at_once.content)


LONG_QUERIES = [
    tuple((f"k{number}", str(number)) for number in range(PAIRS)),
    (*((f"k{number}", str(number)) for number in range(PAIRS)), ("partner_id", "partner-id-other")),
    (*((f"k{number}", str(number)) for number in range(PAIRS)), ("city[]", "A")),
]


@pytest.mark.parametrize("status", [200, 400, 403])
def test_shortened_calls_have_the_findings_of_whole_calls(status: int) -> None:
    calls = number_calls(*[an_exchange(0, query=query, status=status) for query in LONG_QUERIES for _ in range(3)])
    shortened = [findings.shorten_call(call) for call in calls]
    assert max(len(call.query) for call in shortened) <= len(findings.QUERY_KEYS) + 1
    interval = polling.OLDER_MIN_INTERVAL
    numbers = [
        [(found.check.id, [call.number for call in found.calls]) for found in findings.run_checks(each, interval)]
        for each in (calls, shortened)
    ]
    assert numbers[0] == numbers[1]
    assert bool(numbers[0]) == (status != 200)
