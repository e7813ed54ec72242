"""The page of the time: move the clock, see what a run added, go back to a checkpoint and undo it."""

from typing import TYPE_CHECKING

from tests.console.conftest import USER, Console

if TYPE_CHECKING:
    from playwright.sync_api import Page


def now(console: Console) -> str:
    found: str = console.control("GET", "/clock")["now"]
    return found


def wait_for_time(page: "Page", instant: str) -> None:
    shown = instant.replace("T", " ").removesuffix("Z")
    page.get_by_role("banner").get_by_text(f"{shown} UTC").wait_for()


def test_the_clock_moves_to_the_next_run_and_the_page_shows_what_it_added(console: Console) -> None:
    page = console.page_at("time")
    page.get_by_role("main").get_by_role("button", name="Advance to attribution run").click()
    page.get_by_text("Fired: 1 attribution run.").wait_for()
    due = now(console)
    assert due.endswith("T08:00:00Z")
    wait_for_time(page, due)
    page.get_by_role("link", name="What it added").first.click()
    drawer = page.get_by_role("complementary", name="Attribution run of")
    drawer.get_by_role("table").or_(drawer.get_by_text("added no adjustment")).wait_for()
    assert f"run={due.replace(':', '%3A')}" in page.url
    drawer.get_by_text("Only the events of partner-id-acme are shown.").wait_for()


def test_play_and_pause_change_the_mode(console: Console) -> None:
    page = console.page_at("time")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()
    assert console.control("GET", "/clock")["mode"] == "frozen"


def test_going_back_asks_first_and_can_be_undone_after_a_reload(console: Console) -> None:
    start = now(console)
    page = console.page_at("time")
    page.get_by_role("main").get_by_role("button", name="+1 d", exact=True).click()
    page.locator(".fired p").wait_for()
    later = now(console)
    assert later > start
    page.get_by_role("button", name="Go back").last.click()
    dialog = page.get_by_role("dialog")
    assert "Later checkpoints are deleted" in dialog.inner_text()
    dialog.get_by_role("button", name="Go back").click()
    wait_for_time(page, start)
    name = f"before “Go back to {start.replace('T', ' ').removesuffix('Z')}”"
    page.get_by_role("status", name="Messages").get_by_text(f"Checkpoint kept: {name}.").wait_for()
    page.reload()
    page.get_by_role("button", name=f"Go back to {name}", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Go back").click()
    wait_for_time(page, later)
    assert now(console) == later


def test_the_newest_request_of_one_instant_is_at_the_top(console: Console) -> None:
    console.platform("GET", "/partners/")
    console.platform("GET", "/events/?limit=1")
    rows = console.page_at("time?lane=requests").get_by_role("main").locator("tbody a.request")
    rows.get_by_text("/events/").first.wait_for()
    shown = [text.split() for text in rows.all_inner_texts()]
    sent = [
        [entry["method"], entry["path"].partition("/api/v3")[2]]
        for entry in console.control("GET", "/journal?console=false")
    ]
    assert shown[: len(sent)] == sent[::-1]


def test_an_instant_that_is_past_is_refused_in_the_servers_words(console: Console) -> None:
    page = console.page_at("time")
    page.get_by_label("Instant (UTC)").fill("2001-01-01 00:00:00")
    page.get_by_role("button", name="Move to", exact=True).click()
    page.locator("form[aria-label='Move to an instant'] .note.bad").wait_for()


def test_a_job_has_an_address_that_says_what_became_of_it(console: Console) -> None:
    console.control("POST", "/faults", {"id": "no-result", "effect": {"evaluation": {"fails": True}}})
    settings = {"backhaul_evaluation_model": "EVENT_SERIES", "backhaul_evaluation_attribution_window": 21}
    for _ in range(2):
        console.platform("PUT", "/package_builder/packages/pkg_555/backhaul_evaluation_details", settings)
    console.control("POST", "/clock/advance", {"minutes": 1})
    page = console.page_at("time?lane=jobs")
    page.get_by_role("row", name="superseded").get_by_role("link", name="evaluation", exact=True).click()
    drawer = page.get_by_role("complementary")
    drawer.get_by_text("Newer settings were saved before this time").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("row", name="failed").get_by_role("link", name="evaluation", exact=True).click()
    page.reload()
    drawer.get_by_role("link", name="fault rule no-result").click()
    page.get_by_role("heading", name="Faults", level=1).wait_for()


def test_a_job_that_is_gone_is_not_a_blank_page(console: Console) -> None:
    page = console.page_at("time?job=evaluation%2Fpkg_555%2F2026-09-14T08%3A00%3A14Z%2F9", user=None)
    page.get_by_role("complementary").get_by_text("The workspace has no such job.").wait_for()


def test_the_time_line_says_that_it_has_only_the_last_requests(console: Console) -> None:
    headers = {"authorization": f"Bearer {console.sign_in(USER)['AccessToken']}"}
    for _ in range(199):
        console.server.call("GET", f"{console.prefix}/api/v3/partners/", None, headers)
    page = console.page_at("time", user=None)
    page.get_by_text("Only the last 200 requests are on the time line.").wait_for()


def test_what_a_run_added_is_two_clicks_away(console: Console) -> None:
    page = console.page_at("overview")
    page.get_by_role("banner").get_by_role("button", name="Advance to attribution run").click()
    page.get_by_role("banner").get_by_role("link", name="What it added").click()
    page.get_by_role("complementary", name="Attribution run of 2026-09-15 08:00:00").wait_for()
