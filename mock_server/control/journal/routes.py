"""The control API's routes for the journal."""

from typing import Annotated, Any

from fastapi import Body, Query
from fastapi.routing import APIRouter

from mock_server.control.journal import client_checks, har, queries, schemas
from mock_server.domain.client_checks import findings
from mock_server.http.endpoint import CallNow


def declare(router: APIRouter) -> None:
    """The journal, what is asked of it, and what it says of the client."""
    _declare_reads(router)
    _declare_judgements(router)


def _declare_reads(router: APIRouter) -> None:
    @router.get("/journal", operation_id="readJournal")
    async def read_journal(call: CallNow, query: Annotated[schemas.JournalQuery, Query()]) -> list[schemas.EntryBody]:
        """List the requests to everything but the control API and their answers, newest last, without secrets."""
        return schemas.entries(queries.chosen(call, query))

    @router.delete("/journal", operation_id="emptyJournal", status_code=204)
    async def empty_journal(call: CallNow) -> None:
        """Forget all that the journal keeps; numbers go on."""
        call.workspace.journal.empty()

    @router.get("/journal.har", operation_id="exportJournal")
    async def export_journal(call: CallNow, query: Annotated[schemas.JournalQuery, Query()]) -> dict[str, Any]:
        """Export them as a HAR 1.2 document."""
        return har.document(queries.chosen(call, query), call.workspace.prefix)


def _declare_judgements(router: APIRouter) -> None:
    @router.post("/journal/verify", operation_id="verifyJournal")
    async def verify_journal(call: CallNow, body: Annotated[schemas.VerifyOrder, Body()]) -> schemas.VerifiedBody:
        """Tell whether the client made the calls that are expected; where not, which calls are nearest."""
        judged = queries.verify(call, body)
        return {
            "verified": all(each.verified for each in judged),
            "judged": len(call.workspace.journal),
            "forgotten": queries.forgotten(call),
            "expectations": [schemas.judged(each) for each in judged],
        }

    @router.get("/conduct", operation_id="judgeConduct")
    async def judge_conduct(call: CallNow) -> client_checks.ConductBody:
        """Tell what the platform asks of its clients and this one does not do, as far as the journal shows it."""
        calls = queries.exchanges(call)
        return client_checks.told(findings.judge(calls), len(calls), queries.forgotten(call))
