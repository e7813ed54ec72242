"""Every link between the pages leads to a file and a heading, and the index lists every page."""

import re
from pathlib import Path

import pytest

from tests.docs import pages

PAGES = sorted([*pages.ROOT.glob("*.md"), *(pages.ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.M)
CODE_BLOCK = re.compile(r"^```.*?^```$", re.M | re.S)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the hosting site makes them."""
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(pages.ROOT)))
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    for path, anchor in LINK.findall(text):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_the_index_lists_every_page() -> None:
    index = (pages.ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    listed = {path for path, _ in LINK.findall(index)}
    assert {page.name for page in (pages.ROOT / "docs").glob("*.md")} - listed - {"README.md"} == set()
