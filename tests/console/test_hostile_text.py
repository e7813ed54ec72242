"""Text of the API is never markup: titles, names, paths and reports that are HTML are shown as they are."""

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.console.conftest import USER, Console
from tests.control.example_session import EVENT, PACKAGE, REPORT

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = '<img/src="x"onerror="throw(1)"><b>&amp;'
RUN: dict[str, Any] = dict(json.loads(json.dumps(REPORT["run"])))
SHOWING = (
    "overview",
    "time",
    "traffic",
    "traffic?q=is%3Anear-miss",
    f"events?q={quote(HOSTILE)}",
    "events/evt_hostile",
    "packages",
    "packages/pkg_hostile",
    "packages/pkg_hostile?explain=package%2Fpkg_hostile",
    "partner",
    "faults",
    "snapshots",
    "conformance",
    "conformance/{report}",
    "conformance/{report}/BEV-07",
)


def put_hostile_text(console: Console) -> int:
    """Put the text wherever a client can put text; return the number of a report, which is kept by the server."""
    cluster = {"tc": HOSTILE, "customers": ["cus_box_office_1"]}
    console.control("POST", "/events", {**EVENT, "id": "evt_hostile", "title": HOSTILE, "city": HOSTILE})
    console.control("POST", "/packages", {**PACKAGE, "id": "pkg_hostile", "title": HOSTILE, "clusters": [cluster]})
    console.control("PUT", "/faults", {"rules": [{"match": {"path": f"/{HOSTILE}"}, "effect": {"status": 503}}]})
    console.control("POST", "/points/named", {"name": HOSTILE})
    send_raw(console, f"/event/{HOSTILE}")
    rules = [{"id": "BEV-07", "verdict": "fail", "reason": HOSTILE}]
    run = {**RUN, "target": HOSTILE, "run_id": HOSTILE}
    report = console.server.call("POST", "/_mock/reports", {**REPORT, "run": run, "rules": rules})
    return int(report["id"])


def send_raw(console: Console, path: str) -> None:
    """Send a request to the platform with a path that is not encoded, which a browser would not send."""
    connection = HTTPConnection(console.server.origin.removeprefix("http://"), timeout=30)
    headers = {"authorization": f"Bearer {console.sign_in(USER)['AccessToken']}"}
    connection.request("GET", f"{console.prefix}/api/v3{path}", headers=headers)
    connection.getresponse().read()
    connection.close()


def test_hostile_text_is_shown_as_it_is_on_every_page(console: Console) -> None:
    page = console.page_at("overview")
    report = put_hostile_text(console)
    for address in SHOWING:
        page.evaluate("address => { location.hash = address }", f"#/{address.format(report=report)}")
        page.get_by_text(HOSTILE).locator("visible=true").first.wait_for()
        assert page.locator("img[src=x]").count() == 0, address
    console.server.call("DELETE", f"/_mock/reports/{report}")
    read_hostile_files(page, console)
    name_hostile_workspace(page)


def read_hostile_files(page: "Page", console: Console) -> None:
    """Read files whose names and contents are HTML as snapshots; a server would refuse to restore them."""
    page.evaluate("location.hash = '#/snapshots'")
    chosen = page.get_by_label("Read a snapshot from a file")
    name = HOSTILE.replace("/", " ")
    chosen.set_input_files({"name": name, "mimeType": "application/json", "buffer": b"{}"})
    page.get_by_text(f"{name} is not a snapshot of a workspace.").wait_for()
    saved = {**console.control("GET", "/snapshot"), "documentation": HOSTILE}
    chosen.set_input_files({"name": name, "mimeType": "application/json", "buffer": json.dumps(saved).encode()})
    page.get_by_role("complementary").get_by_text(HOSTILE).first.wait_for()
    page.get_by_role("complementary").get_by_text(name).wait_for()
    assert page.locator("img[src=x]").count() == 0


def name_hostile_workspace(page: "Page") -> None:
    """Ask for a workspace with a name that the server refuses: its words are shown as text."""
    page.evaluate("location.hash = '#/workspaces'")
    form = page.get_by_role("form", name="Create a workspace")
    form.get_by_label("Name").fill(HOSTILE)
    form.get_by_role("button", name="Create", exact=True).click()
    form.locator(".field-error").wait_for()
    assert page.locator("img[src=x]").count() == 0
