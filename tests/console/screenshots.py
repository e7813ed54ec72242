"""Draw the pictures of docs/console: `make screenshots`, or `python -m tests.console.screenshots FOLDER`.

The sample world stands at a fixed time on a frozen clock, so a picture changes only with the page, or with the fonts
and the Chromium of the machine that draws it.
"""

import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server import app
from mock_server.settings import Settings
from tests.console.conftest import CHROMIUM, USER, Server
from tests.mock_harness import running_app

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "console"
NOW = datetime(2026, 9, 12, 8, 0, 12, tzinfo=UTC)
SHOWN_ORIGIN = "http://127.0.0.1:8080"
PACKAGE = "/api/v3/package_builder/packages/pkg_555"
SETTINGS = {"backhaul_evaluation_attribution_window": 30, "backhaul_evaluation_model": "ALL_PURCHASES"}
FAULT = {"match": {"operation": "getPackage", "nth": 2}, "effect": {"status": 503}}
READ = ("/events/?limit=20", "/events/evt_abc123", "/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme")
DAYS = 3
ARGUMENTS = ("--no-sandbox", "--disable-lcd-text", "--disable-font-subpixel-positioning")
MAX_DRAWINGS, PAUSE_MS = 20, 400
RULES = FOLDER.parents[1] / "mock_server" / "console" / "dist" / "rules.json"
RUN = {
    "target": "https://staging.example/api/v3",
    "profile": "full",
    "documentation": "older",
    "seed": 1,
    "requests": 1843,
}
FAILING = ("BEV-04", "BEV-07", "EVT-03", "PKG-05")
REASON = "a purchase on the last day was not counted"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: the name of its file, the address of the page, and what it is drawn with."""

    name: str
    address: str
    width: int = 1280
    height: int = 720
    scheme: str = "light"


PICTURES = (
    Picture("traffic", "traffic"),
    Picture("overview", "overview"),
    Picture("event", "events/evt_abc123"),
    Picture("package", "packages/pkg_555"),
    Picture("partner", "partner"),
    Picture("time", "time"),
    Picture("faults", "faults"),
    Picture("conformance", "conformance/3"),
    Picture("package-dark", "packages/pkg_555?explain=evaluation%2Fpkg_555", height=580, scheme="dark"),
    Picture("package-phone", "packages/pkg_555", width=390, height=720),
)


def main() -> None:
    """Draw the pictures into docs/console, or into another folder."""
    from playwright.sync_api import sync_playwright

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        origin = stack.enter_context(running_app(app.create_app(Settings(clock_mode="frozen", now=NOW))))
        prepare(Server(origin))
        mapping = f"--host-resolver-rules=MAP 127.0.0.1:8080 {origin.removeprefix('http://')}"
        chromium = stack.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, mapping])
        stack.callback(browser.close)
        page = browser.new_page(reduced_motion="reduce")
        page.clock.set_fixed_time(NOW + timedelta(days=DAYS))  # reports show their age by the browser's clock
        sign_in(page)
        for picture in PICTURES:
            draw(page, picture, folder)


def prepare(server: Server) -> None:
    """Do what the pictures show: requests of three days, a fault that struck, settings that wait, reports."""
    for day in range(DAYS):
        read_as_a_client(server)
        if day < DAYS - 1:
            server.call("POST", "/_mock/clock/advance", {"days": 1})
    headers = read_as_a_client(server)
    server.call("PUT", "/_mock/faults", {"rules": [FAULT]})
    for path in ("/api/v3/event/evt_abc123", PACKAGE, PACKAGE):  # a near miss, and the fault
        send(server.origin, path, headers)
    server.call("PUT", f"{PACKAGE}/backhaul_evaluation_details", SETTINGS, headers)
    server.call("GET", f"{PACKAGE}/backhaul_evaluation", None, headers)
    for day in range(DAYS):
        server.call("POST", "/_mock/reports", make_report(day))


def make_report(day: int) -> dict[str, Any]:
    """Return the report of a nightly run on staging. From night to night, fewer rules fail."""
    names = [rule["id"] for rule in json.loads(RULES.read_text(encoding="utf-8"))]
    failing = FAILING[day:]
    rules = [
        {"id": name, "verdict": "fail", "reason": REASON}
        if name in failing
        else {"id": name, "verdict": "pass" if number % 9 else "not applicable", "reason": ""}
        for number, name in enumerate(names)
    ]
    night = f"2026-09-{12 + day}"
    run = {**RUN, "run_id": f"nightly-{night}", "start": f"{night}T02:00:00Z", "end": f"{night}T02:03:40Z"}
    return {"format": "wavetank-result-1", "exit_code": 1, "ended": "", "run": run, "rules": rules, "outcomes": []}


def read_as_a_client(server: Server) -> dict[str, str]:
    """Sign in and read what a partner's page reads; return the headers of the user."""
    tokens = server.call("POST", "/api/v3/auth", {"username": USER, "password": "wavetank"})
    headers = {"authorization": f"Bearer {tokens['AccessToken']}"}
    for path in READ:
        server.call("GET", f"/api/v3{path}", None, headers)
    return headers


def send(origin: str, path: str, headers: dict[str, str]) -> None:
    """Send a request whose response does not matter."""
    connection = HTTPConnection(origin.removeprefix("http://"), timeout=30)
    connection.request("GET", path, headers=headers)
    connection.getresponse().read()
    connection.close()


def sign_in(page: "Page") -> None:
    """Sign in with one click, as on the Overview."""
    page.goto(f"{SHOWN_ORIGIN}/_mock/")
    page.get_by_role("button", name=f"Sign in as {USER}").click()
    page.get_by_text(f"Signed in as {USER}.").wait_for()


def draw(page: "Page", picture: Picture, folder: Path) -> None:
    """Draw one picture, as soon as its page is complete."""
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.emulate_media(color_scheme="dark" if picture.scheme == "dark" else "light")
    page.goto(f"{SHOWN_ORIGIN}/_mock/#/{picture.address}")
    page.reload()
    page.get_by_text("Live", exact=True).wait_for()
    page.locator(".loading").first.wait_for(state="detached")
    (folder / f"{picture.name}.png").write_bytes(draw_until_still(page))


def draw_until_still(page: "Page") -> bytes:
    """Return a picture of the page that equals the one before it."""
    before = b""
    for _ in range(MAX_DRAWINGS):
        drawn = page.screenshot()
        if drawn == before:
            return drawn
        before = drawn
        page.wait_for_timeout(PAUSE_MS)
    raise RuntimeError(f"the page does not come to rest: {page.url}")


if __name__ == "__main__":
    main()
