"""The Faults page makes requests fail on purpose, by clicking alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[str]]


def read_statuses(console: Console) -> list[int]:
    entries = console.control("GET", "/journal?operation=listPackages&console=false")
    return [entry["response"]["status"] for entry in entries]


def test_the_second_call_of_a_client_fails_with_503(console: Console, axe: Axe) -> None:
    console.platform("GET", "/events/?limit=1")
    page = console.page_at("faults")
    page.get_by_role("button", name="Second call fails with 503").click()
    page.get_by_text("The 2nd request of listEvents is answered with 503, once.").wait_for()
    page.get_by_label("Operation").select_option("")
    page.get_by_text("Every operation counts, sign-ins too.").wait_for()
    page.get_by_label("Operation").select_option("listPackages")
    page.get_by_text("The 2nd request of listPackages is answered with 503, once.").wait_for()
    page.get_by_role("button", name="Add rule", exact=True).click()
    page.get_by_role("cell", name="f1", exact=True).wait_for()
    page.evaluate("location.hash = '#/packages'")
    page.get_by_role("heading", name="Packages", level=1).wait_for()
    page.get_by_role("main").locator("tbody a").first.wait_for()
    page.evaluate("location.hash = '#/faults'")
    page.get_by_role("cell", name="f1", exact=True).wait_for()
    for _ in range(3):
        page.evaluate("fetch('../api/v3/package_builder/packages/').then(() => null)")
    assert read_statuses(console) == [401, 503, 401]
    page.get_by_role("link", name="1", exact=True).click()
    page.get_by_text("fault f1").wait_for()
    assert page.locator("tbody tr").count() == 1
    assert axe(page) == []


def test_a_refused_rule_says_why_in_the_servers_words(console: Console, axe: Axe) -> None:
    page = console.page_at("faults", 390, "dark")
    page.get_by_label("Effect").select_option("latency")
    page.get_by_label("Milliseconds").fill("0")
    page.get_by_label("Only these, by number").fill("second")
    page.get_by_role("button", name="Add rule", exact=True).click()
    page.locator(".field-error").first.wait_for()
    assert page.get_by_label("Only these, by number").get_attribute("aria-invalid") == "true"
    assert axe(page) == []
    assert console.control("GET", "/faults")["rules"] == []


def test_one_rule_is_removed_after_a_question_and_comes_back(console: Console, axe: Axe) -> None:
    for rule_id in ("slow", "other"):
        console.control("POST", "/faults", {"id": rule_id, "effect": {"latency": {"fixed": 5}}})
    page = console.page_at("faults")
    console.platform("GET", "/events/?limit=1")
    counted = console.control("GET", "/faults")["rules"][1]["matched"]
    page.get_by_role("button", name="Remove slow").click()
    assert axe(page) == []
    page.get_by_role("button", name="Remove the rule").click()
    page.get_by_text("Removed slow.").wait_for()
    [other] = console.control("GET", "/faults")["rules"]
    assert other["id"] == "other"
    assert other["matched"] >= counted >= 2
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("cell", name="slow", exact=True).wait_for()


def test_the_workspace_follows_other_documents(console: Console) -> None:
    page = console.page_at("faults")
    page.get_by_role("button", name="Newer documents").click()
    page.get_by_text("The workspace follows the newer documents.").wait_for()
    page.get_by_label("numeric_client_id").check()
    page.get_by_text("numeric_client_id is on.").wait_for()
    quirks = console.control("GET", "/documentation")["quirks"]
    assert (quirks["core_event_members"], quirks["numeric_client_id"]) == (True, True)


def test_a_rule_has_an_address(console: Console) -> None:
    console.control("POST", "/faults", {"id": "slow", "effect": {"latency": {"fixed": 1}}})
    console.control("POST", "/faults", {"id": "other", "effect": {"latency": {"fixed": 1}}})
    page = console.page_at("faults/other")
    page.locator("tr.marked").get_by_role("link", name="other", exact=True).wait_for()
    page.get_by_role("link", name="slow", exact=True).click()
    page.locator("tr.marked").get_by_role("link", name="slow", exact=True).wait_for()
    assert page.url.endswith("#/faults/slow")
    page.evaluate("location.hash = '#/faults/f9'")
    page.get_by_text("There is no fault rule f9.").wait_for()
