"""Attribution: which source an event's Lookout model credits with a purchase. Backhaul does not use these models."""

from collections.abc import Sequence
from operator import attrgetter

from mock_server.domain import sales
from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.sales import SalesTotal

CREDITED_BY = {"FD": attrgetter("fd"), "META": attrgetter("meta"), "EXTERNAL": attrgetter("external")}


def credit(purchase: Purchase, model: AttributionModel) -> Credit:
    """Return the source that the model credits with the purchase. See: LAM-04."""
    credited_to: Credit = CREDITED_BY[model](purchase)
    return credited_to


def split(purchases: Sequence[Purchase], model: AttributionModel) -> dict[Credit, SalesTotal]:
    """Return the sales total of each source that the model credits. Each purchase counts for one source.

    Implements: LAM-04.
    """
    parts: dict[Credit, list[Purchase]] = {"campaign": [], "organic": [], "external": []}
    for purchase in purchases:
        parts[credit(purchase, model)].append(purchase)
    return {credited_to: sales.total(part) for credited_to, part in parts.items()}


def credited_total(purchases: Sequence[Purchase], model: AttributionModel) -> SalesTotal | None:
    """Return the total that a run credits to campaigns, from purchases that no earlier run has processed.

    Return None if nothing is credited, or if the model is EXTERNAL: then the partner tracks its own sales. See: JOB-03.
    """
    if model == "EXTERNAL":
        return None
    credited = sales.total(purchase for purchase in purchases if credit(purchase, model) == "campaign")
    return credited if credited.purchases else None
