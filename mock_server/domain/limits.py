"""Rate limits: how many requests a minute are accepted.

See: RATE-02.
Implements: RATE-01.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MINUTE = timedelta(minutes=1)
RequestKind = Literal["reads", "writes", "sign_ins"]
MAX_REQUESTS_PER_MINUTE = 10**6
"""The highest limit that can be set."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a minute: reads and writes per partner, sign-ins and refreshes per client address."""

    reads: int
    writes: int
    sign_ins: int

    def limit_for(self, kind: RequestKind) -> int:
        """Return the limit of a kind of request."""
        return {"reads": self.reads, "writes": self.writes, "sign_ins": self.sign_ins}[kind]


DOCUMENTED_LIMITS = Limits(600, 120, 10)
"""The limits that the platform's documentation names."""


def classify_request(method: str, path: str) -> RequestKind:
    """Return the kind of a request: a sign-in under /auth, otherwise a read or a write by its method."""
    if path == "/auth" or path.startswith("/auth/"):
        return "sign_ins"
    return "reads" if method == "GET" else "writes"


def try_acquire(recent: deque[datetime], now: datetime, limit: int) -> bool:
    """Count a request at `now` and return True, or return False if the limit is reached. See: RATE-01.

    `recent` contains the times of accepted requests. Times that are a minute old are removed; refused requests are not
    added.
    """
    while recent and now - recent[0] >= MINUTE:
        recent.popleft()
    if len(recent) >= limit:
        return False
    recent.append(now)
    return True
