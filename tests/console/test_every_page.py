"""Each page can be read by everybody: axe finds nothing, and nothing is wider than a phone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = (
    "overview",
    "events",
    "events/evt_abc123",
    "packages",
    "packages/pkg_555",
    "packages/pkg_555?explain=evaluation%2Fpkg_555",
    "partner",
    "api",
    "time",
    "traffic",
    "faults",
    "gotchas",
    "snapshots",
    "workspaces",
    "conformance",
)


def settle(page: "Page") -> None:
    """Wait until the page has its title and nothing is loading."""
    page.locator("main h1").wait_for()
    for loading in page.locator(".loading").all():
        loading.wait_for(state="detached")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_axe_finds_nothing(console: Console, axe: Callable[["Page"], list[str]], width: int, scheme: str) -> None:
    page = console.page_at("overview", width, scheme)
    findings: dict[str, list[str]] = {}
    for name in PAGES:
        page.evaluate("address => { location.hash = address }", f"#/{name}")
        settle(page)
        if found := axe(page):
            findings[name] = found
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, name
    assert findings == {}
