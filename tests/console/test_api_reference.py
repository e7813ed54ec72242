"""The API reference draws both documents, and its requests are signed in."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_both_documents_are_drawn_and_requests_are_signed_in(
    console: Console, axe: Callable[["Page"], list[str]]
) -> None:
    page = console.page_at("overview")
    assert page.evaluate("'SwaggerUIBundle' in window") is False
    page.evaluate("location.hash = '#/api'")
    page.get_by_role("button", name="get /partners/", exact=True).click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").get_by_text("Acme Konzerte GmbH").first.wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Control API").click()
    page.get_by_role("button", name="get /status", exact=True).click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").get_by_text("pending_jobs").first.wait_for()
    assert axe(page) == []
    page.evaluate("location.hash = '#/events'")
    page.get_by_role("heading", name="Events", level=1).wait_for()
    assert page.locator(".swagger-ui").count() == 0
