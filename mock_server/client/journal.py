"""The journal of a workspace: what clients sent, and whether it was as expected."""

from typing import TYPE_CHECKING, Any, Unpack

from mock_server.client.connection import AwaitingPart, BlockingPart
from mock_server.client.errors import ExpectationsNotMetError
from mock_server.client.operation import ControlRequest, nothing, operation, same
from mock_server.client.options import CallExpectation, JournalFilters

if TYPE_CHECKING:
    from mock_server.client.responses import ClientChecks, JournalEntry, Verification


class JournalOperations:
    """The operations of the journal. Requests to the control API are not recorded; sign-ins are."""

    @operation("readJournal")
    def read(self, **filters: Unpack[JournalFilters]) -> "ControlRequest[list[JournalEntry]]":
        """Return the recorded requests and responses, newest last."""
        return ControlRequest("GET", "/journal", same, query=filters)

    @operation("exportJournal")
    def har(self, **filters: Unpack[JournalFilters]) -> ControlRequest[dict[str, Any]]:
        """Return the journal as a HAR document."""
        return ControlRequest("GET", "/journal.har", same, query=filters)

    @operation("clearJournal")
    def clear(self) -> ControlRequest[None]:
        """Clear the journal. Numbering continues."""
        return ControlRequest("DELETE", "/journal", nothing)

    @operation("verifyJournal")
    def verify(
        self, *expected: str | CallExpectation, in_order: bool = False, check: bool = True
    ) -> "ControlRequest[Verification]":
        """Require that the client sent the expected requests. Return the server's result.

        `verify("signIn", {"operation": "getEvaluation", "count": 3})` expects at least one request of the first
        operation and exactly three of the second. With `in_order`, they must have been sent in this order. If an
        expectation is not met, ExpectationsNotMetError is raised, which is an AssertionError and names the most
        similar requests; with `check=False`, the result is returned instead.
        """
        expectations = [{"operation": each} if isinstance(each, str) else each for each in expected]
        read = _require_verified if check else same
        return ControlRequest("POST", "/journal/verify", read, {"expectations": expectations, "in_order": in_order})

    @operation("getClientChecks")
    def client_checks(self) -> "ControlRequest[ClientChecks]":
        """Check the recorded requests against the platform's rules and advice for clients."""
        return ControlRequest("GET", "/conduct", same)


class Journal(JournalOperations, BlockingPart):
    """The journal of a workspace."""


class AsyncJournal(JournalOperations, AwaitingPart):
    """The journal of a workspace, awaited."""


def _require_verified(result: Any) -> Any:
    from mock_server.cli.journal import format_verification

    __tracebackhide__ = True
    if not result["verified"]:
        raise ExpectationsNotMetError(result, "\n".join(format_verification(result)))
    return result
