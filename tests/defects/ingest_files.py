"""Defects in transaction summaries from a spreadsheet."""

from typing import Any

from mock_server.platform_api.schemas import ingest_sheet as sheets
from mock_server.platform_api.schemas import sheet_cells
from tests.defects.registry import Patch, WireResponse, defect

PATH = "/from_excel"


@defect("ING-07")
def a_file_of_tickets_is_answered_with_204(patch: Patch) -> None:
    """An import from a file is answered with 204 and without a body."""

    def empty(scope: Any, answer: WireResponse) -> None:
        if scope["path"].endswith(PATH) and answer.status == 200:
            answer.status, answer.body = 204, b""
            answer.drop("content-type")

    patch.change_responses(empty)


@defect("ING-07")
def columns_of_a_period_are_unknown(patch: Patch) -> None:
    """A file with the columns `from` and `to` is refused."""
    patch.replace(
        sheets, "_find_column_problems", lambda columns: sheet_cells.find_column_problems(columns, sheets.COLUMNS)
    )
