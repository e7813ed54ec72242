"""Attribution: which source an event's Lookout model credits with a purchase. Backhaul does not use these models."""

from collections.abc import Iterable
from decimal import localcontext
from operator import attrgetter

from mock_server.domain import purchase_columns, sales
from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.purchase_columns import PurchaseColumns
from mock_server.domain.sales import SalesTotal

CREDITED_BY = {"FD": attrgetter("fd"), "META": attrgetter("meta"), "EXTERNAL": attrgetter("external")}


def credit(purchase: Purchase, model: AttributionModel) -> Credit:
    """Return the source that the model credits with the purchase. See: LAM-04."""
    credited_to: Credit = CREDITED_BY[model](purchase)
    return credited_to


def split(purchases: Iterable[Purchase], model: AttributionModel) -> dict[Credit, SalesTotal]:
    """Return the sales total of each source that the model credits. Each purchase counts for one source.

    Implements: LAM-04.
    """
    columns, records = purchase_columns.partition(purchases)
    parts: dict[Credit, list[Purchase]] = {"campaign": [], "organic": [], "external": []}
    for purchase in records:
        parts[credit(purchase, model)].append(purchase)
    totals = {credited_to: sales.total(part) for credited_to, part in parts.items()}
    if not columns:
        return totals
    return {
        credited_to: sales.add_totals([total, *(_total_columns(each, model, credited_to) for each in columns)])
        for credited_to, total in totals.items()
    }


def credited_total(purchases: Iterable[Purchase], model: AttributionModel) -> SalesTotal | None:
    """Return the total that a run credits to campaigns, from purchases that no earlier run has processed.

    Return None if nothing is credited, or if the model is EXTERNAL: then the partner tracks its own sales. See: JOB-03.
    """
    if model == "EXTERNAL":
        return None
    columns, records = purchase_columns.partition(purchases)
    credited = sales.total(purchase for purchase in records if credit(purchase, model) == "campaign")
    if columns:
        credited = sales.add_totals([credited, *(_total_columns(each, model, "campaign") for each in columns)])
    return credited if credited.purchases else None


def _total_columns(columns: PurchaseColumns, model: AttributionModel, credited_to: Credit) -> SalesTotal:
    """Return the sales total of the purchases in columns that the model credits to a source."""
    counts = list(columns.count_amounts(model, credited_to))
    with localcontext(sales.EXACT):
        revenue = sum((amount * count for amount, count in counts), sales.ZERO)
    return SalesTotal(revenue, sum(count for _, count in counts))
