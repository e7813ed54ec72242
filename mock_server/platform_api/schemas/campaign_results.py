"""Sales adjustments on the wire."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from mock_server.domain.models import CampaignResult, ResultSource
from mock_server.http.fields import (
    IN_QUERY,
    Closed,
    InstantText,
    Text,
    closed,
    instant_text,
    money,
    money_schema,
    number_in_query,
)

MOST = 10**12
MOST_ORDERS = 2**31 - 1


class ResultsQuery(Closed):
    """Rule: CR-01."""

    eid: Text
    partner_id: Text


class NewResultQuery(Closed):
    """Rule: CR-03."""

    eid: Text
    partner_id: Text
    purchase: Annotated[int, Field(ge=-MOST_ORDERS - 1, le=MOST_ORDERS), IN_QUERY]
    revenue: Annotated[
        Decimal,
        BeforeValidator(number_in_query),
        Field(gt=-MOST, lt=MOST),
        money_schema(exclusiveMinimum=-MOST, exclusiveMaximum=MOST),
    ]


class ResultQuery(Closed):
    """Rule: CR-04."""

    id: Text


@closed
class CampaignResultBody(TypedDict):
    """Rule: CR-02."""

    id: Annotated[str, Field(pattern=r"^cr_")]
    eid: str
    partner_id: str
    purchase: int
    revenue: float
    created_at: InstantText
    source: ResultSource


def row(record: CampaignResult) -> CampaignResultBody:
    """One adjustment. Rule: CR-02."""
    return {
        "id": record.id,
        "eid": record.eid,
        "partner_id": record.partner_id,
        "purchase": record.purchase,
        "revenue": money(record.revenue),
        "created_at": instant_text(record.created_at),
        "source": record.source,
    }


def rows(records: list[CampaignResult]) -> list[CampaignResultBody]:
    """Adjustments. Rule: CR-01."""
    return [row(record) for record in records]
