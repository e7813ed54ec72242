"""The page of a server that keeps its state in a file, and of one that other machines can reach."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.console.conftest import USER, sign_in
from tests.mock_harness import running_app

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

NOW = datetime(2026, 9, 14, 8, 0, 12, tzinfo=UTC)
TOKEN, PASSWORD = "a-control-token", "a-sample-password"


@contextmanager
def stored_server(file: Path, port: int = 0) -> Iterator[str]:
    """Run a server with its state in an SQLite file, and yield its origin."""
    settings = Settings(clock_mode="frozen", now=NOW, data=file)
    opened = app.open_state(settings)
    assert opened.stored is not None
    try:
        with running_app(app.create_app(settings, opened.workspace, stored=opened.stored), port) as origin:
            yield origin
    finally:
        opened.stored.close()


def find_address() -> str:
    """Return an address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("needs a network address that is not loopback")
        return str(probe.getsockname()[0])


def give_token(page: "Page") -> None:
    dialog = page.get_by_role("dialog", name="Control token")
    dialog.get_by_role("textbox", name="Token").fill(TOKEN)
    dialog.get_by_role("button", name="Use this token").click()
    page.get_by_text("Live", exact=True).wait_for()


def test_settings_that_were_saved_before_a_restart_are_evaluated_after_it(
    browser: "BrowserContext", tmp_path: Path
) -> None:
    file = tmp_path / "state.db"
    page = browser.new_page()
    with stored_server(file) as origin:
        page.goto(f"{origin}/_mock/#/packages/pkg_555")
        sign_in(page, USER)
        form = page.get_by_role("form", name="Evaluation settings")
        form.get_by_label("Model").select_option("ALL_PURCHASES")
        form.get_by_role("button", name="Save and re-evaluate", exact=True).click()
        page.locator(".note", has_text="Stale").wait_for()
    page.get_by_text("Connection lost").wait_for()
    with stored_server(file, int(origin.rpartition(":")[2])):
        page.get_by_text("Live", exact=True).wait_for()
        page.locator(".note").get_by_role("button", name="Advance to result").click()
        page.locator(".note", has_text="Stale").wait_for(state="detached")
        assert form.get_by_label("Model").input_value() == "ALL_PURCHASES"
        page.close()


def test_beyond_loopback_the_page_is_drawn_first_and_each_tab_asks_once(browser: "BrowserContext") -> None:
    host = find_address()
    settings = Settings(clock_mode="frozen", now=NOW, host=host, control_token=TOKEN, sample_password=PASSWORD)
    failures: list[str] = []
    with running_app(app.create_app(settings), host=host) as origin:
        for _ in range(2):
            page = browser.new_page()
            page.on("pageerror", lambda error: failures.append(str(error)))
            page.goto(f"{origin}/_mock/")
            page.get_by_role("heading", name="Overview", level=1).wait_for()
            give_token(page)
        page.get_by_role("banner").get_by_role("button", name="Sign in").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("User").fill(USER)
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_text(f"Signed in as {USER}.").wait_for()
        page.reload()
        page.get_by_text("Live", exact=True).wait_for()
        assert page.get_by_role("dialog").count() == 0
        for each in browser.pages:
            each.close()
    assert failures == []
