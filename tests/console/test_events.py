"""The pages of events: filters, the revenue under each attribution model, adjustments, and titles that are markup."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.console.conftest import Console
from tests.console.test_every_page import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[str]]
EVENT = "evt_abc123"
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><b>Night</b> & {{day}}"


def test_the_filters_stand_in_the_address_and_a_refused_one_is_explained_at_its_field(
    console: Console, axe: Axe
) -> None:
    page = console.page_at("events?status=cancelled")
    page.get_by_role("link", name="Kammermusik im Spiegelsaal").wait_for()
    assert page.locator("main tbody tr").count() == 1
    page.get_by_label("City (or A|B)").fill("Wien,Berlin")
    refusal = page.get_by_text("without commas")
    refusal.wait_for()
    assert page.get_by_label("City (or A|B)").get_attribute("aria-invalid") == "true"
    assert axe(page) == []
    page.get_by_label("City (or A|B)").fill("Wien|Berlin")
    page.get_by_text("No event matches.").wait_for()
    assert "city=Wien%7CBerlin" in page.url
    page.get_by_role("button", name="Clear the filters").click()
    page.get_by_text("1 to 25 of 38").wait_for()
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_text("26 to 38 of 38").wait_for()
    page.locator(".spark").first.wait_for()


def test_a_change_of_the_model_shows_at_once_and_each_model_has_its_split(console: Console, axe: Axe) -> None:
    page = console.page_at(f"events/{EVENT}")
    before = read_campaign_revenue(page)
    page.get_by_role("group", name="Attribution model").get_by_role("button", name="META").click()
    page.get_by_role("region", name="META, in use").wait_for()
    assert console.platform("GET", f"/events/{EVENT}/attribution_model") == {"model": "META"}
    assert read_campaign_revenue(page) != before
    shown = page.locator(".model-split").get_by_role("definition").first.inner_text()
    assert before.split(",")[0] in shown, "FD credits what the chart showed under FD"
    page.locator(".kpi a").first.click()
    page.get_by_role("heading", name=f"Explain {EVENT}").wait_for()
    page.get_by_role("region", name="The revenue under each model").wait_for()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Table").first.click()
    page.get_by_role("slider", name="First day of the range").wait_for(state="detached")
    assert axe(page) == []


def read_campaign_revenue(page: "Page") -> str:
    """Read the revenue credited to campaigns, as the chart's card shows it."""
    figure = page.locator(".kpi > div", has_text="campaign")
    figure.first.wait_for()
    return figure.first.locator("dd").inner_text()


def test_the_range_moves_by_key(console: Console) -> None:
    page = console.page_at(f"events/{EVENT}?from=2026-08-01&to=2026-08-10")
    page.get_by_role("slider", name="First day of the range").press("ArrowLeft")
    page.wait_for_url("**from=2026-07-31**")


def test_an_adjustment_is_added_in_the_table_and_deleted_and_brought_back(console: Console, axe: Axe) -> None:
    page = console.page_at(f"events/{EVENT}")
    page.get_by_role("button", name="Add an adjustment").click()
    page.get_by_label("Purchases").fill("twelve")
    page.get_by_label("Revenue", exact=True).fill("541.25")
    page.keyboard.press("Enter")
    page.get_by_text("must be an integer").wait_for()
    assert page.get_by_label("Purchases").get_attribute("aria-invalid") == "true"
    assert axe(page) == []
    page.get_by_label("Purchases").fill("12")
    page.keyboard.press("Enter")
    row = page.get_by_role("row", name="€541.25")
    row.wait_for()
    assert read_rows(console)[0]["revenue"] == 541.25
    row.get_by_role("button", name=re.compile("^Delete")).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the row").click()
    row.wait_for(state="detached")
    assert 541.25 not in [each["revenue"] for each in read_rows(console)]
    page.get_by_role("button", name="Undo").click()
    row.wait_for()


def read_rows(console: Console) -> list[dict[str, float]]:
    """Read the event's rows, newest first."""
    rows: list[dict[str, float]] = console.platform("GET", f"/campaign_results/?eid={EVENT}&partner_id=partner-id-acme")
    return rows


def test_text_of_the_platform_is_never_markup(console: Console) -> None:
    event = {"title": HOSTILE, "city": HOSTILE, "venue_name": HOSTILE, "partner_id": "partner-id-acme"}
    console.control("POST", "/events", {"id": "evt_hostile", "start_date_time": "2026-12-01T19:00:00Z", **event})
    page = console.page_at("events/evt_hostile")
    page.get_by_role("heading", level=1).get_by_text(HOSTILE).wait_for()
    settle(page)
    page.evaluate("location.hash = '#/events?q=onerror'")
    page.get_by_role("link", name=HOSTILE).wait_for()
    page.evaluate("location.hash = '#/packages?new=1'")
    page.locator(".choice-list label", has_text=HOSTILE).wait_for()
    assert page.locator("main img, main b").count() == 0
    assert "owned" not in page.title()
