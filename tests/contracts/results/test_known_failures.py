"""Files of known failures are validated; their entries make failures known, and can become out of date."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from contracts.results import known_failures
from contracts.results.known_failures import KnownFailure, KnownFailuresError
from contracts.results.result import Outcome
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import RULES, a_failure, an_outcome

TODAY = date(2026, 3, 2)
EXAMPLE = Path(known_failures.__file__).with_name("known_failures.example.yaml")
ENTRY_YAML = "{rule: BEV-07, owner: Ana, reason: ticket 12, expires: 2026-12-31}"


def a_known_failure(rule: str = "BEV-07", contract: str = "", expires: date = date(2026, 12, 31)) -> KnownFailure:
    return KnownFailure(rule, "Ana", "ticket 12", expires, contract)


def apply_known_failures(outcomes: list[Outcome], *entries: KnownFailure) -> tuple[list[Outcome], list[str]]:
    return known_failures.apply(outcomes, entries, TODAY)


def load_known_failures(text: str, folder: Path) -> tuple[KnownFailure, ...]:
    file = folder / "staging.yaml"
    file.write_text(text, encoding="utf-8")
    return known_failures.load(file, RULES)


def test_the_example_is_a_file_of_expectations() -> None:
    first, second = known_failures.load(EXAMPLE, RULES)
    assert (first.rule, first.contract) == ("BEV-07", "evaluation::a_purchase_on_the_last_day_counts")
    assert (second.rule, second.contract, second.expires) == ("PART-02", "", date(2027, 3, 31))


def test_an_entry_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    assert load_known_failures(f"version: 1\nexpectations: [{ENTRY_YAML}]", tmp_path) == (a_known_failure(),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[", "staging.yaml is not valid YAML"),
        ("- 1", "staging.yaml must be a mapping"),
        ("version: 1", "staging.yaml: expectations is missing"),
        (f"version: 2\nexpectations: [{ENTRY_YAML}]", "staging.yaml: version must be 1, but is 2"),
        (f"version: true\nexpectations: [{ENTRY_YAML}]", "staging.yaml: version must be 1, but is True"),
        ("version: 1\nexpectations: {}", "staging.yaml: expectations must be a list"),
        ("version: 1\nexpectations: []\nowner: Ana", "staging.yaml: owner is not a known key"),
        ("version: 1\nexpectations: [BEV-07]", "staging.yaml, entry 1 must be a mapping"),
    ],
)
def test_an_invalid_file_is_refused(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(KnownFailuresError) as refused:
        load_known_failures(text, tmp_path)
    assert str(refused.value).startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("owner: Ana, ", "", "owner is missing"),
        ("expires: 2026-12-31", "expires: 2026-12-31, until: never", "until is not a known key"),
        ("BEV-07", "BEV-99", "the rule 'BEV-99' is not in the catalogue"),
        ("BEV-07", "[BEV-07]", "rule must be a string that is not empty"),
        ("Ana", "' '", "owner must be a string that is not empty"),
        ("ticket 12", "12", "reason must be a string that is not empty"),
        ("reason:", "contract: '', reason:", "contract must be a string that is not empty"),
        ("2026-12-31", "soon", "expires must be a date such as 2026-12-31, without quotes, but is 'soon'"),
        (
            "2026-12-31",
            "'2026-12-31'",
            "expires must be a date such as 2026-12-31, without quotes, but is '2026-12-31'",
        ),
        (
            "2026-12-31",
            "2026-12-31T00:00:00Z",
            "expires must be a date such as 2026-12-31, without quotes, but is datetime",
        ),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place_and_key(old: str, new: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(KnownFailuresError) as refused:
        load_known_failures(f"version: 1\nexpectations: [{ENTRY_YAML.replace(old, new)}]", tmp_path)
    assert str(refused.value).startswith(f"staging.yaml, entry 1: {expected}")


def test_a_day_that_no_calendar_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnownFailuresError, match=r"^staging\.yaml is not valid YAML"):
        load_known_failures(f"version: 1\nexpectations: [{ENTRY_YAML.replace('12-31', '02-30')}]", tmp_path)


def test_the_same_entry_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnownFailuresError, match=r"^staging\.yaml, entry 2: duplicate entry for BEV-07"):
        load_known_failures(f"version: 1\nexpectations: [{ENTRY_YAML}, {ENTRY_YAML}]", tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnownFailuresError, match=r"cannot be read"):
        known_failures.load(tmp_path / "none.yaml", RULES)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.OBSERVATION])
def test_what_is_expected_becomes_known_with_owner_and_last_day(verdict: Verdict) -> None:
    outcome = an_outcome(verdict, "BEV-07", reason="one is missing")
    outcomes, stale = apply_known_failures([outcome], a_known_failure())
    expected_reason = "[Ana, until 2026-12-31: ticket 12] one is missing"
    assert outcomes == [replace(outcome, verdict=Verdict.KNOWN, reason=expected_reason)]
    assert stale == []


@pytest.mark.parametrize(
    "verdict", [Verdict.PASS, Verdict.ERROR, Verdict.BLOCKED, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE]
)
def test_only_a_difference_becomes_known(verdict: Verdict) -> None:
    outcome = an_outcome(verdict, "BEV-07")
    assert apply_known_failures([outcome], a_known_failure())[0] == [outcome]


def test_what_is_not_expected_stays_a_failure() -> None:
    failure = a_failure("BEV-08")
    assert apply_known_failures([failure], a_known_failure())[0] == [failure]


def test_an_entry_for_one_contract_covers_no_other() -> None:
    one, other = (a_failure("BEV-07", contract=f"evaluation::{name}") for name in ("one", "other"))
    outcomes, _ = apply_known_failures([one, other], a_known_failure(contract="evaluation::one"))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.KNOWN, Verdict.FAIL]


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.OBSERVATION])
def test_an_outcome_of_which_only_some_rules_are_expected_is_split(verdict: Verdict) -> None:
    outcome = an_outcome(verdict, "BEV-07", "BEV-08")
    rest, known = apply_known_failures([outcome], a_known_failure())[0]
    assert rest == replace(outcome, rules=("BEV-08",))
    assert (known.verdict, known.rules) == (Verdict.KNOWN, ("BEV-07",))
    assert rest.requests + known.requests == outcome.requests
    assert rest.seconds + known.seconds == outcome.seconds


def test_an_outcome_all_of_whose_rules_are_expected_is_known_as_a_whole() -> None:
    (known,) = apply_known_failures([a_failure("BEV-07", "BEV-08")], a_known_failure(), a_known_failure("BEV-08"))[0]
    assert (known.verdict, known.rules) == (Verdict.KNOWN, ("BEV-07", "BEV-08"))


def test_what_is_known_already_stays_as_it_is() -> None:
    entries = [a_known_failure(), a_known_failure("BEV-08")]
    once, _ = apply_known_failures([a_failure("BEV-07", "BEV-09"), a_failure("BEV-08")], *entries)
    again, stale = apply_known_failures(once, *entries)
    assert again == once
    assert stale == []


def test_an_entry_counts_on_its_last_day_and_not_on_the_next() -> None:
    failure = a_failure("BEV-07")
    assert apply_known_failures([failure], a_known_failure(expires=TODAY))[0][0].verdict is Verdict.KNOWN
    outcomes, stale = apply_known_failures([failure], a_known_failure(expires=date(2026, 3, 1)))
    assert outcomes == [failure]
    assert stale == ["BEV-07 (owner Ana) expired on 2026-03-01: fix the target or renew the entry"]


def test_an_entry_whose_rule_is_kept_is_stale() -> None:
    _, stale = apply_known_failures([an_outcome(Verdict.PASS, "BEV-07")], a_known_failure())
    assert stale == ["BEV-07 (owner Ana) passes now: remove the entry"]


def test_an_entry_whose_contract_passes_is_stale_though_another_fails() -> None:
    passed = an_outcome(Verdict.PASS, "BEV-07", contract="evaluation::one")
    failed = a_failure("BEV-07", contract="evaluation::other")
    _, stale = apply_known_failures([passed, failed], a_known_failure(contract="evaluation::one"))
    assert stale == ["BEV-07 in evaluation::one (owner Ana) passes now: remove the entry"]


@pytest.mark.parametrize("expires", [date(2026, 12, 31), date(2026, 1, 1)], ids=["valid", "expired"])
@pytest.mark.parametrize(
    "outcomes",
    [
        [],
        [an_outcome(Verdict.PASS, "BEV-08")],
        [an_outcome(Verdict.BLOCKED, "BEV-07")],
        [an_outcome(Verdict.NOT_APPLICABLE, "BEV-07")],
    ],
    ids=["no outcome", "another rule", "blocked", "not applicable"],
)
def test_an_entry_whose_rule_was_not_checked_is_not_stale(outcomes: list[Outcome], expires: date) -> None:
    assert apply_known_failures(outcomes, a_known_failure(expires=expires)) == (outcomes, [])


def test_an_entry_is_not_stale_when_a_contract_was_inconclusive() -> None:
    outcomes = [an_outcome(Verdict.PASS, "BEV-07"), an_outcome(Verdict.INCONCLUSIVE, "BEV-07")]
    assert apply_known_failures(outcomes, a_known_failure())[1] == []
