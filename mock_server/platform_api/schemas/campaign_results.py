"""Request and response formats of sales adjustments."""

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from mock_server.domain.models import CampaignResult, ResultSource
from mock_server.http.fields import (
    QUERY_INTEGER,
    ClosedModel,
    Text,
    TimestampText,
    amount_schema,
    closed,
    format_timestamp,
    parse_query_number,
    to_json_amount,
)

MAX_AMOUNT = 10**12
MAX_COUNT = 2**31 - 1
ROWS_PER_STEP = 500
"""How many adjustments are encoded in a step."""


class ResultsQuery(ClosedModel):
    """Query that lists an event's adjustments. See: CR-01."""

    eid: Text
    partner_id: Text


class NewResultQuery(ClosedModel):
    """Query that records a manual adjustment. See: CR-03."""

    eid: Text
    partner_id: Text
    purchase: Annotated[int, Field(ge=-MAX_COUNT - 1, le=MAX_COUNT), QUERY_INTEGER]
    revenue: Annotated[
        Decimal,
        BeforeValidator(parse_query_number),
        Field(gt=-MAX_AMOUNT, lt=MAX_AMOUNT),
        amount_schema(exclusiveMinimum=-MAX_AMOUNT, exclusiveMaximum=MAX_AMOUNT),
    ]


class ResultQuery(ClosedModel):
    """Query that deletes an adjustment. See: CR-04."""

    id: Text


@closed
class CampaignResultBody(TypedDict):
    """One adjustment. See: CR-02."""

    id: Annotated[str, Field(pattern=r"^cr_")]
    eid: str
    partner_id: str
    purchase: int
    revenue: float
    created_at: TimestampText
    source: ResultSource


def campaign_result_body(record: CampaignResult) -> CampaignResultBody:
    """Build the JSON object of one adjustment.

    Implements: CR-02.
    """
    return {
        "id": record.id,
        "eid": record.eid,
        "partner_id": record.partner_id,
        "purchase": record.purchase,
        "revenue": to_json_amount(record.revenue),
        "created_at": format_timestamp(record.created_at),
        "source": record.source,
    }


def campaign_result_bodies(records: Collection[CampaignResult]) -> list[CampaignResultBody]:
    """Build the JSON array of adjustments. See: CR-01."""
    return [campaign_result_body(record) for record in records]
