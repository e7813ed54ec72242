"""The page on explanations tells the truth: its commands print what it says, and it names every kind and cause."""

from typing import get_args

import pytest

from mock_server.cli import main
from mock_server.control.explain.schemas import HowSet
from mock_server.state.record_history import MOST, MOST_DELETED
from tests.docs import pages

PAGE = pages.read("explain")
HOWS = [how for part in get_args(HowSet) for how in (get_args(part) or (part,))]


@pytest.mark.parametrize("how", HOWS)
def test_the_page_names_every_cause(how: str) -> None:
    assert f"`{how}`" in PAGE


def test_the_page_tells_how_much_is_kept() -> None:
    assert f"the last {MOST} changes are kept, of deleted rows the last {MOST_DELETED}" in PAGE


@pytest.mark.parametrize("flag", ["--cluster", "--reason", "--page", "--limit", "--row"])
def test_every_flag_that_the_page_names_is_there(flag: str) -> None:
    kind = "event" if flag == "--row" else "evaluation"
    assert flag in PAGE
    value = {"--page": "2", "--limit": "9", "--reason": "counted"}.get(flag, "value")
    parsed = main.parser({}).parse_args(["explain", kind, "some_id", flag, value])
    assert getattr(parsed, flag.removeprefix("--")) == value
