"""The documentation site contains every page, and its pages are plain Markdown."""

import ast
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

CONFIGURATION = ROOT / "docs" / "site" / "conf.py"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")]
DIRECTIVE = re.compile(r"^(```|:::)\{", re.M)
ROLE = re.compile(r"(?:^|[\s(])\{[a-z]+\}`[^`\s]", re.M)


def read_navigation() -> dict[str, list[str]]:
    tree = ast.parse(CONFIGURATION.read_text(encoding="utf-8"))
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NAVIGATION"
    ]
    navigation: dict[str, list[str]] = ast.literal_eval(values[0])
    return navigation


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_plain_markdown(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not DIRECTIVE.search(text)
    assert not ROLE.search(text)
    assert text.startswith("# ")


def test_every_entry_of_the_navigation_is_a_page() -> None:
    for pattern in (pattern for patterns in read_navigation().values() for pattern in patterns):
        assert list(ROOT.glob(f"{pattern}.md")), pattern


@pytest.mark.soak
@pytest.mark.skipif(
    find_spec("sphinx") is None, reason="needs Sphinx: pip install 'wavetank[docs]', as `make docs` does"
)
def test_the_site_builds_without_warnings(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        "-c",
        str(CONFIGURATION.parent),
    ]
    built = subprocess.run(
        [*command, "-d", str(tmp_path / "doctrees"), str(ROOT), str(tmp_path / "site")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    written = {str(file.relative_to(tmp_path / "site")) for file in (tmp_path / "site").rglob("*.html")}
    assert {str(page.relative_to(ROOT).with_suffix(".html")) for page in PAGES} <= written
    assert {"index.html", "search.html"} <= written
    front_page = (tmp_path / "site" / "README.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css|woff2?)', front_page)
