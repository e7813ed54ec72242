"""The breaches that a running contract meets on its way: differences that belong to other rules than its own.

A contract checks its own parts with assertions, which end it. Everything else that a response must keep to, such as its
headers and the types of its members, is checked in passing: a difference is recorded here, charged to the rule that
owns it, and the contract goes on.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from contracts.spec import owners
from contracts.spec.rules import Basis, Catalogue
from contracts.spec.verdicts import BrokenRuleError

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Breach:
    """A difference between a response and an element of a rule.

    `owner` is a rule, or a part of one. `assumed` says that the documentation leaves the element open. `distorts` says
    that values of the response are affected, so that a later difference may follow from this one. `is_status` says that
    the breach is the status itself.
    """

    owner: str
    assumed: bool
    what: str
    expected: str
    seen: str
    operation: str = ""
    distorts: bool = True
    is_status: bool = False

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return owners.rule_of(self.owner)

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies the breach in a run: it is reported once."""
        return self.owner, self.operation, self.what


class BreachLog:
    """The breaches of one contract, without duplicates.

    `is_open` says that the target is not our mock, so that an assumed element may differ.
    """

    def __init__(self, catalogue: Catalogue, *, is_open: bool) -> None:
        self._catalogue = catalogue
        self.is_open = is_open
        self._breaches: dict[tuple[str, str, str], Breach] = {}

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """The breaches, in the order in which they were met."""
        return tuple(self._breaches.values())

    def add(self, breach: Breach) -> None:
        """Record a breach."""
        self._breaches.setdefault(breach.key, breach)

    def add_all(self, breaches: Iterable[Breach]) -> None:
        """Record breaches."""
        for breach in breaches:
            self.add(breach)

    def new(self) -> "BreachLog":
        """Return a log for the same target, without breaches."""
        return BreachLog(self._catalogue, is_open=self.is_open)

    def allows(self, part_id: str) -> bool:
        """Whether the target may differ in this part: it is assumed, and the target is not our mock."""
        return self.is_open and self._catalogue.part(part_id).basis is Basis.RULED

    def find_distorting(self) -> Breach | None:
        """Return the first breach from which a later difference may follow. None if there is none.

        A difference in an assumed element, such as a value out of its bounds, leaves a response readable.
        """
        return next((each for each in self.breaches if each.distorts and not each.assumed), None)


_logs: list[BreachLog] = []


def current_log() -> BreachLog | None:
    """Return the log of the running contract. None outside of contracts."""
    return _logs[-1] if _logs else None


def may_differ(part_id: str) -> bool:
    """Whether the target of the running contract may differ in this part."""
    log = current_log()
    return log is not None and log.allows(part_id)


def collect(read: Callable[[], Value]) -> tuple[Value, tuple[Breach, ...]]:
    """Return what a function reads, and the breaches that it meets. They are recorded for the running contract, too."""
    log = current_log()
    if log is None:
        return read(), ()
    own = log.new()
    try:
        with recording(own):
            return read(), own.breaches
    finally:
        log.add_all(own.breaches)


@contextmanager
def recording(log: BreachLog) -> Iterator[BreachLog]:
    """Record breaches in this log. A process runs one contract at a time."""
    _logs.append(log)
    try:
        yield log
    finally:
        _logs.pop()


def differ(what: str, expected: object, seen: object, part: str | None = None) -> None:
    """End the contract because a value differs, or record it and go on if the target may differ in this part.

    Raises BrokenRuleError.
    """
    log = current_log()
    if part is not None and log is not None and log.allows(part):
        log.add(Breach(part, assumed=True, what=what, expected=repr(expected), seen=repr(seen), distorts=False))
        return
    raise BrokenRuleError(what, expected, seen, () if part is None else (part,))
