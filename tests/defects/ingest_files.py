"""Defects in transaction summaries from a spreadsheet."""

from typing import Any

from mock_server.domain import ingest
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
def the_periods_of_a_file_have_no_limit_together(patch: Patch) -> None:
    """The periods of a file may span any number of days together."""
    patch.replace(ingest, "total_days_problems", lambda total_days: ())
