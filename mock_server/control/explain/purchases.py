"""How a purchase is told, and what the modules that explain figures share: an event as it was, its model."""

from operator import attrgetter
from typing import TypeVar

from mock_server.control.explain import cause_format
from mock_server.control.explain.event_schemas import CreditedBody
from mock_server.control.explain.schemas import FieldBody, SaleBody
from mock_server.domain import attribution, causes
from mock_server.domain.errors import EventNotFound, Problem
from mock_server.domain.models import AttributionModel, Event, Purchase
from mock_server.domain.sales import Takings
from mock_server.http.fields import instant_text, money
from mock_server.platform_api.schemas.revenue import TakingsBody
from mock_server.state.workspace import Call

Record = TypeVar("Record")


def found(call: Call, event_id: str) -> Event:
    """The event of any partner. Raises EventNotFound, which names it."""
    event = call.store.events.get(event_id)
    if event is None:
        raise EventNotFound(
            Problem("unknown", "event_id", f"there is no event {event_id} in workspace {call.workspace.name}")
        )
    return event


def event_before(call: Call, event_id: str, number: int) -> Event | None:
    """The event as the cause of that number found it; None where it was not there, or that is no longer kept."""
    version = causes.before(cause_format.past(call, call.store.events, event_id), number)
    return None if version is None else version.record


def field(call: Call, event: Event, name: str) -> FieldBody:
    """One of the event's fields, and what set it."""
    history = cause_format.past(call, call.store.events, event.id)
    return {
        "value": getattr(event, name),
        "set_by": cause_format.told(call, causes.setter(history, attrgetter(name))),
    }


def sale(purchase: Purchase) -> SaleBody:
    """A purchase."""
    return {
        "number": purchase.number,
        "customer_id": purchase.customer_id,
        "event_id": purchase.event_id,
        "at": instant_text(purchase.at),
        "revealed_at": instant_text(purchase.revealed_at),
        "tickets": purchase.tickets,
        "revenue": money(purchase.revenue),
        "origin": purchase.origin,
    }


def credited(purchase: Purchase, model: AttributionModel) -> CreditedBody:
    """A purchase with whom each model credits, `model` the one in force. Rule: LAM-04."""
    return {
        **sale(purchase),
        "fd": attribution.credit(purchase, "FD"),
        "meta": attribution.credit(purchase, "META"),
        "external": attribution.credit(purchase, "EXTERNAL"),
        "credited_to": attribution.credit(purchase, model),
    }


def takings(part: Takings) -> TakingsBody:
    """A number of orders and their revenue."""
    return {"revenue": money(part.revenue), "purchases": part.purchases}
