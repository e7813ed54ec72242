"""Hypothesis strategies for purchases, events and clusters in a small world."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from mock_server.domain.models import Cluster, Purchase
from tests.builders import a_purchase

CUSTOMERS = tuple(f"cus_{number}" for number in range(1, 9))
EVENTS = tuple(f"evt_{number}" for number in range(1, 7))
FIRST_DAY = date(2026, 9, 1)
MIDNIGHT = datetime(2026, 9, 1, tzinfo=UTC)

sale_credits = st.sampled_from(["campaign", "organic", "external"])
amounts = st.integers(-5_000, 1_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
days = st.integers(0, 9).map(lambda number: FIRST_DAY + timedelta(days=number))
seconds_of_a_day = st.one_of(st.sampled_from([0, 1, 86_398, 86_399]), st.integers(0, 86_399))
instants = st.builds(
    lambda day, second: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second),
    days,
    seconds_of_a_day,
)


@st.composite
def purchases(draw: st.DrawFn) -> Purchase:
    """Draw a purchase of any customer and any event, at a time within ten days."""
    return a_purchase(
        draw(instants),
        customer_id=draw(st.sampled_from(CUSTOMERS)),
        event_id=draw(st.sampled_from(EVENTS)),
        tickets=draw(st.integers(1, 5)),
        revenue=draw(amounts),
        fd=draw(sale_credits),
        meta=draw(sale_credits),
        external=draw(sale_credits),
    )


@st.composite
def cluster_sets(draw: st.DrawFn) -> tuple[Cluster, ...]:
    """Draw up to four clusters that share no customer. A customer may be in no cluster, and a cluster may be empty."""
    cluster_places = draw(st.lists(st.integers(-1, 3), min_size=len(CUSTOMERS), max_size=len(CUSTOMERS)))
    number = draw(st.integers(0, 4))
    return tuple(
        Cluster(
            f"tc_{place}",
            f"tc_{place}",
            tuple(c for c, home in zip(CUSTOMERS, cluster_places, strict=True) if home == place),
        )
        for place in range(number)
    )


def exact_sum(amounts: list[Decimal]) -> Fraction:
    """Return the exact sum of the amounts, without rounding."""
    return sum((Fraction(amount) for amount in amounts), Fraction(0))
