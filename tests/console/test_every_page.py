"""Each page can be read by everybody: axe finds nothing, nothing is wider than a phone, no text stands over text."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.console.conftest import Console
from tests.console.test_conformance import a_result

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
)


def settle(page: "Page") -> None:
    """Wait until the page has its title and nothing is loading."""
    page.locator("main h1").wait_for()
    for loading in page.locator(".loading").all():
        loading.wait_for(state="detached")


@pytest.fixture
def pages(console: Console) -> Iterator[tuple[str, ...]]:
    """All pages, those of a report included."""
    report = console.server.call("POST", "/_mock/reports", a_result("fail"))["id"]
    yield (*PAGES, f"conformance/{report}", f"conformance/{report}/BEV-07")
    console.server.call("DELETE", f"/_mock/reports/{report}")


def visit(page: "Page", pages: tuple[str, ...], check: Callable[["Page"], list[str]]) -> dict[str, list[str]]:
    """Go to each page, and return what the check finds on it."""
    findings: dict[str, list[str]] = {}
    for name in pages:
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


def test_axe_finds_nothing_on_any_page(console: Console, pages: tuple[str, ...], axe: Callable[..., list[str]]) -> None:
    page = console.page_at("overview")
    assert visit(page, pages, lambda shown: axe(shown) + unreadable(shown)) == {}


def test_every_page_can_be_read_in_the_dark_on_a_phone(
    console: Console, pages: tuple[str, ...], axe: Callable[..., list[str]]
) -> None:
    page = console.page_at("overview", width=360, scheme="dark")
    rules = ("color-contrast", "scrollable-region-focusable")
    assert visit(page, pages, lambda shown: axe(shown, *rules) + unreadable(shown)) == {}


PUT_SETTINGS = "/package_builder/packages/pkg_555/backhaul_evaluation_details"
SETTINGS = {"backhaul_evaluation_model": "EVENT_SERIES", "backhaul_evaluation_attribution_window": 21}
SQUEEZED = """() => [...document.querySelectorAll("main .note-text, .drawer .note-text")]
  .filter(text => text.clientWidth < 0.8 * text.parentElement.clientWidth).map(text => text.innerText)"""
HIDDEN = """() => [...document.querySelectorAll(".choice-list, .drawer, main .card:not(:has(.scroll))")]
  .filter(box => box.scrollWidth > box.clientWidth || box.getBoundingClientRect().left < 0).map(box => box.className)"""
"""They return notes whose text is narrow, and boxes that are narrower than what they hold."""


def test_what_happened_can_be_read_on_a_phone(console: Console) -> None:
    page = console.page_at("overview", width=345)  # 360 pixels without the scroll bar of a desktop
    console.control("POST", "/faults", {"id": "no-result", "effect": {"evaluation": {"fails": True}}})
    for _ in range(2):
        console.platform("PUT", PUT_SETTINGS, SETTINGS)
    console.control("POST", "/clock/advance", {"minutes": 1})
    addresses = {
        "traffic?view=checks": "Findings are repeated",
        "packages/pkg_555": "was made to fail",
        "packages/pkg_555?explain=evaluation%2Fpkg_555": "Newer settings",
        "packages?new=1": "Saisoneröffnung",
        "faults/no-result": "no-result",
        "time?lane=runs": "Advance to attribution run",
    }
    for address, text in addresses.items():
        page.evaluate("address => { location.hash = address }", f"#/{address}")
        page.get_by_text(text).first.wait_for()
        settle(page)
        assert (unreadable(page), page.evaluate(SQUEEZED), page.evaluate(HIDDEN)) == ([], [], []), address


def test_a_command_is_not_broken_within_an_option(console: Console) -> None:
    page = console.page_at("conformance", width=360, user=None)
    option = page.locator(".code").get_by_text("--console", exact=True)
    option.wait_for()
    lines = (
        "word => { const range = new Range(); range.selectNodeContents(word); return range.getClientRects().length }"
    )
    assert option.evaluate(lines) == 1


UNASKED = """() => [...document.querySelectorAll("main :is(td.n, .kpi dd, .model-split dd)")]
  .filter(cell => /[1-9]/.test(cell.innerText) && !cell.closest(".unseen") && !cell.querySelector("a[href*=explain]"))
  .map(cell => cell.innerText)"""
"""Returns figures in sight that no click explains."""


def test_every_figure_of_an_event_and_a_package_can_be_asked(console: Console) -> None:
    page = console.page_at("events/evt_abc123")
    for address, region in (("events/evt_abc123", "Meta's report"), ("packages/pkg_555", "Results")):
        page.evaluate("address => { location.hash = address }", f"#/{address}")
        page.get_by_role("region", name=region, exact=True).locator("td").first.wait_for()
        settle(page)
        page.get_by_role("region", name=region, exact=True).locator("a.ask").first.wait_for()
        assert page.evaluate(UNASKED) == [], address
