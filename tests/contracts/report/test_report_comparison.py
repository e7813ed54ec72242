"""The report of a comparison names both runs and every change, as text, as JSON and as a page."""

import json
from pathlib import Path

import pytest

from contracts.report import comparison as report
from contracts.report import comparison_page
from contracts.results.comparison import Comparison, compare
from contracts.results.result import Result
from contracts.spec.verdicts import Verdict
from tests.contracts.report.test_report_html import Page
from tests.contracts.results.result_builders import HOSTILE_TEXT, RULES, a_failure, a_result, a_run, an_outcome

MOCK = a_run(target="http://127.0.0.1:8080/api/v3", is_our_mock=True)
STAGING = a_run(target="https://staging.example/api/v3", seed=8)


def a_comparison(**texts: str) -> Comparison:
    """Return a comparison with one rule in each section."""
    old: Result = a_result(
        an_outcome(Verdict.PASS, "BEV-07"),
        a_failure("BEV-08", reason="the old failure", **texts),
        a_failure("AUTH-01"),
        an_outcome(Verdict.PASS, "BASE-08"),
        an_outcome(Verdict.OBSERVATION, "BASE-10", reason="the old observation"),
        an_outcome(Verdict.PASS, "PKG-01"),
        an_outcome(Verdict.NOT_APPLICABLE, "PKG-02", reason="no clock"),
        run=MOCK,
    )
    new = a_result(
        a_failure("BEV-07", reason="the new failure", **texts),
        an_outcome(Verdict.PASS, "BEV-08"),
        a_failure("AUTH-01"),
        an_outcome(Verdict.OBSERVATION, "BASE-08", reason="the new observation"),
        an_outcome(Verdict.PASS, "BASE-10"),
        an_outcome(Verdict.BLOCKED, "PKG-01", reason="no sign-in"),
        an_outcome(Verdict.PASS, "PKG-02"),
        run=STAGING,
    )
    return compare(old, new, RULES)


def test_the_text_shows_every_section() -> None:
    text = report.format_comparison(a_comparison(expected="1", seen="0"), width=100)
    for expected in (
        "Old  http://127.0.0.1:8080/api/v3 (our mock), profile standard, seed 7,",
        "New  https://staging.example/api/v3, profile standard, seed 8,",
        "Note The runs have different seeds, so some verdicts may differ.",
        "NEWLY BROKEN: 1 RULE\n  BEV-07    pass -> broken\n    Why         the new failure\n"
        "    Expected    1\n    Seen        0\n",
        "FIXED: 1 RULE\n  BEV-08    broken -> pass\n    Why         the old failure\n",
        "STILL BROKEN: 1 RULE\n  AUTH-01   broken -> broken\n",
        "NEW OBSERVATIONS: 1 RULE\n  BASE-08   pass -> observation\n    Why         the new observation\n",
        "OBSERVATIONS THAT ARE GONE: 1 RULE\n  BASE-10   observation -> pass\n    Why         the old observation\n",
        "CHECKED ONLY IN THE OLD RUN: 1 RULE\n  PKG-01    pass -> blocked: no sign-in\n",
        "CHECKED ONLY IN THE NEW RUN: 1 RULE\n  PKG-02    not applicable -> pass: no clock\n",
    ):
        assert expected in text
    assert text.endswith("\n\nsomething broke: 1 newly broken, 1 fixed, 1 still broken (exit code 1)")


def test_empty_sections_are_left_out() -> None:
    same = a_result(an_outcome(Verdict.PASS, "BEV-07"))
    lines = report.format_comparison(compare(same, same, RULES)).splitlines()
    assert lines[-1] == "nothing new is broken: 0 newly broken, 0 fixed, 0 still broken (exit code 0)"
    assert not any(line.isupper() for line in lines)


def test_the_json_has_every_section() -> None:
    document = json.loads(json.dumps(report.to_json(a_comparison(expected="1", seen="0"))))
    assert document["format"] == "wavetank-comparison-1"
    assert document["exit_code"] == 1
    assert (document["old"]["target"], document["new"]["seed"]) == (MOCK.target, 8)
    assert document.pop("notes") == ["The runs have different seeds, so some verdicts may differ."]
    sections = {key: [each["rule"] for each in value] for key, value in document.items() if isinstance(value, list)}
    assert sections == {
        "newly_broken": ["BEV-07"],
        "fixed": ["BEV-08"],
        "still_broken": ["AUTH-01"],
        "new_observations": ["BASE-08"],
        "gone_observations": ["BASE-10"],
        "checked_only_before": ["PKG-01"],
        "checked_only_now": ["PKG-02"],
    }
    assert document["still_broken"][0] | {"expected": "1", "seen": "0"} == document["still_broken"][0]


def test_rules_that_only_one_run_selected_are_counted_and_not_listed() -> None:
    all_rules = Result(MOCK, (an_outcome(Verdict.PASS, *RULES.rules),))
    compared = compare(all_rules, a_result(an_outcome(Verdict.PASS, "BEV-07"), run=MOCK), RULES)
    text = report.format_comparison(compared, width=100)
    count = len(RULES.rules) - 1
    assert f"Note {count} rules of the old run only: the other run did not select them." in text
    assert "CHECKED ONLY" not in text
    assert len(report.to_json(compared)["checked_only_before"]) == count


def test_the_page_shows_every_section(tmp_path: Path) -> None:
    comparison_page.write(a_comparison(expected="1", seen="0"), tmp_path / "compared.html")
    page = Page((tmp_path / "compared.html").read_text(encoding="utf-8"))
    assert page.text("h1") == "something broke: 1 newly broken, 1 fixed, 1 still broken"
    assert "Old http://127.0.0.1:8080/api/v3 (our mock), profile standard, seed 7" in page.text("main")
    assert page.text("newly_broken").startswith("Newly broken: 1 rule BEV-07 pass -> broken")
    assert page.text("newly_broken").endswith("the new failure Expected 1 Seen 0")
    for section in report.build_sections(a_comparison()):
        assert section.changes[0].rule.id in page.text(section.key)


@pytest.mark.parametrize("form", ["text", "page"])
def test_the_targets_texts_are_escaped(form: str, tmp_path: Path) -> None:
    comparison = a_comparison(expected=HOSTILE_TEXT, seen=f"{HOSTILE_TEXT}!")
    if form == "text":
        text = report.format_comparison(comparison)
        assert all(letter.isprintable() or letter == "\n" for letter in text)
    else:
        comparison_page.write(comparison, tmp_path / "compared.html")
        text = (tmp_path / "compared.html").read_text(encoding="utf-8")
        assert "<script>alert" not in text
    assert not set(text) & {"\x00", "\x1b", "\u202e"}
