"""What the command that runs the defects leaves behind."""

import json
from pathlib import Path

from tests.defects import registry, run_defects
from tests.defects.run_defects import DefectResult

FIRST, SECOND = list(registry.all_defects().values())[:2]


def a_defect_result(name: str, seed: int, broken: str = "") -> DefectResult:
    defect = registry.all_defects()[name]
    return DefectResult(defect, seed, (broken or defect.rules[0],), ("a::contract",), (), 0.5)


def test_runs_stand_in_the_place_of_earlier_ones_beside_all_others(tmp_path: Path) -> None:
    file = tmp_path / "defects.json"
    run_defects.save_results(
        file,
        [a_defect_result(SECOND.name, 2), a_defect_result(FIRST.name, 1, "ERR-99"), a_defect_result(SECOND.name, 1)],
    )
    run_defects.save_results(file, [a_defect_result(FIRST.name, 1), a_defect_result(FIRST.name, 2)])
    runs = json.loads(file.read_text(encoding="utf-8"))
    places = [(each["seed"], each["defect"]) for each in runs]
    assert places == [(1, FIRST.name), (1, SECOND.name), (2, FIRST.name), (2, SECOND.name)]
    assert all(each["killed"] for each in runs)


def test_runs_of_defects_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "defects.json"
    file.write_text('[{"seed": 1, "defect": "no_such_defect"}]', encoding="utf-8")
    run_defects.save_results(file, [a_defect_result(FIRST.name, 1)])
    assert [each["defect"] for each in json.loads(file.read_text(encoding="utf-8"))] == [FIRST.name]
