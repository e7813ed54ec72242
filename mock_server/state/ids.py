"""Ids, numbers and revisions: a workspace's counters."""

import hashlib
from collections import Counter
from collections.abc import Mapping

TOKEN_COUNTER = "#token"  # noqa: S105 - a counter name
MONOTONIC_COUNTERS = (TOKEN_COUNTER,)
"""Counters that going back leaves as they are: no two tokens of one life have the same number."""


class IdGenerator:
    """Gives out what must be unique. Ids are a function of the seed and of how many were given before.

    `number` orders records of one instant. `revision` never goes back, not even on reset: a revision
    used twice would let a stale result through (BEV-04).
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.counts: Counter[str] = Counter()
        self.last_revision = 0
        self._requests = 0

    def new(self, kind: str) -> str:
        """A new id such as `pkg_5f0c2a91d3b7`."""
        count = self.counts[kind] = self.counts[kind] + 1
        text = f"{self.seed}:{kind}:{count}".encode()
        return f"{kind}_{hashlib.blake2b(text, digest_size=6).hexdigest()}"

    def next_number(self, kind: str) -> int:
        """The next number of a kind of record, from 1."""
        counter = f"#{kind}"
        number = self.counts[counter] = self.counts[counter] + 1
        return number

    def last_number(self, kind: str) -> int:
        """The last number given for a kind, 0 before the first."""
        return self.counts[f"#{kind}"]

    def set_last_number(self, kind: str, last: int) -> None:
        """Go on after numbers that a world brought along."""
        self.counts[f"#{kind}"] = last

    def next_revision(self) -> int:
        """The next revision of anything that a result can belong to."""
        self.last_revision += 1
        return self.last_revision

    def new_request_id(self) -> str:
        """An id for a request that brought none. Rule: BASE-06."""
        self._requests += 1
        return f"req-{self.seed}-{self._requests:08d}"

    def resume(self, seed: int, counts: Mapping[str, int]) -> None:
        """Give the ids and numbers of this seed that follow these counts; what must never be reused goes on as it is.

        Those are the numbers of revisions, requests and tokens.
        """
        monotonic = {kind: count for kind, count in self.counts.items() if kind in MONOTONIC_COUNTERS}
        self.seed = seed
        self.counts = Counter(counts) | Counter(monotonic)

    def reserve_revisions(self, revision: int) -> None:
        """Give no revision up to this one: a record has it already (BEV-04)."""
        self.last_revision = max(self.last_revision, revision)

    def reset(self, seed: int) -> None:
        """Start over for a world of this seed; revisions go on."""
        self.seed = seed
        self.counts.clear()
