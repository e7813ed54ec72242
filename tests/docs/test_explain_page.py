"""The page about explanations is right: its commands print what it says, and it names every kind and cause."""

from typing import get_args

import pytest

from mock_server.cli import main
from mock_server.control.explain.schemas import CauseBodyKind
from mock_server.state.record_history import MAX_DELETED_RECORDS, MAX_VERSIONS
from tests.docs import pages

PAGE = pages.read_page("explain")
CAUSE_KINDS = [how for part in get_args(CauseBodyKind) for how in (get_args(part) or (part,))]


@pytest.mark.parametrize("how", CAUSE_KINDS)
def test_the_page_names_every_cause(how: str) -> None:
    assert f"`{how}`" in PAGE


def test_the_page_tells_how_much_is_kept() -> None:
    assert f"the last {MAX_VERSIONS} changes of each package" in PAGE
    assert f"the last {MAX_DELETED_RECORDS} deleted rows" in PAGE


@pytest.mark.parametrize("flag", ["--cluster", "--reason", "--page", "--limit", "--row"])
def test_every_flag_that_the_page_names_is_there(flag: str) -> None:
    kind = "event" if flag == "--row" else "evaluation"
    assert flag in PAGE
    value = {"--page": "2", "--limit": "9", "--reason": "counted"}.get(flag, "value")
    parsed = main.build_parser({}).parse_args(["explain", kind, "some_id", flag, value])
    assert getattr(parsed, flag.removeprefix("--")) == value
