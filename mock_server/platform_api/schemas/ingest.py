"""Request and response formats of transaction summaries."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from mock_server.domain.errors import Problem
from mock_server.domain.ingest import Entry
from mock_server.http.error_body import ValidationErrorEntry
from mock_server.http.fields import (
    BODY_INTEGER,
    TEXT_PATTERN,
    ClosedModel,
    Day,
    Text,
    amount_schema,
    closed,
    parse_body_number,
)
from mock_server.operations.ingest import TransactionSummary
from mock_server.platform_api.schemas.campaign_results import MAX_AMOUNT, MAX_COUNT

MAX_ENTRIES = 1_000


class TicketsBody(ClosedModel):
    """One entry of `tickets`. See: ING-01, ING-02 (negative numbers are valid here; the entry is skipped later)."""

    type: Annotated[str, Field(pattern=TEXT_PATTERN, min_length=1, max_length=200)]
    sold: Annotated[int, Field(ge=-MAX_COUNT - 1, le=MAX_COUNT), BODY_INTEGER]
    revenue: Annotated[
        Decimal,
        BeforeValidator(parse_body_number),
        Field(gt=-MAX_AMOUNT, lt=MAX_AMOUNT),
        amount_schema(exclusiveMinimum=-MAX_AMOUNT, exclusiveMaximum=MAX_AMOUNT),
    ]


class TransactionSummaryBody(ClosedModel):
    """Request body that imports a transaction summary.

    Implements: ING-01.
    """

    eid: Text
    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    tickets: Annotated[list[TicketsBody], Field(min_length=1, max_length=MAX_ENTRIES)]

    def to_summary(self) -> TransactionSummary:
        """Convert the body to a transaction summary."""
        entries = tuple(Entry(entry.type, entry.sold, entry.revenue) for entry in self.tickets)
        return TransactionSummary(self.eid, self.first, self.last, entries)


@closed
class IngestedBody(TypedDict):
    """Response body of an import: the problems of the skipped entries. See: ING-01, ING-02."""

    validation_errors: list[ValidationErrorEntry]


def ingested_body(skipped: Iterable[Problem]) -> IngestedBody:
    """Build the response body of an import, with one entry for each problem of a skipped entry."""
    return {
        "validation_errors": [
            {"code": problem.code, "field": problem.field, "message": problem.message} for problem in skipped
        ]
    }
