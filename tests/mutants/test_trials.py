"""How the result of a stage is read, which survivors are explained, and which trials are kept."""

from pathlib import Path
from typing import Any

import pytest

from tests.mutants import equivalent, trial
from tests.mutants import trial_log as record
from tests.mutants.equivalent import Explanation
from tests.mutants.trial import Trial
from tests.mutants.trial_log import TrialLog


def a_trial(name: str = "0a", **changes: Any) -> Trial:
    defaults = {
        "file": "mock_server/domain/paging.py",
        "line": 9,
        "operator": "AddNot",
        "before": "a < b",
        "after": "b",
    }
    return Trial(**{"id": name, "end": "survived", **defaults, **changes})


def an_outcome(verdict: str, contract: str = "events::paged") -> dict[str, Any]:
    return {"verdict": verdict, "contract": contract, "case": "", "kind": "law", "rules": ["EVT-01"], "reason": "no"}


def a_result(*outcomes: dict[str, Any], ended: str = "") -> dict[str, Any]:
    return {"outcomes": list(outcomes), "ended": ended}


def test_a_contract_that_fails_is_named_before_one_that_breaks() -> None:
    end = trial.stage_end(a_result(an_outcome("error", "first::x"), an_outcome("fail")))
    assert (end["end"], end["by"], end["rules"]) == ("contract", "events::paged", ("EVT-01",))


def test_a_suite_that_breaks_has_noticed_too() -> None:
    assert trial.stage_end(a_result(an_outcome("pass"), an_outcome("error")))["end"] == "suite"


def test_a_target_that_goes_away_is_said_apart() -> None:
    end = trial.stage_end(a_result(an_outcome("blocked"), ended="the target no longer answers"))
    assert end == {"end": "gone", "reason": "the target no longer answers"}


@pytest.mark.parametrize("verdict", ["pass", "not applicable", "inconclusive", "blocked"])
def test_a_passing_run_means_the_mutant_survived(verdict: str) -> None:
    assert trial.stage_end(a_result(an_outcome("pass"), an_outcome(verdict))) == {"end": "survived"}


def test_an_explanation_stands_for_its_file_and_its_lines_alone() -> None:
    known = Explanation("mock_server/*", "a < b", "*", "never both")
    assert known.explains("mock_server/http/request_body.py", "a < b", "a > b")
    assert not known.explains("contracts/cli/run.py", "a < b", "a > b")
    assert not known.explains("mock_server/http/request_body.py", "a <= b", "a > b")


def test_brackets_in_a_pattern_are_literal() -> None:
    assert Explanation("*", "found[0]", "*", "why").explains("any.py", "found[0]", "found[1]")
    assert Explanation("*", "found[0]*", "*", "why").explains("any.py", "found[0] + 1", "found[0]")
    assert not Explanation("*", "found[0]*", "*", "why").explains("any.py", "found0 + 1", "found0")


def test_survivors_are_sorted_and_an_explanation_of_none_is_told() -> None:
    used, unused = Explanation("*", "a < b", "*", "never both"), Explanation("*", "c", "*", "gone")
    explained, hole = a_trial("0a"), a_trial("0b", before="x")
    survivors = equivalent.sort_survivors([explained, hole], [used, unused])
    assert survivors.explained == ((explained, used),)
    assert survivors.unexplained == (hole,)
    assert survivors.stale == (unused,)


def test_a_stage_without_an_end_is_no_kill_of_a_mutant_that_is_explained() -> None:
    known = [Explanation("*", "a < b", "*", "closes the control API", "outside")]
    slow, stuck = a_trial("0a", end="hangs"), a_trial("0b", end="hangs", before="x")
    assert [trial.end for trial in equivalent.discount_timeouts([slow, stuck], known)] == ["survived", "hangs"]


def test_explanations_give_their_reasons() -> None:
    assert all(len(entry.reason) > 20 for entry in equivalent.load())


def test_an_explanation_without_a_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "equivalent.yaml"
    file.write_text("- {file: '*', before: a, after: b, reason: ''}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="reason"):
        equivalent.load(file)
    file.write_text("- {file: '*', before: a, after: b, reason: why, kind: none}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unknown kind"):
        equivalent.load(file)


def test_the_score_leaves_equivalent_ones_out() -> None:
    trials = [a_trial("0a"), a_trial("0b", end="contract"), a_trial("0c", end="hangs"), a_trial("0d", before="x")]
    survivors = equivalent.sort_survivors(
        [one for one in trials if not one.killed], [Explanation("*", "a < b", "*", "why")]
    )
    assert record.score(trials, survivors) == 2 / 3
    words = equivalent.sort_survivors([trials[0], trials[3]], [Explanation("*", "a < b", "*", "why", "words")])
    assert record.score(trials, words) == 2 / 4
    summary = record.summarize(trials, survivors, {})
    assert (summary["drawn"], summary["killed"], summary["equivalent"], summary["open"]) == (4, 2, 1, 1)


def test_each_mutant_has_a_row_and_survivors_come_first() -> None:
    killed, explained = a_trial("0a", end="contract", by="events::paged", rules=("EVT-01",)), a_trial("0b")
    survivors = equivalent.sort_survivors(
        [explained, a_trial("0c", before="x")], [Explanation("*", "a < b", "*", "never both")]
    )
    rows = list(record.mutant_rows([killed, explained], survivors))
    assert [row["id"] for row in rows] == ["0c", "0b", "0a"]
    assert (rows[1]["explained"], rows[1]["reason"]) == ("equivalent", "never both")
    assert (rows[2]["end"], rows[2]["by"], rows[2]["rules"]) == ("contract", "events::paged", ["EVT-01"])


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    trial_log = TrialLog(tmp_path / "deep" / "trials.jsonl")
    trial_log.start("now", keep_kills=False)
    trial_log.add(a_trial("0a", rules=("EVT-01",), end="contract"))
    trial_log.add(a_trial("0b"))
    with (tmp_path / "deep" / "trials.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "0c", "fi')
    known = {"0a": a_trial("0a", rules=("EVT-01",), end="contract"), "0b": a_trial("0b")}
    assert trial_log.start("now", keep_kills=False) == known
    trial_log.add(a_trial("0d"))
    assert trial_log.start("now", keep_kills=False) == {**known, "0d": a_trial("0d")}


@pytest.mark.parametrize(("keep_kills", "left"), [(True, {"0a"}), (False, set())], ids=["kills kept", "nothing kept"])
def test_after_a_change_survivors_are_tried_again(tmp_path: Path, keep_kills: bool, left: set[str]) -> None:
    trial_log = TrialLog(tmp_path / "trials.jsonl")
    trial_log.start("before", keep_kills=False)
    trial_log.add(a_trial("0a", end="contract"))
    trial_log.add(a_trial("0b"))
    assert trial_log.start("after", keep_kills=keep_kills).keys() == left
    assert trial_log.start("after", keep_kills=False).keys() == left
