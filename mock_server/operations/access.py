"""What a call may reach: its own partner's objects, and nothing that would tell of another's."""

from collections.abc import Sequence
from typing import TypeVar

from mock_server.domain.errors import (
    EventNotFoundError,
    NotAuthorizedError,
    PackageNotFoundError,
    PartnerNotFoundError,
    PlatformError,
    Problem,
)
from mock_server.domain.models import Event, Package, Partner
from mock_server.state.store import RecordTable
from mock_server.state.workspace import OperationCall

Owned = TypeVar("Owned", Event, Package)


def require_partner(call: OperationCall) -> Partner:
    """The scoped partner. Rule: PART-01."""
    found = call.store.partners.get(call.partner_id)
    if found is None:
        raise PartnerNotFoundError
    return found


def require_scoped(call: OperationCall, partner_id: str) -> None:
    """Refuse a `partner_id` that is not the scoped partner. Rule: PART-04."""
    if partner_id != call.partner_id:
        raise NotAuthorizedError(
            Problem("scope", "partner_id", f"this request is scoped to {call.partner_id}; name it here as well")
        )


def require_event(call: OperationCall, eid: str) -> Event:
    """The partner's event. Rules: EVT-03, ERR-04."""
    found = _find_owned(call, call.store.events, eid)
    if found is None:
        raise EventNotFoundError
    return found


def require_events(call: OperationCall, event_ids: Sequence[str], field: str) -> list[Event]:
    """The partner's events; where any is not, the refusal tells their places in `field`, and nothing of their ids."""
    return _require_all(
        [_find_owned(call, call.store.events, event_id) for event_id in event_ids], field, EventNotFoundError
    )


def require_package(call: OperationCall, package_id: str) -> Package:
    """The partner's package. Rule: ERR-04."""
    found = _find_owned(call, call.store.packages, package_id)
    if found is None:
        raise PackageNotFoundError
    return found


def require_packages(call: OperationCall, package_ids: Sequence[str], field: str) -> list[Package]:
    """The partner's packages, refused in the same way as events."""
    return _require_all(
        [_find_owned(call, call.store.packages, package_id) for package_id in package_ids], field, PackageNotFoundError
    )


def _find_owned(call: OperationCall, table: RecordTable[Owned], key: str) -> Owned | None:
    found = table.get(key)
    return found if found is not None and found.partner_id == call.partner_id else None


def _require_all(found: list[Owned | None], field: str, error: type[PlatformError]) -> list[Owned]:
    missing = [index for index, record in enumerate(found) if record is None]
    if missing:
        raise error(*(Problem("unknown", f"{field}.{place}", "the partner has none of this id") for place in missing))
    return [one for one in found if one is not None]
