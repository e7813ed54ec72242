"""Each rule is cited in the mock and in openapi.yaml, and each citation is of a rule that exists."""

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
TEXT_SUFFIXES = {".py", ".md", ".html", ".yaml", ".json", ".csv"}


@pytest.fixture(scope="module")
def rules() -> Catalogue:
    return catalogue.load()


@pytest.fixture(scope="module")
def rule_ids_without_limits(rules: Catalogue) -> list[str]:
    return [rule.id for rule in rules.rules.values() if rule.area is not Area.LIMITS]


def find_citations(files: Iterable[Path]) -> dict[str, set[str]]:
    """Return each id that looks like a rule's, with the files that cite it."""
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


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        pytest.param("Rule: BEV-07.", ["BEV-07"], id="an id"),
        pytest.param("Rules: BEV-06, -07", ["BEV-06"], id="part of an id"),
        pytest.param("Rule: BEV-7", ["BEV-7"], id="an id with one digit"),
        pytest.param("MSG-01 UTF-8 X-G-01", [], id="the end of another word"),
    ],
)
def test_ids_are_cited_whole(text: str, cited: list[str]) -> None:
    assert CITATION.findall(text) == cited
