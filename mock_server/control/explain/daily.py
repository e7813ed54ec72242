"""Explains a day of an event's revenue: its purchases, and which source each attribution model credits."""

from collections.abc import Sequence

from mock_server.control.explain import purchases as purchase_explanation
from mock_server.control.explain.event_schemas import CreditedSalePage, DailyExplanation, ExplainDailyQuery, SplitBody
from mock_server.control.explain.schemas import page_position
from mock_server.domain import attribution, explaining, paging, sales
from mock_server.domain.models import AttributionModel, Purchase
from mock_server.http.fields import format_timestamp
from mock_server.state.workspace import OperationCall


def explain(call: OperationCall, event_id: str, query: ExplainDailyQuery) -> DailyExplanation:
    """Explain a day of an event's revenue, even a day without sales. Raises EventNotFoundError."""
    event = purchase_explanation.require_event(call, event_id)
    purchases = call.store.sales.for_event(event.id)
    known = sales.count_known(purchases, call.now)
    day_purchases = sales.select_day(purchases[:known], query.date)
    return {
        "kind": "daily",
        "id": event.id,
        "title": event.title,
        "now": format_timestamp(call.now),
        "date": query.date.isoformat(),
        "currency": call.store.partners.mapping()[event.partner_id].currency,
        "attribution_model": purchase_explanation.event_field_body(call, event, "attribution_model"),
        "total": purchase_explanation.sales_total_body(sales.total(day_purchases)),
        "split": {model: _split_body(day_purchases, model) for model in explaining.MODELS},
        "not_known_yet": len(sales.select_day(purchases[known:], query.date)),
        "purchases": _page_body(day_purchases, event.attribution_model, query),
    }


def _split_body(purchases: Sequence[Purchase], model: AttributionModel) -> SplitBody:
    parts = attribution.split(purchases, model)
    return {
        "campaign": purchase_explanation.sales_total_body(parts["campaign"]),
        "organic": purchase_explanation.sales_total_body(parts["organic"]),
        "external": purchase_explanation.sales_total_body(parts["external"]),
    }


def _page_body(purchases: Sequence[Purchase], model: AttributionModel, query: ExplainDailyQuery) -> CreditedSalePage:
    purchase_page = paging.paginate(purchases, query.page, query.limit)
    return {
        **page_position(purchase_page),
        "items": [purchase_explanation.credited_sale_body(purchase, model) for purchase in purchase_page.items],
    }
