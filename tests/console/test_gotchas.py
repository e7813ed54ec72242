"""A gotcha is played call by call, and the surprise is marked."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[str]]


@pytest.fixture
def page(console: Console) -> "Page":
    page = console.page_at("gotchas?q=query%20string", user=None)
    page.get_by_role("link", name="takes a query string").click()
    page.get_by_role("button", name="Play step by step").click()
    return page


def test_each_call_is_sent_and_its_answer_is_shown(page: "Page", axe: Axe) -> None:
    page.get_by_role("button", name="Send step 2").click()
    surprise = page.locator("li.surprise")
    surprise.get_by_text("the body is ignored").wait_for()
    assert "Answer 400" in surprise.inner_text().replace("\n", " ")
    assert axe(page) == []
    page.get_by_role("button", name="Send step 3").click()
    page.get_by_text("All steps are played.").wait_for()
    assert page.locator("li.played").last.get_by_text("201").count() > 0


def test_a_call_that_a_browser_cannot_send_is_only_shown(console: Console) -> None:
    page = console.page_at("gotchas/G-16", user=None)
    page.get_by_role("button", name="Play step by step").click()
    page.get_by_role("button", name="Send all").click()
    page.get_by_text("All steps are played.").wait_for()
    assert page.get_by_text("A browser does not let a page send this call").count() > 0
