"""Defects in transaction summaries from a spreadsheet."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mock_server.domain.errors import EventNotFoundError, InvalidRequestError
from mock_server.operations import ingest
from mock_server.operations.ingest import AcceptedSummary, TicketsSheet, TransactionSummary
from mock_server.platform_api.schemas import ingest_sheet as sheets
from tests.defects.registry import Patch, WireResponse, defect

PATH = "/from_excel"


def _change_sheet(patch: Patch, change: Callable[[TicketsSheet], TicketsSheet]) -> None:
    """Change what is read from a file."""
    patch.wrap(sheets, "parse_tickets_sheet", lambda parse: lambda file: change(parse(file)))


@defect("ING-07")
def a_file_of_tickets_is_answered_with_204(patch: Patch) -> None:
    """An import from a file is answered with 204 and without a body."""

    def empty(scope: Any, answer: WireResponse) -> None:
        if scope["path"].endswith(PATH) and answer.status == 200:
            answer.status, answer.body = 204, b""
            answer.drop("content-type")

    patch.change_responses(empty)


@defect("ING-07")
def the_period_of_a_file_is_ignored(patch: Patch) -> None:
    """All rows count for the current day, whatever their period."""
    _change_sheet(
        patch, lambda sheet: replace(sheet, rows=tuple(replace(row, first=None, last=None) for row in sheet.rows))
    )


@defect("ING-07")
def the_record_of_a_file_has_the_period_of_its_first_row(patch: Patch) -> None:
    """`from` and `to` of the response are those of the first row."""

    def first_period(accept: Any) -> Any:
        def answer(call: Any, eid: str, sheet: TicketsSheet) -> AcceptedSummary:
            accepted = accept(call, eid, sheet)
            today = call.now.date()
            first, last = (sheet.rows[0].first or today, sheet.rows[0].last or today) if sheet.rows else (today, today)
            return replace(accepted, summary=replace(accepted.summary, first=first, last=last))

        return answer

    patch.wrap(ingest, "accept_sheet", first_period)


@defect("ING-07")
def a_wrong_row_refuses_the_file(patch: Patch) -> None:
    """A file with an invalid row is rejected with 400."""

    def refusing(accept: Any) -> Any:
        def answer(call: Any, eid: str, sheet: TicketsSheet) -> AcceptedSummary:
            if sheet.problems:
                raise InvalidRequestError(*sheet.problems)
            return accept(call, eid, sheet)  # type: ignore[no-any-return] # the original's

        return answer

    patch.wrap(ingest, "accept_sheet", refusing)


@defect("ING-07")
def further_columns_of_tickets_are_passed_over(patch: Patch) -> None:
    """Unknown columns are ignored instead of rejected."""

    def known(find: Any) -> Any:
        return lambda columns: (problem for problem in find(columns) if problem.code != "unknown")

    patch.wrap(sheets, "_find_column_problems", known)


@defect("ING-07")
def a_file_for_an_unknown_event_is_taken(patch: Patch) -> None:
    """A file for an unknown event is answered with 200 and ignored."""

    def lenient(accept: Any) -> Any:
        def answer(call: Any, eid: str, sheet: TicketsSheet) -> Any:
            try:
                return accept(call, eid, sheet)
            except EventNotFoundError:
                today = call.now.date()
                return AcceptedSummary(TransactionSummary(eid, today, today, ()), ())

        return answer

    patch.wrap(ingest, "accept_sheet", lenient)
