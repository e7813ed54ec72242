"""A server among those that share a database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class ServerIdentity:
    """A server. `name` is not used by any other one, and `epoch_seconds` returns its machine's seconds since 1970.

    `known_digests` are those of the worlds that were stored when the server last looked. `ahead` is by how many seconds
    the clock of the database is ahead of the machine's, at least.
    """

    name: str
    epoch_seconds: Callable[[], float]
    known_digests: set[str] = field(default_factory=set)
    ahead: float = 0.0

    def note_time(self, seconds: float) -> None:
        """Note which time the clock of the database has just shown."""
        self.ahead = seconds - self.epoch_seconds()

    def shared_seconds(self) -> float:
        """Return the database's time. It orders what servers do whose machines' clocks differ.

        It is never before the time that the last request has read, nor after the database's present time. So what
        begins on one server after something has ended on another one has a later time.
        """
        return self.epoch_seconds() + self.ahead

    def note_worlds(self, stored: str, deleted: Iterable[str] = ()) -> None:
        """Note that a world is stored, and that others were deleted."""
        self.known_digests.difference_update(deleted)
        self.known_digests.add(stored)
