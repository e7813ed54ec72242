"""Adds test data to a workspace: purchases, packages and events."""

from dataclasses import replace

from mock_server.control.test_data_schemas import BenchmarkRequest, EventRequest, PackageRequest, PurchaseRow
from mock_server.domain import packages, series
from mock_server.domain.errors import (
    MAX_PROBLEMS,
    UNLISTED,
    WHOLE_BODY,
    InvalidRequestError,
    PartnerNotFoundError,
    Problem,
)
from mock_server.domain.events import RESERVED_IDS
from mock_server.domain.lifecycles import PACKAGE_LIFETIME
from mock_server.domain.models import AttributionModel, Cluster, Customer, Event, Package, Partner, Prediction, Purchase
from mock_server.domain.packages import PackageIdentity, PackageOrder
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.operations import events, partners
from mock_server.operations.events import EventView
from mock_server.operations.packages import PackageView
from mock_server.state.workspace import OperationCall

NEW_TASTE = "Neue Gäste"
PURCHASE_UNITS = 50
"""The units of work of adding a purchase, because it is inserted into the sorted list of its event."""
CUSTOMER_UNITS = 4
"""The units of work of looking up a customer, and of adding one."""
CUSTOMERS_AT_ONCE = 1_000
"""How many customers are looked up or added in a step."""


@in_pieces
def add_purchases(call: OperationCall, rows: list[PurchaseRow]) -> Steps[int]:
    """Add purchases. Also add their customers if they do not exist. Return how many purchases were added.

    A purchase arrives now, or at its own time if that is later (JOB-03). Raises InvalidRequestError without adding any.
    """
    problems = yield from _purchase_problems(call, rows)
    if problems:
        raise InvalidRequestError(*problems)
    for row in rows:
        _ensure_customer(call, row.customer_id, call.store.events.mapping()[row.event_id].partner_id, NEW_TASTE)
        call.store.sales.add(_build_purchase(call, row))
        yield PURCHASE_UNITS
    return len(rows)


@in_pieces
def add_package(call: OperationCall, request: PackageRequest) -> Steps[PackageView]:
    """Add a package with the status DONE and the given clusters. Raises PartnerNotFoundError, InvalidRequestError."""
    yield from _require_disjoint_clusters(request)
    partner = _require_partner(call, request.partner_id)
    problems = yield from _package_problems(call, request)
    if problems:
        raise InvalidRequestError(*problems)
    for cluster in request.clusters:
        for part in split(cluster.customers, CUSTOMERS_AT_ONCE):
            for customer_id in part:
                _ensure_customer(call, customer_id, partner.id, cluster.tc)
            yield CUSTOMER_UNITS * len(part)
    package = _build_package(call, request)
    call.store.packages.put(package, call.cause)
    call.workspace.schedule_in("package_expiry", package.id, call.now, PACKAGE_LIFETIME)
    return PackageView(package, [call.store.events.mapping()[event_id] for event_id in package.event_ids])


@in_pieces
def add_event(call: OperationCall, request: EventRequest) -> Steps[EventView]:
    """Add an event. Its attribution model defaults to the partner's current default (PART-05).

    Raises PartnerNotFoundError, InvalidRequestError.
    """
    partner = _require_partner(call, request.partner_id)
    problems = _foreign_event_problems(call, "series", request.series, partner.id)
    if request.id is not None and call.store.events.get(request.id) is not None:
        problems.append(Problem("duplicate", "id", f"event {request.id} already exists"))
    if request.id in RESERVED_IDS:
        problems.append(
            Problem("reserved", "id", f"/events/{request.id} is another path, so no event can have this id")
        )
    if problems:
        raise InvalidRequestError(*problems)
    event_id = request.id or call.ids.new("evt")
    event = _build_event(request, event_id, request.attribution_model or partner.attribution_model_default)
    call.store.events.put(event, call.cause)
    if request.series:
        yield from _join_series(call, event, request.series)
    return events.get_event(call._replace(partner_id=partner.id), event_id)


def _build_purchase(call: OperationCall, row: PurchaseRow) -> Purchase:
    return Purchase(
        number=call.ids.next_number("purchase"),
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


def _build_package(call: OperationCall, request: PackageRequest) -> Package:
    clusters = tuple(
        Cluster(cluster.tc, cluster.label or cluster.tc, tuple(cluster.customers)) for cluster in request.clusters
    )
    package_count = max(1, min(packages.MAX_PACKAGES, len(clusters)))
    order = PackageOrder(request.title, tuple(request.event_ids), request.targeting_mode, package_count, 1)
    identity = PackageIdentity(request.id or call.ids.new("pkg"), call.ids.next_number("pkg"), call.ids.next_revision())
    defaults = partners.current_defaults(call._replace(partner_id=request.partner_id))
    started = packages.new(order, identity, request.partner_id, defaults, request.created_at or call.now)
    package = packages.complete_build(packages.advance(started), call.ids.next_number("tcr"), clusters)
    return package if request.settings is None else replace(package, settings=request.settings.to_settings())


def _join_series(call: OperationCall, event: Event, event_ids: list[str]) -> Steps[None]:
    """Put the event, the named events and all other events in their series into one series (EVT-04)."""
    known = {other.id: other for other in call.store.events.group("partner", event.partner_id)}
    members = series.members_of_all(frozenset(event_ids), known.values())
    yield from events.put_events(call, series.replace_series(event, members, known, call.ids.new("series")))


def _build_event(request: EventRequest, event_id: str, model: AttributionModel) -> Event:
    return Event(
        id=event_id,
        partner_id=request.partner_id,
        title=request.title,
        start_date_time=request.start_date_time,
        city=request.city,
        venue_name=request.venue_name,
        hall_name=request.hall_name,
        capacity=request.capacity,
        category=request.category,
        special_ad_category=request.special_ad_category,
        predicted_sales_share=request.predicted_sales_share,
        status=request.status,
        frontend_status=request.frontend_status,
        campaign_status=request.campaign_status,
        client_campaign_status=request.client_campaign_status,
        campaign_optimisation_status=request.campaign_optimisation_status,
        ad_campaign_optimisation_status=request.ad_campaign_optimisation_status,
        campaign_stop_time=request.campaign_stop_time,
        benchmark=_build_prediction(request.benchmark),
        series=None,
        attribution_model=model,
    )


def _build_prediction(request: BenchmarkRequest | None) -> Prediction | None:
    return None if request is None else Prediction(request.prediction.value, request.prediction.benchmark)


def _require_partner(call: OperationCall, partner_id: str) -> Partner:
    found = call.store.partners.get(partner_id)
    if found is None:
        raise PartnerNotFoundError(
            Problem("unknown", "partner_id", f"there is no partner {partner_id} in this workspace")
        )
    return found


def _ensure_customer(call: OperationCall, customer_id: str, partner_id: str, taste: str) -> None:
    if call.store.customers.get(customer_id) is None:
        call.store.customers.put(Customer(customer_id, partner_id, taste))


def _purchase_problems(call: OperationCall, rows: list[PurchaseRow]) -> Steps[list[Problem]]:
    """Return the problems of the rows. A customer that an earlier row adds belongs to that row's partner."""
    problems: list[Problem] = []
    new_owners: dict[str, str] = {}
    for index, row in enumerate(rows):
        yield 5
        event = call.store.events.get(row.event_id)
        if event is None:
            field = f"purchases.{index}.event_id"
            problems.append(Problem("unknown", field, f"there is no event {row.event_id} in this workspace"))
            continue
        known = call.store.customers.get(row.customer_id)
        owner = known.partner_id if known else new_owners.setdefault(row.customer_id, event.partner_id)
        if owner != event.partner_id:
            problems.append(_foreign_customer_problem(f"purchases.{index}.customer_id", row.customer_id, owner))
    return problems


def _require_disjoint_clusters(request: PackageRequest) -> Steps[None]:
    """Raise InvalidRequestError if two clusters have the same `tc` or share a customer."""
    names = {cluster.tc for cluster in request.clusters}
    customers: set[str] = set()
    count = 0
    for cluster in request.clusters:
        for part in split(cluster.customers, CUSTOMERS_AT_ONCE):
            customers.update(part)
            count += len(part)
            yield 1 + len(part)
    if len(names) < len(request.clusters) or len(customers) < count:
        message = "clusters: two clusters have the same tc or share a customer"
        raise InvalidRequestError(Problem("duplicate", "clusters", message))


def _package_problems(call: OperationCall, request: PackageRequest) -> Steps[list[Problem]]:
    problems = _foreign_event_problems(call, "event_ids", request.event_ids, request.partner_id)
    for index, cluster in enumerate(request.clusters):
        field = f"clusters.{index}.customers"
        for part in split(cluster.customers, CUSTOMERS_AT_ONCE):
            found = _foreign_customer_problems(call, field, part, request.partner_id)
            listed = max(0, MAX_PROBLEMS - len(problems))
            problems += found[:listed] + [UNLISTED[WHOLE_BODY]] * len(found[listed:])
            yield CUSTOMER_UNITS * len(part)
    if request.id is not None and call.store.packages.get(request.id) is not None:
        problems.append(Problem("duplicate", "id", f"package {request.id} already exists"))
    return problems


def _foreign_event_problems(call: OperationCall, field: str, event_ids: list[str], partner_id: str) -> list[Problem]:
    known = call.store.events
    return [
        Problem("unknown", field, f"{partner_id} has no event {event_id}")
        for event_id in event_ids
        if (event := known.get(event_id)) is None or event.partner_id != partner_id
    ]


def _foreign_customer_problems(
    call: OperationCall, field: str, customer_ids: list[str], partner_id: str
) -> list[Problem]:
    known = call.store.customers
    return [
        _foreign_customer_problem(field, customer_id, customer.partner_id)
        for customer_id in customer_ids
        if (customer := known.get(customer_id)) is not None and customer.partner_id != partner_id
    ]


def _foreign_customer_problem(field: str, customer_id: str, partner_id: str) -> Problem:
    return Problem("scope", field, f"{customer_id} is a customer of {partner_id}")
