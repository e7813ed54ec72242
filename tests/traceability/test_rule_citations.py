"""Each rule is cited in the mock and in openapi.yaml, and each cited rule exists."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from contracts.spec import rules as catalogue
from contracts.spec.rules import Area, Catalogue

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi.yaml"
CITATION = re.compile(
    r"(?<![\w-])(?:BASE|ERR|AUTH|PART|EVT|LAM|DRS|CR|JOB|PKG|DEF|BEV|META|PERM|ING|SED|RATE|G)-\d+(?!\w)"
)
LINK = re.compile(r"\bSee: [A-Z]+-\d{2}(?:, [A-Z]+-\d{2})*(?=[. ]|$)")
LINK_START = re.compile(r"\bSee: ")
OTHER_LINK = re.compile(r"\bRules?:? [A-Z]+-\d")
TEXT_SUFFIXES = {".py", ".md", ".html", ".yaml", ".json", ".csv"}


@pytest.fixture(scope="module")
def rules() -> Catalogue:
    return catalogue.load()


@pytest.fixture(scope="module")
def rule_ids_without_limits(rules: Catalogue) -> list[str]:
    return [rule.id for rule in rules.rules.values() if rule.area is not Area.LIMITS and not rule.binds_the_suite]


def find_citations(files: Iterable[Path]) -> dict[str, set[str]]:
    """Return each text that looks like the id of a rule, with the files that contain it."""
    files_by_rule: dict[str, set[str]] = {}
    for file in files:
        for rule_id in CITATION.findall(file.read_text(encoding="utf-8")):
            files_by_rule.setdefault(rule_id, set()).add(str(file.relative_to(ROOT)))
    return files_by_rule


def text_files(folder: str) -> list[Path]:
    return [file for file in sorted((ROOT / folder).rglob("*")) if file.suffix in TEXT_SUFFIXES]


def test_every_rule_is_cited_in_the_mocks_sources(rule_ids_without_limits: list[str]) -> None:
    cited = find_citations((ROOT / "mock_server").rglob("*.py"))
    assert [rule_id for rule_id in rule_ids_without_limits if rule_id not in cited] == []


def test_every_rule_is_cited_in_openapi(rule_ids_without_limits: list[str]) -> None:
    cited = find_citations([OPENAPI])
    assert [rule_id for rule_id in rule_ids_without_limits if rule_id not in cited] == []


def test_every_cited_id_is_in_the_catalogue(rules: Catalogue) -> None:
    cited = find_citations([OPENAPI, *text_files("mock_server"), *text_files("docs")])
    known = rules.rules.keys() | rules.gotchas.keys()
    assert {rule_id: files for rule_id, files in cited.items() if rule_id not in known} == {}


def test_the_mock_cites_rules_in_one_form() -> None:
    """A home says `Implements:`, which test_rule_homes.py checks. Any other citation says `See: BEV-06, BEV-07`."""
    strays = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in sorted((ROOT / "mock_server").rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if not is_well_formed(line)
    ]
    assert strays == []


def is_well_formed(line: str) -> bool:
    return not OTHER_LINK.search(line) and len(LINK.findall(line)) == len(LINK_START.findall(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("The end is not included. See: BEV-07.", True),
        ("See: BEV-06, BEV-07 (the end is not included).", True),
        ("limit = 7  # See: BEV-07", True),
        ("See: BEV-06, -07", False),
        ("See: BEV-7.", False),
        ("See: BEV-071.", False),
        ("See: windows.py.", False),
        ("See: BEV-06. See: -07.", False),
        ("Rule: BEV-07.", False),
        ("Rules: BEV-06, BEV-07.", False),
        ("Rule BEV-07 excludes the end.", False),
    ],
)
def test_only_see_introduces_a_citation(line: str, expected: bool) -> None:
    assert is_well_formed(line) is expected


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        pytest.param("Implements: BEV-07.", ["BEV-07"], id="an id"),
        pytest.param("See: BEV-06, -07", ["BEV-06"], id="part of an id"),
        pytest.param("See: BEV-7", ["BEV-7"], id="an id with one digit"),
        pytest.param("MSG-01 UTF-8 X-G-01", [], id="the end of another word"),
    ],
)
def test_ids_are_cited_whole(text: str, cited: list[str]) -> None:
    assert CITATION.findall(text) == cited
