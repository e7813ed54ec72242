"""The HTML report shows each rule with its evidence, needs no other files, and escapes texts of the target."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from contracts.report import html
from contracts.report.summary import VERDICT_NAMES
from contracts.results.result import Result
from contracts.spec.verdicts import Verdict
from tests.contracts.results.result_builders import (
    ENDINGS,
    HOSTILE_TEXT,
    RULE_BY_VERDICT,
    RULES,
    a_failure,
    a_result,
    a_run,
    an_outcome,
    one_outcome_per_verdict,
)

VOID_TAGS = {"meta", "br"}
EVERY_ENDING = pytest.mark.parametrize(("result", "code"), ENDINGS.values(), ids=ENDINGS)


class Page(HTMLParser):
    """A parsed page: its tags, and the text in each tag and in each element with an id."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[tuple[str, str | None]] = []
        self._texts: list[tuple[tuple[str, ...], str]] = []
        self.source = source
        self.feed(source)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self._open.append((tag, dict(attrs).get("id")))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self._texts.append((tuple(part for opened in self._open for part in opened if part), data))

    def text(self, tag_or_id: str) -> str:
        """Return the text in a tag, or in the element with this id, as one line."""
        return " ".join(" ".join(data for path, data in self._texts if tag_or_id in path).split())

    def attributes_of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def render_page(result: Result, folder: Path) -> Page:
    html.write(result, RULES, folder / "report.html")
    return Page((folder / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("verdict", Verdict)
def test_each_rule_is_shown_with_its_verdict(verdict: Verdict, tmp_path: Path) -> None:
    rule = RULE_BY_VERDICT[verdict]
    shown = render_page(a_result(*one_outcome_per_verdict()), tmp_path)
    (section,) = (each for each in shown.attributes_of("details") if each["id"] == rule)
    assert section["data-verdict"] == verdict.name.lower()
    assert ("open" in section) == (verdict in (Verdict.FAIL, Verdict.ERROR))
    assert f" {VERDICT_NAMES[verdict]} " in f"{shown.text(rule)} "


def test_a_rule_is_shown_from_its_claim_to_its_evidence(tmp_path: Path) -> None:
    result = a_result(
        a_failure("BEV-07", contract="evaluation::one", expected="first side", seen="other side"),
        an_outcome(Verdict.PASS, "BEV-07", contract="evaluation::two"),
    )
    rule_text = render_page(result, tmp_path).text("BEV-07")
    rule = RULES.rule("BEV-07")
    wanted = [
        "Stated The window begins on email_sent_date",
        "Assumed Without email_sent_date it begins",
        f"Documented {rule.documented_in}",
        f"Operations {', '.join(rule.operations)}",
        "Verdict broken: the purchase on the last day",
        "evaluation::one (example) the purchase on the last day Expected first side Seen other side",
        "curl -sS 'http://127.0.0.1:8080/api/v3/events/' # -> 200",
        "contracts replay 'contracts-report/reproducers/last day.json'",
        "evaluation::two (example)",
    ]
    places = [rule_text.find(text) for text in wanted]
    assert -1 not in places
    assert places == sorted(places)


def test_the_rules_are_counted_by_verdict(tmp_path: Path) -> None:
    shown = render_page(a_result(*one_outcome_per_verdict(), an_outcome(Verdict.PASS, "AUTH-02")), tmp_path)
    counts = shown.text("counts")
    assert counts.startswith("Rules by verdict 10 rules 1 ✗ broken")
    assert "2 ✓ pass" in counts
    assert [row["data-counts"] for row in shown.attributes_of("tr")] == [verdict.name.lower() for verdict in Verdict]


@EVERY_ENDING
def test_the_heading_is_the_verdict_with_the_exit_code(result: Result, code: int, tmp_path: Path) -> None:
    shown = render_page(result, tmp_path)
    heading = shown.text("h1")
    assert heading.startswith("conforms: ") == (code == 0)
    assert heading.startswith("does not conform: ") == (code == 1)
    assert shown.text("header").endswith(f"exit code {code}")


def test_the_facts_of_the_run_are_shown(tmp_path: Path) -> None:
    text = render_page(a_result(an_outcome(), run=a_run(undone=("POST /campaign_results/ cr_1",))), tmp_path).text(
        "main"
    )
    for fact in (
        "Target http://127.0.0.1:8080/api/v3",
        "Profile standard",
        "Seed 7",
        "Start 2026-03-02T10:00:00Z",
        "End 2026-03-02T10:01:40Z, after 100.0 s",
        "Requests 250, 2.5 a second",
        "Suite wavetank 0.1.0",
        f"openapi.yaml, SHA-256 {'a' * 64}",
        f"Catalogue, SHA-256 {'b' * 64}",
        "Writes that were not undone POST /campaign_results/ cr_1",
    ):
        assert fact in text


def test_the_first_screen_says_what_was_checked_against_what(tmp_path: Path) -> None:
    header = render_page(a_result(an_outcome()), tmp_path).text("header")
    assert "Checked: http://127.0.0.1:8080/api/v3, from 2026-03-02T10:00:00Z to 2026-03-02T10:01:40Z" in header
    assert (
        "Against: the rules of the platform's documentation (generation: newer, reported by the mock's control API)."
        in header
    )
    assert "stated (the platform's documentation says so)" in header


def test_the_first_screen_shows_each_broken_rule_with_what_is_needed_to_see_it(tmp_path: Path) -> None:
    failure = a_failure(
        "BEV-07",
        broken_parts=("BEV-07.length",),
        expected=repr([{"id": "cr_1", "purchase": 1, "note": "x" * 300}]),
        seen=repr([{"id": "cr_1", "purchase": 0, "note": "x" * 300}]),
        calls=("curl -sS http://a.example/first  # -> 200", "curl -sS http://a.example/last  # -> 200"),
    )
    assert render_page(a_result(failure), tmp_path).text("overview-broken") == (
        "Broken: 1 rule ✗ broken BEV-07 MUST Stated : It has N days. "
        "Difference: the purchase on the last day. At [0].purchase . Expected 1 Seen 0 "
        "Calls; replace $TOKEN with an access token: "
        "curl -sS http://a.example/first # -> 200 curl -sS http://a.example/last # -> 200"
    )


def test_only_the_first_broken_rules_are_shown_with_evidence(tmp_path: Path) -> None:
    rules = [rule for rule in RULES.rules if rule.startswith("BEV")]
    shown = render_page(a_result(*(a_failure(rule) for rule in rules)), tmp_path)
    cards = [each for each in shown.attributes_of("div") if each.get("class") == "rule card verdict-fail"]
    assert len(cards) == 5
    assert all(rule in shown.text("overview-broken") for rule in rules)


def test_the_first_screen_explains_observations_and_shows_both_sides(tmp_path: Path) -> None:
    observed = an_outcome(Verdict.OBSERVATION, "BASE-08", reason="status of a city", expected="400", seen="200 []")
    text = render_page(a_result(observed), tmp_path).text("overview-observations")
    assert "the documentation leaves something open" in text
    assert text.endswith("≠ observation BASE-08 status of a city: assumed 400, seen 200 []")


def test_the_first_screen_says_what_was_not_checked_and_why_once(tmp_path: Path) -> None:
    result = a_result(
        an_outcome(Verdict.BLOCKED, "PKG-01", "PKG-02", reason="sign-in fails"),
        an_outcome(Verdict.BLOCKED, "PKG-03", reason="sign-in fails"),
        an_outcome(Verdict.PASS, "BEV-07", parts=("BEV-07.length",)),
    )
    assert render_page(result, tmp_path).text("overview-unchecked") == (
        "Not checked, and why ⊘ blocked 3 rules sign-in fails PKG-01 PKG-02 PKG-03 ✓ pass (partial) 1 rule "
        "no contract of this run checked some documented parts of these rules BEV-07 (begin)"
    )


def test_a_run_in_which_everything_passes_has_no_further_sections(tmp_path: Path) -> None:
    shown = render_page(a_result(an_outcome()), tmp_path)
    assert not [each for each in shown.attributes_of("section") if (each.get("id") or "").startswith("overview")]


def test_stale_known_failures_and_an_early_end_are_shown(tmp_path: Path) -> None:
    text = render_page(a_result(an_outcome(), stale=("AUTH-01 is kept now",), ended="it went away"), tmp_path).text(
        "main"
    )
    assert "Known failures that are out of date AUTH-01 is kept now" in text
    assert "Why the run ended early it went away" in text


def test_the_targets_texts_are_escaped(tmp_path: Path) -> None:
    texts = {
        "reason": HOSTILE_TEXT,
        "expected": HOSTILE_TEXT,
        "seen": HOSTILE_TEXT,
        "case": HOSTILE_TEXT,
        "calls": (HOSTILE_TEXT,),
    }
    outcomes = [a_failure("BEV-07", **texts), *one_outcome_per_verdict(**texts)]
    result = a_result(
        *outcomes, stale=(HOSTILE_TEXT,), ended=HOSTILE_TEXT, run=a_run(target=HOSTILE_TEXT, undone=(HOSTILE_TEXT,))
    )
    shown = render_page(result, tmp_path)
    assert len(shown.attributes_of("script")) == 1
    assert "alert" not in shown.text("script")
    assert shown.text("BEV-07").count("</pre><script>alert(1)</script> \"'&amp; ]]> \\x00\\x1b[31m") >= 5
    assert not set(shown.source) & {"\x00", "\x1b", "\x85", "\u202e", "\ufffe"}


def test_the_page_is_self_contained(tmp_path: Path) -> None:
    shown = render_page(a_result(*one_outcome_per_verdict()), tmp_path)
    for tag, attributes in shown.tags:
        assert tag not in {"link", "img", "iframe", "object", "form", "base"}
        assert not {"src", "style", "onclick", "onload"} & attributes.keys()
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", shown.text("style") + shown.text("script"))


def test_the_page_allows_its_own_style_and_script_only(tmp_path: Path) -> None:
    shown = render_page(a_result(*one_outcome_per_verdict()), tmp_path)
    (policy,) = (each["content"] or "" for each in shown.attributes_of("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        element = re.search(rf"<{tag}>(.*?)</{tag}>", shown.source, re.DOTALL)
        assert element is not None
        digest = base64.b64encode(hashlib.sha256(element[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_each_link_leads_to_a_rule_on_the_page(tmp_path: Path) -> None:
    shown = render_page(a_result(*one_outcome_per_verdict()), tmp_path)
    ids = [attributes["id"] for _, attributes in shown.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [link["href"] for link in shown.attributes_of("a")]
    not_passed = [f"#{rule}" for verdict, rule in RULE_BY_VERDICT.items() if verdict is not Verdict.PASS]
    assert sorted(map(str, links)) == sorted(not_passed)
    assert all((link or "")[1:] in ids for link in links)


def test_headings_skip_no_level(tmp_path: Path) -> None:
    shown = render_page(a_result(*one_outcome_per_verdict()), tmp_path)
    levels = [int(tag[1]) for tag, _ in shown.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(then - before <= 1 for before, then in pairwise(levels))
    assert shown.attributes_of("html")[0]["lang"] == "en"


def test_a_rule_that_no_contract_checked_says_so(tmp_path: Path) -> None:
    shown = render_page(Result(a_run(), (an_outcome(),)), tmp_path)
    assert {each["id"] for each in shown.attributes_of("details")} == set(RULES.rules)
    assert "Verdict not applicable: no contract of this run checks it" in shown.text("BEV-07")


def test_a_rule_that_passes_in_part_says_what_was_not_checked(tmp_path: Path) -> None:
    outcome = an_outcome(Verdict.PASS, "BEV-07", contract="evaluation::one", parts=("BEV-07.length",))
    shown = render_page(a_result(outcome, an_outcome(Verdict.PASS, "AUTH-01")), tmp_path)
    assert "pass (partial)" in shown.text("BEV-07")
    assert "Checked by 1 of " in shown.text("BEV-07")
    assert "Not checked The window begins on email_sent_date ." in shown.text("BEV-07")
    assert [row["data-counts"] for row in shown.attributes_of("tr")] == ["partial", "pass"]
    sections = {each["id"]: each["data-verdict"] for each in shown.attributes_of("details")}
    assert sections == {"BEV-07": "partial", "AUTH-01": "pass"}
