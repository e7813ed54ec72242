"""What a page shows becomes right again: after many changes at once, after it was hidden, and while a result is due."""

import json
from typing import TYPE_CHECKING, Any

from tests.console.conftest import Console, wait_for_route

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Route

PACKAGE: dict[str, Any] = {
    "num_packages": 2,
    "n_top_events": 3,
    "event_ids": ["evt_abc123"],
    "package_title": "The last of many",
    "targeting_mode": "lookalike",
}
SET_HIDDEN = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""Says that a page is hidden. A browser without windows never hides one."""


def set_hidden(page: "Page", hidden: bool) -> None:
    page.evaluate(SET_HIDDEN, hidden)


def frame(kind: str, **data: object) -> str:
    return f"id: {kind}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"


def end_events(page: "Page") -> None:
    """Close the stream of a page whose clock is installed, and wait until it has loaded all that events told it to."""
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/_mock/stream")):
        set_hidden(page, True)
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    for _ in range(20):
        before = len(requests)
        page.clock.run_for(2000)
        for request in requests:
            request.response()
        if len(requests) == before:
            return
    raise AssertionError("The page goes on loading.")


def test_a_list_is_right_after_more_changes_than_the_stream_names(console: Console) -> None:
    asked: list[Route] = []
    page = console.page_at("packages")
    page.get_by_text("Live", exact=True).wait_for()
    page.route("**/_mock/stream", lambda route: asked.append(route))
    page.reload()
    first = wait_for_route(page, asked, 1)
    clock = frame("clock", **console.control("GET", "/clock"))
    with page.expect_response("**/package_builder/packages/**"):
        first.fulfill(content_type="text/event-stream", body=clock)
    again = wait_for_route(page, asked, 2)
    console.platform("POST", "/package_builder/packages", PACKAGE)
    counts = frame("counts", requests=1000, writes=1000, statuses={"2xx": 1000}, jobs={})
    again.fulfill(content_type="text/event-stream", body=counts)
    page.get_by_role("main").get_by_role("link", name=PACKAGE["package_title"]).wait_for()


def test_a_hidden_page_closes_its_stream_and_loads_anew_when_it_is_shown(console: Console) -> None:
    page = console.page_at("overview", user=None)
    live = page.get_by_text("Live", exact=True)
    live.wait_for()
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/_mock/stream")):
        set_hidden(page, True)
    live.wait_for(state="detached")
    moved = console.control("POST", "/clock/advance", {"days": 3})["now"][:10]
    assert page.get_by_role("banner").get_by_text(moved).count() == 0
    with page.expect_response("**/_mock/stream"):
        set_hidden(page, False)
    page.get_by_role("banner").get_by_text(moved).wait_for()


def test_polling_for_a_result_ends_when_it_is_fresh(console: Console) -> None:
    console.control("PUT", "/clock", {"mode": "running", "speed": 0.001})
    page = console.page_at("packages/pkg_555")
    page.clock.install()
    form = page.get_by_role("form", name="Evaluation settings")
    form.get_by_label("Model").select_option("ALL_PURCHASES")
    form.get_by_role("button", name="Save and re-evaluate", exact=True).click()
    note = page.locator(".note", has_text="Stale")
    note.get_by_text("waits 10 s now").wait_for()
    for pause in (10, 20):
        with page.expect_response("**/backhaul_evaluation"):
            page.clock.run_for(pause * 1000)
    note.get_by_text("waits 40 s now").wait_for()
    with page.expect_response("**/backhaul_evaluation"):
        console.control("POST", "/clock/advance", {"seconds": 10})
        page.clock.run_for(2000)
    note.wait_for(state="detached")
    end_events(page)
    reads: list[str] = []
    page.on("request", lambda request: reads.append(request.url))
    page.clock.run_for(200_000)
    assert [url for url in reads if url.endswith("/backhaul_evaluation")] == []


def test_a_result_is_read_again_when_its_evaluation_ends(console: Console) -> None:
    page = console.page_at("packages/pkg_555")
    page.get_by_text("Live", exact=True).wait_for()
    customers = page.get_by_role("region", name="Results", exact=True).locator(".kpi dd").first
    before = customers.inner_text()
    form = page.get_by_role("form", name="Evaluation settings")
    form.get_by_label("Model").select_option("ALL_PURCHASES")
    form.get_by_role("button", name="Save and re-evaluate", exact=True).click()
    page.locator(".note", has_text="Stale").wait_for()
    assert customers.inner_text() == before
    console.control("POST", "/clock/advance", {"seconds": 10})
    customers.filter(has_not_text=before).wait_for()
