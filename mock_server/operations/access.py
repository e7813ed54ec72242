"""What a call may reach: its own partner's objects, and nothing that would tell of another's."""

from collections.abc import Sequence
from typing import TypeVar

from mock_server.domain.errors import (
    EventNotFound,
    NotAuthorized,
    PackageNotFound,
    PartnerNotFound,
    PlatformError,
    Problem,
)
from mock_server.domain.models import Event, Package, Partner
from mock_server.state.store import Table
from mock_server.state.workspace import Call

Owned = TypeVar("Owned", Event, Package)


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
    found = _owned(call, call.store.events, eid)
    if found is None:
        raise EventNotFound
    return found


def events(call: Call, event_ids: Sequence[str], field: str) -> list[Event]:
    """The partner's events; where any is not, the refusal tells their places in `field`, and nothing of their ids."""
    return _all([_owned(call, call.store.events, event_id) for event_id in event_ids], field, EventNotFound)


def package(call: Call, package_id: str) -> Package:
    """The partner's package. Rule: ERR-04."""
    found = _owned(call, call.store.packages, package_id)
    if found is None:
        raise PackageNotFound
    return found


def packages(call: Call, package_ids: Sequence[str], field: str) -> list[Package]:
    """The partner's packages, refused in the same way as events."""
    return _all([_owned(call, call.store.packages, package_id) for package_id in package_ids], field, PackageNotFound)


def _owned(call: Call, table: Table[Owned], key: str) -> Owned | None:
    found = table.get(key)
    return found if found is not None and found.partner_id == call.partner_id else None


def _all(found: list[Owned | None], field: str, refusal: type[PlatformError]) -> list[Owned]:
    missing = [place for place, one in enumerate(found) if one is None]
    if missing:
        raise refusal(*(Problem("unknown", f"{field}.{place}", "the partner has none of this id") for place in missing))
    return [one for one in found if one is not None]
