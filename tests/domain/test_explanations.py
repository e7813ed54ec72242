"""Why a purchase counts or does not count. Rules: BEV-06, BEV-07, BEV-08, JOB-03, LAM-04."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mock_server.domain import explaining
from mock_server.domain.explaining import EvaluationBasis, RunBasis
from mock_server.domain.models import AttributionRun, Cluster, EvaluationModel, EvaluationSettings
from mock_server.domain.windows import Window
from tests.builders import a_purchase, at

WINDOW = Window(date(2026, 3, 1), date(2026, 3, 10))
LAST_RUN = AttributionRun(at("2026-03-05T12:00:00"), 50)
CLUSTERS = (Cluster("Jazz", "Jazz", ("cus_1", "cus_2")), Cluster("Rock", "Rock", ("cus_3",)))


def a_basis(
    model: EvaluationModel = "EVENTS_FROM_PACKAGE", counted: frozenset[str] = frozenset({"evt_1"})
) -> EvaluationBasis:
    return EvaluationBasis(EvaluationSettings(10, model), WINDOW, counted, CLUSTERS, LAST_RUN)


@pytest.mark.parametrize(
    ("instant", "outcome", "misses"),
    [
        pytest.param("2026-02-28T23:59:59", "outside_window", "before", id="a second before the window"),
        pytest.param("2026-03-01T00:00:00", "counted", None, id="the window's first second"),
        pytest.param("2026-03-05T12:00:00", "counted", None, id="the time of completion"),
        pytest.param("2026-03-05T12:00:01", "not_known_yet", None, id="a second after completion"),
        pytest.param("2026-03-10T23:59:59", "not_known_yet", None, id="the window's last second"),
        pytest.param("2026-03-11T00:00:00", "outside_window", "after", id="the window's end"),
    ],
)
def test_a_purchase_counts_by_its_instant(instant: str, outcome: str, misses: str | None) -> None:
    purchase = a_purchase(instant)
    assert explaining.classify_purchase(purchase, a_basis()) == outcome
    if misses is not None:
        assert explaining.missed_side(purchase, WINDOW) == misses


@pytest.mark.parametrize(
    ("model", "outcome"),
    [
        pytest.param("EVENTS_FROM_PACKAGE", "other_event", id="the package's events"),
        pytest.param("EVENT_SERIES", "other_series", id="their series"),
        pytest.param("ALL_PURCHASES", "not_known_yet", id="all: an event that did not exist yet"),
    ],
)
def test_a_purchase_of_an_event_that_does_not_count_says_which_model_leaves_it_out(
    model: EvaluationModel, outcome: str
) -> None:
    assert explaining.classify_purchase(a_purchase("2026-03-02", event_id="evt_9"), a_basis(model)) == outcome


def test_what_no_waiting_would_change_is_told_first() -> None:
    """If a purchase is of another event, outside the window and not known yet, the event is given as the reason."""
    late = a_purchase("2026-04-01")
    assert explaining.classify_purchase(replace(late, event_id="evt_9"), a_basis()) == "other_event"
    assert explaining.classify_purchase(late, a_basis()) == "outside_window"


@pytest.mark.parametrize(
    ("number", "known"), [pytest.param(50, True, id="the last one"), pytest.param(51, False, id="one more")]
)
def test_of_the_very_instant_of_completion_the_number_tells(number: int, *, known: bool) -> None:
    assert explaining.was_known(a_purchase(LAST_RUN.due, number=number), LAST_RUN) is known


def test_a_purchase_that_arrived_later_was_not_known_whenever_it_was_made() -> None:
    late = replace(a_purchase("2026-03-02"), revealed_at=at("2026-03-06"))
    assert explaining.classify_purchase(late, a_basis()) == "not_known_yet"


def test_purchases_are_judged_for_members_alone_the_counted_ones_first() -> None:
    purchases = [
        a_purchase("2026-03-02", number=1, event_id="evt_9"),
        a_purchase("2026-02-01", number=2, customer_id="cus_3"),
        a_purchase("2026-03-04", number=3, customer_id="cus_2"),
        a_purchase("2026-03-03", number=4),
        a_purchase("2026-03-03", number=5, customer_id="cus_stranger"),
        a_purchase("2026-03-09", number=6, customer_id="cus_3"),
    ]
    purchase_verdicts = explaining.explain_purchases(purchases, a_basis())
    assert [(each.purchase.number, each.tc, each.outcome) for each in purchase_verdicts] == [
        (4, "Jazz", "counted"),
        (3, "Jazz", "counted"),
        (6, "Rock", "not_known_yet"),
        (2, "Rock", "outside_window"),
        (1, "Jazz", "other_event"),
    ]
    assert explaining.count_without_cluster(purchases, a_basis()) == 1
    assert explaining.count_outcomes(purchase_verdicts) == {
        "Jazz": {"counted": 2, "other_event": 1},
        "Rock": {"not_known_yet": 1, "outside_window": 1},
    }
    rows = explaining.recount(purchase_verdicts, a_basis())
    assert [(row.tc, row.customers, row.items, row.purchase) for row in rows] == [("Jazz", 2, 4, 2), ("Rock", 0, 0, 0)]


@pytest.mark.parametrize(
    ("span", "limits"),
    [
        pytest.param(WINDOW, (at("2026-03-01"), at("2026-03-11")), id="whole days"),
        pytest.param(Window(date(2026, 3, 1), date(2026, 3, 1)), (at("2026-03-01"), at("2026-03-02")), id="one day"),
        pytest.param(
            Window(date(9999, 12, 31), date(9999, 12, 31)),
            (at("9999-12-31"), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
            id="the last day of the calendar",
        ),
    ],
)
def test_a_window_ends_before_the_day_after_its_last(span: Window, limits: tuple[datetime, datetime]) -> None:
    assert explaining.window_bounds(span) == limits


def test_a_run_looks_at_what_arrived_since_the_one_before_it() -> None:
    before, seen = AttributionRun(at("2026-03-04T08:00:00"), 2), AttributionRun(at("2026-03-05T08:00:00"), 5)
    book = [
        a_purchase("2026-03-01", number=1),
        a_purchase("2026-03-04T08:00:00", number=2),
        a_purchase("2026-03-04T08:00:00", number=3),
        a_purchase("2026-03-05T08:00:00", number=5),
        a_purchase("2026-03-05T08:00:00", number=6),
        a_purchase("2026-03-05T08:00:01", number=7),
    ]
    assert [one.number for one in explaining.select_processed(book, RunBasis(before, seen, "FD"))] == [3, 5]
    assert [one.number for one in explaining.select_processed(book, RunBasis(None, seen, "FD"))] == [1, 2, 3, 5]
    assert list(explaining.select_processed([], RunBasis(before, seen, "FD"))) == []


def test_a_run_counts_what_the_model_credits_to_campaigns_and_nothing_under_external() -> None:
    purchase = replace(a_purchase(), fd="campaign", meta="organic", external="campaign")
    assert explaining.is_credited(purchase, "FD")
    assert not explaining.is_credited(purchase, "META")
    assert not explaining.is_credited(purchase, "EXTERNAL")
