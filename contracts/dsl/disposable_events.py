"""The events whose sales a contract may clear, import and overwrite."""

from datetime import date, timedelta
from enum import IntEnum
from functools import partial

from contracts.dsl.measurements import remember
from contracts.dsl.three_days import three_days_of_sales
from contracts.spec.verdicts import BlockedError, NotApplicableError
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

FIRST_DAY = date(2024, 3, 1)
DAYS_KEY = "new days"


class Use(IntEnum):
    """What a disposable event is for. Its value is the place of the event among those of `--disposable-event`."""

    SHEETS = 0
    IMPORTS = 1
    CLEARING = 2


def pick_disposable_events(deployment: Deployment, count: int = 1) -> list[str]:
    """Return the ids of events of the partner whose sales may be changed for good: those of `--disposable-event`.

    In a sandbox, they are new events with three days of sales. Raises NotApplicableError if there are too few, and
    BlockedError if the partner has no such event.
    """
    if isinstance(deployment, Sandbox):
        return [_add_event(deployment) for _ in range(count)]
    if len(deployment.disposable_events) < count:
        raise NotApplicableError(
            f"needs {count} events whose sales may be changed for good: pass --disposable-event EVENT"
            if count > 1
            else "needs an event whose sales may be changed for good: pass --disposable-event EVENT"
        )
    picked = list(deployment.disposable_events[:count])
    for event_id in picked:
        if not remember(deployment, f"is {event_id} an event", partial(_is_event, deployment, event_id)):
            raise BlockedError(f"--disposable-event {event_id}: the partner has no such event")
    return picked


def pick_disposable_event(deployment: Deployment, use: Use) -> str:
    """Return the disposable event for this use. See: pick_disposable_events."""
    if deployment.is_sandbox:
        return pick_disposable_events(deployment)[0]
    return pick_disposable_events(deployment, use + 1)[use]


def new_days(deployment: Deployment, count: int) -> list[str]:
    """Return days in the past that no other contract of the run uses, ascending and without gaps."""
    number: int = deployment.shared.get(DAYS_KEY, 0)
    deployment.shared[DAYS_KEY] = number + count
    return [(FIRST_DAY + timedelta(days=number + place)).isoformat() for place in range(count)]


def _add_event(sandbox: Sandbox) -> str:
    event_id, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(*three_days_of_sales(buyer, event_id))
    return event_id


def _is_event(deployment: Deployment, event_id: str) -> bool:
    return deployment.partner.call("getEvent", {"eid": event_id}).status_code == 200
