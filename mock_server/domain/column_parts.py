"""Reads columns in parts, because an event may have a million purchases and a step of work should be short."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import compress
from operator import attrgetter
from typing import cast

from mock_server.domain import purchase_columns
from mock_server.domain.models import AttributionModel, Credit, Purchase
from mock_server.domain.pieces import Steps, column_units, split
from mock_server.domain.purchase_columns import CREDIT_TRIPLES, MODEL_INDEX, PurchaseColumns

ROWS_AT_ONCE = 25_000

_customer_id = attrgetter("customer_id")


def split_columns(columns: Iterable[PurchaseColumns], size: int = ROWS_AT_ONCE) -> Iterator[PurchaseColumns]:
    """Yield the columns in parts of at most this many purchases. A part is a view of the same arrays."""
    for each in columns:
        for start in range(0, len(each), size):
            yield cast("PurchaseColumns", each[start : start + size])


def count_amounts(
    columns: PurchaseColumns, model: AttributionModel, credited_to: Credit
) -> Steps[list[tuple[Decimal, int]]]:
    """Return each amount of the purchases that the model credits to a source, and how many have this amount."""
    is_wanted = bytes(triple[MODEL_INDEX[model]] == credited_to for triple in CREDIT_TRIPLES).ljust(256, b"\0")
    counts: Counter[int] = Counter()
    for part in split_columns([columns]):
        rows = slice(part.start, part.stop)
        counts.update(compress(columns.columns.amounts[rows], columns.columns.credits[rows].translate(is_wanted)))
        yield column_units(len(part))
    yield len(counts) // 2
    return [(columns.columns.amount_values[amount], count) for amount, count in counts.items()]


def find_customer_ids(purchases: Iterable[Purchase]) -> Steps[set[str]]:
    """Return the distinct buyers, as `sales.customer_ids` does."""
    columns, records = yield from purchase_columns.partition_in_steps(purchases)
    found: set[str] = set()
    for some in split(records):
        found.update(map(_customer_id, some))
        yield len(some)
    for each in columns:
        codes: set[int] = set()
        for part in split_columns([each]):
            codes.update(each.columns.buyers[part.start : part.stop])
            yield column_units(len(part))
        for some_codes in split(codes, ROWS_AT_ONCE):
            found.update(map(each.columns.customer_ids.__getitem__, some_codes))
            yield column_units(len(some_codes))
    return found
