"""The Traffic page shows what clients send, explains it, and checks that it was sent."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.console.conftest import USER, Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[str]]
HOSTILE = "<img src=x onerror=alert(1)>"
BUSY = 'id: 1\nevent: counts\ndata: {"requests": 120, "statuses": {"2xx": 119, "5xx": 1}, "jobs": {}}\n\n'


def test_a_request_appears_and_becomes_an_expectation(console: Console, axe: Axe) -> None:
    page = console.page_at("traffic", user=None)
    page.get_by_text("No requests yet").wait_for()
    console.platform("GET", f"/events/?city={HOSTILE.replace(' ', '%20')}")
    row = page.get_by_role("link", name=f"/events/?city={HOSTILE}")
    row.click()
    drawer = page.get_by_role("complementary")
    assert HOSTILE in drawer.get_by_label("Request", exact=True).inner_text()
    assert page.locator("#app img").count() == 0
    assert axe(page) == []
    drawer.get_by_role("button", name="Expect this").click()
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_text("The client sent all expected requests").wait_for()
    page.get_by_label("Times").fill("2")
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_text("expected at least 2, found 1").wait_for()
    assert axe(page) == []


def test_a_near_miss_is_marked_and_explained(console: Console, axe: Axe) -> None:
    page = console.page_at("traffic?q=is%3Anear-miss", 390, "dark", user=None)
    page.get_by_text("No request").wait_for()
    tokens = page.request.post(
        f"{console.server.origin}{console.prefix}/api/v3/auth",
        data={"username": "partner@acme.example", "password": "wavetank"},
    ).json()
    headers = {"authorization": f"Bearer {tokens['AccessToken']}"}
    page.request.get(f"{console.server.origin}{console.prefix}/api/v3/event/evt_abc123", headers=headers)
    page.get_by_role("link", name="/event/evt_abc123").click()
    note = page.get_by_role("complementary").get_by_role("status").filter(has_text="Near miss")
    assert "/events/" in note.inner_text()
    assert axe(page) == []


def test_requests_that_are_too_many_are_counted(console: Console, axe: Axe) -> None:
    page = console.page_at("traffic", user=None)
    page.route(re.compile(r"/_mock/stream$"), lambda route: route.fulfill(content_type="text/event-stream", body=BUSY))
    page.reload()
    note = page.get_by_text("too many to show one by one")
    note.wait_for()
    assert "119 × 2xx, 1 × 5xx" in note.inner_text()
    assert axe(page) == []


def test_the_har_file_contains_what_the_filter_selects(console: Console) -> None:
    console.platform("GET", "/events/")
    page = console.page_at("traffic?q=operation%3AlistEvents", user=None)
    with page.expect_download() as started:
        page.get_by_role("button", name="Download HAR", exact=True).click()
    text = started.value.path().read_text(encoding="utf-8")
    assert "/events/" in text
    assert "/auth" not in text


def test_a_body_that_was_not_read_is_not_called_missing(console: Console, axe: Axe) -> None:
    console.control(
        "POST", "/faults", {"id": "down", "effect": {"status": 503}, "match": {"operation": "createPackage"}}
    )
    headers = {"authorization": f"Bearer {console.sign_in(USER)['AccessToken']}"}
    page = console.page_at("traffic?q=fault%3Adown", user=None)
    address = f"{console.server.origin}{console.prefix}/api/v3/package_builder/packages"
    assert page.request.post(address, data={"num_packages": 2}, headers=headers).status == 503
    page.get_by_role("link", name="/package_builder/packages").click()
    request = page.get_by_role("complementary").get_by_role("region", name="Request")
    request.get_by_text("The body was not recorded").wait_for()
    page.get_by_role("complementary").get_by_role("button", name="Copy address").wait_for()
    assert axe(page) == []
