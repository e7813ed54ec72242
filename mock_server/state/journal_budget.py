"""The bound of the bytes that the journals of a server hold together."""

import heapq
from typing import Protocol

DEFAULT_BYTES = 64 * 1024 * 1024
"""How many bytes the journals of a server may hold together by default."""
FREED_PART = 64
"""If the journals are full, a 64th of the limit is freed, so that comparing all journals is rarely necessary."""


class BoundedJournal(Protocol):
    """A journal as the budget sees it. `size` is in bytes."""

    size: int

    def drop_oldest(self) -> None:
        """Drop the oldest exchange."""


class JournalBudget:
    """How many bytes the journals of a server hold, and may hold.

    If they hold too many, the oldest exchanges of the largest journal are dropped. So a workspace with few exchanges
    keeps them, whatever other workspaces record. `used` is the sum of the sizes of the journals.
    """

    def __init__(self, limit: int = DEFAULT_BYTES) -> None:
        self.limit = limit
        self.used = 0
        self._journals: list[BoundedJournal] = []

    def join(self, journal: BoundedJournal) -> None:
        """Let an empty journal share the budget."""
        self._journals.append(journal)

    def leave(self, journal: BoundedJournal) -> None:
        """Give back the bytes of a journal, which shares the budget no longer."""
        self.used -= journal.size
        self._journals.remove(journal)

    def make_room(self) -> None:
        """Drop exchanges until a part of the limit is free again."""
        most = self.limit - self.limit // FREED_PART
        largest_first = [(-journal.size, index) for index, journal in enumerate(self._journals)]
        heapq.heapify(largest_first)
        while self.used > most:
            index = largest_first[0][1]
            self._journals[index].drop_oldest()
            heapq.heapreplace(largest_first, (-self._journals[index].size, index))
