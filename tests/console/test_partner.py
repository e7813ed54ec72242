"""The pages of the partner and its packages: what the defaults touch, new packages, merging, and sales brought in."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[str]]
DEFAULTS = "/partners/partner-id-acme/backhaul_attribution_details"


def test_a_change_of_the_defaults_marks_the_packages_that_keep_theirs(console: Console, axe: Axe) -> None:
    page = console.page_at("partner")
    form = page.get_by_role("form", name="Defaults")
    form.get_by_label("Window (days)").fill("400")
    form.get_by_role("button", name="Save the defaults", exact=True).click()
    form.locator(".field-error").wait_for()
    assert "365" in form.locator(".field-error").inner_text()
    assert axe(page) == []
    form.get_by_label("Window (days)").fill("14")
    form.get_by_role("button", name="Save the defaults", exact=True).click()
    page.get_by_text("other window", exact=True).first.wait_for()
    assert console.platform("GET", DEFAULTS)["backhaul_evaluation_attribution_window"] == 14
    assert page.get_by_text("The 4 packages that exist will not be touched").count() == 1
    page.evaluate("location.hash = '#/packages?filter=pkg_555'")
    page.get_by_role("row", name="Munich shows Q3").get_by_text("other window", exact=True).wait_for()


def test_the_model_of_new_events_is_chosen(console: Console) -> None:
    page = console.page_at("partner")
    page.get_by_role("group", name="Attribution model of new events").get_by_role("button", name="EXTERNAL").click()
    page.get_by_text("Saved. New events start with EXTERNAL.").wait_for()
    assert console.platform("GET", "/partners/")["attribution_model_default"] == "EXTERNAL"


def test_a_package_is_created_with_the_defaults_and_errors_stand_at_their_fields(console: Console, axe: Axe) -> None:
    page = console.page_at("packages?new=1")
    form = page.get_by_role("form", name="New package")
    form.get_by_role("button", name="Create", exact=True).click()
    form.locator(".choices .field-error").wait_for()
    assert form.get_by_label("Title").get_attribute("aria-invalid") == "true"
    assert axe(page) == []
    form.get_by_label("Title").fill("Night & day")
    form.get_by_label("Filter the events").fill("Jazz")
    form.get_by_role("checkbox", name="Jazz am Rhein").check()
    form.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_url("**/packages/pkg_*")
    assert console.platform("GET", "/package_builder/packages/")[0]["title"] == "Night & day"


def test_packages_are_merged_and_an_expired_one_is_built_again(console: Console) -> None:
    page = console.page_at("packages")
    page.get_by_label("Choose pkg_556").check()
    page.get_by_role("button", name="Merge 1 package").click()
    page.get_by_role("alert").get_by_text("packages_ids").wait_for()
    page.get_by_label("Choose pkg_555").check()
    page.get_by_role("button", name="Merge 2 packages").click()
    page.get_by_text("Merged pkg_556 and pkg_555 into").wait_for()
    page.get_by_role("button", name="Regenerate pkg_541", exact=True).click()
    page.get_by_text("pkg_541 is built again.").wait_for()
    statuses = {each["id"]: each["status"] for each in console.platform("GET", "/package_builder/packages/")}
    assert statuses["pkg_541"] == "INITIALIZING"
    assert len(statuses) == 5


def test_sales_come_in_and_the_page_says_when_they_show(console: Console, axe: Axe) -> None:
    page = console.page_at("partner", 390, "dark")
    form = page.get_by_role("form", name="Sales of a period")
    form.get_by_label("Event (id)").fill("evt_abc123")
    form.get_by_label("Sold").fill("many")
    form.get_by_role("button", name="Send the summary", exact=True).click()
    form.get_by_text("Enter a whole number.").wait_for()
    assert axe(page) == []
    form.get_by_label("Sold").fill("7")
    form.get_by_label("Revenue").fill("315")
    form.get_by_role("button", name="Send the summary", exact=True).click()
    page.get_by_text("7 tickets accepted. The import is due at").wait_for()
    page.get_by_role("button", name="Advance to it").click()
    page.get_by_text("The import is done.").wait_for()
