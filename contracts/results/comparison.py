"""Compares two results: what broke, what was fixed, and what was checked in only one of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from contracts.results.result import Result, RuleResult, Run
from contracts.spec.rules import Catalogue, PlatformRule, RulePart
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict

BROKEN_VERDICTS = frozenset({Verdict.FAIL, Verdict.KNOWN})
COMPARED_FACTS = (
    ("profile", "profiles"),
    ("seed", "seeds"),
    ("strict", "settings of --strict"),
    ("documentation", "generations of the documentation"),
    ("document", "versions of openapi.yaml"),
    ("catalogue", "versions of the rules"),
    ("suite", "versions of the suite"),
)
"""The facts of a run that influence its verdicts, and how a note calls two different ones."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule in two results. A side is None if the result does not contain the rule."""

    rule: PlatformRule
    old: RuleResult | None
    new: RuleResult | None

    @property
    def is_broken_before(self) -> bool:
        """Whether the old result calls the rule broken, also as a known failure."""
        return self.old is not None and self.old.verdict in BROKEN_VERDICTS

    @property
    def is_broken_now(self) -> bool:
        """Whether the new result calls the rule broken, also as a known failure."""
        return self.new is not None and self.new.verdict in BROKEN_VERDICTS

    @property
    def is_checked_before(self) -> bool:
        """Whether the old result contains a verdict on the rule."""
        return self.old is not None and self.old.verdict in CHECKED_VERDICTS

    @property
    def is_checked_now(self) -> bool:
        """Whether the new result contains a verdict on the rule."""
        return self.new is not None and self.new.verdict in CHECKED_VERDICTS

    @property
    def is_in_both(self) -> bool:
        """Whether both runs selected the rule."""
        return self.old is not None and self.new is not None

    @property
    def newly_broken_parts(self) -> tuple[RulePart, ...]:
        """The parts that broke only now, where the failures of both results name their parts."""
        before, now = _named_parts(self.old), _named_parts(self.new)
        return tuple(part for part in self.rule.parts if part.id in now - before) if before else ()

    @property
    def is_new(self) -> bool:
        """Whether the rule, or a further part of it, is broken now and was not before. A known failure is not new."""
        is_broken = self.new is not None and self.new.verdict is Verdict.FAIL
        return is_broken and (not self.is_broken_before or bool(self.newly_broken_parts))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one result to another. Each list is in the order of the catalogue."""

    old: Run
    new: Run
    broken: tuple[RuleChange, ...]
    """Broken now, and not before."""
    fixed: tuple[RuleChange, ...]
    """Broken before, and checked and not broken now."""
    still_broken: tuple[RuleChange, ...]
    new_observations: tuple[RuleChange, ...]
    gone_observations: tuple[RuleChange, ...]
    """Observations before, of rules that are checked and kept now."""
    checked_only_before: tuple[RuleChange, ...]
    """Also the rules that only the old run selected."""
    checked_only_now: tuple[RuleChange, ...]
    """Also the rules that only the new run selected."""
    ended: tuple[str, ...] = ()
    """Which of the runs ended early, and why."""

    @property
    def exit_code(self) -> int:
        """1 if a rule, or a further part of a rule, is broken now and was not before; else 0."""
        return int(bool(self.broken))

    @property
    def differing_facts(self) -> tuple[str, ...]:
        """What the runs do not have in common, although their verdicts depend on it."""
        return tuple(name for fact, name in COMPARED_FACTS if getattr(self.old, fact) != getattr(self.new, fact))


def compare(old: Result, new: Result, catalogue: Catalogue) -> Comparison:
    """Compare two results. Rules that the catalogue of this version does not contain are left out."""
    changes = list(_pair_rules(_by_rule(old, catalogue), _by_rule(new, catalogue), catalogue))
    ends = (("old", old.ended), ("new", new.ended))
    return Comparison(
        old.run,
        new.run,
        broken=_select(changes, [each.is_new for each in changes]),
        fixed=_select(changes, [_is_fixed(each) for each in changes]),
        still_broken=_select(changes, [_is_still_broken(each) for each in changes]),
        new_observations=_select(changes, [_is_observation(each.new, each.old) for each in changes]),
        gone_observations=_select(
            changes, [_is_kept_now(each) and _is_observation(each.old, each.new) for each in changes]
        ),
        checked_only_before=_select(changes, [each.is_checked_before and not each.is_checked_now for each in changes]),
        checked_only_now=_select(changes, [each.is_checked_now and not each.is_checked_before for each in changes]),
        ended=tuple(f"the {name} run ended early: {reason}" for name, reason in ends if reason),
    )


def _by_rule(result: Result, catalogue: Catalogue) -> dict[str, RuleResult]:
    known = tuple(rule_id for rule_id in result.selected if rule_id in catalogue.rules)
    if result.selected and not known:
        return {}
    return {each.rule.id: each for each in replace(result, selected=known).rule_results(catalogue)}


def _pair_rules(old: dict[str, RuleResult], new: dict[str, RuleResult], catalogue: Catalogue) -> Iterable[RuleChange]:
    for rule_id, rule in catalogue.rules.items():
        if rule_id in old or rule_id in new:
            yield RuleChange(rule, old.get(rule_id), new.get(rule_id))


def _select(changes: Iterable[RuleChange], wanted: Iterable[bool]) -> tuple[RuleChange, ...]:
    return tuple(change for change, is_wanted in zip(changes, wanted, strict=True) if is_wanted)


def _is_fixed(change: RuleChange) -> bool:
    return change.is_broken_before and _is_kept_now(change)


def _is_kept_now(change: RuleChange) -> bool:
    """Whether the rule is checked and not broken now; an observation is not broken."""
    return change.is_checked_now and not change.is_broken_now


def _is_still_broken(change: RuleChange) -> bool:
    """Whether the rule is broken in both results, or is broken now and listed as a known failure."""
    return change.is_broken_now and not change.is_new


def _is_observation(side: RuleResult | None, other: RuleResult | None) -> bool:
    """Whether only this side is an observation, or names a part that the other one does not."""
    if side is None or side.verdict is not Verdict.OBSERVATION:
        return False
    if other is None or other.verdict is not Verdict.OBSERVATION:
        return True
    return bool(_named_parts(other) and _named_parts(side) - _named_parts(other))


def _named_parts(side: RuleResult | None) -> frozenset[str]:
    """Return the parts that the outcomes with the rule's verdict name as broken."""
    if side is None:
        return frozenset()
    failed = (outcome for outcome in side.outcomes if outcome.verdict is side.verdict)
    prefix = f"{side.rule.id}."
    return frozenset(part for outcome in failed for part in outcome.broken_parts if part.startswith(prefix))
