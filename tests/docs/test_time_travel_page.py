"""The page about time travel is right: its commands print what it says, and it names all parts of a snapshot."""

from dataclasses import fields

import pytest

from mock_server.state.checkpoints import MAX_CHECKPOINTS
from mock_server.state.snapshot import FORMAT, VERSION, Snapshot
from tests.docs import pages

PAGE = pages.read_page("time-travel")


@pytest.mark.parametrize("name", [field.name for field in fields(Snapshot)])
def test_the_page_names_every_member_of_a_snapshot(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_page_names_the_format_its_version_and_the_bound() -> None:
    assert f"`{FORMAT}`, {VERSION}" in PAGE
    assert f"At most {MAX_CHECKPOINTS} are kept" in " ".join(PAGE.split())
