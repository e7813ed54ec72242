"""Selects exchanges of a workspace's journal, and verifies them against expectations."""

from collections.abc import Iterator, Sequence
from functools import cache

from mock_server.control.journal.schemas import CallExpectationBody, JournalQuery, VerifyRequest
from mock_server.domain import verification
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.exchanges import Exchange
from mock_server.domain.verification import ExpectationResult
from mock_server.http import suggestions
from mock_server.http.endpoint import PLATFORM_PREFIX
from mock_server.http.router import OperationRouter
from mock_server.platform_api import router
from mock_server.state.workspace import OperationCall

JOURNAL_DISABLED = Problem("off", "journal", "the journal is disabled: start the server with --journal 1000")


def list_exchanges(call: OperationCall) -> list[Exchange]:
    """All exchanges in the journal, newest last. Raises InvalidRequestError if the journal is disabled."""
    if not call.workspace.journal.capacity:
        raise InvalidRequestError(JOURNAL_DISABLED)
    return call.workspace.journal.read(_resolve_operation, call.workspace.tokens.username_of)


def select_exchanges(call: OperationCall, query: JournalQuery) -> list[Exchange]:
    """The exchanges that match, newest last. Raises InvalidRequestError for an unknown operation or partner."""
    if query.operation is not None and query.operation not in operation_paths():
        raise InvalidRequestError(_unknown_value_problem("operation", query.operation, sorted(operation_paths())))
    partners = call.store.partners.mapping()
    if query.partner is not None and query.partner not in partners:
        raise InvalidRequestError(_unknown_value_problem("partner", query.partner, sorted(partners)))
    selected = [exchange for exchange in list_exchanges(call) if _matches_query(exchange, query)]
    return selected if query.limit is None else selected[-query.limit :]


def verify(call: OperationCall, request: VerifyRequest) -> list[ExpectationResult]:
    """Verify each expectation. Raises InvalidRequestError, with a problem for each invalid expectation."""
    if problems := [
        each for index, one in enumerate(request.expectations) for each in _expectation_problems(index, one)
    ]:
        raise InvalidRequestError(*problems)
    verify_expectations = verification.verify_in_order if request.in_order else verification.verify
    return verify_expectations([each.to_expectation() for each in request.expectations], list_exchanges(call))


def discarded_count(call: OperationCall) -> int:
    """The number of exchanges that the journal has discarded."""
    journal = call.workspace.journal
    return journal.last_number - len(journal)


@cache
def _operation_router() -> OperationRouter:
    return router.build_router()


@cache
def operation_paths() -> dict[str, str]:
    """The path of each of the platform's operations."""
    return {known.operation_id: known.path for known in _operation_router().documented_operations}


def _resolve_operation(method: str, path: str) -> tuple[str | None, dict[str, str]]:
    if not path.startswith(f"{PLATFORM_PREFIX}/"):
        return None, {}
    return _operation_router().resolve(path[len(PLATFORM_PREFIX) :], method)


def _matches_query(exchange: Exchange, query: JournalQuery) -> bool:
    filters = (
        (query.operation, exchange.operation),
        (query.method, exchange.method),
        (query.status, exchange.status),
        (query.partner, exchange.partner),
    )
    is_late_enough = query.since is None or exchange.at >= query.since
    is_new = query.after is None or exchange.number > query.after
    return is_late_enough and is_new and all(value is None or value == seen for value, seen in filters)


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
