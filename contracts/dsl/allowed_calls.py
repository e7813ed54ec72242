"""Calls of which the suite sends only some to a target's own data.

It never sends a write whose effect is unknown, or that could not be undone if the target accepted it.
"""

from collections.abc import Callable, Iterable, Iterator

import httpx2

from contracts.safety.guard import NotUndoableError
from contracts.spec.verdicts import InconclusiveError, NotApplicableError, UndecidedError


def send_allowed(calls: Iterable[Callable[[], httpx2.Response]]) -> Iterator[httpx2.Response]:
    """Send the calls one by one and yield their responses. Calls that may not be sent are left out.

    Raises the reason of the first one if none may be sent, and InconclusiveError if there is none.
    """
    reasons: list[UndecidedError] = []
    is_sent = False
    for send in calls:
        try:
            answer = send()
        except (NotApplicableError, NotUndoableError) as reason:
            reasons.append(reason)
        else:
            is_sent = True
            yield answer
    if not is_sent:
        raise reasons[0] if reasons else InconclusiveError("there is no call to send")
