"""Explains an event's revenue of one or more days: its purchases, and which source each attribution model credits."""

from collections.abc import Mapping, Sequence
from datetime import date

from mock_server.control.explain import purchases as purchase_explanation
from mock_server.control.explain.event_schemas import CreditedSalePage, DailyExplanation, ExplainDailyQuery, SplitBody
from mock_server.control.explain.schemas import page_position
from mock_server.domain import attribution, explaining, paging, sales
from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.pieces import Steps, in_pieces, split, steps_of
from mock_server.domain.purchase_columns import IndexedPurchases
from mock_server.domain.sales import SalesTotal
from mock_server.http.fields import format_timestamp
from mock_server.state.workspace import OperationCall


@in_pieces
def explain(call: OperationCall, event_id: str, query: ExplainDailyQuery) -> Steps[DailyExplanation]:
    """Explain the revenue of a day or of several, even days without sales. Raises EventNotFoundError."""
    last = query.until or query.date
    event = purchase_explanation.require_event(call, event_id)
    purchases = call.store.sales.for_event(event.id)
    known = sales.count_known(purchases, call.now)
    selected = yield from _select_days(purchases[:known], query.date, last)
    splits = {}
    for model in explaining.MODELS:
        splits[model] = yield from steps_of(attribution.split, selected, model)
    return {
        "kind": "daily",
        "id": event.id,
        "title": event.title,
        "now": format_timestamp(call.now),
        "date": query.date.isoformat(),
        "until": last.isoformat(),
        "currency": call.store.partners.mapping()[event.partner_id].currency,
        "attribution_model": purchase_explanation.event_field_body(call, event, "attribution_model"),
        "total": purchase_explanation.sales_total_body(sales.add_totals(splits[event.attribution_model].values())),
        "split": {model: _split_body(parts) for model, parts in splits.items()},
        "not_known_yet": len((yield from _select_days(purchases[known:], query.date, last))),
        "purchases": _page_body(selected, event.attribution_model, query),
    }


def _select_days(purchases: Sequence[Purchase], first: date, last: date) -> Steps[Sequence[Purchase]]:
    if isinstance(purchases, IndexedPurchases):
        return sales.select_days(purchases, first, last)
    selected: list[Purchase] = []
    for part in split(purchases):
        selected += sales.select_days(part, first, last)
        yield len(part)
    return selected


def _split_body(parts: Mapping[Credit, SalesTotal]) -> SplitBody:
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
