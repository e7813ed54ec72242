"""Functions that several explanations share, about purchases and about earlier versions of events."""

from operator import attrgetter
from typing import TypeVar

from mock_server.control.explain import cause_format
from mock_server.control.explain.event_schemas import CreditedSaleBody
from mock_server.control.explain.schemas import FieldBody, SaleBody
from mock_server.domain import attribution, causes
from mock_server.domain.errors import EventNotFoundError, Problem
from mock_server.domain.models import AttributionModel, Event, Purchase
from mock_server.domain.sales import SalesTotal
from mock_server.http.fields import format_timestamp, to_json_amount
from mock_server.platform_api.schemas.revenue import SalesTotalBody
from mock_server.state.workspace import OperationCall

Record = TypeVar("Record")


def require_event(call: OperationCall, event_id: str) -> Event:
    """Return an event of any partner. Raises EventNotFoundError."""
    event = call.store.events.get(event_id)
    if event is None:
        raise EventNotFoundError(
            Problem("unknown", "event_id", f"there is no event {event_id} in workspace {call.workspace.name}")
        )
    return event


def event_before(call: OperationCall, event_id: str, number: int) -> Event | None:
    """Return the event in its state before cause `number`.

    None if it did not exist or its state is no longer recorded.
    """
    version = causes.version_before(cause_format.list_versions(call, call.store.events, event_id), number)
    return None if version is None else version.record


def event_field_body(call: OperationCall, event: Event, name: str) -> FieldBody:
    """Build the body for a field of the event: its value and the cause of the value."""
    history = cause_format.list_versions(call, call.store.events, event.id)
    return {
        "value": getattr(event, name),
        "set_by": cause_format.cause_body(call, causes.find_setting_version(history, attrgetter(name))),
    }


def sale_body(purchase: Purchase) -> SaleBody:
    """Build the body for a purchase."""
    return {
        "number": purchase.number,
        "customer_id": purchase.customer_id,
        "event_id": purchase.event_id,
        "at": format_timestamp(purchase.at),
        "revealed_at": format_timestamp(purchase.revealed_at),
        "tickets": purchase.tickets,
        "revenue": to_json_amount(purchase.revenue),
        "origin": purchase.origin,
    }


def credited_sale_body(purchase: Purchase, model: AttributionModel) -> CreditedSaleBody:
    """Build the body for a purchase, with the source that each attribution model credits. See: LAM-04."""
    return {
        **sale_body(purchase),
        "fd": attribution.credit(purchase, "FD"),
        "meta": attribution.credit(purchase, "META"),
        "external": attribution.credit(purchase, "EXTERNAL"),
        "credited_to": attribution.credit(purchase, model),
    }


def sales_total_body(total: SalesTotal) -> SalesTotalBody:
    """Build the body for the number of purchases and their revenue."""
    return {"revenue": to_json_amount(total.revenue), "purchases": total.purchases}
