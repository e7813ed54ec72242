"""Which sale a model credits to whom (Lookout, per event; nothing to do with Backhaul)."""

from collections.abc import Sequence
from operator import attrgetter

from mock_server.domain import sales
from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.sales import SalesTotal

CREDITED_BY = {"FD": attrgetter("fd"), "META": attrgetter("meta"), "EXTERNAL": attrgetter("external")}


def credit(purchase: Purchase, model: AttributionModel) -> Credit:
    """Whom the model credits with the purchase. Rule: LAM-04."""
    credited_to: Credit = CREDITED_BY[model](purchase)
    return credited_to


def split(purchases: Sequence[Purchase], model: AttributionModel) -> dict[Credit, SalesTotal]:
    """The purchases' takings by whom the model credits; the three parts add up to the whole. Rule: LAM-04."""
    parts: dict[Credit, list[Purchase]] = {"campaign": [], "organic": [], "external": []}
    for purchase in purchases:
        parts[credit(purchase, model)].append(purchase)
    return {credited_to: sales.total(part) for credited_to, part in parts.items()}


def credited_total(purchases: Sequence[Purchase], model: AttributionModel) -> SalesTotal | None:
    """What a scheduled run writes down for purchases that it looks at for the first time.

    None where nothing is credited to campaigns, or where the partner tracks its own sales: model
    EXTERNAL. Rule: JOB-03.
    """
    if model == "EXTERNAL":
        return None
    credited = sales.total(purchase for purchase in purchases if credit(purchase, model) == "campaign")
    return credited if credited.purchases else None
