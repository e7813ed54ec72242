"""The control API's routes for the journal."""

from typing import Annotated, Any

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.control.journal import client_checks, har, queries, schemas
from mock_server.domain.client_checks import findings
from mock_server.http.endpoint import CurrentCall


def declare(router: APIRouter) -> None:
    """The journal, what is asked of it, and what it says of the client."""
    _declare_reads(router)
    _declare_checks(router)


def _declare_reads(router: APIRouter) -> None:
    @router.get("/journal", operation_id="readJournal")
    async def read_journal(
        call: CurrentCall, query: Annotated[schemas.JournalQuery, Query()]
    ) -> list[schemas.JournalEntryBody]:
        """List the requests to everything but the control API and their answers, newest last, without secrets."""
        return schemas.journal_entry_bodies(queries.select_exchanges(call, query))

    @router.delete("/journal", operation_id="emptyJournal", status_code=204)
    async def empty_journal(call: CurrentCall) -> None:
        """Forget all that the journal keeps; numbers go on."""
        call.workspace.journal.clear()

    @router.get("/journal.har", operation_id="exportJournal")
    async def export_journal(call: CurrentCall, query: Annotated[schemas.JournalQuery, Query()]) -> dict[str, Any]:
        """Export them as a HAR 1.2 document."""
        return har.build_har(queries.select_exchanges(call, query), call.workspace.prefix)


def _declare_checks(router: APIRouter) -> None:
    @router.post("/journal/verify", operation_id="verifyJournal")
    async def verify_journal(
        call: CurrentCall, body: Annotated[schemas.VerifyRequest, Body()]
    ) -> schemas.VerificationBody:
        """Tell whether the client made the calls that are expected; where not, which calls are nearest."""
        results = queries.verify(call, body)
        return {
            "verified": all(each.verified for each in results),
            "checked": len(call.workspace.journal),
            "discarded": queries.discarded_count(call),
            "expectations": [schemas.expectation_result_body(each) for each in results],
        }

    @router.get("/conduct", operation_id="judgeConduct")
    async def judge_conduct(call: CurrentCall) -> client_checks.ClientChecksBody:
        """Tell what the platform asks of its clients and this one does not do, as far as the journal shows it."""
        calls = queries.list_exchanges(call)
        return client_checks.client_checks_body(findings.run_checks(calls), len(calls), queries.discarded_count(call))
