"""Properties of the sample world that do not depend on its seed and start time."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from mock_server.domain.models import Credit, EvaluationSettings, Event, Purchase
from mock_server.worlds.sample import build_sample
from mock_server.worlds.world import World, WorldError

START_DATE = date(2026, 11, 23)
MIDNIGHT = datetime.combine(START_DATE, time(), UTC)
ACME, BETA, NUMERIC_PARTNER = "partner-id-acme", "partner-id-beta", "fd1042"
DIGEST_SCRIPT = (
    "from datetime import date; from mock_server.worlds.sample import build_sample;"
    "from tests.worlds.test_sample_world import digest; print(digest(build_sample(1, date(2026, 11, 23))))"
)


def digest(world: World) -> str:
    """Return a digest of the whole world."""
    content = (world.partners, world.users, world.events, dict(world.customers), dict(world.sales), world.extras)
    return hashlib.sha256(repr(content).encode()).hexdigest()


@pytest.fixture(scope="module")
def world() -> World:
    return build_sample(1, START_DATE)


def events_of(world: World, partner_id: str) -> list[Event]:
    return [event for event in world.events.values() if event.partner_id == partner_id]


def purchases_of(world: World, partner_id: str) -> list[Purchase]:
    return [purchase for purchase in world.purchases if world.events[purchase.event_id].partner_id == partner_id]


def campaign_share(purchases: list[Purchase], model: str) -> float:
    """Return the fraction of sales that this model credits to campaigns."""
    campaign_purchases = [purchase for purchase in purchases if getattr(purchase, model) == "campaign"]
    return len(campaign_purchases) / len(purchases)


def test_the_same_seed_and_birth_give_the_same_world(world: World) -> None:
    assert build_sample(1, START_DATE) == world


def test_another_seed_gives_other_purchases_of_the_same_events(world: World) -> None:
    other = build_sample(2, START_DATE)
    assert other.purchases != world.purchases
    assert (other.partners, other.users, other.events) == (world.partners, world.users, world.events)


def test_another_birth_moves_the_events_and_keeps_their_ids(world: World) -> None:
    later = build_sample(1, START_DATE + timedelta(days=10))
    assert list(later.events) == list(world.events)
    assert all(
        later.events[key].start_date_time - event.start_date_time == timedelta(days=10)
        for key, event in world.events.items()
    )


def test_no_other_process_sees_another_world(world: World) -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST_SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("0", "4711")
    }
    assert digests == {digest(world)}


@pytest.mark.parametrize("birth", [date.min, date(2024, 2, 29), date(9998, 12, 31)], ids=str)
def test_every_date_up_to_a_year_before_the_calendar_ends_has_a_world(birth: date) -> None:
    assert len(build_sample(1, birth).purchases) > 30_000


@pytest.mark.parametrize("birth", [date(9999, 1, 1), date.max], ids=str)
def test_a_world_whose_times_would_leave_the_calendar_is_refused(birth: date) -> None:
    with pytest.raises(WorldError, match="must not be later than 9998-12-31"):
        build_sample(1, birth)


def test_three_partners_have_currencies_of_their_own(world: World) -> None:
    assert {partner.id: partner.currency for partner in world.partners.values()} == {
        ACME: "EUR",
        BETA: "GBP",
        NUMERIC_PARTNER: "USD",
    }


def test_there_is_a_user_for_each_sign_in_outcome(world: World) -> None:
    assert {name: user.groups for name, user in world.users.items()} == {
        "partner@acme.example": (ACME,),
        "agency@acme.example": (ACME, BETA, NUMERIC_PARTNER, "external-user", "webapp-access-group-7"),
        "admin@platform.example": ("fd-admin",),
        "mfa@acme.example": (ACME,),
        "new@acme.example": (ACME,),
        "disabled@acme.example": (ACME, "account-disabled"),
        "external@acme.example": ("external-user",),
    }
    assert world.users["mfa@acme.example"].mfa_token == "123456"
    assert [name for name, user in world.users.items() if user.must_change_password] == ["new@acme.example"]
    assert {user.password for user in world.users.values()} == {"wavetank"}


def test_a_users_sub_looks_like_a_uuid_and_is_its_own(world: World) -> None:
    subs = {user.sub for user in world.users.values()}
    assert len(subs) == len(world.users)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sub) for sub in subs)


@pytest.mark.parametrize(
    ("partner_id", "events", "customers", "purchases"),
    [(ACME, 38, 4_000, 30_000), (BETA, 13, 300, 1_600), (NUMERIC_PARTNER, 10, 200, 1_100)],
)
@pytest.mark.parametrize("seed", [1, 99])
def test_each_partner_has_as_much_as_promised(
    seed: int, partner_id: str, events: int, customers: int, purchases: int
) -> None:
    drawn = build_sample(seed, START_DATE)
    owners = Counter(customer.partner_id for customer in drawn.customers.values())
    assert len(events_of(drawn, partner_id)) == events
    assert owners[partner_id] == customers
    assert len(purchases_of(drawn, partner_id)) == pytest.approx(purchases, rel=0.05)


def test_event_ids_are_evt_and_six_letters_or_digits_but_for_two(world: World) -> None:
    odd = [event_id for event_id in world.events if not re.fullmatch(r"evt_[a-z0-9]{6}", event_id)]
    assert odd == ["10421", "20877"]


def test_the_documented_event_is_upcoming_in_a_series_and_campaigned_for(world: World) -> None:
    event = world.events["evt_abc123"]
    assert (event.title, event.city, event.venue_name) == ("Concert at Olympiahalle", "München", "Olympiahalle")
    assert event.start_date_time == MIDNIGHT + timedelta(days=45, hours=19)
    assert (event.attribution_model, event.campaign_status, event.campaign_stop_time) == ("FD", "RUNNING", None)
    assert event.series is not None


def test_the_first_partner_has_four_series_of_two_to_five_events(world: World) -> None:
    sizes = Counter(event.series for event in events_of(world, ACME) if event.series is not None)
    assert sorted(sizes.values()) == [2, 4, 4, 5]


def test_events_differ_in_what_a_client_must_cope_with(world: World) -> None:
    events = events_of(world, ACME)
    assert {event.attribution_model for event in events} == {"FD", "META", "EXTERNAL"}
    assert {event.status for event in events} == {"active", "archived", "cancelled"}
    assert {event.campaign_status for event in events} == {"RUNNING", "OPEN", "CLOSED", "IGNORED"}
    for optional in ("hall_name", "capacity", "predicted_sales_share", "benchmark", "campaign_stop_time", "series"):
        absent = {getattr(event, optional) is None for event in events}
        assert absent == ({False} if optional == "capacity" else {True, False}), optional
    assert {"München", "Köln", "Zürich", "Kraków"} <= {event.city for event in events}


def test_customers_of_the_first_partner_have_eight_tastes(world: World) -> None:
    tastes = Counter(customer.cluster for customer in world.customers.values() if customer.partner_id == ACME)
    assert len(tastes) == 8
    assert min(tastes.values()) > 200
    assert {"Klassik & Oper", "Jazz, Soul & Funk"} <= tastes.keys()


def test_most_purchases_of_an_event_come_from_customers_of_one_taste(world: World) -> None:
    tastes = Counter(world.customers[p.customer_id].cluster for p in world.purchases if p.event_id == "evt_abc123")
    assert tastes.most_common(1)[0][0] == "Rock & Indie"
    assert tastes["Rock & Indie"] > 0.7 * tastes.total()


def test_purchases_are_sorted_and_numbered_event_by_event(world: World) -> None:
    numbers = [purchase.number for event_id in world.events for purchase in world.sales.get(event_id, ())]
    assert numbers == list(range(1, world.purchase_count + 1))
    for book in (*world.sales.values(), world.purchases):
        instants = [purchase.revealed_at for purchase in book]
        assert instants == sorted(instants)


def test_an_event_drawn_alone_has_the_sales_that_it_has_among_all(world: World) -> None:
    alone = build_sample(1, START_DATE)
    assert alone.sales["evt_abc123"] == world.sales["evt_abc123"]
    assert list(alone.customers) == list(world.customers)


def test_purchases_are_sound(world: World) -> None:
    for purchase in world.purchases:
        event, customer = world.events[purchase.event_id], world.customers[purchase.customer_id]
        assert purchase.at < event.start_date_time
        assert purchase.at == purchase.revealed_at
        assert (purchase.at.tzinfo, purchase.at.microsecond) == (UTC, 0)
        assert customer.partner_id == event.partner_id
        assert 1 <= purchase.tickets <= 6
        assert purchase.revenue > 0
        assert purchase.revenue.as_tuple().exponent == -2
        assert {purchase.fd, purchase.meta, purchase.external} <= set(get_args(Credit))
        assert purchase.origin == "feed"


def test_purchases_fill_120_days_before_the_birth_and_180_after(world: World) -> None:
    days = {(purchase.at - MIDNIGHT).days for purchase in purchases_of(world, ACME)}
    assert days == set(range(-120, 180))
    past = sum(purchase.at < MIDNIGHT for purchase in purchases_of(world, ACME))
    assert 0.4 < past / len(purchases_of(world, ACME)) < 0.6


def test_a_cancelled_event_sells_nothing_more(world: World) -> None:
    cancelled = {event.id for event in world.events.values() if event.status == "cancelled"}
    assert max(purchase.at for purchase in world.purchases if purchase.event_id in cancelled) < MIDNIGHT


def test_weekends_and_evenings_are_busier(world: World) -> None:
    weekend = sum(purchase.at.weekday() >= 5 for purchase in world.purchases)
    evening = sum(17 <= purchase.at.hour < 23 for purchase in world.purchases)
    assert weekend > 2 / 7 * len(world.purchases)
    assert evening > 6 / 24 * len(world.purchases)


def test_models_credit_different_shares_to_campaigns(world: World) -> None:
    purchases = purchases_of(world, ACME)
    assert campaign_share(purchases, "fd") == pytest.approx(0.35, abs=0.02)
    assert campaign_share(purchases, "meta") == pytest.approx(0.45, abs=0.02)
    assert campaign_share(purchases, "external") == pytest.approx(0.15, abs=0.02)


def test_meta_follows_fd_without_repeating_it(world: World) -> None:
    purchases = [purchase for purchase in world.purchases if purchase.event_id == "evt_abc123"]
    credited = [purchase for purchase in purchases if purchase.fd == "campaign"]
    assert campaign_share(credited, "meta") > campaign_share(purchases, "meta") + 0.1
    assert campaign_share(credited, "meta") < 1
    assert campaign_share(purchases, "meta") != campaign_share(purchases, "fd")


def test_an_event_without_campaigns_has_no_campaign_sales(world: World) -> None:
    without = {event.id for event in world.events.values() if event.campaign_status == "IGNORED"}
    credited = {(p.fd, p.meta, p.external) for p in world.purchases if p.event_id in without}
    assert credited
    assert all("campaign" not in models for models in credited)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_documented_event_sells_on_most_of_the_90_days_before_the_birth_and_after_it(seed: int) -> None:
    days = {(p.at - MIDNIGHT).days for p in build_sample(seed, START_DATE).purchases if p.event_id == "evt_abc123"}
    assert len(days & set(range(-90, 0))) > 80
    assert len(days & set(range(45))) > 40


def test_a_built_package_of_munich_shows_comes_along(world: World) -> None:
    package = next(package for package in world.extras.packages if package.id == "pkg_555")
    assert (package.partner_id, package.title) == (ACME, "Munich shows Q3")
    assert "evt_abc123" in package.event_ids
    assert {world.events[event_id].city for event_id in package.event_ids} == {"München"}
    assert package.built_at == MIDNIGHT + timedelta(days=-10, hours=9, minutes=12)
    assert package.evaluated_at == MIDNIGHT + timedelta(days=-1, hours=6)
    assert package.settings == EvaluationSettings(30, "EVENTS_FROM_PACKAGE", START_DATE - timedelta(days=9))


def test_the_documented_event_brings_its_results_along(world: World) -> None:
    entered = {row.id: (row.purchase, row.revenue) for row in world.extras.manual_results if row.eid == "evt_abc123"}
    assert entered == {"cr_01hq9m": (12, Decimal("540.00")), "cr_01hqd4": (-2, Decimal("-90.00"))}
    assert all(row.created_at < MIDNIGHT for row in world.extras.manual_results)
    assert world.extras.result_ids["evt_abc123"] == "cr_9f3k2a"
