"""Results of runs are merged into the saved files."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import measured
from tests.defects import false_alarms, forked_suite, registry, run_defects, saved_results
from tests.defects.run_defects import DefectResult
from tests.defects.saved_results import RunKind, SavedRun
from tests.measured import Row

FIRST, SECOND = list(registry.all_defects().values())[:2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "defects.jsonl"


def a_defect_result(name: str, seed: int, broken: str = "") -> DefectResult:
    defect = registry.all_defects()[name]
    return DefectResult(defect, seed, (broken or defect.rules[0],), ("a::contract",), (), 0.5)


def an_alarm_run(profile: str, seed: int, requests: int = 1, documentation: str = "older") -> Row:
    return {"profile": profile, "documentation": documentation, "seed": seed, "requests": requests}


def test_runs_replace_earlier_ones_and_leave_all_others(file: Path) -> None:
    earlier = [a_defect_result(SECOND.name, 2), a_defect_result(FIRST.name, 1, "ERR-99")]
    run_defects.save_results(file, RunKind.NAMED_RULES, [*earlier, a_defect_result(SECOND.name, 1)])
    later = [a_defect_result(FIRST.name, 2), a_defect_result(FIRST.name, 1)]
    run_defects.save_results(file, RunKind.NAMED_RULES, later)
    runs = saved_results.load(RunKind.NAMED_RULES, file)
    places = [(run.seed, run.defect) for run in runs]
    assert places == [(1, FIRST.name), (1, SECOND.name), (2, FIRST.name), (2, SECOND.name)]
    assert all(run.killed for run in runs)


def test_a_defect_has_one_row_with_its_runs_by_kind_and_seed(file: Path) -> None:
    for kind in reversed(RunKind):
        run_defects.save_results(file, kind, [a_defect_result(FIRST.name, 10), a_defect_result(FIRST.name, 2)])
    [row] = measured.read_rows(file)
    assert row["defect"] == FIRST.name
    assert {kind: list(runs) for kind, runs in row["runs"].items()} == {kind: ["2", "10"] for kind in RunKind}
    assert list(row["runs"]) == list(RunKind)


def test_runs_of_defects_that_no_longer_exist_are_removed(file: Path) -> None:
    file.write_text('{"defect": "no_such_defect", "runs": {}}\n', encoding="utf-8")
    run_defects.save_results(file, RunKind.MATRIX, [a_defect_result(FIRST.name, 1)])
    assert [row["defect"] for row in measured.read_rows(file)] == [FIRST.name]


def test_an_interrupted_run_continues_where_it_ended(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect whose own code has failed ends neither the other runs nor is it saved."""
    run = list[tuple[str, int]]()

    def run_one(arguments: Any, pair: Any, reached: Any) -> DefectResult:
        defect, seed = pair
        run.append((defect.name, seed))
        if defect.name == SECOND.name and len(run) < 4:
            raise AssertionError("the code of the defect does not fit the mock")
        return a_defect_result(defect.name, seed)

    monkeypatch.setattr(run_defects, "_run_one", run_one)
    monkeypatch.setattr(run_defects, "ProcessPoolExecutor", lambda jobs, mp_context: ThreadPoolExecutor(1))
    monkeypatch.setattr(forked_suite, "warm_up", lambda examples: None)
    run_defects.save_results(file, RunKind.NAMED_RULES, [a_defect_result(FIRST.name, 1)])
    command = ["--only", FIRST.name, "--only", SECOND.name, "--json", str(file)]
    first, second = (FIRST.name, SECOND.name)
    assert run_defects.main(command) == 1
    assert sorted(run) == sorted([(second, 1), (first, 2), (second, 2)])
    assert run_defects.main(command) == 0
    assert sorted(run[3:]) == [(second, 1), (second, 2)]
    assert run_defects.main([*command, "--again", "--seed", "1"]) == 0
    assert sorted(run[5:]) == sorted([(first, 1), (second, 1)])


def test_a_saved_run_is_read_back_as_it_was(file: Path) -> None:
    runs = [
        SavedRun(FIRST.name, 1, True, ("BASE-01", "ERR-01"), ("a::contract",), ("ERR-02 pass",), 0.25),
        SavedRun(SECOND.name, 1, False, (), (), (), 1.0),
    ]
    saved_results.save(RunKind.SCHEMATHESIS, runs, file)
    assert saved_results.load(RunKind.SCHEMATHESIS, file) == runs
    assert saved_results.load(RunKind.MATRIX, file) == []


def test_a_write_that_fails_leaves_the_old_rows(file: Path) -> None:
    measured.write_rows(file, [{"defect": "kept"}])
    with pytest.raises(TypeError):
        measured.write_rows(file, [{"defect": object()}])
    assert measured.read_rows(file) == [{"defect": "kept"}]
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_alarm_runs_replace_earlier_ones_of_the_same_profile_documentation_and_seed(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "alarms.jsonl"
    newer = an_alarm_run("standard", 1, documentation="newer")
    false_alarms.save_runs(file, [an_alarm_run("standard", 1), an_alarm_run("smoke", 1), newer])
    changed = an_alarm_run("standard", 1, requests=2)
    false_alarms.save_runs(file, [changed])
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [an_alarm_run("smoke", 1), newer, changed]
