"""Waits before calls, to stay within the platform's documented rate limits. Rule: RATE-01."""

from collections import deque
from collections.abc import Callable
from typing import Literal

from contracts.target.clock import machine_pause, machine_seconds

CallKind = Literal["read", "write", "sign-in"]
CALLS_PER_MINUTE: dict[CallKind, int] = {"read": 600, "write": 120, "sign-in": 10}
"""The limits of the suite. The platform's limits are per partner; these are for all partners together."""
WINDOW_SECONDS = 61.0
"""The window, in seconds. One second is added, because requests may arrive closer together than they were sent."""


class RateLimiter:
    """Waits before a call that would exceed its limit. With `unlimited`, it never waits."""

    def __init__(
        self,
        *,
        unlimited: bool = False,
        seconds: Callable[[], float] = machine_seconds,
        pause: Callable[[float], None] = machine_pause,
    ) -> None:
        self._unlimited = unlimited
        self._seconds = seconds
        self._pause = pause
        self._sent: dict[CallKind, deque[float]] = {
            kind: deque(maxlen=max_calls) for kind, max_calls in CALLS_PER_MINUTE.items()
        }

    def wait(self, kind: CallKind) -> None:
        """Wait until a call of this kind may be sent, and count it."""
        if self._unlimited:
            return
        sent = self._sent[kind]
        if len(sent) == sent.maxlen and (delay := sent[0] + WINDOW_SECONDS - self._seconds()) > 0:
            self._pause(delay)
        sent.append(self._seconds())
