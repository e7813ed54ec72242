"""Two results are compared rule by rule: new, fixed, still broken, observations, and what only one of them checked."""

from dataclasses import replace

import pytest

from contracts.results.comparison import Comparison, compare
from contracts.results.result import Outcome, Result
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import RULES, a_failure, a_result, a_run, an_outcome

SECTIONS = (
    "broken",
    "fixed",
    "still_broken",
    "new_observations",
    "gone_observations",
    "checked_only_before",
    "checked_only_now",
)
RULE = "BEV-07"


def an_end(verdict: Verdict | None, *parts: str) -> Result:
    """Return a result in which the rule has this verdict. Without a verdict, the result does not contain the rule."""
    if verdict is None:
        return a_result(an_outcome(Verdict.PASS, "AUTH-01"))
    outcome = an_outcome(verdict, RULE, broken_parts=parts)
    return a_result(an_outcome(Verdict.PASS, "AUTH-01"), outcome)


def sections_of(comparison: Comparison, rule_id: str = RULE) -> set[str]:
    return {name for name in SECTIONS if rule_id in {each.rule.id for each in getattr(comparison, name)}}


@pytest.mark.parametrize(
    ("before", "now", "sections", "code"),
    [
        (Verdict.PASS, Verdict.FAIL, {"broken"}, 1),
        (Verdict.OBSERVATION, Verdict.FAIL, {"broken"}, 1),
        (Verdict.BLOCKED, Verdict.FAIL, {"broken", "checked_only_now"}, 1),
        (None, Verdict.FAIL, {"broken", "checked_only_now"}, 1),
        (Verdict.FAIL, Verdict.FAIL, {"still_broken"}, 0),
        (Verdict.KNOWN, Verdict.FAIL, {"still_broken"}, 0),
        (Verdict.FAIL, Verdict.KNOWN, {"still_broken"}, 0),
        (Verdict.PASS, Verdict.KNOWN, {"still_broken"}, 0),
        (Verdict.FAIL, Verdict.PASS, {"fixed"}, 0),
        (Verdict.KNOWN, Verdict.PASS, {"fixed"}, 0),
        (Verdict.FAIL, Verdict.OBSERVATION, {"fixed", "new_observations"}, 0),
        (Verdict.FAIL, Verdict.BLOCKED, {"checked_only_before"}, 0),
        (Verdict.FAIL, None, {"checked_only_before"}, 0),
        (Verdict.PASS, Verdict.OBSERVATION, {"new_observations"}, 0),
        (Verdict.OBSERVATION, Verdict.PASS, {"gone_observations"}, 0),
        (Verdict.OBSERVATION, Verdict.OBSERVATION, set(), 0),
        (Verdict.OBSERVATION, Verdict.ERROR, {"checked_only_before"}, 0),
        (Verdict.PASS, Verdict.INCONCLUSIVE, {"checked_only_before"}, 0),
        (Verdict.PASS, Verdict.INTERMITTENT, {"checked_only_before"}, 0),
        (Verdict.NOT_APPLICABLE, Verdict.PASS, {"checked_only_now"}, 0),
        (Verdict.PASS, Verdict.PASS, set(), 0),
        (Verdict.BLOCKED, Verdict.NOT_APPLICABLE, set(), 0),
    ],
)
def test_a_rule_is_listed_by_its_verdicts(
    before: Verdict | None, now: Verdict | None, sections: set[str], code: int
) -> None:
    comparison = compare(an_end(before), an_end(now), RULES)
    assert sections_of(comparison) == sections
    assert comparison.exit_code == code
    assert sections_of(comparison, "AUTH-01") == set()


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.OBSERVATION])
def test_a_further_part_of_a_rule_is_new(verdict: Verdict) -> None:
    first, second = f"{RULE}.length", f"{RULE}.begin"
    old, new = an_end(verdict, first), an_end(verdict, first, second)
    section = "broken" if verdict is Verdict.FAIL else "new_observations"
    assert sections_of(compare(old, new, RULES)) == {section}
    assert sections_of(compare(old, old, RULES)) == ({"still_broken"} if verdict is Verdict.FAIL else set())
    assert [part.id for part in compare(old, new, RULES).broken[:1] for part in part.newly_broken_parts] == (
        [second] if verdict is Verdict.FAIL else []
    )


def test_without_named_parts_no_part_is_new() -> None:
    old, new = an_end(Verdict.FAIL), an_end(Verdict.FAIL, f"{RULE}.length")
    assert sections_of(compare(old, new, RULES)) == {"still_broken"}


def test_a_strict_run_counts_observations_as_broken() -> None:
    old = an_end(Verdict.OBSERVATION)
    assert sections_of(compare(old, replace(old, run=a_run(strict=True)), RULES)) == {"broken"}


def test_what_the_runs_do_not_have_in_common_is_named() -> None:
    old = an_end(Verdict.PASS)
    new = replace(old, run=a_run(seed=8, profile="smoke"), ended="the target no longer answers")
    comparison = compare(old, new, RULES)
    assert comparison.differing_facts == ("profiles", "seeds")
    assert comparison.ended == ("the new run ended early: the target no longer answers",)
    assert compare(old, old, RULES).differing_facts == ()


def test_a_rule_of_another_version_is_left_out() -> None:
    old = a_result(an_outcome(Verdict.PASS, "AUTH-01"))
    unknown = replace(old, selected=("OLD-99",), outcomes=(replace(old.outcomes[0], rules=("OLD-99",)),))
    assert sections_of(compare(unknown, old, RULES), "AUTH-01") == {"checked_only_now"}


def test_the_changes_are_in_the_order_of_the_catalogue() -> None:
    outcomes: list[Outcome] = [a_failure("BEV-08"), a_failure("BEV-07"), a_failure("AUTH-01")]
    comparison = compare(a_result(), a_result(*outcomes), RULES)
    assert [change.rule.id for change in comparison.broken] == ["AUTH-01", "BEV-07", "BEV-08"]
