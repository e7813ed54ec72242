"""Loads the objects that a request names, if they belong to the partner of the request.

For an object of another partner, the refusal is the same as for an object that does not exist, so that no response
reveals which objects other partners have.

Implements: ERR-04.
"""

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
    """Return the partner that the request is scoped to. Raises PartnerNotFoundError. See: PART-01."""
    found = call.store.partners.get(call.partner_id)
    if found is None:
        raise PartnerNotFoundError
    return found


def require_scoped(call: OperationCall, partner_id: str) -> None:
    """Raise NotAuthorizedError if `partner_id` is not the partner of the request's scope.

    Implements: PART-04.
    """
    if partner_id != call.partner_id:
        raise NotAuthorizedError(
            Problem("scope", "partner_id", f"must be the partner that this request is scoped to, {call.partner_id}")
        )


def require_event(call: OperationCall, eid: str) -> Event:
    """Return the partner's event. Raises EventNotFoundError.

    See: ERR-04.
    Implements: EVT-03.
    """
    found = _find_owned(call, call.store.events, eid)
    if found is None:
        raise EventNotFoundError
    return found


def require_events(call: OperationCall, event_ids: Sequence[str], field: str) -> list[Event]:
    """Return the partner's events.

    Raises EventNotFoundError with a problem for each unknown id. The problem names the index of the id, not the id.
    """
    return _require_all(
        [_find_owned(call, call.store.events, event_id) for event_id in event_ids], field, EventNotFoundError
    )


def require_package(call: OperationCall, package_id: str) -> Package:
    """Return the partner's package. Raises PackageNotFoundError. See: ERR-04."""
    found = _find_owned(call, call.store.packages, package_id)
    if found is None:
        raise PackageNotFoundError
    return found


def require_packages(call: OperationCall, package_ids: Sequence[str], field: str) -> list[Package]:
    """Return the partner's packages. Raises PackageNotFoundError with a problem for each unknown id."""
    return _require_all(
        [_find_owned(call, call.store.packages, package_id) for package_id in package_ids], field, PackageNotFoundError
    )


def _find_owned(call: OperationCall, table: RecordTable[Owned], key: str) -> Owned | None:
    found = table.get(key)
    return found if found is not None and found.partner_id == call.partner_id else None


def _require_all(found: list[Owned | None], field: str, error: type[PlatformError]) -> list[Owned]:
    missing = [index for index, record in enumerate(found) if record is None]
    if missing:
        raise error(*(Problem("unknown", f"{field}.{place}", "unknown id for this partner") for place in missing))
    return [one for one in found if one is not None]
