"""Requests that cannot succeed: for the wrong partner, for none, in the wrong form, or once more as they were."""

from collections.abc import Sequence
from typing import TypeAlias

from mock_server.domain.client_checks.signing_in import SIGN_INS
from mock_server.domain.exchanges import HEADER_OF_PARTNER, Exchange
from mock_server.domain.scoping import HEADER

FINAL = (400, 403, 404, 409, 422)
"""What the same request will be answered again, until something else changes. Rule: ERR-03."""
Signature: TypeAlias = tuple[object, ...]


def another_partner(calls: Sequence[Exchange]) -> list[Exchange]:
    """Requests whose `partner_id` is not the partner that they are scoped to. Rule: PART-04."""
    return [
        call
        for call in calls
        if call.status == 403 and call.partner and call.asked("partner_id") not in (None, call.partner)
    ]


def no_partner(calls: Sequence[Exchange]) -> list[Exchange]:
    """Requests without the header, of a user who has to send it. Rule: PART-02."""
    return [call for call in calls if call.header(HEADER_OF_PARTNER) is None and HEADER in _fields_refused(call, 403)]


def brackets(calls: Sequence[Exchange]) -> list[Exchange]:
    """Requests refused with an array's key in brackets. Rule: BASE-05."""
    return [call for call in calls if call.status == 400 and any("[" in key for key, _ in call.query)]


def refused_before(calls: Sequence[Exchange]) -> list[Exchange]:
    """Requests sent again as they were after a refusal that stands, and refused again. Rule: ERR-03.

    A write that succeeded in between may have made them right.
    """
    found: list[Exchange] = []
    refused: dict[Signature, int] = {}
    for call in calls:
        if call.operation in SIGN_INS or (call.operation is None and not call.path.startswith("/api/")):
            continue
        if call.status in FINAL:
            signature = _signature(call)
            if refused.get(signature) == call.status:
                found.append(call)
            refused[signature] = call.status
        elif call.method != "GET" and call.status is not None and call.status < 300:
            refused.clear()
    return found


def _signature(call: Exchange) -> Signature:
    body = None if call.request is None else call.request.text
    return call.method, call.path, call.query, call.user, call.header(HEADER_OF_PARTNER), body


def _fields_refused(call: Exchange, status: int) -> list[object]:
    answered = call.answered if call.status == status and isinstance(call.answered, dict) else {}
    entries = answered.get("validation_errors")
    return [entry.get("field") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
