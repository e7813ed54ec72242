"""The counters of a workspace: ids, record numbers, revisions and request ids."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping

TOKEN_COUNTER = "#token"  # noqa: S105 - a counter name
MONOTONIC_COUNTERS = (TOKEN_COUNTER,)
"""Counters that a restore does not set back, because no two tokens of an epoch may have the same number."""


class IdGenerator:
    """Generates unique ids and numbers. Ids depend only on the seed and on how many were generated before.

    Numbers give the order of records with the same timestamp. Revisions never go back, not even on a reset: if a
    revision were used twice, an outdated evaluation could be published (BEV-04). `request_numbers` are the numbers of
    the ids of requests; workspaces may share them.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.counts: Counter[str] = Counter()
        self.last_revision = 0
        self.request_numbers: Iterator[int] = itertools.count(1)

    def new(self, kind: str) -> str:
        """Return a new id such as `pkg_5f0c2a91d3b7`."""
        count = self.counts[kind] = self.counts[kind] + 1
        text = f"{self.seed}:{kind}:{count}".encode()
        return f"{kind}_{hashlib.blake2b(text, digest_size=6).hexdigest()}"

    def next_number(self, kind: str) -> int:
        """Return the next number for a kind of record, starting at 1."""
        counter = f"#{kind}"
        number = self.counts[counter] = self.counts[counter] + 1
        return number

    def last_number(self, kind: str) -> int:
        """Return the last number for a kind of record, 0 if there was none."""
        return self.counts[f"#{kind}"]

    def set_last_number(self, kind: str, last: int) -> None:
        """Set the last number for a kind of record. This is needed if a world's records already have numbers."""
        self.counts[f"#{kind}"] = last

    def next_revision(self) -> int:
        """Return the next revision number. A revision identifies one saved version of a package's settings."""
        self.last_revision += 1
        return self.last_revision

    def new_request_id(self) -> str:
        """Return an id for a request that was sent without one. See: BASE-06."""
        return f"req-{self.seed}-{next(self.request_numbers):08d}"

    def resume(self, seed: int, counts: Mapping[str, int]) -> None:
        """Set the seed and the counts, so that the next ids and numbers follow them.

        The counters of revisions, requests and tokens continue from their present values, because their numbers must
        never be reused.
        """
        monotonic = {kind: count for kind, count in self.counts.items() if kind in MONOTONIC_COUNTERS}
        self.seed = seed
        self.counts = Counter(counts) | Counter(monotonic)

    def set_all(self, seed: int, counts: Mapping[str, int], last_revision: int) -> None:
        """Set the seed, the counts and the last revision, as another process has left them."""
        self.seed, self.counts, self.last_revision = seed, Counter(counts), last_revision

    def reserve_revisions(self, revision: int) -> None:
        """Skip all revisions up to this one, because a record already uses it (BEV-04)."""
        self.last_revision = max(self.last_revision, revision)

    def reset(self, seed: int) -> None:
        """Reset all counters for a world of this seed, except revisions and request ids."""
        self.seed = seed
        self.counts.clear()
