"""How many requests a minute the platform takes, and whether one more is too many. Rules: RATE-01, RATE-02."""

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
    """Requests a minute: reads and writes for each partner, sign-ins (refreshes among them) for each address."""

    reads: int
    writes: int
    sign_ins: int

    def limit_for(self, kind: RequestKind) -> int:
        """The limit of that kind."""
        return {"reads": self.reads, "writes": self.writes, "sign_ins": self.sign_ins}[kind]


DOCUMENTED_LIMITS = Limits(600, 120, 10)
"""What the platform's guide gives as guidance."""


def classify_request(method: str, path: str) -> RequestKind:
    """What a request counts as: a sign-in under /auth, else a read or a write by its method."""
    if path == "/auth" or path.startswith("/auth/"):
        return "sign_ins"
    return "reads" if method == "GET" else "writes"


def try_acquire(recent: deque[datetime], now: datetime, limit: int) -> bool:
    """Whether one more request is taken at `now`; it is then one of `past`, what is a minute old no more.

    What is refused counts for nothing. Rule: RATE-01.
    """
    while recent and now - recent[0] >= MINUTE:
        recent.popleft()
    if len(recent) >= limit:
        return False
    recent.append(now)
    return True
