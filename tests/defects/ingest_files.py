"""Defects in transaction summaries from a spreadsheet."""

from typing import Any

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
