"""Each page can be read by everybody: axe finds nothing, nothing is wider than a phone, no text stands over text."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

LAYOUT = Path(__file__).with_name("layout.js").read_text(encoding="utf-8")
PAGES = (
    "overview",
    "events",
    "events/evt_abc123?adjustments=add&series=edit",
    "events/evt_abc123?explain=event%2Fevt_abc123",
    "packages?new=1",
    "packages/pkg_555",
    "packages/pkg_555?explain=evaluation%2Fpkg_555",
    "partner",
    "api",
    "time",
    "traffic",
    "traffic?view=checks",
    "traffic?view=expect",
    "traffic/999999",
    "faults",
    "gotchas",
    "gotchas/G-06",
    "snapshots",
    "snapshots/999999",
    "workspaces",
    "conformance",
    "conformance/1",
    "conformance/1/BEV-04",
)


def settle(page: "Page") -> None:
    """Wait until the page has its title and nothing is loading."""
    page.locator("main h1").wait_for()
    for loading in page.locator(".loading").all():
        loading.wait_for(state="detached")


def visit(page: "Page", check: Callable[["Page"], list[str]]) -> dict[str, list[str]]:
    """Go to each page, and return what the check finds on it."""
    findings: dict[str, list[str]] = {}
    for name in PAGES:
        page.evaluate("address => { location.hash = address }", f"#/{name}")
        settle(page)
        if found := check(page):
            findings[name] = found
    return findings


def unreadable(page: "Page") -> list[str]:
    """Return text over text and beyond the page's edge, and by how much the page is too wide."""
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found: list[str] = page.evaluate(LAYOUT)
    return [*found, f"{too_wide} pixels too wide"] if too_wide > 0 else found


def test_axe_finds_nothing_on_any_page(console: Console, axe: Callable[..., list[str]]) -> None:
    page = console.page_at("overview")
    assert visit(page, lambda shown: axe(shown) + unreadable(shown)) == {}


def test_every_page_can_be_read_in_the_dark_on_a_phone(console: Console, axe: Callable[..., list[str]]) -> None:
    page = console.page_at("overview", width=360, scheme="dark")
    assert (
        visit(page, lambda shown: axe(shown, "color-contrast", "scrollable-region-focusable") + unreadable(shown)) == {}
    )
