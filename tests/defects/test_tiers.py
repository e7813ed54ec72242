"""The first tier of defects covers every rule, and no two defects of a rule are caught by the same contracts."""

from tests.defects import registry, tiers


def test_the_first_tier_lists_existing_defects_once() -> None:
    names = registry.FIRST_TIER_FILE.read_text(encoding="utf-8").split()
    assert list(registry.first_tier()) == names


def test_each_rule_that_has_a_defect_has_one_in_the_first_tier() -> None:
    all_rules, first_rules = (
        {rule for defect in defects.values() for rule in defect.rules}
        for defects in (registry.all_defects(), registry.first_tier())
    )
    assert all_rules - first_rules == set()
    assert len(registry.first_tier()) <= tiers.MAX_PER_RULE * len(all_rules)


def test_the_defects_that_the_fewest_contracts_catch_are_chosen() -> None:
    rules = dict.fromkeys(("loud", "quiet", "quieter", "quietest"), ("R-1",))
    killers = {"loud": "abcd", "quiet": "abc", "quieter": "ab", "quietest": "a"}
    assert tiers.choose_first_tier(rules, killers) == ["quiet", "quieter", "quietest"]


def test_of_defects_that_the_same_contracts_catch_the_first_is_chosen() -> None:
    assert tiers.choose_first_tier({"one": ["R-1"], "other": ["R-1"]}, {"one": "ab", "other": "ba"}) == ["one"]


def test_a_defect_that_was_not_measured_is_chosen_only_where_a_rule_has_no_other() -> None:
    rules = {"new": ["R-1"], "measured": ["R-1"], "alone": ["R-2"]}
    assert tiers.choose_first_tier(rules, {"measured": "a"}) == ["measured", "alone"]
