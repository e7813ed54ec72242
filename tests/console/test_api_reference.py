"""The API reference draws both documents, and its requests are signed in."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.console.conftest import Console
from tests.console.test_hostile_text import HOSTILE
from tests.control.example_session import EVENT

if TYPE_CHECKING:
    from playwright.sync_api import Page

DRAWING_MS = 90_000
"""How long a step may take at most: swagger-ui resolves a whole document before it opens an operation."""


def test_both_documents_are_drawn_and_requests_are_signed_in(
    console: Console, axe: Callable[["Page"], list[str]]
) -> None:
    console.control("POST", "/events", {**EVENT, "title": HOSTILE})
    page = console.page_at("overview")
    page.set_default_timeout(DRAWING_MS)
    assert page.evaluate("'SwaggerUIBundle' in window") is False
    page.evaluate("location.hash = '#/api'")
    open_operation(page, "/events/")
    assert weakest_contrast(page, "light") >= 4.5
    assert weakest_contrast(page, "dark") >= 4.5
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").get_by_text("onerror").first.wait_for()
    assert page.locator("img[src=x]").count() == 0
    assert axe(page) == []
    page.get_by_role("button", name="Control API").click()
    open_operation(page, "/status")
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").get_by_text("pending_jobs").first.wait_for()
    assert axe(page) == []
    recorded = console.control("GET", "/journal?console=false")
    assert [entry["path"] for entry in recorded if "openapi" in entry["path"]] == []
    page.evaluate("location.hash = '#/events'")
    page.get_by_role("heading", name="Events", level=1).wait_for()
    assert page.locator(".swagger-ui").count() == 0


CONTRASTS = """() => {
  const luminance = color => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map(Number).map(each => each / 255)
      .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...document.querySelectorAll(".opblock-summary-method")].map(label => {
    const style = getComputedStyle(label);
    const [dark, light] = [luminance(style.color), luminance(style.backgroundColor)].sort((a, b) => a - b);
    const still = style.transitionDuration === "0s" && style.opacity === "1";
    return still ? (light + 0.05) / (dark + 0.05) : 0;
  });
}"""
"""Returns the contrast of each method's label with its background, 0 if it is drawn in transition."""


def weakest_contrast(page: "Page", scheme: str) -> float:
    """Return the least contrast of a method's label, without reduced motion."""
    page.emulate_media(color_scheme=scheme, reduced_motion="no-preference")
    contrasts: list[float] = page.evaluate(CONTRASTS)
    page.emulate_media(reduced_motion="reduce")
    return min(contrasts)


def open_operation(page: "Page", path: str) -> None:
    """Open the first operation of a path, as soon as swagger-ui has drawn it."""
    page.locator(f".opblock-get:has([data-path='{path}']) .opblock-summary-control").click()
