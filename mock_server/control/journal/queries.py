"""Reading a workspace's journal: which exchanges, and whether they are what was expected."""

from collections.abc import Iterator, Sequence
from functools import cache

from mock_server.control.journal.schemas import ExpectationBody, JournalQuery, VerifyOrder
from mock_server.domain import verification
from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.domain.exchanges import Exchange
from mock_server.domain.verification import Judged
from mock_server.http import suggestions
from mock_server.http.endpoint import PLATFORM, Table
from mock_server.platform_api import router
from mock_server.state.workspace import Call

OFF = Problem("off", "journal", "this workspace keeps no journal: start the server with --journal 1000")


def exchanges(call: Call) -> list[Exchange]:
    """All that the journal keeps, newest last. Raises InvalidRequest where it is off."""
    if not call.workspace.journal.most:
        raise InvalidRequest(OFF)
    return call.workspace.journal.read(_meaning, call.workspace.tokens.whose)


def chosen(call: Call, query: JournalQuery) -> list[Exchange]:
    """Those that are asked for, newest last. Raises InvalidRequest for an operation or a partner that there is not."""
    if query.operation is not None and query.operation not in operations():
        raise InvalidRequest(_unknown("operation", query.operation, sorted(operations())))
    partners = call.store.partners.mapping()
    if query.partner is not None and query.partner not in partners:
        raise InvalidRequest(_unknown("partner", query.partner, sorted(partners)))
    found = [exchange for exchange in exchanges(call) if _is_asked_for(exchange, query)]
    return found if query.limit is None else found[-query.limit :]


def verify(call: Call, order: VerifyOrder) -> list[Judged]:
    """What became of each expectation. Raises InvalidRequest, with an entry for each that cannot be meant."""
    if problems := [each for place, one in enumerate(order.expectations) for each in _problems(place, one)]:
        raise InvalidRequest(*problems)
    judge = verification.judge_in_order if order.in_order else verification.judge
    return judge([each.expectation() for each in order.expectations], exchanges(call))


def forgotten(call: Call) -> int:
    """How many exchanges the journal has had and does not keep."""
    journal = call.workspace.journal
    return journal.last_number - len(journal)


@cache
def _table() -> Table:
    return Table(router.router())


@cache
def operations() -> dict[str, str]:
    """The path of each of the platform's operations."""
    return {known.operation: known.path for known in _table().known}


def _meaning(method: str, path: str) -> tuple[str | None, dict[str, str]]:
    if not path.startswith(f"{PLATFORM}/"):
        return None, {}
    return _table().meaning(path[len(PLATFORM) :], method)


def _is_asked_for(exchange: Exchange, query: JournalQuery) -> bool:
    wanted = (
        (query.operation, exchange.operation),
        (query.method, exchange.method),
        (query.status, exchange.status),
        (query.partner, exchange.partner),
    )
    is_late_enough = query.since is None or exchange.at >= query.since
    is_new = query.after is None or exchange.number > query.after
    return is_late_enough and is_new and all(value is None or value == seen for value, seen in wanted)


def _problems(place: int, order: ExpectationBody) -> Iterator[Problem]:
    field = f"expectations.{place}"
    if order.operation not in operations():
        yield _unknown(f"{field}.operation", order.operation, sorted(operations()))
    else:
        for name in order.path:
            if f"{{{name}}}" not in operations()[order.operation]:
                path = operations()[order.operation]
                yield Problem("unknown", f"{field}.path.{name}", f"{name} is no parameter of {path}")
    if order.count is not None and (order.at_least is not None or order.at_most is not None):
        yield Problem("exclusive", f"{field}.count", "count stands alone, without at_least and at_most")
    if order.at_least is not None and order.at_most is not None and order.at_least > order.at_most:
        yield Problem("range", f"{field}.at_least", f"at_least {order.at_least} is more than at_most {order.at_most}")


def _unknown(field: str, given: str, known: Sequence[str]) -> Problem:
    near = suggestions.name(given, known)
    meant = f"; the nearest is {near}" if near else f"; known are: {', '.join(known)}"
    return Problem("unknown", field, f"there is no {given}{meant}")
