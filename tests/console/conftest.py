"""Opens the console's pages in a browser: one server and one browser for all tests, a workspace for each test."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.mock_harness import running_app

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

APP = Path(__file__).resolve().parents[2] / "mock_server" / "console" / "app"
CHROMIUM = os.environ.get("WAVETANK_CHROMIUM") or shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
AXE = APP / "node_modules" / "axe-core" / "axe.min.js"
USER = "partner@acme.example"
ARGUMENTS = ["--no-sandbox", "--process-per-site", "--disable-gpu", "--in-process-gpu"]
PATIENCE_MS = 60_000
"""How long a step may take at most. It bounds a hanging test; no test measures time by it."""


@dataclass
class Server:
    """A running mock, and calls to it beside the browser."""

    origin: str

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Send a request; return the JSON of the response."""
        host = self.origin.removeprefix("http://")
        connection = HTTPConnection(host, timeout=30)
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"content-type": "application/json", **(headers or {})})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        assert response.status < 400, (method, path, response.status, text)
        return json.loads(text) if text else None


@dataclass
class Console:
    """A workspace of its own, and its console in the browser."""

    server: Server
    workspace: str
    _open: Callable[..., "Page"]

    @property
    def prefix(self) -> str:
        """The prefix of the workspace's paths."""
        return f"/w/{self.workspace}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to the workspace's control API."""
        return self.server.call(method, f"{self.prefix}/_mock{path}", body)

    def platform(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to the workspace's platform API, as the usual user."""
        headers = {"authorization": f"Bearer {self.sign_in(USER)['AccessToken']}"}
        return self.server.call(method, f"{self.prefix}/api/v3{path}", body, headers)

    def sign_in(self, user: str) -> Any:
        """Sign a user in without the browser, and return the tokens."""
        return self.server.call("POST", f"{self.prefix}/api/v3/auth", {"username": user, "password": "wavetank"})

    def page_at(self, fragment: str, width: int = 1440, scheme: str = "light", user: str | None = USER) -> "Page":
        """Open a page, such as `packages/pkg_555`, signed in as the user unless `user` is None."""
        return self._open(self, fragment, width, scheme, user)


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """One server with the sample world and a frozen clock."""
    settings = Settings(clock_mode="frozen", now=datetime(2026, 9, 14, 8, 0, 12, tzinfo=UTC))
    with running_app(app.create_app(settings)) as origin:
        yield Server(origin)


@pytest.fixture(scope="package")
def browser() -> Iterator["BrowserContext"]:
    """One browser, and one context of it, for all tests: pages of one process start faster than processes."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[browser]'")
    if shutil.which(CHROMIUM) is None:
        pytest.skip("needs Chromium, which .ci/run installs (apt-get install chromium-headless-shell)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        yield context
        browser.close()


@pytest.fixture
def console(server: Server, browser: "BrowserContext") -> Iterator[Console]:
    """The console of a new workspace. Afterwards, no page may have reported an error."""
    workspace = server.call("POST", "/_mock/workspaces", {"mode": "frozen"})["name"]
    failures: list[str] = []

    def open_page(console: Console, fragment: str, width: int, scheme: str, user: str | None) -> "Page":
        page = browser.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda message: _note(failures, message))
        if user is not None:
            page.add_init_script(_session_script(console, user))
        page.goto(f"{server.origin}{console.prefix}/_mock/#/{fragment}")
        return page

    yield Console(server, workspace, open_page)
    for page in browser.pages:
        page.close()
    server.call("DELETE", f"/_mock/workspaces/{workspace}")
    assert failures == []


def _session_script(console: Console, user: str) -> str:
    """Return a script that puts a session where the app keeps it, unless the page has one already."""
    tokens = console.sign_in(user)
    partner = "partner-id-acme"
    session = {
        "username": user,
        "accessToken": tokens["AccessToken"],
        "refreshToken": tokens["RefreshToken"],
        "partners": [partner],
        "admin": False,
        "partner": partner,
    }
    key = f"wavetank:session:{console.workspace}"
    return f"sessionStorage[{json.dumps(key)}] ??= {json.dumps(json.dumps(session))}"


def _note(failures: list[str], message: Any) -> None:
    """Note what violates the content security policy; refused requests are part of some tests."""
    if message.type == "error" and "Content Security Policy" in message.text:
        failures.append(message.text)


def sign_in(page: "Page", user: str) -> None:
    """Sign in by the form, as a user does."""
    page.get_by_role("banner").get_by_role("button", name="Sign in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User").fill(user)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    dialog.wait_for(state="detached")


def wait_for_route(page: "Page", asked: list["Route"], number: int) -> "Route":
    """Wait until the page has made so many of the requests that a route holds, and return the last of them."""
    for _ in range(10_000):
        if len(asked) >= number:
            break
        page.evaluate("new Promise(requestAnimationFrame)")
    return asked[number - 1]


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """Return a function that runs axe-core on a page, with all rules or those named, and lists what it finds."""
    if not AXE.exists():
        pytest.skip("needs axe-core, which .ci/run installs (npm ci --prefix mock_server/console/app)")
    script = AXE.read_text(encoding="utf-8")

    def run(page: "Page", *rules: str) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        options: dict[str, Any] = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
        found = page.evaluate("options => axe.run(document, options)", options)
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]

    return run
