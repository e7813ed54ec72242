"""Orders the broken rules for a reader, and puts those together that one wrong response breaks.

A wrong status often breaks several rules: the one that it is about, and others whose contracts also met it. Rules with
the same expected status and the same response are one group, which is shown under the rule with the firmest basis.
"""

from collections.abc import Iterable
from itertools import count

from contracts.report.sanitizer import to_single_line
from contracts.results.result import Outcome, RuleResult
from contracts.spec.rules import Basis

STATUS_REASON = "status of "
"""How the reason of a difference in a status begins."""
COMPARED_LENGTH = 60
"""How much of a response must be the same. Further on, responses name the object or the field."""
BASIS_ORDER = {basis: rank for rank, basis in enumerate(Basis)}


def group_broken_rules(broken: Iterable[RuleResult]) -> list[list[RuleResult]]:
    """Return the groups. Broken stated parts come first, then shown and assumed ones; else as in the catalogue."""
    groups: dict[tuple[object, ...], list[RuleResult]] = {}
    numbers = count()
    for rule_result in sorted(broken, key=_rank):
        shown = first_outcome(rule_result)
        is_status = shown.reason.startswith(STATUS_REASON)
        key = (shown.expected, to_single_line(shown.seen)[:COMPARED_LENGTH]) if is_status else (next(numbers),)
        groups.setdefault(key, []).append(rule_result)
    return list(groups.values())


def first_outcome(rule_result: RuleResult) -> Outcome:
    """Return the first outcome that has the rule's verdict."""
    return next(outcome for outcome in rule_result.outcomes if outcome.verdict is rule_result.verdict)


def _rank(rule_result: RuleResult) -> int:
    return min(BASIS_ORDER[part.basis] for part in rule_result.broken_parts)
