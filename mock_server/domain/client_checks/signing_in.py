"""Checks for sign-ins while the previous token is still valid, and for refreshes only after a token has expired."""

from collections.abc import Sequence
from datetime import timedelta

from mock_server.domain.exchanges import Exchange

TOKEN_LIFETIME = timedelta(seconds=3600)
"""See: AUTH-06."""
MAX_CALLS_PER_SIGN_IN = 1
"""A client that signs in for each call makes at most this many calls with a token."""
ALLOWED_EARLY_SIGN_INS = 1
ALLOWED_LATE_REFRESHES = 1
"""How many early sign-ins, or late refreshes, are tolerated."""
SIGN_IN_OPERATIONS = ("signIn", "refreshToken", "answerMfaChallenge", "answerNewPasswordChallenge")


def find_sign_in_per_call(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return repeated sign-ins of users whose valid token was used for at most one call. See: AUTH-06."""
    found: list[Exchange] = []
    last_sign_ins: dict[str, Exchange] = {}
    streaks: dict[str, list[Exchange]] = {}
    calls_served: dict[str | None, int] = {}
    for call in calls:
        if call.operation != "signIn" or call.status != 200:
            calls_served[call.user] = calls_served.get(call.user, 0) + 1
            continue
        username = str(call.request_json.get("username")) if isinstance(call.request_json, dict) else ""
        last, streak = last_sign_ins.get(username), streaks.setdefault(username, [])
        served = calls_served.get(username, 0)
        if last is not None and call.at - last.at < TOKEN_LIFETIME and served <= MAX_CALLS_PER_SIGN_IN:
            streak.append(call)
        else:
            found += streak if len(streak) > ALLOWED_EARLY_SIGN_INS else []
            streak.clear()
        last_sign_ins[username], calls_served[username] = call, 0
    return found + [call for streak in streaks.values() if len(streak) > ALLOWED_EARLY_SIGN_INS for call in streak]


def find_refresh_only_after_401(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return all refreshes (at least two) if each followed the refusal of an expired token. See: AUTH-05, AUTH-06."""
    late_refreshes: list[Exchange] = []
    was_expired = False
    for call in calls:
        if call.operation == "refreshToken" and call.status == 200:
            if not was_expired:
                return []
            late_refreshes.append(call)
            was_expired = False
        elif call.operation not in SIGN_IN_OPERATIONS:
            was_expired = call.refusal_key == "error.auth.token_expired"
    return late_refreshes if len(late_refreshes) > ALLOWED_LATE_REFRESHES else []
