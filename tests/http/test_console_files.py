"""The console's page and files: which paths have them, their headers, and what a request for them leaves alone."""

import asyncio
import gzip
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from mock_server.console.bundle import CONTENT_TYPES, Bundle, open_bundle
from mock_server.domain.errors import UnknownPathError
from mock_server.http.console_files import ConsoleFiles, prefers_page
from mock_server.http.context import RequestContext
from mock_server.settings import Settings
from tests.builders import a_workspace
from tests.example_requests import EXAMPLES, SETTINGS, SETTINGS_PATH, Example, a_client, example_id
from tests.http.test_origins import FOREIGN_HEADERS, SERVED
from tests.mock_harness import Client
from tests.storage.stored_server import a_stored_server

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PLAIN = {"accept-encoding": "identity"}
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
FILES = ["/_mock/", *(f"/_mock/console/{path}" for path in open_bundle().paths() if path != "index.html")]
OTHERS = (
    "/_mock/console", "/_mock/console/", "/_mock/console/index.html", "/_mock/console/none.js", "/_mock/index.html",
    "/_mock/console/../bundle.py", "/_mock/console/..%2fbundle.py", "/_mock/console/%2e%2e/bundle.py",
    "/_mock/console/../../../../etc/passwd", "/_mock/console/..%5c..%5cbundle.py", "/_mock/console//etc/passwd",
    "/_mock/console/%00", "/_mock/console/./app.js", "/_mock/console/swagger/", "/_mock/console/app.js/",
    "/_mock/console/APP.JS", "/_mock//console/app.js", "/_mock/%63onsole/app.js", "/_mock/console/file:///etc/passwd",
    "/_mock/console/app.js%00.css", "/_mock/console/C:%5Cbundle.py", "/_mock/../_mock/", "/_mock/..",
)  # fmt: skip
"""Paths that are not of the console. Clients would remove some of their dots, so the raw path is sent."""


def read_request_number(client: Client) -> int:
    return int(client.workspace.ids.new_request_id().rpartition("-")[2])


async def call(client: Client, path: str, headers: dict[str, str], method: str = "GET") -> tuple[int, dict[str, str]]:
    """Send a request with exactly this path, and return the status and the headers of its response."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await client.app(scope, receive, send)
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def a_context(path: str, headers: dict[str, str], sent: list) -> RequestContext:
    async def send(message):
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    context = RequestContext({"method": "GET", "path": path, "query_string": b"", "headers": pairs}, None, send)
    context.workspace_prefix = ""
    return context


def serve_from(folder: Path, name: str, headers: dict[str, str] | None = None) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return what answers a request for a file in a folder."""
    sent: list = []
    asyncio.run(ConsoleFiles(Bundle(folder)).send(a_context("/_mock/", headers or {}, sent), name))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.mark.parametrize("prefix", ["", "/w/other"])
def test_each_file_is_served_with_its_type_and_the_headers_that_protect_it(prefix: str) -> None:
    client = a_client()
    client.control("POST", "/workspaces", json={"name": "other"})
    for path in FILES:
        answer = client.send_raw("GET", prefix + path, headers=BROWSER)
        assert answer.status_code == 200
        extension = "html" if path == "/_mock/" else path.rpartition(".")[2]
        assert answer.headers["content-type"] == CONTENT_TYPES[extension]
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-request-id"]
        name = path.removeprefix("/_mock/console/") if path != "/_mock/" else "index.html"
        assert answer.content == open_bundle().read(name).content


def test_a_file_that_the_client_has_is_not_sent_again() -> None:
    client = a_client()
    tag = client.send_raw("GET", "/_mock/").headers["etag"]
    for sent in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        answer = client.send_raw("GET", "/_mock/", headers={"if-none-match": sent})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["content-security-policy"] == POLICY
    assert client.send_raw("GET", "/_mock/", headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize("headers", [PLAIN, {"accept-encoding": "gzip"}])
def test_head_gets_the_headers_of_get(headers: dict[str, str]) -> None:
    client = a_client()
    get, head = (client.send_raw(method, "/_mock/", headers=headers) for method in ("GET", "HEAD"))
    varying = {"x-request-id"}
    assert {k: v for k, v in get.headers.items() if k not in varying} == {
        k: v for k, v in head.headers.items() if k not in varying
    }
    assert (head.status_code, head.content) == (200, b"")


def test_a_long_text_is_compressed_if_the_client_accepts_it(tmp_path: Path) -> None:
    content = b"let x = 1;\n" * 1000
    (tmp_path / "app.js").write_bytes(content)
    for accepted in ("gzip", "deflate, gzip;q=0.5", "*", "GZIP"):
        status, headers, body = serve_from(tmp_path, "app.js", {"accept-encoding": accepted})
        assert (status, headers[b"content-encoding"], gzip.decompress(body)) == (200, b"gzip", content)
        assert int(headers[b"content-length"]) == len(body) < len(content)
        assert headers[b"vary"] == b"accept-encoding"
    for accepted in ("", "identity", "gzip;q=0", "br", "*;q=0", "gzip;q=x"):
        status, headers, body = serve_from(tmp_path, "app.js", {"accept-encoding": accepted})
        assert (status, b"content-encoding" in headers, body) == (200, False, content)
        assert headers[b"vary"] == b"accept-encoding"


def test_a_short_file_and_a_picture_are_not_compressed(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_bytes(b"a{}")
    (tmp_path / "a.png").write_bytes(bytes(5000))
    for name in ("a.css", "a.png"):
        _, headers, _ = serve_from(tmp_path, name, {"accept-encoding": "gzip"})
        assert b"content-encoding" not in headers


def test_other_content_has_another_tag(tmp_path: Path) -> None:
    tags = set()
    for content in (b"a{}", b"b{}"):
        (tmp_path / "a.css").write_bytes(content)
        tags.add(serve_from(tmp_path, "a.css")[1][b"etag"])
    assert len(tags) == 2


def test_only_files_of_known_types_in_the_folder_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    (folder / "swagger").mkdir(parents=True)
    (tmp_path / "outside.js").write_text("")
    for name in ("app.js", "swagger/bundle.js", "notes.md", "data.py", "swagger/.hidden"):
        (folder / name).write_text("")
    listed = Bundle(folder)
    assert sorted(listed.paths()) == ["app.js", "swagger/bundle.js"]
    assert "../outside.js" not in listed


@pytest.mark.parametrize("folder", ["empty", "absent"])
def test_without_the_page_the_error_says_what_is_missing(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnknownPathError) as raised:
        serve_from(tmp_path / folder, "index.html")
    assert "install wavetank again" in raised.value.problems[0].message


@pytest.mark.parametrize("path", OTHERS)
def test_no_other_path_is_served(path: str) -> None:
    client = a_client()
    for headers in (BROWSER, {}):
        for prefix in ("", "/w/..%2f.."):
            status, sent = asyncio.run(call(client, prefix + path, headers))
            assert (status, sent["content-type"]) == (404, "application/json")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_page_is_only_read(method: str) -> None:
    for path in ("/_mock/", "/", "/_mock"):
        answer = a_client().send_raw(method, path, headers=BROWSER)
        assert answer.status_code in (404, 405)


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", "/_mock/"), ("/_mock", "/_mock/"), ("/w/other", "/w/other/_mock/"), ("/w/other/", "/w/other/_mock/"),
        ("/w/other/_mock", "/w/other/_mock/"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_is_sent_to_the_page(path: str, page: str, method: str) -> None:
    client = a_client()
    client.control("POST", "/workspaces", json={"name": "other"})
    answer = client.send_raw(method, path, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (307, page)


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (BROWSER["accept"], True), ("text/html", True), ("TEXT/HTML; q=0.9, */*;q=0.1", True), ("*/*", False),
        ("application/json", False), ("", False), ("application/json, text/html;q=0.5", False),
        ("text/html, application/json", False), ("text/html;q=0", False), ("text/html;q=x", False),
        ("text/html, application/*", False), ("text/*", False),
    ],
)  # fmt: skip
def test_who_prefers_the_page(accept: str, is_page: bool) -> None:
    assert prefers_page(accept.encode()) is is_page


@pytest.mark.parametrize("accept", ["application/json", "*/*", ""])
def test_any_other_client_gets_the_error_at_the_root(accept: str) -> None:
    client = a_client()
    for headers in ({"accept": accept}, {"accept": accept, "origin": "http://evil.example"}):
        answer = client.send_raw("GET", "/", headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")
    assert [entry["path"] for entry in client.control("GET", "/journal").json()] == ["/api/v3/auth", "/", "/"]


def test_a_mounted_server_redirects_to_its_own_page() -> None:
    outer = FastAPI()
    client = a_client()
    outer.mount("/mounted", client.app)
    client.app = outer  # type: ignore[assignment]  # the same server behind a mount
    answer = client.send_raw("GET", "/mounted/_mock", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (307, "/mounted/_mock/")
    assert client.send_raw("GET", "/mounted/_mock/").status_code == 200


def test_a_request_for_the_console_does_not_act_on_the_workspace() -> None:
    """The due evaluation waits for another request, nothing is recorded, and a busy workspace is no reason to wait."""
    client = a_client()
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    workspace = client.workspace
    entries, number = len(workspace.journal), read_request_number(client)
    workspace.clock.set(workspace.jobs.next_due())
    workspace.turn.hold()
    for path in [*FILES, "/", "/_mock"]:
        assert client.send_raw("GET", path, headers=BROWSER).status_code in (200, 307)
    workspace.turn.release()
    assert workspace.has_due(workspace.clock.now())
    assert len(workspace.journal) == entries
    assert read_request_number(client) == number + 1


@pytest.mark.parametrize("token", ["s3cret", None])
def test_beyond_loopback_the_page_needs_no_token_but_the_control_api_does(token: str | None) -> None:
    client = Client(a_workspace(), Settings(host="0.0.0.0", control_token=token))
    for path in FILES:
        assert client.send_raw("GET", path).status_code == 200
    for path in ("/_mock/status", "/_mock/console/none.js", "/_mock/openapi.json", "/_mock/stream"):
        assert client.send_raw("GET", path).status_code == 403
    for path in FILES:
        assert client.send_raw("POST", path).status_code == 403


def test_the_page_of_an_unknown_workspace_is_404() -> None:
    client = a_client()
    for path in ("/_mock/", "/_mock", "/", *(FILES[1:])):
        answer = client.send_raw("GET", f"/w/none{path}", headers=BROWSER)
        assert (answer.status_code, answer.json()["message"]) == (404, "error.workspace.not_found")
        assert answer.headers["x-request-id"]


def test_with_a_database_the_pages_are_those_of_its_workspaces(tmp_path: Path) -> None:
    with a_stored_server(tmp_path / "state.db") as server:
        server.send("POST", "/_mock/workspaces", {"name": "other"})
        server.send("POST", "/_mock/clock/advance", {"days": 1})
        for target, status in (
            ("/_mock/", 200),
            ("/w/other/_mock/", 200),
            ("/w/none/_mock/", 404),
            ("/w/%00/_mock/", 404),
        ):
            assert server.send("GET", target).status == status


def test_another_name_of_the_server_is_refused() -> None:
    client = a_client()
    for path in [*FILES, "/", "/_mock"]:
        assert client.send_raw("GET", SERVED + path, headers=BROWSER | {"host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("example", EXAMPLES, ids=example_id)
def test_the_page_may_call_the_platform(example: Example) -> None:
    """The browser sends the origin of the page with each call, and the answers are those of any other client."""
    own = {"origin": "http://mock", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "host": "mock"}
    expected = example.send(a_client())
    page = a_client()
    page.headers |= own
    answer = example.send(page)
    assert (answer.status_code, answer.content) == (expected.status_code, expected.content)


def test_no_answer_lets_another_page_read_it() -> None:
    client = a_client()
    for path in (*FILES, "/_mock/status", "/api/v3/events/"):
        for headers in FOREIGN_HEADERS.values():
            answer = client.send_raw("GET", SERVED + path, headers=headers)
            assert "access-control-allow-origin" not in answer.headers


def test_nothing_of_the_console_is_imported_until_it_is_asked_for() -> None:
    script = """
import sys
from mock_server import app
from mock_server.settings import Settings
from tests.mock_harness import Client
from tests.storage.stored_server import a_stored_server
def loaded():
    return sorted(name for name in sys.modules if "console" in name and name.startswith("mock_server"))
client = Client()
client.sign_in().send("GET", "/events/")
client.control("GET", "/status")
print(loaded())
client.control("GET", "/")
print(loaded())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == "[]"
    assert second == "['mock_server.console', 'mock_server.console.bundle', 'mock_server.http.console_files']"


def test_the_page_names_only_files_of_its_own() -> None:
    """Relative addresses work in every workspace and behind a mount, and the policy allows nothing else."""
    page = httpx2.Response(200, content=open_bundle().read("index.html").content).text
    for address in re.findall(r"""(?:src|href)=["']?([^"'\s>]+)""", page):
        assert not address.startswith(("/", "http:", "https:", "//")), address
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son\w+=", page)
