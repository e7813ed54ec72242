"""The Workspaces page creates, forks, resets and deletes workspaces, and a deleted one can be brought back."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[str]]


@pytest.fixture
def page(console: Console) -> "Page":
    return console.page_at("workspaces", user=None)


@pytest.fixture
def names(console: Console) -> Iterator[Callable[[], set[str]]]:
    """Return a function that lists the workspaces; those that a test adds are deleted."""

    def read() -> set[str]:
        return {each["name"] for each in console.server.call("GET", "/_mock/workspaces")}

    before = read()
    yield read
    for name in read() - before:
        console.server.call("DELETE", f"/_mock/workspaces/{name}")


def test_a_deleted_workspace_comes_back_with_its_state(
    page: "Page", console: Console, names: Callable[[], set[str]], axe: Axe
) -> None:
    create = page.get_by_role("form", name="Create a workspace")
    create.get_by_label("Name").fill("by-hand")
    create.get_by_label("Time (UTC)").fill("2026-10-01 08:00:00")
    create.get_by_role("button", name="Create", exact=True).click()
    page.get_by_role("button", name="Delete by-hand").click()
    assert axe(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("Deleted by-hand.").wait_for()
    assert "by-hand" not in names()
    page.get_by_role("status", name="Messages").get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Delete by-hand").wait_for()
    status = console.server.call("GET", "/w/by-hand/_mock/status")
    assert status["clock"]["now"] == "2026-10-01T08:00:00Z"


def test_a_taken_name_is_refused_in_the_servers_words(page: "Page", console: Console, axe: Axe) -> None:
    form = page.get_by_role("form", name="Fork this workspace")
    form.get_by_label("Name of the copy").fill("not/a/name")
    form.get_by_role("button", name="Fork", exact=True).click()
    form.locator(".field-error").wait_for()
    assert axe(page) == []


def test_a_reset_asks_first(page: "Page", console: Console) -> None:
    console.control("POST", "/faults", {"effect": {"status": 503}})
    page.get_by_role("form", name="Reset this workspace").get_by_role("button", name="Reset…", exact=True).click()
    assert console.control("GET", "/faults")["rules"] != []
    page.get_by_role("dialog").get_by_role("button", name="Reset", exact=True).click()
    page.get_by_text("is in its initial state.").wait_for()
    assert console.control("GET", "/faults")["rules"] == []
