"""The Markdown summary shows what a reader of a CI job needs, and no text of the target becomes markup."""

import re
from pathlib import Path

from contracts.report import markdown
from contracts.results.result import Result
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import (
    HOSTILE_TEXT,
    RULES,
    a_failure,
    a_result,
    a_run,
    an_outcome,
    one_outcome_per_verdict,
)


def render(result: Result, folder: Path) -> str:
    markdown.write(result, RULES, folder / "summary.md")
    return (folder / "summary.md").read_text(encoding="utf-8")


def test_a_broken_rule_is_shown_with_its_claim_and_both_sides(tmp_path: Path) -> None:
    text = render(a_result(a_failure("BEV-07", broken_parts=("BEV-07.length",))), tmp_path)
    assert text.startswith("# Contracts: does not conform: 1 rule broken\n")
    assert (
        "\n## Broken\n\n- **BEV-07** the purchase on the last day: expected 1, seen 0<br>stated: It has N days."
        "<br>calls: GET /api/v3/events/ -\\> 200\n"
    ) in text


def test_a_rule_that_passes_in_part_names_what_was_not_checked(tmp_path: Path) -> None:
    outcome = an_outcome(Verdict.PASS, "BEV-07", contract="evaluation::one", parts=("BEV-07.length",))
    total = len({*RULES.rule("BEV-07").contracts, "evaluation::one"})
    text = render(a_result(outcome), tmp_path)
    assert "1 rule: 1 pass (partial)" in text
    assert f"\n## Passed in part\n\n- **BEV-07** 1 of {total} contracts; not checked: begin\n" in text


def test_each_reason_is_given_once(tmp_path: Path) -> None:
    result = a_result(
        an_outcome(Verdict.BLOCKED, "PKG-01", "PKG-02", reason="sign-in fails"),
        an_outcome(Verdict.BLOCKED, "PKG-03", reason="sign-in fails"),
        run=a_run(undone=("package pkg_1",)),
    )
    text = render(result, tmp_path)
    assert "- blocked: sign-in fails (PKG-01, PKG-02, PKG-03)\n" in text
    assert "\n## Writes that were not undone\n\n- package pkg\\_1\n" in text


def test_no_text_of_the_target_becomes_markup(tmp_path: Path) -> None:
    hostile = f"{HOSTILE_TEXT} [a](http://evil.example) **b** `c` | d"
    outcomes = one_outcome_per_verdict(reason=hostile, seen=hostile, expected=hostile, calls=(hostile,))
    text = render(a_result(*outcomes, run=a_run(undone=(hostile,), target=hostile)), tmp_path)
    assert not re.search(r"(?<!\\)[`\[\]|]", text)
    assert set(re.findall(r"(?<!\\)<[a-z/]+>?", text)) == {"<br>"}
    assert set(re.findall(r"\*\*(.+?)\*\*", text.replace("\\*", ""))) <= set(RULES.rules)
    assert all(letter.isprintable() or letter == "\n" for letter in text)
