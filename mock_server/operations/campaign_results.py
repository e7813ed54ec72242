"""Operations on an event's sales adjustments: list them, enter one by hand, delete one."""

from decimal import Decimal

from mock_server.domain import adjustments
from mock_server.domain.errors import CampaignResultNotFoundError, InvalidRequestError
from mock_server.domain.models import CampaignResult
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.operations import access, permissions
from mock_server.state.workspace import OperationCall

READ, WRITE = "campaign_results:read", "campaign_results:write"
"""The permissions that these operations need. See: PERM-03."""


@in_pieces
def list_campaign_results(call: OperationCall, eid: str, partner_id: str) -> Steps[list[CampaignResult]]:
    """Return the event's adjustments, newest first.

    Implements: CR-01, CR-05.
    """
    permissions.require(call, READ)
    access.require_scoped(call, partner_id)
    event = access.require_event(call, eid)
    yield from call.store.results.load_group("event", event.id)
    return (yield from steps_of(adjustments.list_newest_first, call.store.results.group("event", event.id)))


def create_campaign_result(
    call: OperationCall, eid: str, partner_id: str, purchase: int, revenue: Decimal
) -> CampaignResult:
    """Record an adjustment entered by hand. Raises InvalidRequestError if both numbers are 0.

    See: CR-02.
    Implements: CR-03.
    """
    permissions.require(call, WRITE)
    access.require_scoped(call, partner_id)
    if problems := adjustments.problems(purchase, revenue):
        raise InvalidRequestError(*problems)
    event = access.require_event(call, eid)
    row = CampaignResult(
        id=call.ids.new("cr"),
        number=call.ids.next_number("cr"),
        eid=event.id,
        partner_id=call.partner_id,
        purchase=purchase,
        revenue=revenue,
        created_at=call.now,
        source="manual",
    )
    call.store.results.put(row, call.cause)
    return row


@in_pieces
def delete_campaign_result(call: OperationCall, result_id: str) -> Steps[None]:
    """Delete an adjustment of either source permanently. Raises CampaignResultNotFoundError.

    See: JOB-04.
    Implements: CR-04.
    """
    permissions.require(call, WRITE)
    yield from call.store.results.load(result_id)
    row = call.store.results.get(result_id)
    if row is None or row.partner_id != call.partner_id:
        raise CampaignResultNotFoundError
    call.store.results.delete(result_id, call.cause)
