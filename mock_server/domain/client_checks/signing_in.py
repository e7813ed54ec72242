"""Signing in where a token still holds, and refreshing only when it no longer does."""

from collections.abc import Sequence
from datetime import timedelta

from mock_server.domain.exchanges import Exchange

TOKEN_LIFE = timedelta(seconds=3600)
"""Rule: AUTH-06."""
MOST_CALLS = 1
"""How many calls one sign-in serves, where a client signs in on each."""
MOST_AGAIN = 1
MOST_LATE = 1
"""How often each of these may be seen before it is held against a client."""
SIGN_INS = ("signIn", "refreshToken", "answerMfaChallenge", "answerNewPasswordChallenge")


def on_each_call(calls: Sequence[Exchange]) -> list[Exchange]:
    """Sign-ins while the last one's token holds, after one call or none, two or more in a row. Rule: AUTH-06."""
    found: list[Exchange] = []
    before: dict[str, Exchange] = {}
    streaks: dict[str, list[Exchange]] = {}
    served: dict[str | None, int] = {}
    for call in calls:
        if call.operation != "signIn" or call.status != 200:
            served[call.user] = served.get(call.user, 0) + 1
            continue
        username = str(call.sent.get("username")) if isinstance(call.sent, dict) else ""
        last, streak = before.get(username), streaks.setdefault(username, [])
        if last is not None and call.at - last.at < TOKEN_LIFE and served.get(username, 0) <= MOST_CALLS:
            streak.append(call)
        else:
            found += streak if len(streak) > MOST_AGAIN else []
            streak.clear()
        before[username], served[username] = call, 0
    return found + [call for streak in streaks.values() if len(streak) > MOST_AGAIN for call in streak]


def refreshed_on_401_only(calls: Sequence[Exchange]) -> list[Exchange]:
    """Refreshes after a call that came too late, two or more, where none came in time. Rules: AUTH-05, AUTH-06."""
    late: list[Exchange] = []
    was_expired = False
    for call in calls:
        if call.operation == "refreshToken" and call.status == 200:
            if not was_expired:
                return []
            late.append(call)
            was_expired = False
        elif call.operation not in SIGN_INS:
            was_expired = call.refusal == "error.auth.token_expired"
    return late if len(late) > MOST_LATE else []
