"""The frame of every page: overview without a sign-in, users, keys, focus, and the server's restart."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.console.conftest import Console, wait_for_route

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route


def test_the_overview_needs_no_sign_in_and_offers_the_users(console: Console) -> None:
    page = console.page_at("overview", user=None)
    page.get_by_role("region", name="This server").get_by_text(console.workspace).first.wait_for()
    page.get_by_text("attribution run").first.wait_for()
    page.get_by_role("button", name="Sign in as agency@acme.example").click()
    page.get_by_text("Signed in as agency@acme.example.").wait_for()
    choice = page.get_by_label("Partner", exact=True)
    assert len(choice.locator("option").all_inner_texts()) > 1


def test_a_second_factor_is_asked_for(console: Console) -> None:
    page = console.page_at("overview", user=None)
    page.get_by_role("button", name="Sign in as mfa@acme.example").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Code of the second factor").fill("123456")
    dialog.get_by_role("button", name="Continue").click()
    page.get_by_text("Signed in as mfa@acme.example.").wait_for()


def test_a_wrong_password_is_refused_in_the_platforms_words(console: Console) -> None:
    page = console.page_at("overview", user=None)
    page.get_by_role("banner").get_by_role("button", name="Sign in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    dialog.get_by_text("error.auth.invalid_credentials").wait_for()


def test_a_name_that_is_typed_before_the_users_are_known_stays(console: Console) -> None:
    page, asked = console.page_at("packages/pkg_555", user=None), list["Route"]()
    page.route("**/_mock/users", lambda route: asked.append(route))
    page.get_by_role("banner").get_by_role("button", name="Sign in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User").fill("agency@acme.example")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    wait_for_route(page, asked, 1).continue_()
    page.get_by_text("Signed in as agency@acme.example.").wait_for()


def test_a_page_of_the_platform_asks_for_a_sign_in_first(console: Console) -> None:
    page = console.page_at("packages/pkg_555", user=None)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("region", name="Results", exact=True).locator("table").wait_for()


@pytest.mark.parametrize("reset", ["/reset", "/clock/advance"], ids=["reset", "expired token"])
def test_the_page_signs_in_again_if_its_token_is_not_valid_any_more(console: Console, reset: str) -> None:
    page = console.page_at("packages/pkg_555")
    page.get_by_role("region", name="Results", exact=True).locator("table").wait_for()
    console.control("POST", reset, {"hours": 2} if reset != "/reset" else {})
    page.reload()
    page.get_by_role("region", name="Results", exact=True).locator("table").wait_for()


def press(page: "Page", *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_keys_lead_to_the_sections_and_move_the_clock(console: Console) -> None:
    page = console.page_at("overview", user=None)
    page.get_by_role("banner").get_by_role("button", name="Advance to attribution run").wait_for()
    press(page, "g", "t")
    page.get_by_role("heading", name="Time", level=1).wait_for()
    assert page.locator("h1").evaluate("element => element === document.activeElement")
    press(page, ".")
    page.get_by_text("Fired: 1 attribution run.").wait_for()
    press(page, "?")
    page.get_by_role("dialog", name="Keys").wait_for()
    press(page, "Escape")
    page.get_by_role("dialog").wait_for(state="detached")


def test_the_first_tab_leads_to_the_skip_link(console: Console) -> None:
    page = console.page_at("overview", user=None)
    page.locator("h1").wait_for()
    press(page, "Tab", "Enter")
    assert page.locator("main").evaluate("element => element === document.activeElement")


def test_an_action_is_copied_as_a_curl_command_without_the_token(console: Console) -> None:
    page = console.page_at("packages/pkg_555")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("form", name="Evaluation settings").get_by_role("button", name="as curl").click()
    page.get_by_text("Copied as curl: PUT /w/").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.match(r"curl -X PUT 'http://127\.0\.0\.1:\d+/w/\w+/api/v3/package_builder/packages/pkg_555/", copied)
    assert '"authorization: Bearer $TOKEN"' in copied
    assert "eyJ" not in copied


def test_what_is_wrong_with_an_address_is_said(console: Console) -> None:
    page = console.page_at("nowhere", user=None)
    page.get_by_role("heading", name="There is no such page").wait_for()
    page.get_by_role("main").get_by_role("link", name="Overview").click()
    page.get_by_role("heading", name="Overview", level=1).wait_for()


def test_an_error_of_the_server_can_be_retried(console: Console) -> None:
    page = console.page_at("packages")
    page.route("**/package_builder/packages/pkg_555", lambda route: route.fulfill(status=503, json={}), times=1)
    page.evaluate("location.hash = '#/packages/pkg_555'")
    page.get_by_role("alert").get_by_text("503").wait_for()
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("region", name="Results", exact=True).locator("table").wait_for()


def test_a_panel_has_an_address(console: Console) -> None:
    page = console.page_at("overview", user=None)
    page.set_viewport_size({"width": 800, "height": 300})
    page.get_by_role("link", name="Documents", exact=True).click()
    assert page.url.endswith("#/overview?panel=documents")
    page.reload()
    shown = page.get_by_role("region", name="Documents", exact=True)
    shown.wait_for()
    assert shown.evaluate("panel => panel.classList.contains('named')")
    page.wait_for_function("scrollY > 0")


NOT_KNOWN = {
    "packages": ("/_mock/packages", "The mock does not say how old the results are"),
    "packages/pkg_555": ("/_mock/packages", "whether these results belong to the saved settings"),
    "time": ("/_mock/journal", "_mock/journal"),
}


@pytest.mark.parametrize("address", NOT_KNOWN)
def test_what_the_mock_does_not_say_is_not_left_out_silently(console: Console, address: str) -> None:
    path, words = NOT_KNOWN[address]
    page = console.page_at("overview")
    page.route(re.compile(rf"{path}(\?|$)"), lambda route: route.fulfill(status=500, json={}))
    page.evaluate("address => { location.hash = address }", f"#/{address}")
    page.get_by_role("main").get_by_text(words).wait_for()
    page.unroute(re.compile(rf"{path}(\?|$)"))
    page.get_by_role("main").get_by_role("button", name="Try again").click()
    page.get_by_role("main").get_by_text(words).wait_for(state="detached")


def test_moves_of_the_clock_and_questions_can_be_copied_as_curl(console: Console) -> None:
    console.control("POST", "/faults", {"id": "slow", "effect": {"latency": {"fixed": 1}}})
    page = console.page_at("time", user=None)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as curl mode and speed").click()
    assert copied_command(page).endswith("""-d '{"mode":"running","speed":1}'""")
    page.get_by_role("banner").get_by_role("button", name="+1 h").click()
    page.get_by_role("button", name="Copy as curl the move", exact=True).click()
    assert copied_command(page).endswith("""-d '{"hours":1}'""")
    page.evaluate("location.hash = '#/faults'")
    page.get_by_role("button", name="Remove slow").click()
    page.get_by_role("dialog").get_by_role("button", name="Copy as curl").click()
    assert re.match(r"curl -X DELETE 'http://127\.0\.0\.1:\d+/w/\w+/_mock/faults/slow' ", copied_command(page))


def copied_command(page: "Page") -> str:
    """Wait until the page says that it has copied a command; return the command, and close the message."""
    message = page.locator(".toast", has_text="Copied as curl")
    message.wait_for()
    command: str = page.evaluate("navigator.clipboard.readText()")
    message.get_by_role("button").evaluate("button => button.click()")
    message.wait_for(state="detached")
    return command
