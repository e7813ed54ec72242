"""Checks for requests that cannot succeed: wrong or missing partner, arrays with brackets, repeated refusals."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeAlias

from mock_server.domain.client_checks.signing_in import SIGN_IN_OPERATIONS
from mock_server.domain.exchanges import PARTNER_HEADER_LOWER, Exchange
from mock_server.domain.scoping import PARTNER_HEADER

FINAL_STATUSES = (400, 403, 404, 409, 422)
"""Statuses with which a repeated request is refused again, unless something else has changed. See: ERR-03."""
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500
"""A request may be repeated after this status, and after this one and all above it. See: ERR-03."""
MIN_RETRY_PAUSE = timedelta(seconds=1)
"""A request that is repeated earlier is a retry without a pause. The clock tells whole seconds."""
ALLOWED_IMMEDIATE_RETRIES = 1
OPERATIONS_WITH_HIDDEN_TOKEN = frozenset(SIGN_IN_OPERATIONS) - {"signIn"}
"""Their requests differ by a token, which is not recorded."""
RequestSignature: TypeAlias = tuple[object, ...]


def find_partner_mismatches(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return requests whose `partner_id` is not the partner that they are scoped to. See: PART-04."""
    return [
        call
        for call in calls
        if call.status == 403 and call.partner and call.parameter("partner_id") not in (None, call.partner)
    ]


def find_missing_partner_header(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return requests without the partner header by users who must send it. See: PART-02."""
    return [
        call
        for call in calls
        if call.header(PARTNER_HEADER_LOWER) is None and PARTNER_HEADER in _refused_fields(call, 403)
    ]


def find_bracketed_arrays(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return refused requests with brackets in an array's key. See: BASE-05."""
    return [call for call in calls if call.status == 400 and any("[" in key for key, _ in call.query)]


def find_repeated_refusals(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return requests that were refused with one of these statuses, repeated unchanged, and refused again. See: ERR-03.

    A successful write in between may make a request valid, so earlier refusals are forgotten then.
    """
    found: list[Exchange] = []
    last_refusals: dict[RequestSignature, int] = {}
    for call in calls:
        if call.operation in SIGN_IN_OPERATIONS or (call.operation is None and not call.path.startswith("/api/")):
            continue
        if call.status in FINAL_STATUSES:
            signature = _signature(call)
            if last_refusals.get(signature) == call.status:
                found.append(call)
            last_refusals[signature] = call.status
        elif call.method != "GET" and call.status is not None and call.status < 300:
            last_refusals.clear()
    return found


def find_immediate_retries(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return two or more repetitions in a row, each within a second after the same request got 429 or 5xx.

    See: RATE-02, ERR-03.
    """
    found: list[Exchange] = []
    last_calls: dict[RequestSignature, Exchange] = {}
    streaks: dict[RequestSignature, list[Exchange]] = {}
    for call in calls:
        if call.operation in OPERATIONS_WITH_HIDDEN_TOKEN:
            continue
        signature = _signature(call)
        before = last_calls.get(signature)
        if before is not None and _is_temporary_refusal(before) and call.at - before.at < MIN_RETRY_PAUSE:
            streaks.setdefault(signature, []).append(call)
        else:
            found += _without_single_retry(streaks.pop(signature, []))
        last_calls[signature] = call
    return found + [call for streak in streaks.values() for call in _without_single_retry(streak)]


def _is_temporary_refusal(call: Exchange) -> bool:
    return call.status is not None and (call.status == TOO_MANY_REQUESTS or call.status >= SERVER_ERROR)


def _without_single_retry(streak: list[Exchange]) -> list[Exchange]:
    return streak if len(streak) > ALLOWED_IMMEDIATE_RETRIES else []


def _signature(call: Exchange) -> RequestSignature:
    body = None if call.request is None else call.request.text
    return call.method, call.path, call.query, call.user, call.header(PARTNER_HEADER_LOWER), body


def _refused_fields(call: Exchange, status: int) -> list[object]:
    response_body = call.response_json if call.status == status and isinstance(call.response_json, dict) else {}
    entries = response_body.get("validation_errors")
    return [entry.get("field") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
