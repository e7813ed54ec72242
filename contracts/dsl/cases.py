"""The cases that a property checks. A property that found no case has checked nothing, so it is inconclusive."""

from collections.abc import Iterable
from typing import TypeVar

from contracts.spec.verdicts import InconclusiveError

Case = TypeVar("Case")


def require_cases(found: Iterable[Case], what: str) -> list[Case]:
    """Return the cases. Raises InconclusiveError if there are none; `what` describes one case, with its article."""
    cases = list(found)
    if not cases:
        raise InconclusiveError(f"the target contains no case to check: {what}")
    return cases


def require_case(is_case: bool, what: str) -> None:
    """Raise InconclusiveError unless the case has come about. `what` describes the case, with its article."""
    if not is_case:
        raise InconclusiveError(f"the target contains no case to check: {what}")
