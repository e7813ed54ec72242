"""The badge shows the verdict in two or three words, and nothing else."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from contracts.report import badge
from contracts.results.result import Result
from tests.contracts.results.result_builders import ENDINGS, RULES

SVG = "{http://www.w3.org/2000/svg}"


def write_badge(result: Result, folder: Path) -> ElementTree.Element:
    badge.write(result, RULES, folder / "badge.svg")
    return ElementTree.parse(folder / "badge.svg").getroot()


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("kept", "1 pass"),
        ("kept with a known failure", "1 pass, 1 known"),
        ("broken", "1 broken"),
        ("two broken", "2 broken"),
        ("a strict run with an observation", "1 broken"),
        ("broken, then unreachable", "1 broken"),
        ("unreachable", "ended early"),
        ("never reached", "ended early"),
        ("nothing applies", "not checked"),
        ("partly blocked", "not checked"),
        ("the suite broke", "suite error"),
        ("stale", "1 out of date"),
    ],
)
def test_the_badge_has_the_verdict_in_two_words(ending: str, words: str, tmp_path: Path) -> None:
    drawing = write_badge(ENDINGS[ending][0], tmp_path)
    assert [text.text for text in drawing.iter(f"{SVG}text")] == ["contracts", words]
    assert drawing.get("aria-label") == f"contracts: {words}"


@pytest.mark.parametrize(("found", "code"), ENDINGS.values(), ids=ENDINGS)
def test_it_is_green_only_where_the_target_conforms(found: Result, code: int, tmp_path: Path) -> None:
    drawing = write_badge(found, tmp_path)
    fills = {shape.get("fill") for shape in drawing.iter(f"{SVG}rect")}
    assert (fills == {"#1a7f37"}) == (code == 0)


@pytest.mark.parametrize(("found", "code"), ENDINGS.values(), ids=ENDINGS)
def test_its_title_has_the_whole_sentence(found: Result, code: int, tmp_path: Path) -> None:
    title = write_badge(found, tmp_path).findtext(f"{SVG}title") or ""
    assert title.startswith("contracts: ")
    assert {0: "(conforms: ", 1: "(does not conform: "}.get(code, "(") in title
