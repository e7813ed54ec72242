"""How many requests a minute the platform takes, and whether one more is too many. Rules: RATE-01, RATE-02."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MINUTE = timedelta(minutes=1)
Kind = Literal["reads", "writes", "sign_ins"]
MOST = 10**6
"""The highest limit that can be set."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a minute: reads and writes for each partner, sign-ins (refreshes among them) for each address."""

    reads: int
    writes: int
    sign_ins: int

    def most(self, kind: Kind) -> int:
        """The limit of that kind."""
        return {"reads": self.reads, "writes": self.writes, "sign_ins": self.sign_ins}[kind]


DOCUMENTED = Limits(600, 120, 10)
"""What the platform's guide gives as guidance."""


def kind(method: str, path: str) -> Kind:
    """What a request counts as: a sign-in under /auth, else a read or a write by its method."""
    if path == "/auth" or path.startswith("/auth/"):
        return "sign_ins"
    return "reads" if method == "GET" else "writes"


def taken(past: deque[datetime], now: datetime, most: int) -> bool:
    """Whether one more request is taken at `now`; it is then one of `past`, what is a minute old no more.

    What is refused counts for nothing. Rule: RATE-01.
    """
    while past and now - past[0] >= MINUTE:
        past.popleft()
    if len(past) >= most:
        return False
    past.append(now)
    return True
