"""Making an exact case: sales, packages and events that a test puts into the world."""

from dataclasses import replace

from mock_server.control.schemas import EventOrder, PackageOrderBody, PurchaseRow
from mock_server.domain import packages, series
from mock_server.domain.errors import InvalidRequest, PartnerNotFound, Problem
from mock_server.domain.lifecycles import PACKAGE_LIFE
from mock_server.domain.models import AttributionModel, Cluster, Customer, Event, Partner, Purchase
from mock_server.domain.packages import Identity, PackageOrder
from mock_server.operations import events, partners
from mock_server.operations.events import EventView
from mock_server.operations.packages import PackageView
from mock_server.state.workspace import Call

NEW_TASTE = "Neue Gäste"


def add_purchases(call: Call, rows: list[PurchaseRow]) -> int:
    """Add sales, all or none. They arrive now; one whose instant is later is known from then on (JOB-03)."""
    problems = _purchases_problems(call, rows)
    if problems:
        raise InvalidRequest(*problems)
    for row in rows:
        _know(call, row.customer_id, call.store.events.mapping()[row.event_id].partner_id, NEW_TASTE)
        call.store.sales.add(
            Purchase(
                number=call.ids.number("purchase"),
                customer_id=row.customer_id,
                event_id=row.event_id,
                at=row.at,
                revealed_at=max(row.at, call.now),
                tickets=row.tickets,
                revenue=row.revenue,
                fd=row.fd,
                meta=row.meta,
                external=row.external,
                origin=row.origin,
            )
        )
    return len(rows)


def add_package(call: Call, order: PackageOrderBody) -> PackageView:
    """Add a package that is DONE, with the given clusters. Raises PartnerNotFound, InvalidRequest."""
    partner = _partner(call, order.partner_id)
    problems = _package_problems(call, order)
    if problems:
        raise InvalidRequest(*problems)
    for cluster in order.clusters:
        for customer_id in cluster.customers:
            _know(call, customer_id, partner.id, cluster.tc)
    clusters = tuple(
        Cluster(cluster.tc, cluster.label or cluster.tc, tuple(cluster.customers)) for cluster in order.clusters
    )
    asked = PackageOrder(
        order.title, tuple(order.event_ids), order.targeting_mode, max(1, min(packages.MAX_PACKAGES, len(clusters))), 1
    )
    identity = Identity(order.id or call.ids.new("pkg"), call.ids.number("pkg"), call.ids.revision())
    scoped = call._replace(partner_id=partner.id)
    started = packages.new(asked, identity, partner.id, partners.current_defaults(scoped), order.created_at or call.now)
    package = packages.built(packages.advanced(started), call.ids.new("tcr"), clusters)
    if order.settings is not None:
        package = replace(package, settings=order.settings.settings())
    call.store.packages.put(package)
    call.workspace.schedule_in("package_expiry", package.id, call.now, PACKAGE_LIFE)
    return PackageView(package, [call.store.events.mapping()[event_id] for event_id in package.event_ids])


def add_event(call: Call, order: EventOrder) -> EventView:
    """Add an event; its attribution model is the partner's default of this moment (PART-05).

    Raises PartnerNotFound, InvalidRequest.
    """
    partner = _partner(call, order.partner_id)
    problems = _foreign_events(call, "series", order.series, partner.id)
    if order.id is not None and call.store.events.get(order.id) is not None:
        problems.append(Problem("duplicate", "id", f"there is an event {order.id} already"))
    if problems:
        raise InvalidRequest(*problems)
    event_id = order.id or call.ids.new("evt")
    event = _event(order, event_id, order.attribution_model or partner.attribution_model_default)
    call.store.events.put(event)
    if order.series:
        _join(call, event, order.series)
    return events.get_event(call._replace(partner_id=partner.id), event_id)


def _join(call: Call, event: Event, named: list[str]) -> None:
    """Put the event into one series with the named ones and all that stand with them already (EVT-04)."""
    known = {other.id: other for other in call.store.events.group("partner", event.partner_id)}
    members = {member.id: member for key in named for member in series.together(known[key], known.values())}
    for changed in series.replaced(event, members.values(), known, call.ids.new("series")):
        call.store.events.put(changed)


def _event(order: EventOrder, event_id: str, model: AttributionModel) -> Event:
    return Event(
        id=event_id,
        partner_id=order.partner_id,
        title=order.title,
        start_date_time=order.start_date_time,
        city=order.city,
        venue_name=order.venue_name,
        hall_name=order.hall_name,
        capacity=order.capacity,
        category=order.category,
        special_ad_category=order.special_ad_category,
        predicted_sales_share=order.predicted_sales_share,
        status=order.status,
        campaign_status=order.campaign_status,
        client_campaign_status=order.client_campaign_status,
        campaign_optimisation_status=order.campaign_optimisation_status,
        ad_campaign_optimisation_status=order.ad_campaign_optimisation_status,
        campaign_stop_time=order.campaign_stop_time,
        benchmark=order.benchmark,
        series=None,
        attribution_model=model,
    )


def _partner(call: Call, partner_id: str) -> Partner:
    found = call.store.partners.get(partner_id)
    if found is None:
        raise PartnerNotFound(Problem("unknown", "partner_id", f"there is no partner {partner_id} in this world"))
    return found


def _know(call: Call, customer_id: str, partner_id: str, taste: str) -> None:
    if call.store.customers.get(customer_id) is None:
        call.store.customers.put(Customer(customer_id, partner_id, taste))


def _purchases_problems(call: Call, rows: list[PurchaseRow]) -> list[Problem]:
    """What is wrong with the rows, taken together: a customer whom an earlier row brings is that event's partner's."""
    problems: list[Problem] = []
    brought: dict[str, str] = {}
    for place, row in enumerate(rows):
        event = call.store.events.get(row.event_id)
        if event is None:
            field = f"purchases.{place}.event_id"
            problems.append(Problem("unknown", field, f"there is no event {row.event_id} in this world"))
            continue
        known = call.store.customers.get(row.customer_id)
        owner = known.partner_id if known else brought.setdefault(row.customer_id, event.partner_id)
        if owner != event.partner_id:
            problems.append(_foreign(f"purchases.{place}.customer_id", row.customer_id, owner))
    return problems


def _package_problems(call: Call, order: PackageOrderBody) -> list[Problem]:
    problems = _foreign_events(call, "event_ids", order.event_ids, order.partner_id)
    for place, cluster in enumerate(order.clusters):
        field = f"clusters.{place}.customers"
        problems += _foreign_customers(call, field, cluster.customers, order.partner_id)
    if order.id is not None and call.store.packages.get(order.id) is not None:
        problems.append(Problem("duplicate", "id", f"there is a package {order.id} already"))
    return problems


def _foreign_events(call: Call, field: str, event_ids: list[str], partner_id: str) -> list[Problem]:
    known = call.store.events
    return [
        Problem("unknown", field, f"{partner_id} has no event {event_id}")
        for event_id in event_ids
        if (event := known.get(event_id)) is None or event.partner_id != partner_id
    ]


def _foreign_customers(call: Call, field: str, customer_ids: list[str], partner_id: str) -> list[Problem]:
    known = call.store.customers
    return [
        _foreign(field, customer_id, customer.partner_id)
        for customer_id in customer_ids
        if (customer := known.get(customer_id)) is not None and customer.partner_id != partner_id
    ]


def _foreign(field: str, customer_id: str, partner_id: str) -> Problem:
    return Problem("scope", field, f"{customer_id} is a customer of {partner_id}")
