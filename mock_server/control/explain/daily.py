"""A day of an event's revenue explained: the purchases behind it, and whom each model credits with them."""

from mock_server.control.explain import purchases
from mock_server.control.explain.event_schemas import CreditedPage, DailyExplanation, DailyQuery, SplitBody
from mock_server.control.explain.schemas import place
from mock_server.domain import attribution, explaining, paging, sales
from mock_server.domain.models import AttributionModel, Purchase
from mock_server.http.fields import instant_text
from mock_server.state.workspace import Call


def explained(call: Call, event_id: str, query: DailyQuery) -> DailyExplanation:
    """A day of an event's revenue, a day without sales too. Raises EventNotFound."""
    event = purchases.found(call, event_id)
    book = call.store.sales.of(event.id)
    known = sales.known_count(book, call.now)
    day = [purchase for purchase in book[:known] if purchase.at.date() == query.date]
    return {
        "kind": "daily",
        "id": event.id,
        "title": event.title,
        "now": instant_text(call.now),
        "date": query.date.isoformat(),
        "currency": call.store.partners.mapping()[event.partner_id].currency,
        "attribution_model": purchases.field(call, event, "attribution_model"),
        "total": purchases.takings(sales.takings(day)),
        "split": {model: _split(day, model) for model in explaining.MODELS},
        "not_known_yet": sum(1 for purchase in book[known:] if purchase.at.date() == query.date),
        "purchases": _page(day, event.attribution_model, query),
    }


def _split(day: list[Purchase], model: AttributionModel) -> SplitBody:
    parts = attribution.split(day, model)
    return {
        "campaign": purchases.takings(parts["campaign"]),
        "organic": purchases.takings(parts["organic"]),
        "external": purchases.takings(parts["external"]),
    }


def _page(day: list[Purchase], model: AttributionModel, query: DailyQuery) -> CreditedPage:
    cut = paging.cut(day, query.page, query.limit)
    return {**place(cut), "items": [purchases.credited(purchase, model) for purchase in cut.items]}
