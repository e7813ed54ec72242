"""Summaries of transactions on the wire."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from mock_server.domain.errors import Problem
from mock_server.domain.ingest import Entry
from mock_server.http.error_body import ValidationErrorEntry
from mock_server.http.fields import IN_BODY, TEXT_PATTERN, Closed, Day, Text, closed, money_schema, number_in_body
from mock_server.operations.ingest import Summary
from mock_server.platform_api.schemas.campaign_results import MOST, MOST_ORDERS

MOST_ENTRIES = 1_000


class TicketsBody(Closed):
    """Rules: ING-01, ING-02 (what is negative has the right shape, and is left out)."""

    type: Annotated[str, Field(pattern=TEXT_PATTERN, min_length=1, max_length=200)]
    sold: Annotated[int, Field(ge=-MOST_ORDERS - 1, le=MOST_ORDERS), IN_BODY]
    revenue: Annotated[
        Decimal,
        BeforeValidator(number_in_body),
        Field(gt=-MOST, lt=MOST),
        money_schema(exclusiveMinimum=-MOST, exclusiveMaximum=MOST),
    ]


class TransactionSummaryBody(Closed):
    """Rule: ING-01."""

    eid: Text
    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    tickets: Annotated[list[TicketsBody], Field(min_length=1, max_length=MOST_ENTRIES)]

    def summary(self) -> Summary:
        """What was sent, as the rules take it."""
        entries = tuple(Entry(entry.type, entry.sold, entry.revenue) for entry in self.tickets)
        return Summary(self.eid, self.first, self.last, entries)


@closed
class IngestedBody(TypedDict):
    """Rules: ING-01, ING-02."""

    validation_errors: list[ValidationErrorEntry]


def ingested(left_out: Iterable[Problem]) -> IngestedBody:
    """The answer to a summary: an entry for each problem of what was left out."""
    return {
        "validation_errors": [
            {"code": problem.code, "field": problem.field, "message": problem.message} for problem in left_out
        ]
    }
