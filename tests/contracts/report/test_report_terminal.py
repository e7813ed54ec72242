"""The terminal output names the target, the broken rules with their reproducers, and the verdict."""

import io
import re
from dataclasses import replace

import pytest

from contracts.report import terminal
from contracts.report.summary import VERDICT_NAMES
from contracts.report.terminal import Progress
from contracts.results.result import RESPONSE_KIND, Outcome, Result
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

EVERY_ENDING = pytest.mark.parametrize(("found", "code"), ENDINGS.values(), ids=ENDINGS)


def render_screen(result: Result, width: int = 80) -> list[str]:
    return terminal.format_summary(result, RULES, width=width, colour=False).splitlines()


def section(lines: list[str], heading: str) -> list[str]:
    """Return the lines from a heading up to the next one."""
    start = next(number for number, line in enumerate(lines) if line.startswith(heading.upper())) + 1
    ends = [number for number, line in enumerate(lines) if number > start and line and not line.startswith(" ")]
    return lines[start : min(ends, default=len(lines))]


def test_the_first_lines_name_the_target_and_the_run() -> None:
    result = a_result(
        an_outcome(Verdict.PASS, kind="law", seconds=30.0), an_outcome(kind="example", seconds=1.5), run=a_run()
    )
    text = " ".join(" ".join(render_screen(result)[:9]).split())
    assert "Target http://127.0.0.1:8080/api/v3" in text
    assert "profile standard, seed 7, id c0ffee00" in text
    assert "wavetank 0.1.0" in text
    assert "Documents newer, reported by the mock's control API" in text
    assert "1 min 40 s, 250 requests, 2.5 a second" in text
    assert "Spent on properties 30.0 s, examples 1.5 s" in text


def test_our_mock_and_a_strict_run_are_named() -> None:
    text = "\n".join(render_screen(a_result(an_outcome(), run=a_run(is_our_mock=True, strict=True))))
    assert "(our mock)" in text
    assert "id c0ffee00, strict" in text


def test_each_verdict_is_counted_in_words() -> None:
    result = a_result(*one_outcome_per_verdict(), an_outcome(Verdict.PASS, "AUTH-02"))
    counted = [re.match(r" *(\d+) (.+?)  +\w", line) for line in section(render_screen(result), "10 rules")]
    numbers = {match[2]: int(match[1]) for match in counted if match}
    assert numbers == {name: 2 if name == "pass" else 1 for name in VERDICT_NAMES.values()}


@pytest.mark.parametrize(
    ("verdict", "heading"),
    [
        (Verdict.FAIL, "broken: 1 rule"),
        (Verdict.ERROR, "errors of the suite"),
        (Verdict.OBSERVATION, "observations"),
        (Verdict.KNOWN, "known"),
        (Verdict.INTERMITTENT, "intermittent"),
        (Verdict.INCONCLUSIVE, "inconclusive"),
        (Verdict.BLOCKED, "blocked"),
        (Verdict.PASS, "pass"),
        (Verdict.NOT_APPLICABLE, "not applicable"),
    ],
)
def test_a_rule_is_listed_under_its_verdict_only(verdict: Verdict, heading: str) -> None:
    lines = render_screen(a_result(*one_outcome_per_verdict()))
    rule = RULE_BY_VERDICT[verdict]
    assert rule in "\n".join(section(lines, heading))
    assert sum(rule in line for line in lines) == 1


def test_a_broken_rule_is_shown_with_what_is_needed_to_replay_it() -> None:
    result = a_result(
        a_failure("BEV-07", contract="evaluation::one"),
        a_failure("BEV-07", contract="evaluation::two", case="a"),
        a_failure("BEV-07", contract="evaluation::two", case="b"),
        an_outcome(Verdict.PASS, "BEV-07", contract="evaluation::three"),
    )
    text = "\n".join(section(render_screen(result), "broken"))
    assert "BEV-07  MUST\n    Stated      The window begins on `email_sent_date`." in text
    assert "Calls       GET /api/v3/events/ -> 200" in text
    assert "the purchase on the last day" in text
    assert "2 of 3 contracts: evaluation::one, evaluation::two[a]," in text
    assert "contracts-report/reproducers/last day.json\n" in text
    assert "contracts replay 'contracts-report/reproducers/last day.json'" in text


def test_only_the_broken_parts_of_a_rule_are_quoted() -> None:
    outcomes = [a_failure("BEV-07", contract=f"evaluation::{name}") for name in ("one", "two")]
    named = [
        replace(outcomes[0], broken_parts=("BEV-07.length",)),
        replace(outcomes[1], broken_parts=("BASE-01.prefix",)),
    ]
    lines = section(render_screen(a_result(*named)), "broken")
    assert lines[1] == "    Stated      It has N days."
    assert lines[2].startswith("    Why ")


def test_without_named_parts_those_that_the_contract_checks_are_quoted() -> None:
    lines = section(render_screen(a_result(a_failure("BEV-07", parts=("BEV-07.length", "BEV-09.x")))), "broken")
    assert lines[1] == "    Stated      It has N days."
    assert lines[2].startswith("    Why ")


def test_rules_that_one_wrong_response_breaks_are_shown_together() -> None:
    def wrong_status(rule: str, part: str, field: str) -> Outcome:
        seen = f'403 {{"message":"error.package.not_found","error_code":"NOT_FOUND", "field": "{field}"}}'
        reason = f"status of GET /api/v3/{field}"
        return a_failure(rule, broken_parts=(part,), reason=reason, expected="404", seen=seen)

    result = a_result(
        wrong_status("BASE-10", "BASE-10.refused", "a"),
        wrong_status("ERR-03", "ERR-03.others", "b"),
        a_failure("BEV-07", broken_parts=("BEV-07.length",), reason="orders counted", expected="1", seen="0"),
        a_failure("BEV-08", reason="orders counted", expected="1", seen="0"),
    )
    text = "\n".join(section(render_screen(result), "broken"))
    assert "    Also breaks BASE-10 (same status and response)" in text
    assert [line.split()[0] for line in text.splitlines() if re.match(r"  [A-Z]", line)] == [
        "ERR-03",
        "BEV-07",
        "BEV-08",
    ]


def test_a_long_difference_is_shown_where_it_begins() -> None:
    rows = [{"id": f"cr_{number}", "purchase": number} for number in range(40)]
    failure = a_failure("BEV-07", expected=repr(rows), seen=repr([*rows[:38], {"id": "cr_38", "purchase": 0}]))
    text = "\n".join(section(render_screen(a_result(failure)), "broken"))
    assert "    At          [38].purchase\n    Expected    38\n    Seen        0\n" in text


def test_an_observation_is_shown_with_both_sides() -> None:
    observed = an_outcome(Verdict.OBSERVATION, "BASE-08", reason="status of a city", expected="400", seen="200 []")
    lines = section(render_screen(a_result(observed)), "observations")
    assert lines[-4:] == [
        "  BASE-08   status of a city",
        "            Assumed     400",
        "            Seen        200 []",
        "",
    ]


def test_a_rule_that_passes_in_part_is_shown_with_what_was_not_checked() -> None:
    partial = an_outcome(Verdict.PASS, "BEV-07", contract="evaluation::one", parts=("BEV-07.length",))
    lines = render_screen(a_result(an_outcome(Verdict.PASS, "AUTH-01"), partial), width=120)
    total = len({*RULES.rule("BEV-07").contracts, "evaluation::one"})
    assert f"  BEV-07    1 of {total} contracts; not checked: begin" in section(lines, "pass (partial)")[0]
    assert "BEV-07" not in "\n".join(section(lines, "pass\n".strip())[1:])
    assert "   1 pass (partial)  kept as far as checked; a documented part was not checked" in lines
    assert lines[-1] == "conforms: 2 rules checked (1 in part), none broken (exit code 0)"


def test_broken_rules_come_before_everything_else() -> None:
    headings = [
        line for line in render_screen(a_result(*one_outcome_per_verdict())) if line[:1].isalpha() and line.isupper()
    ]
    assert headings[0] == "BROKEN: 1 RULE"
    assert headings[-1] == "NOT APPLICABLE"


def test_stale_known_failures_and_writes_that_were_not_undone_are_shown() -> None:
    result = a_result(an_outcome(), stale=("AUTH-01 is kept now",), run=a_run(undone=("POST /campaign_results/ cr_1",)))
    lines = render_screen(result)
    assert section(lines, "known failures that are out of date")[0] == "  - AUTH-01 is kept now"
    assert section(lines, "writes that were not undone")[0] == "  - POST /campaign_results/ cr_1"


def test_rules_that_are_not_applicable_are_grouped_by_reason() -> None:
    result = a_result(
        an_outcome(Verdict.NOT_APPLICABLE, "JOB-03", "JOB-04", reason="no clock"),
        an_outcome(Verdict.NOT_APPLICABLE, "PART-02", reason="one user"),
        an_outcome(Verdict.NOT_APPLICABLE, "PKG-01", reason="no clock"),
    )
    lines = [line.strip() for line in section(render_screen(result), "not applicable") if line]
    assert lines == ["one user", "PART-02", "no clock", "JOB-03 JOB-04 PKG-01"]


def test_rules_that_pass_are_listed_by_area() -> None:
    lines = section(render_screen(a_result(an_outcome(Verdict.PASS, "AUTH-01", "BASE-01", "AUTH-02"))), "pass")
    assert [line.split() for line in lines if line] == [["base", "BASE-01"], ["sign-in", "AUTH-01", "AUTH-02"]]


@pytest.mark.parametrize(
    ("ending", "last"),
    [
        ("kept", "conforms: 1 rule checked, none broken (exit code 0)"),
        ("kept with a known failure", "conforms: 2 rules checked, none broken except 1 known failure (exit code 0)"),
        ("kept with an observation", "conforms: 2 rules checked, none broken, 1 observation (exit code 0)"),
        ("kept with a blocked rule", "conforms: 1 rule checked, none broken, 1 undecided (exit code 0)"),
        ("broken", "does not conform: 1 rule broken (exit code 1)"),
        ("two broken", "does not conform: 2 rules broken (exit code 1)"),
        ("a strict run with an observation", "does not conform: 1 rule broken (exit code 1)"),
        ("unreachable", "the run ended early: the target no longer answers (exit code 3)"),
        ("never reached", "nothing was checked: cannot reach it (exit code 3)"),
        ("nothing applies", "nothing was checked: why it is not applicable (exit code 3)"),
        ("all blocked", "nothing was checked: why it is blocked (exit code 3)"),
        ("partly blocked", "no rule was decided: why it is blocked (exit code 3)"),
        ("the suite broke", "the suite itself failed: 1 rule could not be checked (exit code 3)"),
        ("stale", "the known failures are out of date: 1 entry (exit code 3)"),
    ],
)
def test_the_last_line_is_the_verdict(ending: str, last: str) -> None:
    assert render_screen(ENDINGS[ending][0])[-1] == last


def test_a_run_that_ended_early_after_a_failure_says_both() -> None:
    last = render_screen(ENDINGS["broken, then unreachable"][0], width=120)[-1]
    assert last.startswith("does not conform: 1 rule broken, and the run ended early: the target")


@EVERY_ENDING
def test_the_screen_is_no_wider_than_asked_and_ends_with_the_exit_code(found: Result, code: int) -> None:
    for width in (60, 80, 120):
        lines = render_screen(found, width)
        commands = ("    Reproducer", "    Replay")
        assert all(len(line) <= width for line in lines if not line.startswith(commands))
        assert lines[-1].endswith(f"(exit code {code})")


def test_colours_are_used_only_on_request() -> None:
    result = a_result(*one_outcome_per_verdict())
    assert "\x1b[" not in terminal.format_summary(result, RULES, width=80, colour=False)
    coloured = terminal.format_summary(result, RULES, width=80, colour=True)
    assert "\x1b[1;31mBROKEN: 1 RULE\x1b[0m" in coloured


def test_the_targets_texts_cannot_control_the_terminal() -> None:
    result = a_result(
        *one_outcome_per_verdict(reason=HOSTILE_TEXT, seen=HOSTILE_TEXT, expected=HOSTILE_TEXT, case=HOSTILE_TEXT),
        ended=HOSTILE_TEXT,
    )
    text = terminal.format_summary(result, RULES, width=80, colour=False)
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "\\x1b[31m" in text


class RecordingStream(io.StringIO):
    """A stream that records each text written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def write(self, text: str) -> int:
        self.texts.append(text)
        return super().write(text)


class FakeStopwatch:
    """A clock whose time a test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_terminal_has_one_line_that_is_rewritten() -> None:
    stream, watch = RecordingStream(), FakeStopwatch()
    progress = Progress(stream, 3, True, watch)
    watch.seconds = 104.0
    progress.update([an_outcome(Verdict.PASS, contract="events::one")])
    progress.update([a_failure("BEV-07", contract="evaluation::two")])
    progress.close()
    lines = [text[1:].rstrip() for text in stream.texts if text.startswith("\r")]
    assert lines == ["1/3, 0 failures, 4 s: events", "2/3, 1 failure, 4 s: evaluation", "2/3, 1 failure, 4 s: done"]
    assert stream.getvalue().count("\n") == 1
    assert len({len(text) for text in stream.texts if text.startswith("\r")}) == 1


def test_a_stream_that_is_no_terminal_gets_a_line_for_each_area_and_failure() -> None:
    stream = io.StringIO()
    progress = Progress(stream, 4, False, FakeStopwatch())
    progress.update([an_outcome(contract="events::one")])
    progress.update([an_outcome(contract="events::two")])
    progress.update([a_failure("BEV-07", contract="evaluation::three", case="a")])
    progress.update([an_outcome(contract="events::four")])
    progress.close()
    assert stream.getvalue().splitlines() == [
        "1/4, 0 failures, 0 s: events",
        "3/4, 1 failure, 0 s: evaluation",
        "fail: evaluation::three[a] (BEV-07)",
        "4/4, 1 failure, 0 s: done",
    ]


def test_a_contract_with_several_outcomes_counts_once() -> None:
    stream = io.StringIO()
    progress = Progress(stream, 2, False, FakeStopwatch())
    progress.update([a_failure("BEV-07"), an_outcome(Verdict.PASS, "BEV-08")])
    progress.update([an_outcome(Verdict.ERROR, "BEV-07")])
    progress.close()
    assert stream.getvalue().splitlines()[-1] == "1/2, 1 failure, 0 s: done"


def test_progress_shows_no_control_character_of_a_name() -> None:
    stream = io.StringIO()
    Progress(stream, 1, False, FakeStopwatch()).update([a_failure("BEV-07", case=HOSTILE_TEXT)])
    assert "\x1b" not in stream.getvalue()


def test_a_difference_in_a_response_is_no_contract_and_is_shown_once() -> None:
    stream = io.StringIO()
    progress = Progress(stream, 2, False, FakeStopwatch())
    met = a_failure("BASE-06", contract="responses::getEvent", kind=RESPONSE_KIND)
    for name in ("one", "two"):
        progress.update([an_outcome(contract=f"events::{name}"), met])
    progress.close()
    assert stream.getvalue().splitlines() == [
        "1/2, 1 failure, 0 s: events",
        "fail: responses::getEvent (BASE-06)",
        "2/2, 1 failure, 0 s: done",
    ]
