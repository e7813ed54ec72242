"""Request and response formats of the partner and its default attribution model."""

import re
import zlib

from typing_extensions import TypedDict

from mock_server.domain.models import AttributionModel, Partner
from mock_server.http.fields import ClosedModel, Currency, closed
from mock_server.state.quirks import Quirks


class ModelQuery(ClosedModel):
    """Query that sets the attribution model for new events. See: PART-05."""

    model: AttributionModel


@closed
class PartnerBody(TypedDict):
    """The scoped partner. See: PART-03."""

    id: str | int
    name: str
    domain: str
    currency: Currency
    vertical: str
    demand_prediction: bool
    campaign_recommendations: bool
    status: str
    pricing_tier: str
    campaign_pricing_model: str
    ner_active: bool
    attribution_model_default: AttributionModel


def partner_body(record: Partner, quirks: Quirks) -> PartnerBody:
    """Build the JSON object of a partner.

    Implements: PART-03.
    """
    return {
        "id": _numeric_partner_id(record.id) if quirks.numeric_client_id else record.id,
        "name": record.name,
        "domain": record.domain,
        "currency": record.currency,
        "vertical": record.vertical,
        "demand_prediction": record.demand_prediction,
        "campaign_recommendations": record.campaign_recommendations,
        "status": record.status,
        "pricing_tier": record.pricing_tier,
        "campaign_pricing_model": record.campaign_pricing_model,
        "ner_active": record.ner_active,
        "attribution_model_default": record.attribution_model_default,
    }


def _numeric_partner_id(partner_id: str) -> int:
    """Convert a partner id to a number: `fd1042` is 1042, any other id is its CRC-32."""
    digits = re.fullmatch(r"fd([0-9]+)", partner_id)
    return int(digits[1]) if digits else zlib.crc32(partner_id.encode())
