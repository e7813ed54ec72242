"""Shows, which describe events relative to the start date, and their conversion to events."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from mock_server.domain.models import (
    AttributionModel,
    CampaignStatus,
    ClientCampaignStatus,
    Event,
    FrontendStatus,
    OptimisationStatus,
    Prediction,
    SpecialAdCategory,
)


@dataclass(frozen=True, slots=True)
class Show:
    """An event in the sample's tables.

    Days are counted from the start date and negative before it: `day` of the event, `stop` of its campaigns, `on_sale`
    and `off_sale` of its sales. `hour` is in UTC. About `orders` orders are sold between `on_sale` and its start, or
    `off_sale`, most of them to customers with its `taste`. `prices` are per ticket, in cents. `benchmark` is the
    predicted value, and the benchmark with which it is compared.
    """

    id: str
    title: str
    city: str
    venue: str
    taste: str
    day: int
    hour: float
    on_sale: int
    orders: int
    prices: tuple[int, ...]
    hall: str | None = None
    capacity: int | None = None
    share: float | None = None
    benchmark: tuple[float, float] | None = None
    ad_category: SpecialAdCategory | None = None
    model: AttributionModel = "FD"
    status: str = "active"
    frontend: FrontendStatus = "DEFAULT"
    campaign: CampaignStatus = "RUNNING"
    client_campaign: ClientCampaignStatus | None = None
    optimisation: OptimisationStatus = "ON"
    ad_optimisation: OptimisationStatus = "OFF"
    stop: int | None = None
    off_sale: int | None = None
    series: str | None = None


CATEGORY_BY_TASTE = {
    "Klassik & Oper": "classical",
    "Rock & Indie": "concert",
    "Jazz, Soul & Funk": "concert",
    "Familie & Kinder": "family",
    "Comedy & Kabarett": "comedy",
    "Musical & Bühne": "theatre",
    "Schlager & Volksmusik": "concert",
    "Electro & Hip-Hop": "concert",
    "Indie & Alternative": "concert",
    "Plays & Musicals": "theatre",
    "Stand-up": "comedy",
    "Country & Folk": "concert",
    "Hockey & Basketball": "sports",
    "Kids & Family": "family",
}
"""The category of an event by its taste."""


def instant_on_day(start_date: date, day: int, hour: float) -> datetime:
    """Return the timestamp of an hour, in UTC, on a day that is counted from the start date."""
    return datetime.combine(start_date, time(), UTC) + timedelta(days=day, hours=hour)


def to_event(show: Show, partner_id: str, start_date: date) -> Event:
    """Convert a show to an event of the partner. See: EVT-02."""
    return Event(
        id=show.id,
        partner_id=partner_id,
        title=show.title,
        start_date_time=instant_on_day(start_date, show.day, show.hour),
        city=show.city,
        venue_name=show.venue,
        hall_name=show.hall,
        capacity=show.capacity,
        category=CATEGORY_BY_TASTE[show.taste],
        special_ad_category=show.ad_category,
        predicted_sales_share=show.share,
        status=show.status,
        frontend_status=show.frontend,
        campaign_status=show.campaign,
        client_campaign_status=show.client_campaign,
        campaign_optimisation_status=show.optimisation,
        ad_campaign_optimisation_status=show.ad_optimisation,
        campaign_stop_time=None if show.stop is None else instant_on_day(start_date, show.stop, 22),
        benchmark=None if show.benchmark is None else Prediction(*show.benchmark),
        series=show.series,
        attribution_model=show.model,
    )
