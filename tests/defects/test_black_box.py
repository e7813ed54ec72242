"""The measured results of the black box: what is saved, what each defect breaks, and why some are not seen."""

from pathlib import Path

import pytest

from contracts.spec.rules import Basis
from tests import measured
from tests.defects import black_box_results, registry, run_black_box
from tests.defects.black_box_results import End
from tests.measured import Row

FIRST, SECOND = list(registry.all_defects().values())[:2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "black_box.jsonl"


def a_row(name: str, seed: int = 1, end: End = End.NAMED) -> Row:
    return {"defect": name, "seed": seed, "end": end}


@pytest.mark.parametrize(
    ("broken", "observed", "end"),
    [
        ([*FIRST.rules, "ERR-01"], [], End.NAMED),
        (["ERR-99"], [*FIRST.rules], End.OTHER),
        ([], ["ERR-99"], End.OBSERVATION),
        ([], [], End.NOT_SEEN),
    ],
)
def test_a_run_ends_as_the_rules_with_differences_say(broken: list[str], observed: list[str], end: End) -> None:
    assert black_box_results.decide(FIRST, broken, observed) is end


def test_a_row_replaces_the_earlier_one_and_keeps_the_order_of_the_registry(file: Path) -> None:
    for row in (a_row(SECOND.name), a_row(FIRST.name, 2), a_row(FIRST.name), a_row(SECOND.name, end=End.OTHER)):
        black_box_results.save(row, file)
    expected = [a_row(FIRST.name), a_row(FIRST.name, 2), a_row(SECOND.name, end=End.OTHER)]
    assert measured.read_rows(file) == expected


def test_a_defect_whose_row_is_saved_is_not_run_again(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    black_box_results.save(a_row(FIRST.name), file)
    assert run_black_box.main(["--only", FIRST.name, "--json", str(file)]) == 0
    assert "0 run, 1 skipped" in capsys.readouterr().out


def test_a_defect_is_found_by_the_properties_of_its_rules() -> None:
    row = run_black_box.run_defect(registry.all_defects()["request_id_is_missing"], 1)
    assert (row["end"], row["broken"], row["stage"]) == (End.NAMED, ["BASE-06"], run_black_box.FIRST_STAGE)
    assert "BASE-06.present" in row["parts"]


@pytest.mark.parametrize(
    ("name", "part", "documented"),
    [
        ("a_series_counts_the_packages_events_alone", "BEV-06.models", True),
        ("an_order_is_answered_with_200", "PKG-02.answer", False),
        ("request_id_is_missing", "BASE-06.present", True),
    ],
    ids=["named by the defect", "of the variant", "of the contract that detects it"],
)
def test_the_part_that_a_defect_breaks_is_known(name: str, part: str, documented: bool) -> None:
    defect = registry.all_defects()[name]
    assert part in [each.id for each in black_box_results.broken_parts(defect)]
    assert black_box_results.is_documented(defect) is documented


def test_the_basis_of_what_each_defect_breaks_is_clear() -> None:
    unclear = [
        defect.name
        for defect in registry.all_defects().values()
        if len({part.basis is Basis.RULED for part in black_box_results.broken_parts(defect)}) != 1
    ]
    assert unclear == [], "name the part in @defect(…, part=…)"


def test_each_defect_with_a_reason_exists_and_was_not_seen_when_it_ran() -> None:
    listed = [name for names in black_box_results.load_reasons().values() for name in names]
    seen = {row["defect"] for row in black_box_results.load() if row["end"] != End.NOT_SEEN}
    assert sorted(set(listed)) == sorted(listed)
    assert set(listed) <= registry.all_defects().keys()
    assert seen.intersection(listed) == set()
