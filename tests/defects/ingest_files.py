"""Defects in transaction summaries from a spreadsheet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mock_server.domain import ingest as rules
from mock_server.domain.errors import EventNotFoundError, InvalidRequestError
from mock_server.operations import ingest
from mock_server.operations.ingest import AcceptedSummary, TransactionSummary
from mock_server.platform_api.schemas import ingest_sheet as sheets
from mock_server.platform_api.schemas import sheet_cells
from tests.defects.registry import Patch, WireResponse, defect

PATH = "/from_excel"


@defect("ING-07")
def a_file_of_tickets_is_answered_with_204(patch: Patch) -> None:
    """An import from a file returns 204 without a body."""

    def empty(scope: Any, answer: WireResponse) -> None:
        if scope["path"].endswith(PATH) and answer.status == 200:
            answer.status, answer.body = 204, b""
            answer.drop("content-type")

    patch.change_responses(empty)


@defect("ING-07")
def the_periods_of_a_file_have_no_limit_together(patch: Patch) -> None:
    """The periods of a file may span any number of days together."""
    patch.replace(rules, "total_days_problems", lambda total_days: ())


@defect("ING-07")
def columns_of_a_period_are_unknown(patch: Patch) -> None:
    """A file with the columns `from` and `to` is refused."""
    patch.replace(
        sheets, "_find_column_problems", lambda columns: sheet_cells.find_column_problems(columns, sheets.COLUMNS)
    )


@defect("ING-07")
def rows_without_a_period_are_yesterdays(patch: Patch) -> None:
    """Rows without a period are imported as sales of the day before."""
    patch.wrap(ingest, "_group_by_period", lambda group: lambda sheet, today: group(sheet, today - timedelta(days=1)))


@defect("ING-07")
def all_periods_of_a_file_are_one(patch: Patch) -> None:
    """All rows of a file are spread over the time from the first to the last day that is in it."""

    def merge(group: Any) -> Any:
        def group_as_one(sheet: Any, today: Any) -> Any:
            by_period, problems = group(sheet, today)
            firsts, lasts = zip(*by_period, strict=True) if by_period else ((today,), (today,))
            entries = [entry for entries in by_period.values() for entry in entries]
            return {(min(firsts), max(lasts)): entries} if entries else {}, problems

        return group_as_one

    patch.wrap(ingest, "_group_by_period", merge)


@defect("ING-07")
def a_wrong_row_refuses_its_file(patch: Patch) -> None:
    """A file with an invalid cell is refused with 400, and none of its rows is imported."""

    def strict(parse: Any) -> Any:
        def parse_sheet(file: Any) -> Any:
            sheet = parse(file)
            if sheet.problems:
                raise InvalidRequestError(*sheet.problems)
            return sheet

        return parse_sheet

    patch.wrap(sheets, "parse_tickets_sheet", strict)


@defect("ING-07")
def rows_with_a_wrong_period_are_dropped(patch: Patch) -> None:
    """A row with an invalid period is left out, but not reported."""

    def silent(group: Any) -> Any:
        return lambda sheet, today: (group(sheet, today)[0], list(sheet.problems))

    patch.wrap(ingest, "_group_by_period", silent)


@defect("ING-07")
def rows_of_tickets_are_counted_from_1(patch: Patch) -> None:
    """In errors, the first row of data is `tickets.1`."""

    def count_from_1(find: Any) -> Any:
        def find_problem(name: str, cell: str, index: int) -> Any:
            problem = find(name, cell, index)
            return problem and replace(problem, field=f"tickets.{index + 1}.{name}")

        return find_problem

    patch.wrap(sheets, "_find_cell_problem", count_from_1)


@defect("ING-07")
def a_file_may_have_more_than_a_thousand_rows(patch: Patch) -> None:
    """The number of rows in a file is not limited."""
    patch.replace(sheets, "MAX_ENTRIES", 100_000)


@defect("ING-07")
def a_file_for_an_unknown_event_is_taken(patch: Patch) -> None:
    """A file for an unknown event returns 200 and is ignored, instead of 404."""

    def lenient(take: Any) -> Any:
        def accept(call: Any, eid: str, sheet: Any) -> Any:
            try:
                return take(call, eid, sheet)
            except EventNotFoundError:
                return AcceptedSummary(TransactionSummary(eid, call.now.date(), call.now.date(), ()), ())

        return accept

    patch.wrap(ingest, "accept_sheet", lenient)
