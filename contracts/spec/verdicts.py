"""How a contract can end, and what its rules' verdicts are then."""

from collections.abc import Iterable
from enum import StrEnum

import pytest


class Verdict(StrEnum):
    """What is known of a rule after a run, from the worst to the best."""

    FAIL = "fail"
    ERROR = "error"
    OBSERVATION = "observation"
    BLOCKED = "blocked"
    INCONCLUSIVE = "inconclusive"
    KNOWN = "known"
    PASS = "pass"  # noqa: S105 - a verdict
    NOT_APPLICABLE = "not applicable"


SEVERITY_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}
CHECKED_VERDICTS = frozenset({Verdict.FAIL, Verdict.OBSERVATION, Verdict.KNOWN, Verdict.PASS})
"""Verdicts of a rule that was really looked at; a run without any of them has proved nothing."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several; not applicable where there is none."""
    return min(verdicts, key=SEVERITY_ORDER.__getitem__, default=Verdict.NOT_APPLICABLE)


class BrokenRuleError(AssertionError):
    """A rule is broken: what was looked at, what was expected and what was seen.

    `rules` are those of the contract's rules that this breaks; all of them where it is empty.
    """

    def __init__(self, what: str, expected: object = None, seen: object = None, rules: tuple[str, ...] = ()) -> None:
        super().__init__(f"{what}: expected {expected!r}, seen {seen!r}")
        self.what, self.expected, self.seen, self.rules = what, expected, seen, rules


class UndecidedError(pytest.skip.Exception):  # type: ignore[name-defined, misc] # a class, kept as a function's attribute
    """A contract that ends without having checked its rules; to pytest it is a skip with a reason."""

    verdict = Verdict.BLOCKED

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.verdict}: {reason}", _use_item_location=True)
        self.reason = reason


class NotApplicableError(UndecidedError):
    """The target lacks what the contract needs: a clock to hold, arranged data, another user."""

    verdict = Verdict.NOT_APPLICABLE


class InconclusiveError(UndecidedError):
    """A job of the target did not end within its timeout, or there was nothing to look at."""

    verdict = Verdict.INCONCLUSIVE


class BlockedError(UndecidedError):
    """Something else is in the way: sign-in fails, writes are not allowed, a budget is spent."""

    verdict = Verdict.BLOCKED


class TargetUnreachableError(Exception):
    """The target does not answer, or is no deployment of the platform; says what was tried and seen."""
