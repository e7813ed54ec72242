"""A workspace's records in memory: tables with groups, sales and customers. Rules: JOB-03, DRS-05."""

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain.models import CampaignResult, Purchase
from mock_server.domain.pieces import bind, in_pieces
from mock_server.state.purchase_store import CustomerStore, PurchaseStore
from mock_server.state.store import RecordTable, Store
from tests.builders import ACME, BETA, a_customer, a_package, a_purchase, a_world, an_event, at


@dataclass(frozen=True)
class Boat:
    name: str
    harbour: str | None = None
    crew: int = 1


def a_boat_table(*boats: Boat) -> RecordTable[Boat]:
    fleet: RecordTable[Boat] = RecordTable(lambda boat: boat.name, harbour=lambda boat: boat.harbour)
    for boat in boats:
        fleet.put(boat)
    return fleet


def boat_names(boats: Any) -> list[str]:
    return [boat.name for boat in boats]


def test_a_record_is_found_by_its_key():
    fleet = a_boat_table(Boat("Ada"), Boat("Bea"))
    assert fleet.get("Bea") == Boat("Bea")
    assert fleet.get("Cleo") is None
    assert fleet.mapping() == {"Ada": Boat("Ada"), "Bea": Boat("Bea")}


def test_records_are_read_in_the_order_of_their_first_put():
    fleet = a_boat_table(Boat("Cleo"), Boat("Ada"), Boat("Bea"))
    fleet.put(Boat("Cleo", crew=9))
    assert boat_names(fleet) == ["Cleo", "Ada", "Bea"]
    assert len(fleet) == 3


def test_a_record_that_is_put_again_takes_the_place_of_the_old_one():
    fleet = a_boat_table(Boat("Ada", "Kiel"), Boat("Bea", "Kiel"))
    fleet.put(Boat("Ada", "Kiel", crew=9))
    assert list(fleet.group("harbour", "Kiel")) == [Boat("Ada", "Kiel", crew=9), Boat("Bea", "Kiel")]


def test_a_group_has_the_records_of_its_value_alone():
    fleet = a_boat_table(Boat("Ada", "Kiel"), Boat("Bea", "Bremen"), Boat("Cleo", "Kiel"), Boat("Dora"))
    assert boat_names(fleet.group("harbour", "Kiel")) == ["Ada", "Cleo"]
    assert boat_names(fleet.group("harbour", None)) == ["Dora"]
    assert boat_names(fleet.group("harbour", "Rostock")) == []


def test_a_record_that_changes_its_group_leaves_the_old_one():
    fleet = a_boat_table(Boat("Ada", "Kiel"), Boat("Bea", "Kiel"))
    fleet.put(Boat("Ada", "Bremen"))
    assert (boat_names(fleet.group("harbour", "Kiel")), boat_names(fleet.group("harbour", "Bremen"))) == (
        ["Bea"],
        ["Ada"],
    )
    fleet.put(Boat("Ada", None))
    assert boat_names(fleet.group("harbour", "Bremen")) == []
    assert boat_names(fleet.group("harbour", None)) == ["Ada"]


def test_a_deleted_record_is_gone_from_everywhere():
    fleet = a_boat_table(Boat("Ada", "Kiel"), Boat("Bea", "Kiel"))
    fleet.delete("Ada")
    assert (fleet.get("Ada"), len(fleet), boat_names(fleet.group("harbour", "Kiel"))) == (None, 1, ["Bea"])
    fleet.put(Boat("Ada", "Kiel"))
    assert boat_names(fleet) == ["Bea", "Ada"]


def test_a_table_without_groups_holds_records_too():
    fleet: RecordTable[Boat] = RecordTable(lambda boat: boat.name)
    fleet.put(Boat("Ada", "Kiel"))
    fleet.delete("Ada")
    assert list(fleet) == []


class BoatFactory:
    """Builds a boat each time it is called, and counts the calls."""

    def __init__(self, boat: Boat | None) -> None:
        self.boat = boat
        self.built = 0

    def __call__(self) -> Boat | None:
        self.built += 1
        return self.boat


TABLE_READS: dict[str, Any] = {
    "by key": lambda fleet: fleet.get("Ada"),
    "all": list,
    "how many": len,
    "as a mapping": lambda fleet: fleet.mapping(),
    "by group": lambda fleet: fleet.group("harbour", "Kiel"),
}


@pytest.mark.parametrize("read", TABLE_READS.values(), ids=TABLE_READS)
def test_a_lazy_record_is_built_once_by_the_first_read(read):
    fleet, yard = a_boat_table(), BoatFactory(Boat("Ada", "Kiel"))
    fleet.put_lazy("Ada", {"harbour": "Kiel"}, yard)
    assert yard.built == 0
    read(fleet)
    assert yard.built == 1
    assert (fleet.get("Ada"), list(fleet), len(fleet)) == (Boat("Ada", "Kiel"), [Boat("Ada", "Kiel")], 1)
    assert boat_names(fleet.group("harbour", "Kiel")) == ["Ada"]
    assert yard.built == 1


def test_reading_something_else_makes_nothing():
    fleet, yard = a_boat_table(Boat("Bea", "Bremen")), BoatFactory(Boat("Ada", "Kiel"))
    fleet.put_lazy("Ada", {"harbour": "Kiel"}, yard)
    assert fleet.get("Bea") == Boat("Bea", "Bremen")
    assert boat_names(fleet.group("harbour", "Bremen")) == ["Bea"]
    assert yard.built == 0


def test_a_lazy_record_that_builds_to_none_does_not_exist():
    fleet = a_boat_table()
    fleet.put_lazy("Ada", {"harbour": "Kiel"}, BoatFactory(None))
    assert (fleet.get("Ada"), len(fleet), boat_names(fleet.group("harbour", "Kiel"))) == (None, 0, [])


@pytest.mark.parametrize("built", [Boat("Ada", "Kiel"), None], ids=["a record", "none"])
@pytest.mark.parametrize("load", [lambda fleet: fleet.load("Ada"), lambda fleet: fleet.load_group("harbour", "Kiel")])
def test_a_lazy_record_is_computed_in_steps_before_it_is_read(built, load):
    @in_pieces
    def build():
        yield 7
        yield 8
        return built

    fleet = a_boat_table()
    fleet.put_lazy("Ada", {"harbour": "Kiel"}, bind(build))
    other = fleet.copy()
    assert list(load(fleet)) == [7, 8]
    assert (fleet.is_lazy("Ada"), other.is_lazy("Ada")) == (False, True)
    assert list(load(fleet)) == []
    for table in (fleet, other):
        assert table.get("Ada") == built
        assert list(table.group("harbour", "Kiel")) == ([built] if built else [])


def test_a_put_record_is_not_overwritten_by_a_lazy_one():
    fleet, yard = a_boat_table(), BoatFactory(Boat("Ada", "Kiel"))
    fleet.put_lazy("Ada", {"harbour": "Kiel"}, yard)
    fleet.put(Boat("Ada", "Bremen", crew=9))
    assert list(fleet) == [Boat("Ada", "Bremen", crew=9)]
    assert (boat_names(fleet.group("harbour", "Kiel")), yard.built) == ([], 0)


harbours = st.sampled_from([None, "Kiel", "Bremen"])
table_changes = st.tuples(
    st.sampled_from(["put", "put", "delete"]), st.sampled_from("ABCD"), harbours, st.integers(1, 9)
)


def change(fleet: RecordTable[Boat], history: list[tuple[str, str, str | None, int]]) -> RecordTable[Boat]:
    """Apply the changes to the table, and return it. A boat that does not exist is not deleted."""
    for what, name, harbour, crew in history:
        if what == "put":
            fleet.put(Boat(name, harbour, crew))
        elif fleet.get(name) is not None:
            fleet.delete(name)
    return fleet


@given(history=st.lists(table_changes, max_size=30))
@settings(deadline=None)
def test_groups_agree_with_a_reference_implementation(history):
    fleet, expected = a_boat_table(), dict[str, Boat]()
    for what, name, harbour, crew in history:
        if what == "put":
            fleet.put(Boat(name, harbour, crew))
            expected[name] = Boat(name, harbour, crew)
        elif name in expected:
            fleet.delete(name)
            del expected[name]
        assert list(fleet) == list(expected.values())
        for value in (None, "Kiel", "Bremen"):
            assert set(fleet.group("harbour", value)) == {boat for boat in expected.values() if boat.harbour == value}


@given(start=st.lists(table_changes, max_size=10), histories=st.tuples(*2 * [st.lists(table_changes, max_size=10)]))
@settings(deadline=None)
def test_a_table_and_its_copy_change_independently(start, histories):
    """What each of them has is what a table has that was never copied."""
    one = change(a_boat_table(), start)
    pair = one, one.copy()
    for number in range(10):
        for fleet, history in zip(pair, histories, strict=True):
            change(fleet, history[number : number + 1])
    for fleet, history in zip(pair, histories, strict=True):
        alone = change(a_boat_table(), [*start, *history])
        assert list(fleet) == list(alone)
        for value in (None, "Kiel", "Bremen"):
            assert list(fleet.group("harbour", value)) == list(alone.group("harbour", value))


def a_sale(number: int, day: int = 1, **changes: Any) -> Purchase:
    return a_purchase(at(f"2026-09-{day:02}"), number=number, **changes)


def sale_numbers(book: PurchaseStore, event_id: str = "evt_1") -> list[int]:
    return [purchase.number for purchase in book.for_event(event_id)]


def a_book(*sales: Purchase) -> PurchaseStore:
    """Return the sales of an empty world after these purchases were added in this order."""
    book = PurchaseStore({})
    for sale in sales:
        book.add(sale)
    return book


def test_sales_are_kept_in_the_order_in_which_the_platform_learns_of_them():
    """Rule: JOB-03."""
    assert sale_numbers(a_book(a_sale(1, day=5), a_sale(2, day=3), a_sale(3, day=9), a_sale(4, day=4))) == [2, 4, 1, 3]


def test_sales_of_one_instant_are_kept_by_their_numbers():
    """Rule: JOB-03."""
    assert sale_numbers(a_book(a_sale(11), a_sale(9), a_sale(10))) == [9, 10, 11]


def test_a_late_arrival_is_kept_by_its_arrival():
    """Rule: JOB-03."""
    late = a_sale(2, day=1, revealed_at=at("2026-09-09"))
    assert sale_numbers(a_book(a_sale(1, day=5), late)) == [1, 2]


def test_each_event_has_its_own_sales():
    book = a_book(a_sale(1), a_sale(2, event_id="evt_2"))
    assert (sale_numbers(book), sale_numbers(book, "evt_2"), sale_numbers(book, "evt_3")) == ([1], [2], [])


def test_a_worlds_sales_are_there_from_the_start_and_stay_as_they_were():
    world = {"evt_1": [a_sale(1, day=1), a_sale(2, day=5)]}
    book = PurchaseStore(world)
    book.add(a_sale(3, day=3))
    assert sale_numbers(book) == [1, 3, 2]
    assert [sale.number for sale in world["evt_1"]] == [1, 2]
    assert sale_numbers(PurchaseStore(world)) == [1, 2]


def test_clearing_drops_what_the_partner_brought_in_and_keeps_the_feed():
    """Rule: DRS-05."""
    world = {
        "evt_1": [a_sale(1), a_sale(2, origin="partner")],
        "evt_2": [a_sale(3, event_id="evt_2", origin="partner")],
    }
    book = PurchaseStore(world)
    book.add(a_sale(4, day=2, origin="partner"))
    book.add(a_sale(5, day=2))
    book.delete_partner_sales("evt_1")
    assert sale_numbers(book) == [1, 5]
    assert sale_numbers(book, "evt_2") == [3]
    assert [sale.number for sale in world["evt_1"]] == [1, 2]


def test_what_was_cleared_stays_cleared_when_sales_are_added():
    """Rule: DRS-05 (sales are cleared permanently)."""
    book = a_book(a_sale(1, origin="partner"), a_sale(2))
    book.delete_partner_sales("evt_1")
    book.add(a_sale(3))
    book.delete_partner_sales("evt_1")
    assert sale_numbers(book) == [2, 3]


@pytest.mark.parametrize("event_id", ["evt_1", "evt_9"], ids=["only sales from the feed", "unknown"])
def test_clearing_where_nothing_was_brought_in_changes_nothing(event_id):
    """Rule: DRS-05."""
    book = a_book(a_sale(1))
    before = book.revision(event_id)
    book.delete_partner_sales(event_id)
    assert (sale_numbers(book), book.revision(event_id)) == ([1], before)


def test_each_change_of_an_events_sales_changes_its_revision_and_no_others():
    book = PurchaseStore({"evt_1": [a_sale(1, origin="partner")]})
    seen = [book.revision("evt_1")]
    book.add(a_sale(2))
    seen.append(book.revision("evt_1"))
    book.delete_partner_sales("evt_1")
    seen.append(book.revision("evt_1"))
    assert len(set(seen)) == 3
    assert book.revision("evt_2") == PurchaseStore({}).revision("evt_2")


sales_of_one_event = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(["feed", "partner"])),
    max_size=15,
).map(lambda rows: [a_sale(number, day, origin=origin) for number, (day, origin) in enumerate(rows, 1)])


@given(sold=sales_of_one_event, seed=st.randoms(use_true_random=False), cut=st.integers(0, 15))
@settings(deadline=None)
def test_the_order_in_which_sales_are_added_makes_no_difference(sold, seed, cut):
    """Rule: JOB-03."""
    world = sorted(sold[:cut], key=lambda sale: (sale.revealed_at, sale.number))
    later = sold[cut:]
    seed.shuffle(later)
    book = PurchaseStore({"evt_1": world})
    for sale in later:
        book.add(sale)
    sales = list(book.for_event("evt_1"))
    assert Counter(sales) == Counter(sold)
    assert [(sale.revealed_at, sale.number) for sale in sales] == sorted((s.revealed_at, s.number) for s in sold)
    book.delete_partner_sales("evt_1")
    assert list(book.for_event("evt_1")) == [sale for sale in sales if sale.origin == "feed"]


def test_a_worlds_customers_are_known_and_others_are_added():
    world = {"cus_1": a_customer("cus_1")}
    customers = CustomerStore(world)
    customers.put(a_customer("cus_2", cluster="Rock"))
    assert (customers.get("cus_1"), customers.get("cus_9")) == (a_customer("cus_1"), None)
    assert customers.get("cus_2") == a_customer("cus_2", cluster="Rock")
    assert set(customers.mapping()) == {"cus_1", "cus_2"}
    assert set(world) == {"cus_1"}


def test_a_customer_that_is_put_again_takes_the_place_of_the_worlds():
    customers = CustomerStore({"cus_1": a_customer("cus_1", cluster="Jazz")})
    customers.put(a_customer("cus_1", cluster="Rock"))
    assert [customers.get("cus_1"), customers.mapping()["cus_1"]] == [a_customer("cus_1", cluster="Rock")] * 2


def test_a_store_starts_as_its_world():
    world = a_world(purchases=[a_purchase("2026-08-02"), a_purchase("2026-08-01")])
    store = Store(world)
    assert set(store.partners.mapping()) == {ACME, BETA}
    assert set(store.users.mapping()) == set(world.users)
    assert [event.id for event in store.events.group("partner", BETA)] == ["evt_beta"]
    assert [sale.at.day for sale in store.sales.for_event("evt_1")] == [1, 2]
    assert (list(store.packages), list(store.results), store.last_run) == ([], [], None)


def test_a_store_groups_events_by_series_packages_by_partner_and_rows_by_event():
    store = Store(a_world(events=[an_event("a", series="tour"), an_event("b"), an_event("c", series="tour")]))
    assert [event.id for event in store.events.group("series", "tour")] == ["a", "c"]
    store.events.put(replace(an_event("a"), series=None))
    assert [event.id for event in store.events.group("series", "tour")] == ["c"]
    store.packages.put(a_package())
    assert list(store.packages.group("partner", ACME)) == [a_package()]
    row = CampaignResult("cr_1", 1, "a", ACME, 3, Decimal("9"), at("2026-09-01"), "manual")
    store.results.put(row)
    assert list(store.results.group("event", "a")) == [row]
    assert list(store.results.group("event", "b")) == []
