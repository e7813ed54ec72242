"""Request and response formats of transaction summaries."""

from decimal import Decimal
from typing import Annotated, NotRequired

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from mock_server.domain.ingest import Entry
from mock_server.http.error_body import ValidationErrorEntry, validation_error_entries
from mock_server.http.fields import (
    BODY_INTEGER,
    TEXT_PATTERN,
    ClosedModel,
    Count,
    Day,
    DayText,
    Text,
    amount_schema,
    closed,
    parse_body_number,
    to_json_amount,
)
from mock_server.operations.ingest import AcceptedSummary, TransactionSummary
from mock_server.platform_api.schemas.campaign_results import MAX_AMOUNT, MAX_COUNT
from mock_server.state.quirks import Quirks

MAX_ENTRIES = 1_000
MAX_TYPE_LENGTH = 200


class TicketsBody(ClosedModel):
    """One entry of `tickets`. See: ING-01, ING-02 (negative numbers are valid here; the entry is skipped later)."""

    type: Annotated[str, Field(pattern=TEXT_PATTERN, min_length=1, max_length=MAX_TYPE_LENGTH)]
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
        entries = tuple(Entry(n, entry.type, entry.sold, entry.revenue) for n, entry in enumerate(self.tickets))
        return TransactionSummary(self.eid, self.first, self.last, entries)


@closed
class IngestedTickets(TypedDict):
    """An entry that was accepted. See: ING-01."""

    type: str
    sold: Count
    revenue: Annotated[float, Field(ge=0)]


IngestedBody = TypedDict(
    "IngestedBody",
    {
        "eid": NotRequired[str],
        "from": NotRequired[DayText],
        "to": NotRequired[DayText],
        "tickets": NotRequired[list[IngestedTickets]],
        "validation_errors": list[ValidationErrorEntry],
    },
)
"""Response body of an import: what was accepted, and the problems of the skipped entries. See: ING-01, ING-02."""
closed(IngestedBody)


def ingested_body(accepted: AcceptedSummary, quirks: Quirks) -> IngestedBody:
    """Build the response body of an import, without the record under quirk `ingest_without_record`. See: ING-01."""
    problems = validation_error_entries(accepted.rejected)
    if quirks.ingest_without_record:
        return {"validation_errors": problems}
    summary = accepted.summary
    return {
        "eid": summary.eid,
        "from": summary.first.isoformat(),
        "to": summary.last.isoformat(),
        "tickets": [
            {"type": entry.type, "sold": entry.sold, "revenue": to_json_amount(entry.revenue)}
            for entry in summary.entries
        ],
        "validation_errors": problems,
    }
