"""The page of a package: save settings, see that the results are stale, advance, see them fresh."""

import re
from typing import TYPE_CHECKING

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PACKAGE = "packages/pkg_555"


def card(page: "Page", title: str) -> "Locator":
    return page.get_by_role("region", name=title, exact=True)


def figures(page: "Page") -> list[str]:
    """Return the four sums above the results of the clusters."""
    found = card(page, "Results").locator(".kpi dd")
    found.first.wait_for()
    return found.all_inner_texts()


def save(page: "Page", model: str) -> None:
    form = page.get_by_role("form", name="Evaluation settings")
    form.get_by_label("Model").select_option(model)
    form.get_by_role("button", name="Save and re-evaluate", exact=True).click()


def total(console: Console, member: str) -> int:
    rows = console.platform("GET", "/package_builder/packages/pkg_555/backhaul_evaluation")
    return sum(row[member] for row in rows)


def test_saved_settings_make_the_results_stale_until_the_clock_reaches_the_evaluation(console: Console) -> None:
    page = console.page_at(PACKAGE)
    before = figures(page)
    save(page, "ALL_PURCHASES")
    note = page.locator(".note", has_text="Stale")
    note.wait_for()
    assert re.search(r"These results belong to revision \d+", note.inner_text())
    assert "A client cannot see this" in note.inner_text()
    assert figures(page) == before
    note.get_by_role("button", name="Advance to result").click()
    note.wait_for(state="detached")
    card(page, "Results").get_by_text(re.compile(r"^revision \d+$")).wait_for()
    assert figures(page) != before
    assert figures(page)[0] == f"{total(console, 'customers'):,}"
    assert figures(page)[2] == f"{total(console, 'purchase'):,}"


def test_a_newer_save_supersedes_the_one_that_waits(console: Console) -> None:
    page = console.page_at(PACKAGE)
    save(page, "ALL_PURCHASES")
    note = page.locator(".note", has_text="Stale")
    note.wait_for()
    first = re.search(r"\(revision (\d+)\)", note.inner_text())
    assert first is not None
    save(page, "EVENT_SERIES")
    note.get_by_text(f"(revision {int(first[1]) + 1})").wait_for()


SETTINGS = "/package_builder/packages/pkg_555/backhaul_evaluation_details"


def test_the_settings_follow_what_another_client_saves(console: Console) -> None:
    page = console.page_at(PACKAGE)
    form = page.get_by_role("form", name="Evaluation settings")
    page.clock.install()
    form.get_by_label("Model").wait_for()
    page.get_by_text("Live", exact=True).wait_for()
    page.clock.run_for(5000)  # what the page reads when its stream opens
    window = {"backhaul_evaluation_model": "EVENT_SERIES", "backhaul_evaluation_attribution_window": 21}
    console.platform("PUT", SETTINGS, window)
    page.get_by_role("img", name=re.compile("The window runs from 2026-09-04 to 2026-09-25")).wait_for()
    assert form.get_by_label("Model").input_value() == "EVENT_SERIES"
    assert form.get_by_label("Window (days)").input_value() == "21"


def test_what_was_entered_stays_if_another_client_saves(console: Console) -> None:
    page = console.page_at(PACKAGE)
    form = page.get_by_role("form", name="Evaluation settings")
    form.get_by_label("Window (days)").fill("14")
    page.get_by_text("Live", exact=True).wait_for()
    window = {"backhaul_evaluation_model": "EVENT_SERIES", "backhaul_evaluation_attribution_window": 21}
    console.platform("PUT", SETTINGS, window)
    form.get_by_text("Another client has saved EVENT_SERIES, 21 days, no email date.").wait_for()
    assert form.get_by_label("Window (days)").input_value() == "14"
    form.get_by_role("button", name="Show them").click()
    form.get_by_text("Another client has saved").wait_for(state="detached")
    assert form.get_by_label("Window (days)").input_value() == "21"


def test_settings_that_a_change_of_the_defaults_left_alone_say_so(console: Console) -> None:
    path = "/partners/partner-id-acme/backhaul_attribution_details"
    page = console.page_at(PACKAGE)
    form = page.get_by_role("form", name="Evaluation settings")
    form.get_by_label("Model").wait_for()
    assert form.get_by_text("than the defaults").count() == 0
    page.get_by_text("Live", exact=True).wait_for()
    defaults = {"backhaul_evaluation_model": "EVENT_SERIES", "backhaul_evaluation_attribution_window": 14}
    console.platform("POST", path, defaults)
    form.get_by_text("Other model and window than the defaults (EVENT_SERIES, 14 days)").wait_for()


def test_a_refused_value_is_explained_below_its_field_in_the_platforms_words(console: Console) -> None:
    page = console.page_at(PACKAGE)
    form = page.get_by_role("form", name="Evaluation settings")
    form.get_by_label("Window (days)").fill("0")
    form.get_by_role("button", name="Save and re-evaluate", exact=True).click()
    error = form.locator(".field-error")
    error.wait_for()
    assert "backhaul_evaluation_attribution_window" in error.inner_text()
    assert form.get_by_label("Window (days)").get_attribute("aria-invalid") == "true"
    assert page.locator(".note", has_text="Stale").count() == 0


def test_the_window_moves_with_the_fields_before_anything_is_saved(console: Console) -> None:
    page = console.page_at(PACKAGE)
    form = page.get_by_role("form", name="Evaluation settings")
    form.get_by_label("Email sent date").fill("2026-08-10")
    form.get_by_label("Window (days)").fill("14")
    page.get_by_role("img", name="The window runs from 2026-08-10 to 2026-08-24, which is not included").wait_for()
    assert total(console, "customers") > 0


def test_a_number_is_explained_by_a_click_and_the_focus_returns(console: Console) -> None:
    page = console.page_at(PACKAGE)
    cell = card(page, "Results").locator("tbody a").first
    cell.click()
    drawer = page.get_by_role("complementary")
    drawer.get_by_text("Counted events").wait_for()
    assert "explain=evaluation" in page.url
    page.keyboard.press("Escape")
    drawer.wait_for(state="detached")
    assert "explain=" not in page.url
    assert cell.evaluate("element => element === document.activeElement")


def test_a_package_that_is_being_built_says_when_its_next_stage_is_due(console: Console) -> None:
    body = {
        "num_packages": 2,
        "n_top_events": 3,
        "event_ids": ["evt_abc123"],
        "package_title": "<img src=x onerror=alert(1)> & <b>bold</b>",
        "targeting_mode": "lookalike",
    }
    made = console.platform("POST", "/package_builder/packages", body)
    page = console.page_at(f"packages/{made['id']}")
    for _ in range(2):
        page.get_by_role("button", name="Advance to next stage").click()
        page.locator(".fired p").wait_for()
    page.locator("h1", has_text="DONE").wait_for()
    assert body["package_title"] in page.locator("h1").inner_text()
    assert page.locator("main img, main b").count() == 0
    card(page, "Results").get_by_text("No results yet.").wait_for()
    save(page, "ALL_PURCHASES")
    note = page.locator(".note", has_text="The first evaluation is due at")
    note.get_by_role("button", name="Advance to result").click()
    note.wait_for(state="detached")
    assert len(figures(page)) == 4


def test_an_evaluation_that_a_fault_made_fail_names_the_rule_and_the_way_out(console: Console) -> None:
    console.control("POST", "/faults", {"id": "no-result", "effect": {"evaluation": {"fails": True}}, "times": 1})
    page = console.page_at(PACKAGE)
    save(page, "ALL_PURCHASES")
    page.get_by_role("button", name="Advance to result").click()
    note = page.locator(".note", has_text="Evaluation failed")
    note.get_by_role("link", name="fault rule no-result").wait_for()
    assert "Save the settings again" in note.inner_text()
    save(page, "ALL_PURCHASES")
    page.locator(".note", has_text="Stale").wait_for()


def test_an_expired_package_points_to_regenerate_and_takes_no_settings(console: Console) -> None:
    console.control("POST", "/clock/advance", {"days": 30})
    page = console.page_at(PACKAGE)
    page.locator(".note", has_text="Expired").get_by_text("Regenerate it").wait_for()
    assert page.get_by_role("button", name="Save and re-evaluate", exact=True).is_disabled()
    assert page.get_by_role("button", name="Regenerate", exact=True).is_enabled()
