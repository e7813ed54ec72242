"""The control API's routes for the journal."""

from functools import partial
from typing import Annotated, cast

from fastapi import Body, Query

from mock_server.control.declaration import control_router
from mock_server.control.journal import client_checks, encoding, har, queries, schemas
from mock_server.control.schemas import JsonObject
from mock_server.domain.client_checks import findings, polling
from mock_server.domain.pieces import bind
from mock_server.http.endpoint import CurrentCall
from mock_server.http.json_size import MaxValues
from mock_server.http.responses import LongJson
from mock_server.state import turn

router = control_router("journal")

MAX_EXPECTED_VALUES = MaxValues(20_000, 20_000, 20_000)
"""An expectation may contain any part of a body, and there may be many of them."""


@router.get("/journal", operation_id="readJournal", response_description="The requests and their responses.")
async def read_journal(
    call: CurrentCall, query: Annotated[schemas.JournalQuery, Query()]
) -> list[schemas.JournalEntryBody]:
    """List the recorded requests and responses, newest last.

    A response contains at most 8 MiB of them. For earlier ones, send `before` with the first number of the response.
    Requests to the control API are not recorded, and secrets are masked.
    """
    exchanges = await turn.run(call.turn, queries.select_exchanges, call, query)
    content = await turn.run(call.turn, encoding.encode_array, exchanges, schemas.journal_entry_body)
    return cast("list[schemas.JournalEntryBody]", LongJson(content))


@router.delete("/journal", operation_id="clearJournal", status_code=204)
async def clear_journal(call: CurrentCall) -> None:
    """Clear the journal. Numbering continues."""
    if call.workspace.keeper is None:
        call.workspace.journal.clear()
    else:
        await call.workspace.keeper.clear_journal()


@router.get("/journal.har", operation_id="exportJournal", response_description="The HAR document.")
async def export_journal(call: CurrentCall, query: Annotated[schemas.JournalQuery, Query()]) -> JsonObject:
    """Export the journal as a HAR 1.2 document."""
    exchanges = await turn.run(call.turn, queries.select_exchanges, call, query)
    to_entry = partial(har.entry_object, prefix=call.workspace.prefix)
    entries = await turn.run(call.turn, encoding.encode_array, exchanges, to_entry)
    return cast("JsonObject", LongJson(har.encode_document(entries)))


@router.post("/journal/verify", operation_id="verifyJournal")
async def verify_journal(
    call: CurrentCall, body: Annotated[schemas.VerifyRequest, Body(), MAX_EXPECTED_VALUES]
) -> schemas.VerificationBody:
    """Check that the client made the expected calls. For each missing call, show the most similar calls.

    Requests that the console sent for its own pages do not count.
    """
    exchanges = await turn.run(call.turn, queries.list_exchanges, call)
    calls = queries.without_console(exchanges)
    results = await turn.run(call.turn, queries.verify, body, calls)
    array = await turn.run(call.turn, encoding.encode_array, results, schemas.expectation_result_body)
    summary = {
        "verified": all(each.verified for each in results),
        "checked": len(calls),
        "discarded": queries.discarded_count(call, exchanges),
    }
    return cast("schemas.VerificationBody", LongJson(encoding.add_array(summary, "expectations", array)))


@router.get("/conduct", operation_id="getClientChecks")
async def judge_conduct(call: CurrentCall) -> client_checks.ClientChecksBody:
    """Check the requests in the journal against the platform's rules and advice for clients.

    Requests that the console sent for its own pages are passed over.
    """
    examined = await turn.run(call.turn, queries.list_exchanges, call, findings.shorten_call)
    calls = queries.without_console(examined)
    interval = polling.min_interval(every_3_seconds=call.quirks.polling_every_3_seconds)
    frozen = call.workspace.clock.mode == "frozen"
    found = await turn.run(call.turn, bind(findings.run_checks, calls, interval, frozen=frozen))
    return client_checks.client_checks_body(found, len(calls), queries.discarded_count(call, examined))
