"""Changes appear by themselves: in one tab and in ten, after the server's restart, and with a control token."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mock_server import app
from mock_server.settings import Settings
from tests.console.conftest import Console, Server, sign_in
from tests.mock_harness import running_app

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

TABS = 10


def wait_until_live(page: "Page") -> None:
    page.get_by_text("Live", exact=True).wait_for()


def frozen_at(day: int) -> Settings:
    return Settings(clock_mode="frozen", now=datetime(2026, 9, day, 8, 0, tzinfo=UTC))


def test_a_request_of_another_client_appears_without_a_reload(console: Console) -> None:
    page = console.page_at("overview", user=None)
    wait_until_live(page)
    console.platform("GET", "/partners/")
    requests = page.get_by_role("region", name="Last requests", exact=True)
    requests.get_by_role("link", name="GET /partners/").wait_for()


def test_a_change_before_the_stream_opens_appears(console: Console) -> None:
    page = console.page_at("overview", user=None)
    wait_until_live(page)
    held: list[Route] = []
    page.route("**/_mock/stream", lambda route: held.append(route))
    with page.expect_request("**/_mock/stream"):
        page.reload()
    requests = page.get_by_role("region", name="Last requests", exact=True)
    requests.get_by_text("No client has sent a request yet.").wait_for()
    console.platform("GET", "/partners/")
    held[0].continue_()
    requests.get_by_role("link", name="GET /partners/").wait_for()


def test_a_move_of_the_clock_elsewhere_shows_in_ten_open_tabs(console: Console) -> None:
    page = console.page_at("overview", user=None)
    wait_until_live(page)
    address, tabs = page.url, [page]
    for _ in range(TABS - 1):
        tab = page.context.new_page()
        tab.goto(address)
        tabs.append(tab)
    for tab in tabs:
        wait_until_live(tab)
    moved = console.control("POST", "/clock/advance", {"days": 3})["now"]
    for tab in tabs:
        tab.get_by_role("banner").get_by_text(moved[:10]).wait_for()


def test_the_page_survives_a_restart_of_the_server(browser: "BrowserContext") -> None:
    with running_app(app.create_app(frozen_at(1))) as origin:
        page = browser.new_page()
        page.goto(f"{origin}/_mock/#/packages/pkg_555")
        sign_in(page, "partner@acme.example")
        page.get_by_role("region", name="Results", exact=True).locator("tbody a").first.wait_for()
        wait_until_live(page)
    page.get_by_text("Connection lost").wait_for()
    with running_app(app.create_app(frozen_at(20)), port=int(origin.rpartition(":")[2])):
        wait_until_live(page)
        page.get_by_role("banner").get_by_text("2026-09-20").wait_for()
        page.get_by_role("form", name="Evaluation settings").get_by_role(
            "button", name="Save", exact=False
        ).first.click()
        page.locator(".note", has_text="Stale").wait_for()
        page.close()


def test_beyond_loopback_the_page_asks_for_the_control_token_once(browser: "BrowserContext") -> None:
    settings = Settings(clock_mode="frozen", now=datetime(2026, 9, 1, tzinfo=UTC), control_token="a-token")
    with running_app(app.create_app(settings)) as origin:
        page = browser.new_page()
        page.goto(f"{origin}/_mock/")
        dialog = page.get_by_role("dialog", name="Control token")
        dialog.get_by_role("textbox", name="Token").fill("a-token")
        dialog.get_by_role("button", name="Use this token").click()
        dialog.wait_for(state="detached")
        wait_until_live(page)
        page.reload()
        wait_until_live(page)
        assert page.get_by_role("dialog").count() == 0
        page.close()


def test_without_the_token_the_page_shows_what_is_refused(browser: "BrowserContext") -> None:
    with running_app(app.create_app(Settings(control_token="a-token"))) as origin:
        page = browser.new_page()
        page.goto(f"{origin}/_mock/")
        page.get_by_role("dialog", name="Control token").wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("alert").get_by_text("X-Mock-Control-Token").or_(
            page.get_by_role("alert").get_by_text("403")
        ).first.wait_for()
        page.close()


def test_the_page_is_served_from_one_origin(console: Console, server: Server) -> None:
    page = console.page_at("overview", user=None)
    wait_until_live(page)
    names = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in names if not name.startswith(server.origin)] == []
