"""The bulk of a workspace's records: its purchases and its customers.

They share the collections of the world, which never change, and store only what differs from them. How an event's
purchases differ depends on how the world stores them:

- records (the sample world): a list that replaces the world's purchases, copied when it is first changed;
- columns (a world of CSV files, `domain/purchase_columns.py`): a list of the purchases that were added. The columns are
  not copied. All of their purchases come from the feed, so only a restored snapshot can drop any, and then the list
  replaces them.

`PurchaseStore.copy` shares the lists with the copy. The store that changes a shared list first copies it.
"""

from bisect import insort
from collections import ChainMap
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from mock_server.domain import sales
from mock_server.domain.models import Customer, Purchase
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.domain.purchase_columns import MergedPurchases, PurchaseColumns


class PurchaseStore:
    """The purchases by event, in the order in which the platform learns of them (`domain/sales.py`)."""

    def __init__(self, world: Mapping[str, Sequence[Purchase]]) -> None:
        self._world = world
        self._overrides: dict[str, list[Purchase]] = {}
        self._added: dict[str, list[Purchase]] = {}
        self._merged: dict[str, MergedPurchases] = {}
        self._owned: set[str] = set()
        self._revisions: dict[str, int] = {}
        self.changed: dict[int, Purchase | str] | None = None
        """What changed since the last commit, by number of the purchase: the purchase, or its event if it was deleted.

        None if nobody keeps the purchases.
        """

    def for_event(self, event_id: str) -> Sequence[Purchase]:
        """Return the event's purchases, read-only."""
        override = self._overrides.get(event_id)
        if override is not None:
            return override
        return self._merge(event_id) if event_id in self._added else self._world.get(event_id, ())

    def overrides(self) -> Mapping[str, Sequence[Purchase]]:
        """Return the purchases of the events whose purchases differ from the world's."""
        return {**self._overrides, **{event_id: self._merge(event_id) for event_id in self._added}}

    def find_changes(self) -> Steps[list[tuple[str, tuple[int, ...], tuple[Purchase, ...]]]]:
        """Return each changed event, the numbers of the world's purchases that it lacks, and its other purchases."""
        changes = []
        for event_id in self.changed_events():
            dropped, added = yield from self.find_change(event_id)
            if added or dropped:
                changes.append((event_id, dropped, added))
        return changes

    def changed_events(self) -> list[str]:
        """Return the events whose purchases may differ from the world's."""
        return sorted({*self._overrides, *self._added})

    def change_of(self, event_id: str) -> tuple[tuple[int, ...], tuple[Purchase, ...]]:
        """Return the numbers of the world's purchases that the event lacks, and its other purchases."""
        if event_id in self._overrides:
            return _find_differences(self._world.get(event_id, ()), self._overrides[event_id])
        return (), tuple(self._added.get(event_id, ()))

    def find_change(self, event_id: str) -> Steps[tuple[tuple[int, ...], tuple[Purchase, ...]]]:
        """Return the same in steps."""
        if event_id in self._overrides:
            return (yield from _find_differences.steps(self._world.get(event_id, ()), self._overrides[event_id]))
        return self.change_of(event_id)

    def revision(self, event_id: str) -> int:
        """Return a number that changes whenever the event's purchases change, to detect outdated results."""
        return self._revisions.get(event_id, 0)

    def add(self, purchase: Purchase) -> None:
        """Insert a purchase at its place in the order."""
        insort(self._own_purchases(purchase.event_id), purchase, key=sales.sort_key)
        if self.changed is not None:
            self.changed[purchase.number] = purchase

    def delete_partner_sales(self, event_id: str) -> None:
        """Delete the event's purchases that came from the partner. See: DRS-05."""
        stored = self._added.get(event_id, ()) if self._has_columns(event_id) else self.for_event(event_id)
        remaining = [purchase for purchase in stored if purchase.origin == "feed"]
        if len(remaining) != len(stored):
            if self.changed is not None:
                self.changed |= {purchase.number: event_id for purchase in stored if purchase.origin != "feed"}
            self._own_purchases(event_id)[:] = remaining

    def restore_event(self, event_id: str, dropped: Collection[int], added: Sequence[Purchase]) -> None:
        """Change an event's purchases from the world's: drop those with a number in `dropped`, and add others."""
        if dropped and self._has_columns(event_id):
            self._overrides[event_id] = list(self._world[event_id])
            self._owned.add(event_id)
        own, missing = self._own_purchases(event_id), frozenset(dropped)
        remaining = [purchase for purchase in own if purchase.number not in missing]
        own[:] = sorted([*remaining, *added], key=sales.sort_key)

    def change_event(self, event_id: str, removed: Collection[int], added: Sequence[Purchase]) -> None:
        """Remove purchases of an event by their numbers, and add others."""
        own_numbers = {purchase.number for purchase in self._added.get(event_id, ())}
        if self._has_columns(event_id) and own_numbers.issuperset(removed):
            own = self._own_purchases(event_id)
            own[:] = sorted([*(one for one in own if one.number not in removed), *added], key=sales.sort_key)
        else:
            self.restore_event(event_id, removed, added)

    def copy(self) -> "PurchaseStore":
        """Return a copy of the store, which changes independently."""
        other = PurchaseStore(self._world)
        other._overrides, other._added = dict(self._overrides), dict(self._added)
        other._merged, other._revisions = dict(self._merged), dict(self._revisions)
        self._owned = set()
        return other

    def _has_columns(self, event_id: str) -> bool:
        return event_id not in self._overrides and isinstance(self._world.get(event_id), PurchaseColumns)

    def _merge(self, event_id: str) -> MergedPurchases:
        if event_id not in self._merged:
            columns = cast("PurchaseColumns", self._world[event_id])
            self._merged[event_id] = MergedPurchases(columns, tuple(self._added[event_id]))
        return self._merged[event_id]

    def _own_purchases(self, event_id: str) -> list[Purchase]:
        """Return the event's own list, which the caller may change, and mark the event as changed."""
        self._revisions[event_id] = self.revision(event_id) + 1
        self._merged.pop(event_id, None)
        lists = self._added if self._has_columns(event_id) else self._overrides
        if event_id not in self._owned:
            shared = self._world.get(event_id, ()) if lists is self._overrides else ()
            lists[event_id] = list(lists.get(event_id, shared))
            self._owned.add(event_id)
        return lists[event_id]


class CustomerStore:
    """The customers: those of the world, which are shared and never changed, and customers that were added later."""

    def __init__(self, world: Mapping[str, Customer]) -> None:
        self._world = world
        self.added: dict[str, Customer] = {}
        self.changed: dict[str, None] | None = None
        """The ids of the customers that were added since the last commit. None if nobody keeps the customers."""

    def get(self, customer_id: str) -> Customer | None:
        """Return the customer with the id, or None."""
        return self.added.get(customer_id) or self._world.get(customer_id)

    def put(self, customer: Customer) -> None:
        """Add a customer."""
        self.added[customer.id] = customer
        if self.changed is not None:
            self.changed[customer.id] = None

    def copy(self) -> "CustomerStore":
        """Return a copy of the store, which changes independently."""
        other = CustomerStore(self._world)
        other.added = dict(self.added)
        return other

    def mapping(self) -> Mapping[str, Customer]:
        """Return all customers by id, read-only."""
        return ChainMap(self.added, cast("dict[str, Customer]", self._world)) if self.added else self._world


@in_pieces
def _find_differences(
    world: Sequence[Purchase], purchases: Sequence[Purchase]
) -> Steps[tuple[tuple[int, ...], tuple[Purchase, ...]]]:
    """Return the numbers of the world's purchases that are missing or changed, and the purchases that it lacks."""
    missing = {purchase.number: purchase for purchase in world}
    added = list[Purchase]()
    for part in split(purchases):
        for purchase in part:
            original = missing.get(purchase.number)
            # Most purchases are the world's own records, so identity spares a comparison of all members.
            if original is purchase or original == purchase:
                del missing[purchase.number]
            else:
                added.append(purchase)
        yield len(part)
    return tuple(sorted(missing)), tuple(added)
