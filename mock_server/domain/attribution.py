"""Attribution: which source an event's Lookout model credits with a purchase. Backhaul does not use these models."""

from collections.abc import Iterable
from decimal import localcontext
from operator import attrgetter

from mock_server.domain import pieces, purchase_columns, sales
from mock_server.domain.column_parts import count_amounts
from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.domain.purchase_columns import PurchaseColumns
from mock_server.domain.sales import SalesTotal

CREDITED_BY = {"FD": attrgetter("fd"), "META": attrgetter("meta"), "EXTERNAL": attrgetter("external")}


def credit(purchase: Purchase, model: AttributionModel) -> Credit:
    """Return the source that the model credits with the purchase. See: LAM-04."""
    credited_to: Credit = CREDITED_BY[model](purchase)
    return credited_to


@in_pieces
def split(purchases: Iterable[Purchase], model: AttributionModel) -> Steps[dict[Credit, SalesTotal]]:
    """Return the sales total of each source that the model credits. Each purchase counts for one source.

    Implements: LAM-04.
    """
    columns, records = yield from purchase_columns.partition_in_steps(purchases)
    totals: dict[Credit, list[SalesTotal]] = {"campaign": [], "organic": [], "external": []}
    for some in pieces.split(records):
        parts: dict[Credit, list[Purchase]] = {credited_to: [] for credited_to in totals}
        for purchase in some:
            parts[credit(purchase, model)].append(purchase)
        for credited_to, part in parts.items():
            totals[credited_to].append(sales.total(part))
        yield 2 * len(some)
    for credited_to in totals if columns else ():
        totals[credited_to].append((yield from _total_columns(columns, model, credited_to)))
    return {credited_to: sales.add_totals(listed) for credited_to, listed in totals.items()}


@in_pieces
def credited_total(purchases: Iterable[Purchase], model: AttributionModel) -> Steps[SalesTotal | None]:
    """Return the total that a run credits to campaigns, from purchases that no earlier run has processed.

    Return None if nothing is credited, or if the model is EXTERNAL: then the partner tracks its own sales. See: JOB-03.
    """
    if model == "EXTERNAL":
        return None
    columns, records = yield from purchase_columns.partition_in_steps(purchases)
    totals = []
    for some in pieces.split(records):
        totals.append(sales.total(purchase for purchase in some if credit(purchase, model) == "campaign"))
        yield 2 * len(some)
    if columns:
        totals.append((yield from _total_columns(columns, model, "campaign")))
    credited = sales.add_totals(totals)
    return credited if credited.purchases else None


def _total_columns(
    columns: Iterable[PurchaseColumns], model: AttributionModel, credited_to: Credit
) -> Steps[SalesTotal]:
    """Return the sales total of the purchases in columns that the model credits to a source."""
    totals = []
    for each in columns:
        counts = yield from count_amounts(each, model, credited_to)
        with localcontext(sales.EXACT):
            revenue = sum((amount * count for amount, count in counts), sales.ZERO)
        totals.append(SalesTotal(revenue, sum(count for _, count in counts)))
    return sales.add_totals(totals)
