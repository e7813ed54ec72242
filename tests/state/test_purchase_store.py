"""A store of purchases behaves alike on a world of columns and on a world of records, and so do its copies."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain.models import Purchase
from mock_server.domain.pieces import in_pieces
from mock_server.domain.purchase_columns import MergedPurchases, PurchaseColumns, build_columns
from mock_server.state.purchase_store import PurchaseStore
from tests.builders import START_TIME, a_purchase

WORLD = tuple(a_purchase(START_TIME + timedelta(hours=number), number=number) for number in (1, 2, 3, 4))


def a_late_purchase(hour: int, number: int, origin: str = "feed") -> Purchase:
    return replace(a_purchase(START_TIME + timedelta(hours=hour), number=number), origin=origin)


def two_stores() -> tuple[PurchaseStore, PurchaseStore]:
    return PurchaseStore({"evt_1": build_columns("evt_1", WORLD)}), PurchaseStore({"evt_1": WORLD})


def contents(store: PurchaseStore) -> tuple[Sequence[Purchase], int, list[object]]:
    return list(store.for_event("evt_1")), store.revision("evt_1"), in_pieces(store.find_changes)()


steps = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 6), st.sampled_from(["feed", "partner"])),
    st.tuples(st.sampled_from(["clear", "copy", "go on with the original"]), st.just(0), st.just("")),
)


@settings(deadline=None)
@given(st.lists(steps, max_size=12))
def test_columns_and_records_give_the_same_purchases_after_any_steps(drawn: list[tuple[str, int, str]]) -> None:
    stores, kept = two_stores(), two_stores()
    for number, (step, hour, origin) in enumerate(drawn, 10):
        if step == "add":
            for store in stores:
                store.add(a_late_purchase(hour, number, origin))
        elif step == "clear":
            for store in stores:
                store.delete_partner_sales("evt_1")
        elif step == "copy":
            kept, stores = stores, (stores[0].copy(), stores[1].copy())
        else:
            stores, kept = kept, stores
        assert contents(stores[0]) == contents(stores[1])
        assert contents(kept[0]) == contents(kept[1])
    assert isinstance(stores[0].for_event("evt_1"), PurchaseColumns | MergedPurchases)


def test_a_restored_event_has_the_same_changes_on_columns_and_on_records() -> None:
    added = [a_late_purchase(2, 11), a_late_purchase(0, 10)]
    for dropped in ((), (2,), (1, 4)):
        restored = two_stores()
        for store in restored:
            store.restore_event("evt_1", dropped, added)
        assert contents(restored[0]) == contents(restored[1])
        assert [purchase.number for purchase in restored[0].for_event("evt_1")] == [
            number for number in (10, 1, 2, 11, 3, 4) if number not in dropped
        ]


def test_a_change_of_a_copy_leaves_the_original_as_it_was() -> None:
    for store in two_stores():
        store.add(a_late_purchase(1, 10))
        before = contents(store)
        copied = store.copy()
        copied.add(a_late_purchase(1, 11))
        assert contents(store) == before
        store.add(a_late_purchase(1, 12))
        assert [purchase.number for purchase in copied.for_event("evt_1")] == [1, 10, 11, 2, 3, 4]
