"""Columns of purchases behave like the records that they contain, and give the same results."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import attribution, clustering, evaluation, explaining, revenue, sales
from mock_server.domain.explained_columns import OUTCOME_ORDER
from mock_server.domain.explaining import EvaluationBasis, RunBasis
from mock_server.domain.models import (
    AttributionModel,
    AttributionRun,
    Cluster,
    EvaluationModel,
    EvaluationSettings,
    Purchase,
)
from mock_server.domain.purchase_columns import CREDITS, MergedPurchases, PurchaseUnion, build_columns
from mock_server.domain.windows import Window
from tests.builders import a_purchase

START = datetime.fromisoformat("2026-08-01T22:00:00+00:00")
AMOUNTS = [Decimal(text) for text in ("59.00", "59", "0", "-12.5", "-0.00", "0.001")]
MODELS: tuple[AttributionModel, ...] = ("FD", "META", "EXTERNAL")
moments = st.integers(0, 40).map(lambda step: START + timedelta(hours=step // 4, seconds=step % 4))
customers = st.sampled_from([f"cus_{number}" for number in range(6)])


@st.composite
def draw_purchases(draw: st.DrawFn, event_id: str = "evt_1", *, arrive_late: bool = False) -> Purchase:
    at = draw(moments)
    fd, meta, external = (draw(st.sampled_from(CREDITS)) for _ in range(3))
    return Purchase(
        0,
        draw(customers),
        event_id,
        at,
        max(at, draw(moments)) if arrive_late else at,
        draw(st.integers(1, 3)),
        draw(st.sampled_from(AMOUNTS)),
        fd,
        meta,
        external,
        draw(st.sampled_from(["feed", "partner"])) if arrive_late else "feed",
    )


def number_purchases(purchases: Sequence[Purchase], first: int) -> list[Purchase]:
    """Number purchases in the order of their times."""
    ordered = sorted(purchases, key=lambda purchase: purchase.revealed_at)
    return [
        Purchase(number, *(getattr(purchase, name) for name in Purchase.__slots__[1:]))
        for number, purchase in enumerate(ordered, first)
    ]


@st.composite
def draw_books(draw: st.DrawFn, event: int = 1) -> tuple[Sequence[Purchase], list[Purchase]]:
    """Draw an event's purchases twice: as columns, perhaps with records added, and as records."""
    event_id = f"evt_{event}"
    world = number_purchases(draw(st.lists(draw_purchases(event_id), max_size=12)), 20 * event)
    added = number_purchases(draw(st.lists(draw_purchases(event_id, arrive_late=True), max_size=4)), 100 + 4 * event)
    columns = build_columns(event_id, world)
    records = sorted([*world, *added], key=sales.sort_key)
    return (MergedPurchases(columns, added) if added or draw(st.booleans()) else columns), records


@st.composite
def draw_known_books(draw: st.DrawFn) -> tuple[PurchaseUnion, list[Purchase]]:
    """Draw the purchases of several events that are known at some time, twice."""
    now = draw(moments)
    books = [draw(draw_books(event)) for event in (1, 2, 3)]
    return (
        PurchaseUnion(sales.select_known(columns, now) for columns, _ in books),
        [purchase for _, records in books for purchase in sales.select_known(records, now)],
    )


def digits(value: object) -> str:
    """Return all digits of a result. Amounts that differ only in their trailing zeros are equal."""
    return repr(value)


@settings(deadline=None)
@given(draw_books(), st.integers(-20, 20), st.integers(-20, 20))
def test_columns_are_a_sequence_of_their_records(
    book: tuple[Sequence[Purchase], list[Purchase]], start: int, stop: int
) -> None:
    columns, records = book
    assert (digits(list(columns)), len(columns)) == (digits(records), len(records))
    assert digits([columns[place] for place in range(len(columns))]) == digits(records)
    assert columns[start:stop] == tuple(records[start:stop])
    assert list(columns[start:stop][1:]) == records[start:stop][1:]
    assert columns[::-1] == tuple(records[::-1])
    assert columns == tuple(records)
    assert columns != (*records, a_purchase())


@settings(deadline=None)
@given(draw_books(), moments, moments, st.integers(0, 110))
def test_the_known_and_the_unprocessed_purchases_are_those_of_the_records(
    book: tuple[Sequence[Purchase], list[Purchase]], now: datetime, last: datetime, number: int
) -> None:
    columns, records = book
    run = AttributionRun(last, number)
    assert list(sales.select_known(columns, now)) == sales.select_known(records, now)
    assert list(sales.select_unprocessed(columns, run, now)) == list(sales.select_unprocessed(records, run, now))
    day = now.date()
    assert list(sales.select_days(columns, day, day)) == sales.select_days(records, day, day)


@settings(deadline=None)
@given(draw_books(), moments, st.sampled_from(MODELS))
def test_totals_and_days_are_those_of_the_records(
    book: tuple[Sequence[Purchase], list[Purchase]], now: datetime, model: AttributionModel
) -> None:
    columns, records = (sales.select_known(each, now) for each in book)
    assert digits(attribution.split(columns, model)) == digits(attribution.split(records, model))
    assert digits(attribution.credited_total(columns, model)) == digits(attribution.credited_total(records, model))
    period = START.date(), START.date() + timedelta(days=1)
    assert digits(revenue.list_days(columns, model, *period)) == digits(revenue.list_days(records, model, *period))
    everything = date.min, date.max
    assert digits(revenue.list_days(columns, model, *everything)) == digits(
        revenue.list_days(records, model, *everything)
    )


@settings(deadline=None)
@given(draw_books(), moments, moments, st.integers(0, 110), st.sampled_from(MODELS), st.integers(0, 5))
def test_an_explanation_of_a_run_is_that_of_the_records(
    book: tuple[Sequence[Purchase], list[Purchase]],
    due: datetime,
    last: datetime,
    number: int,
    model: AttributionModel,
    limit: int,
) -> None:
    columns, records = book
    for previous in (None, AttributionRun(last, number)):
        basis = RunBasis(previous, AttributionRun(due, number), model)
        known = (
            sales.select_known(records, due) if previous is None else sales.select_unprocessed(records, previous, due)
        )
        processed = [purchase for purchase in known if explaining.was_known(purchase, basis.cutoff)]
        assert list(explaining.select_processed(columns, basis)) == processed
        assert list(explaining.select_processed(records, basis)) == processed
    credited_first = sorted(records, key=lambda purchase: not explaining.is_credited(purchase, model))[:limit]
    assert explaining.list_credited_first(columns, model, limit) == credited_first
    assert explaining.list_credited_first(records, model, limit) == credited_first


@settings(deadline=None)
@given(draw_known_books(), st.sets(customers), st.integers(1, 3))
def test_buyers_and_related_events_are_those_of_the_records(
    books: tuple[PurchaseUnion, list[Purchase]], buyers: set[str], limit: int
) -> None:
    columns, records = books
    own = frozenset({"evt_2"})
    assert sales.customer_ids(columns) == sales.customer_ids(records)
    assert clustering.find_related_events(buyers, columns, own, limit) == clustering.find_related_events(
        buyers, records, own, limit
    )


@settings(deadline=None)
@given(draw_known_books(), st.lists(customers, unique=True), st.integers(0, 3), st.integers(1, 300), st.data())
def test_an_evaluation_is_that_of_the_records(
    books: tuple[PurchaseUnion, list[Purchase]], members: list[str], days: int, part_count: int, data: st.DataObject
) -> None:
    """There may be more clusters than a byte can number."""
    columns, records = books
    cluster_of = data.draw(st.lists(st.integers(0, part_count - 1), min_size=len(members), max_size=len(members)))
    clusters = tuple(
        Cluster(f"tc {part}", "", tuple(name for name, own in zip(members, cluster_of, strict=True) if own == part))
        for part in range(part_count)
    )
    window = Window(START.date(), START.date() + timedelta(days=days))
    assert evaluation.evaluate(clusters, columns, window) == evaluation.evaluate(clusters, records, window)


@settings(deadline=None)
@given(
    draw_known_books(),
    st.lists(customers, unique=True),
    st.tuples(moments, st.integers(0, 110)),
    st.sampled_from(["EVENTS_FROM_PACKAGE", "EVENT_SERIES", "ALL_PURCHASES"]),
    st.data(),
)
def test_an_explanation_of_an_evaluation_is_that_of_the_records(
    books: tuple[PurchaseUnion, list[Purchase]],
    members: list[str],
    cutoff: tuple[datetime, int],
    model: EvaluationModel,
    data: st.DataObject,
) -> None:
    columns, records = books
    basis = EvaluationBasis(
        EvaluationSettings(3, model),
        Window(START.date(), START.date() + timedelta(days=data.draw(st.integers(0, 1)))),
        frozenset({"evt_1", "evt_2"}),
        (Cluster("one", "", tuple(members[::2])), Cluster("two", "", tuple(members[1::2]))),
        AttributionRun(*cutoff),
    )
    explained, expected = (explaining.explain_purchases(each, basis) for each in (columns, records))
    assert explaining.count_outcomes(explained) == explaining.count_outcomes(expected)
    assert explaining.recount(explained, basis) == explaining.recount(expected, basis)
    assert explaining.count_without_cluster(columns, basis) == explaining.count_without_cluster(records, basis)
    tc, outcome = data.draw(st.sampled_from([None, "one", "two"])), data.draw(st.sampled_from([None, *OUTCOME_ORDER]))
    start, stop = data.draw(st.integers(0, 12)), data.draw(st.integers(0, 40))
    selected, wanted = (explaining.select_explained(each, tc, outcome) for each in (explained, expected))
    assert len(selected) == len(wanted)
    assert list(selected[start:stop]) == wanted[start:stop]
