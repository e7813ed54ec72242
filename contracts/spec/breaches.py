"""The breaches that a running contract meets on its way: differences that belong to other rules than its own.

A contract checks its own parts with assertions, which end it. Everything else that a response must keep to, such as its
headers and the types of its members, is checked in passing: a difference is recorded here, charged to the rule that
owns it, and the contract goes on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from contracts.spec import owners
from contracts.spec.rules import Basis, Catalogue
from contracts.spec.verdicts import BlockedError, BrokenRuleError, InconclusiveError

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

    `is_open` says that the target is not our mock, so that an assumed element may differ. `parts` are those that the
    contract checks.
    """

    def __init__(self, catalogue: Catalogue, *, is_open: bool, parts: Sequence[str] = ()) -> None:
        self._catalogue = catalogue
        self.is_open = is_open
        self._parts = tuple(parts)
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
        return BreachLog(self._catalogue, is_open=self.is_open, parts=self._parts)

    def checks(self, *rules: str) -> bool:
        """Whether the contract checks a part of a rule whose id begins with one of these texts."""
        return any(part.startswith(rules) for part in self._parts)

    def states(self, text: str) -> bool:
        """Whether a part that the contract checks contains this text, such as a status or a message key."""
        return any(text in self._catalogue.part(part).claim for part in self._parts)

    @property
    def checks_assumed_parts_only(self) -> bool:
        """Whether all parts that the contract checks are assumed."""
        return bool(self._parts) and all(self._catalogue.part(part).basis is Basis.RULED for part in self._parts)

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


def checks_rule(*rules: str) -> bool:
    """Whether the running contract checks a part of one of these rules."""
    log = current_log()
    return log is not None and log.checks(*rules)


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


def charge(owner: str, what: str, expected: object, seen: object, operation: str = "") -> bool:
    """Record a difference as a breach of the rule that owns it. Return False if the contract's own rule is broken.

    That is so where a contract checks only assumed parts of a target that is not our mock: the difference is then an
    observation on these parts.
    """
    log = current_log()
    if log is None or (log.is_open and log.checks_assumed_parts_only):
        return False
    log.add(Breach(owner, log.allows(owner), what, repr(expected), repr(seen), operation, distorts=False))
    return True


def charge_preparation(owner: str, what: str, expected: object, seen: object) -> Exception:
    """Charge a difference in what a step has prepared. Return the error that ends the contract."""
    if not charge(owner, what, expected, seen):
        return BrokenRuleError(what, expected, seen)
    if may_differ(owner):
        return InconclusiveError(f"the target differs in {owner}, which the documentation leaves open: {what}")
    return BlockedError(f"blocked by a breach of {owners.rule_of(owner)}: {what}")


def charge_step(operation: str, status: int, expected: object, seen: str) -> BlockedError:
    """Charge the status of a step to the rule that owns it. Return the error that ends the contract as blocked.

    A contract that checks this rule itself is not blocked: the breach is its own. The difference is assumed if the
    contract checks assumed parts only, because its steps may then contain what the documentation leaves open.
    """
    owner, log = owners.owner_of_step(operation, status), current_log()
    if log is not None:
        what = f"{operation} answered {status} to a step"
        assumed = log.checks_assumed_parts_only
        log.add(Breach(owner, assumed, what, repr(expected), seen, operation, distorts=False, is_status=True))
    return BlockedError(f"blocked by a breach of {owners.rule_of(owner)}: {operation} answered {status}")
