"""Records and small worlds with defaults, so that a test states only what matters to it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from mock_server.domain.lifecycles import TIMINGS
from mock_server.domain.models import (
    Cluster,
    Credit,
    Customer,
    EvaluationSettings,
    Event,
    Package,
    Partner,
    Purchase,
    User,
)
from mock_server.operations import bootstrap
from mock_server.state.clock import WorkspaceClock
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.worlds.world import World, group_purchases

START_TIME = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
ACME, BETA = "partner-id-acme", "partner-id-beta"
SIGNING_KEY = SigningKey()


def at(text: str) -> datetime:
    """Return the timestamp in UTC for a text such as `2026-09-01T12:00:00` or `2026-09-01`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_partner(**changes: Any) -> Partner:
    partner = Partner(
        ACME, "Acme", "acme.example", "EUR", "live_entertainment", True, True, "active", "growth", "CPA", False, "FD"
    )
    return replace(partner, **changes)


def a_user(**changes: Any) -> User:
    return replace(User("partner@acme.example", "wavetank", "sub-1", "partner@acme.example", (ACME,)), **changes)


def an_event(event_id: str = "evt_1", **changes: Any) -> Event:
    event = Event(
        event_id,
        ACME,
        f"Concert {event_id}",
        at("2026-12-01T19:00:00"),
        "München",
        "Olympiahalle",
        None,
        1000,
        "concert",
        None,
        None,
        "active",
        "DEFAULT",
        "IGNORED",
        None,
        "OFF",
        "OFF",
        None,
        None,
        None,
        "FD",
    )
    return replace(event, **changes)


def a_customer(customer_id: str = "cus_1", **changes: Any) -> Customer:
    return replace(Customer(customer_id, ACME, "Jazz"), **changes)


def a_purchase(instant: datetime | str = "2026-08-01T10:00:00", **changes: Any) -> Purchase:
    """Return a purchase that the platform knows at once.

    `credit` sets which source each model credits.
    """
    purchased_at = at(instant) if isinstance(instant, str) else instant
    credit: Credit = changes.pop("credit", "campaign")
    purchase = Purchase(1, "cus_1", "evt_1", purchased_at, purchased_at, 2, Decimal("50.00"), credit, credit, credit)
    return replace(purchase, **changes)


def a_package(**changes: Any) -> Package:
    package = Package(
        "pkg_1",
        1,
        ACME,
        "Munich shows",
        "DONE",
        None,
        at("2026-08-01T09:00:00"),
        ("evt_1",),
        "lookalike",
        1,
        1,
        EvaluationSettings(30, "EVENTS_FROM_PACKAGE"),
        1,
        1,
        (Cluster("Jazz", "Jazz", ("cus_1",)),),
    )
    return replace(package, **changes)


def a_world(
    events: list[Event] | None = None,
    purchases: list[Purchase] | None = None,
    users: list[User] | None = None,
    customers: list[Customer] | None = None,
) -> World:
    """Return a world with two partners. Its purchases are sorted and numbered."""
    sorted_purchases = sorted(purchases or [], key=lambda purchase: purchase.revealed_at)
    buyers = sorted({purchase.customer_id for purchase in sorted_purchases} or {"cus_1"})
    all_customers = customers or [a_customer(customer_id) for customer_id in buyers]
    all_events = events or [an_event(), an_event("evt_beta", partner_id=BETA)]
    return World(
        partners={partner.id: partner for partner in (a_partner(), a_partner(id=BETA, name="Beta", currency="GBP"))},
        users={user.username: user for user in users or [a_user(), an_agency(), an_admin()]},
        events={event.id: event for event in all_events},
        customers={customer.id: customer for customer in all_customers},
        sales=group_purchases((event.id for event in all_events), sorted_purchases),
        purchase_count=len(sorted_purchases),
    )


def an_agency() -> User:
    return a_user(username="agency@acme.example", email="agency@acme.example", sub="sub-2", groups=(ACME, BETA))


def an_admin() -> User:
    return a_user(username="admin@platform.example", email="admin@platform.example", sub="sub-3", groups=("fd-admin",))


def a_workspace(world: World | None = None, now: datetime = START_TIME, name: str = "test") -> Workspace:
    """Return a workspace with a frozen clock."""
    fixed_world = world or a_world()

    def source(seed: int, birth_date: date) -> World:
        return fixed_world

    workspace = Workspace(name, WorkspaceClock(now, "frozen"), source, TIMINGS["quick"], SIGNING_KEY)
    bootstrap.bootstrap(workspace, 1, now)
    return workspace


def a_call(workspace: Workspace, partner_id: str = ACME) -> OperationCall:
    return OperationCall(workspace, workspace.clock.now(), partner_id, (partner_id,))
