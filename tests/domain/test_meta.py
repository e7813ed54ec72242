"""The days of a report of the Meta integration. Rules: META-05, META-06."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import meta, revenue
from mock_server.domain.meta import MetaDay
from mock_server.domain.revenue import FIRST_DAY, LAST_DAY
from mock_server.domain.sales import SalesTotal
from tests.builders import a_purchase

CREDITS = st.sampled_from(["campaign", "organic", "external"])
AUGUST = st.integers(1, 28).map(lambda day: f"2026-08-{day:02}T10:00:00")


def daily_report(purchases, first=FIRST_DAY, last=LAST_DAY):
    return [
        (day.date.isoformat(), day.conversions.purchases, day.conversions.revenue)
        for day in meta.list_days(purchases, first, last)
    ]


def test_an_event_that_sold_nothing_has_no_days():
    assert daily_report([]) == []


def test_orders_and_their_revenue_add_up_exactly():
    """Rule: META-05: orders are counted, not tickets."""
    day = [a_purchase(revenue=Decimal("0.1"), tickets=3), a_purchase(revenue=Decimal("0.2"), tickets=4)]
    assert daily_report(day) == [("2026-08-01", 2, Decimal("0.3"))]


def test_a_day_is_one_of_utc():
    """Rule: META-05."""
    instants = ("2026-08-01T23:59:59", "2026-08-02T00:00:00")
    assert [row[0] for row in daily_report([a_purchase(each) for each in instants])] == ["2026-08-01", "2026-08-02"]


def test_only_what_meta_credits_to_campaigns_counts():
    """Rule: META-06."""
    fd, external = a_purchase(meta="organic"), a_purchase(meta="external")
    own = a_purchase("2026-08-02T10:00:00", fd="organic", external="organic")
    assert [row[0] for row in daily_report([fd, external, own])] == ["2026-08-02"]


def test_both_ends_of_the_range_belong_to_it():
    """Rule: META-05."""
    sales = [a_purchase(f"2026-08-0{day}T10:00:00") for day in (1, 2, 3, 4)]
    assert [row[0][-1] for row in daily_report(sales, date(2026, 8, 2), date(2026, 8, 3))] == ["2", "3"]


def test_an_order_of_nothing_is_a_conversion_still():
    """Rule: META-05: a day with conversions is reported, even if their revenue is 0."""
    assert daily_report([a_purchase(revenue=Decimal(0))]) == [("2026-08-01", 1, Decimal(0))]


DAY = MetaDay(date(2026, 8, 1), SalesTotal(Decimal("99.9"), 3))


@given(st.integers(0, 2**53), st.text(max_size=8), st.dates(), st.integers(1, 10**6))
@settings(deadline=None)
def test_orders_are_at_most_clicks_and_clicks_at_most_impressions(seed, event_id, day, orders):
    """Rule: META-05."""
    activity = meta.draw_activity(seed, event_id, MetaDay(day, SalesTotal(Decimal(orders), orders)))
    assert orders <= activity.clicks <= activity.impressions
    assert activity.spend > 0
    assert activity.spend == round(activity.spend, 2)
    assert Decimal(repr(float(activity.spend))) == activity.spend


def test_activity_is_drawn_from_seed_event_and_day():
    """Rule: META-05."""
    drawn = meta.draw_activity(1, "evt_1", DAY)
    assert drawn == meta.draw_activity(1, "evt_1", DAY)
    others = [(2, "evt_1", DAY), (1, "evt_2", DAY), (1, "evt_1", replace(DAY, date=date(2026, 8, 2)))]
    assert drawn not in [meta.draw_activity(*other) for other in others]


def test_more_orders_of_a_day_never_give_less_activity():
    """Rule: META-05."""
    more = replace(DAY, conversions=SalesTotal(Decimal("99.9"), 4))
    less, greater = (meta.draw_activity(1, "evt_1", day) for day in (DAY, more))
    assert (less.clicks, less.impressions, less.spend) <= (greater.clicks, greater.impressions, greater.spend)


@given(st.lists(st.tuples(AUGUST, CREDITS, CREDITS, CREDITS), max_size=12))
@settings(deadline=None)
def test_a_report_is_the_campaign_part_under_model_meta(given_sales):
    """Rule: META-06."""
    purchases = [
        a_purchase(instant, fd=fd, meta=meta_credit, external=external)
        for instant, fd, meta_credit, external in sorted(given_sales)
    ]
    split = {day.date: day.split["campaign"] for day in revenue.list_days(purchases, "META", FIRST_DAY, LAST_DAY)}
    reported = {day.date: day.conversions for day in meta.list_days(purchases, FIRST_DAY, LAST_DAY)}
    assert reported == {day: takings for day, takings in split.items() if takings.purchases}
