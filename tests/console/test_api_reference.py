"""The API reference draws both documents, and its requests are signed in."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

DRAWING_MS = 90_000
"""How long a step may take at most: swagger-ui resolves a whole document before it opens an operation."""


def test_both_documents_are_drawn_and_requests_are_signed_in(
    console: Console, axe: Callable[["Page"], list[str]]
) -> None:
    page = console.page_at("overview")
    page.set_default_timeout(DRAWING_MS)
    assert page.evaluate("'SwaggerUIBundle' in window") is False
    page.evaluate("location.hash = '#/api'")
    open_operation(page, "/partners/")
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").get_by_text("Acme Konzerte GmbH").first.wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Control API").click()
    open_operation(page, "/status")
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").get_by_text("pending_jobs").first.wait_for()
    assert axe(page) == []
    page.evaluate("location.hash = '#/events'")
    page.get_by_role("heading", name="Events", level=1).wait_for()
    assert page.locator(".swagger-ui").count() == 0


def open_operation(page: "Page", path: str) -> None:
    """Open the first operation of a path, as soon as swagger-ui has drawn it."""
    page.locator(f".opblock-get:has([data-path='{path}']) .opblock-summary-control").click()
