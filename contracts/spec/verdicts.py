"""The verdicts, and the exceptions that end a contract with a verdict.

BrokenRuleError        a rule is broken (an AssertionError)
UndecidedError         no verdict on the rules (to pytest, a skip)
├── NotApplicableError
├── InconclusiveError
└── BlockedError
TargetUnreachableError there is no deployment to check; ends the run
"""

from collections.abc import Iterable
from enum import StrEnum

import pytest

from contracts.errors import ContractsError


class Verdict(StrEnum):
    """The verdict on a rule after a run, from worst to best."""

    FAIL = "fail"
    ERROR = "error"
    OBSERVATION = "observation"
    BLOCKED = "blocked"
    INTERMITTENT = "intermittent"
    INCONCLUSIVE = "inconclusive"
    KNOWN = "known"
    PASS = "pass"  # noqa: S105 - a verdict
    NOT_APPLICABLE = "not applicable"


SEVERITY_ORDER = {verdict: rank for rank, verdict in enumerate(Verdict)}
CHECKED_VERDICTS = frozenset({Verdict.FAIL, Verdict.OBSERVATION, Verdict.KNOWN, Verdict.PASS})
"""The verdicts of rules that were checked. A run without any of them has proved nothing."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of the verdicts, or NOT_APPLICABLE if there are no verdicts."""
    return min(verdicts, key=SEVERITY_ORDER.__getitem__, default=Verdict.NOT_APPLICABLE)


class BrokenRuleError(AssertionError):
    """A rule is broken. The error contains the checked property, the expected value and the actual value.

    `parts` are the broken parts, or the ids of broken rules where the part is not known. If it is empty, the parts in
    the contract's mark are broken. `assumed` says that the documentation leaves the difference open; if it is None, the
    basis of the parts says so.
    """

    def __init__(
        self,
        what: str,
        expected: object = None,
        seen: object = None,
        parts: tuple[str, ...] = (),
        *,
        assumed: bool | None = None,
    ) -> None:
        super().__init__(f"{what}: expected {expected!r}, seen {seen!r}")
        self.what, self.expected, self.seen = what, expected, seen
        self.parts, self.assumed = parts, assumed

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules in `parts`, without duplicates."""
        return tuple(dict.fromkeys(part.partition(".")[0] for part in self.parts))


class UndecidedError(pytest.skip.Exception):  # type: ignore[name-defined, misc] # a class, kept as a function's attribute
    """A contract ended without checking its rules. For pytest, this is a skip with a reason."""

    verdict = Verdict.BLOCKED

    def __init__(self, reason: str, rules: tuple[str, ...] = ()) -> None:
        """`rules` are the rules without a verdict, if the contract's other rules were checked; empty means all."""
        super().__init__(f"{self.verdict}: {reason}", _use_item_location=True)
        self.reason, self.rules = reason, rules


class NotApplicableError(UndecidedError):
    """The target lacks something that the contract needs: a control API, a second user, permission to write."""

    verdict = Verdict.NOT_APPLICABLE


class InconclusiveError(UndecidedError):
    """A job of the target did not end within its timeout, or there was no data to check."""

    verdict = Verdict.INCONCLUSIVE


class BlockedError(UndecidedError):
    """Something prevented the check: sign-in fails, a write could not be undone, or a budget is used up."""

    verdict = Verdict.BLOCKED


class TargetUnreachableError(ContractsError):
    """The target does not respond, or is not a deployment of the platform. The message says what was tried."""
