"""On the page about the architecture, every path exists, and the tree shows every folder."""

import re
from collections.abc import Iterator

import pytest

from tests.docs import pages

PAGE = pages.read_page("architecture")
TREE = PAGE.partition("## The tree")[2].partition("```\n")[2].partition("```")[0]
PATH = re.compile(r"`((?:mock_server|contracts|tests|bench|docs)/[\w/.-]*)`")


def paths_in_tree() -> Iterator[str]:
    """Yield the path of each entry in the tree."""
    top = ""
    for line in TREE.splitlines():
        name = line.split()[0]
        if line.startswith(" "):
            yield top + name
        else:
            top = name
            yield name


@pytest.mark.parametrize("path", sorted({*PATH.findall(PAGE), *paths_in_tree()}))
def test_every_path_that_the_page_names_exists(path: str) -> None:
    assert (pages.ROOT / path).exists()


@pytest.mark.parametrize("package", ["mock_server", "contracts"])
def test_the_tree_has_every_folder_of_a_package(package: str) -> None:
    folders = {f"{package}/{folder.name}/" for folder in (pages.ROOT / package).iterdir() if any(folder.glob("*.py"))}
    assert folders - {*paths_in_tree()} == set()
