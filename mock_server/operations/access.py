"""What a call may reach: its own partner's objects, and nothing that would tell of another's."""

from collections.abc import Sequence

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


def events(call: Call, event_ids: Sequence[str], field: str) -> list[Event]:
    """The partner's events; where any is not, the refusal tells their places in `field`, and nothing of their ids."""
    found = [call.store.events.get(eid) for eid in event_ids]
    owned = [one for one in found if one is not None and one.partner_id == call.partner_id]
    if len(owned) < len(found):
        raise EventNotFound(*_missing(field, [one in owned for one in found], "event"))
    return owned


def packages(call: Call, package_ids: Sequence[str], field: str) -> list[Package]:
    """The partner's packages, refused in the same way."""
    found = [call.store.packages.get(package_id) for package_id in package_ids]
    owned = [one for one in found if one is not None and one.partner_id == call.partner_id]
    if len(owned) < len(found):
        raise PackageNotFound(*_missing(field, [one in owned for one in found], "package"))
    return owned


def _missing(field: str, there: list[bool], kind: str) -> list[Problem]:
    places = (place for place, is_there in enumerate(there) if not is_there)
    return [Problem("unknown", f"{field}.{place}", f"the partner has no such {kind}") for place in places]


def package(call: Call, package_id: str) -> Package:
    """The partner's package. Rule: ERR-04."""
    found = call.store.packages.get(package_id)
    if found is None or found.partner_id != call.partner_id:
        raise PackageNotFound
    return found
