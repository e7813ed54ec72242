"""How fast a target may be asked: the limits that its documentation names, kept by waiting. Rule: RATE-01."""

from collections import deque
from collections.abc import Callable
from typing import Literal

from contracts.target.clock import machine_pause, machine_seconds

Kind = Literal["read", "write", "sign-in"]
A_MINUTE: dict[Kind, int] = {"read": 600, "write": 120, "sign-in": 10}
"""Per partner; the suite keeps them over all partners together, which is never faster."""
WINDOW = 61.0
"""Seconds in which no more than a minute's worth leaves: one more than 60, for calls arrive closer than they left."""


class Pace:
    """Waits where a call more would be too many within a minute; free, it never waits."""

    def __init__(
        self,
        *,
        free: bool = False,
        seconds: Callable[[], float] = machine_seconds,
        pause: Callable[[float], None] = machine_pause,
    ) -> None:
        self._free = free
        self._seconds = seconds
        self._pause = pause
        self._sent: dict[Kind, deque[float]] = {kind: deque(maxlen=most) for kind, most in A_MINUTE.items()}

    def keep(self, kind: Kind) -> None:
        """Wait until a call of this kind may leave, and count it."""
        if self._free:
            return
        sent = self._sent[kind]
        if len(sent) == sent.maxlen and (early := sent[0] + WINDOW - self._seconds()) > 0:
            self._pause(early)
        sent.append(self._seconds())
