"""Selects exchanges of a workspace's journal, and verifies them against expectations."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import takewhile
from typing import TypeAlias

from mock_server.control.journal.schemas import CallExpectationBody, JournalQuery, VerifyRequest
from mock_server.domain import verification
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.exchanges import Exchange
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.domain.verification import ExpectationResult
from mock_server.http import suggestions
from mock_server.http.endpoint import PLATFORM_PREFIX
from mock_server.http.router import OperationRouter
from mock_server.platform_api import router
from mock_server.state.recorded_exchange import is_from_console, resolve_record, to_exchange
from mock_server.state.request_journal import JournalRecord
from mock_server.state.workspace import OperationCall

NumberedRecord: TypeAlias = tuple[int, JournalRecord]
MAX_PAGE_BYTES = 8 * 1024 * 1024
"""How many recorded bytes a response contains at most, so that reading a full journal stays cheap."""
BYTES_PER_UNIT = 20
"""How many recorded bytes are converted in one unit of work (`domain/pieces.py`)."""
RECORD_UNITS = 5
"""How many units of work it is to look whether a record matches a query."""
RECORDS_AT_ONCE = 500
PAIR_UNITS = 8
"""How many units of work it is to convert a name and its value in a query or in headers, however short they are."""
MAX_EXAMINED_BYTES = 16 * 1024 * 1024
"""How many recorded bytes a verification or the client checks examine at most."""

JOURNAL_DISABLED = Problem("off", "journal", "the journal is disabled: start the server with --journal 1000")


@in_pieces
def list_exchanges(call: OperationCall, shorten: Callable[[Exchange], Exchange] | None = None) -> Steps[list[Exchange]]:
    """The exchanges in the journal, newest last, as far as they can be examined at once.

    If `shorten` is given, it is applied to each exchange, so that only what is examined takes memory.
    Raises InvalidRequestError if the journal is disabled.
    """
    return (yield from _convert(call, list(_take_bytes(_newest_records(call), MAX_EXAMINED_BYTES)), shorten))


@in_pieces
def select_exchanges(call: OperationCall, query: JournalQuery) -> Steps[list[Exchange]]:
    """The newest exchanges that match and fit into a response, newest last.

    Raises InvalidRequestError for an unknown operation or partner.
    """
    if query.operation is not None and query.operation not in operation_paths():
        raise InvalidRequestError(_unknown_value_problem("operation", query.operation, sorted(operation_paths())))
    partners = call.store.partners.mapping()
    if query.partner is not None and query.partner not in partners:
        raise InvalidRequestError(_unknown_value_problem("partner", query.partner, sorted(partners)))
    newer = takewhile(lambda numbered: numbered[0] > (query.after or 0), list(_newest_records(call)))
    matching: list[NumberedRecord] = []
    for part in split(newer, RECORDS_AT_ONCE):
        matching += [numbered for numbered in part if _matches_query(*numbered, query)]
        yield RECORD_UNITS * len(part)
        if query.limit is not None and len(matching) >= query.limit:
            break
    return (yield from _convert(call, list(_take_bytes(matching[: query.limit], MAX_PAGE_BYTES))))


def _newest_records(call: OperationCall) -> Iterator[NumberedRecord]:
    journal = call.workspace.journal
    if not journal.capacity:
        raise InvalidRequestError(JOURNAL_DISABLED)
    return journal.newest_records()


def _take_bytes(records: Iterable[NumberedRecord], max_bytes: int) -> Iterator[NumberedRecord]:
    """Yield the first records, at least one, as long as they have at most `max_bytes` together."""
    size = 0
    for number, record in records:
        size += record.size
        if size > max_bytes and size > record.size:
            return
        yield number, record


def _convert(
    call: OperationCall,
    newest_first: Sequence[NumberedRecord],
    shorten: Callable[[Exchange], Exchange] | None = None,
) -> Steps[list[Exchange]]:
    """Convert the records, which the journal may drop meanwhile."""
    resolve_username, exchanges = call.workspace.tokens.username_of, []
    for number, record in reversed(newest_first):
        exchange = to_exchange(number, record, resolve_operation, resolve_username)
        exchanges.append(exchange if shorten is None else shorten(exchange))
        yield record.size // BYTES_PER_UNIT + _pair_units(exchange)
    return exchanges


def _pair_units(exchange: Exchange) -> int:
    """The units of work of masking and converting the names and values of an exchange."""
    return PAIR_UNITS * (len(exchange.query) + len(exchange.request_headers) + len(exchange.response_headers))


@in_pieces
def verify(request: VerifyRequest, exchanges: Sequence[Exchange]) -> Steps[list[ExpectationResult]]:
    """Verify each expectation against the exchanges.

    Raises InvalidRequestError, with a problem for each invalid expectation.
    """
    if problems := [
        each for index, one in enumerate(request.expectations) for each in _expectation_problems(index, one)
    ]:
        raise InvalidRequestError(*problems)
    verify_expectations = verification.verify_in_order if request.in_order else verification.verify
    expectations = [each.to_expectation() for each in request.expectations]
    return (yield from verify_expectations.steps(expectations, exchanges))


def without_console(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges of clients, without those of the console."""
    return [each for each in exchanges if not each.is_from_console]


def discarded_count(call: OperationCall, examined: Sequence[Exchange]) -> int:
    """The number of exchanges that the journal has discarded, or that were too many to be examined.

    Exchanges that were recorded after the examined ones do not count.
    """
    return examined[0].number - 1 if examined else call.workspace.journal.last_number


@cache
def _operation_router() -> OperationRouter:
    return router.build_router()


@cache
def operation_paths() -> dict[str, str]:
    """The path of each of the platform's operations."""
    return {known.operation_id: known.path for known in _operation_router().documented_operations}


def resolve_operation(method: str, path: str) -> tuple[str | None, dict[str, str]]:
    """Return the operationId of a method and a path, and the path's parameters; None and {} if there is none."""
    if not path.startswith(f"{PLATFORM_PREFIX}/"):
        return None, {}
    return _operation_router().resolve(path[len(PLATFORM_PREFIX) :], method)


def _matches_query(number: int, record: JournalRecord, query: JournalQuery) -> bool:
    filters = (
        (query.method, record.head[0]),
        (query.status, record.status),
        (query.partner, record.partner),
    )
    is_in_range = (query.since is None or record.at >= query.since) and (query.before is None or number < query.before)
    if query.console is not None and query.console != is_from_console(record):
        return False
    is_equal = all(value is None or value == seen for value, seen in filters)
    return is_in_range and is_equal and query.operation in (None, resolve_record(record, resolve_operation)[0])


def _expectation_problems(index: int, expected: CallExpectationBody) -> Iterator[Problem]:
    field = f"expectations.{index}"
    if expected.operation not in operation_paths():
        yield _unknown_value_problem(f"{field}.operation", expected.operation, sorted(operation_paths()))
    else:
        for name in expected.path:
            if f"{{{name}}}" not in operation_paths()[expected.operation]:
                path = operation_paths()[expected.operation]
                yield Problem("unknown", f"{field}.path.{name}", f"{path} has no parameter {name}")
    if expected.count is not None and (expected.at_least is not None or expected.at_most is not None):
        yield Problem("exclusive", f"{field}.count", "count cannot be combined with at_least or at_most")
    if expected.at_least is not None and expected.at_most is not None and expected.at_least > expected.at_most:
        yield Problem(
            "range", f"{field}.at_least", f"at_least {expected.at_least} is more than at_most {expected.at_most}"
        )


def _unknown_value_problem(field: str, given: str, known: Sequence[str]) -> Problem:
    suggestion = suggestions.suggest_name(given, known)
    hint = f"; did you mean {suggestion}?" if suggestion else f"; known values are: {', '.join(known)}"
    return Problem("unknown", field, f"there is no {given}{hint}")
