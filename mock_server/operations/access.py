"""What a call may reach: its own partner's objects, and nothing that would tell of another's."""

from mock_server.domain.errors import EventNotFound, NotAuthorized, PackageNotFound, PartnerNotFound, Problem
from mock_server.domain.models import Event, Package, Partner
from mock_server.runtime.workspace import Call


def partner(call: Call) -> Partner:
    """The scoped partner. Rule: PART-01."""
    found = call.store.partners.get(call.partner_id)
    if found is None:
        raise PartnerNotFound
    return found


def require_scoped(call: Call, partner_id: str) -> None:
    """Refuse a `partner_id` that is not the scoped partner. Rule: PART-04."""
    if partner_id != call.partner_id:
        raise NotAuthorized(
            Problem("scope", "partner_id", f"this request is scoped to {call.partner_id}; name it here as well")
        )


def event(call: Call, eid: str) -> Event:
    """The partner's event. Rules: EVT-03, ERR-04."""
    found = call.store.events.get(eid)
    if found is None or found.partner_id != call.partner_id:
        raise EventNotFound
    return found


def package(call: Call, package_id: str) -> Package:
    """The partner's package. Rule: ERR-04."""
    found = call.store.packages.get(package_id)
    if found is None or found.partner_id != call.partner_id:
        raise PackageNotFound
    return found
