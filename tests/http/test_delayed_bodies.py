"""A request takes effect only when its body is complete, at the time that the clock shows then."""

import asyncio
import json
from typing import Any

import pytest

from tests.example_requests import SETTINGS, SETTINGS_PATH, a_client
from tests.mock_harness import Client


class DelayedBodyRequest:
    """A request whose headers have been sent, but whose body has not."""

    def __init__(self, client: Client, method: str, path: str, body: dict[str, Any]) -> None:
        self._content = json.dumps(body).encode()
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent_messages: list[dict[str, Any]] = []
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self._content)).encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in client.headers.items()]
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
        self._response_task = asyncio.ensure_future(
            client.app({**scope, "headers": headers, "client": ("127.0.0.1", 1)}, self._messages.get, self._send)
        )

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent_messages.append(message)

    async def send_body(self) -> tuple[int, Any]:
        """Send the body; return the status and the JSON of the response."""
        self._messages.put_nowait({"type": "http.request", "body": self._content, "more_body": False})
        await self._response_task
        return self.sent_messages[0]["status"], json.loads(self.sent_messages[1]["body"])


@pytest.fixture
def client() -> Client:
    return a_client()


def request_with_delayed_body(
    client: Client, method: str, path: str, body: dict[str, Any], span: dict[str, Any] | None = None
) -> tuple[int, Any]:
    """Advance the clock or reset the workspace before a request's body is sent, and return the request's response."""

    async def run_both() -> tuple[int, Any]:
        request = DelayedBodyRequest(client, method, path, body)
        await asyncio.sleep(0)  # noqa: TID251 - lets the request begin; no time passes
        change_path, change_body = ("/_mock/reset", {}) if span is None else ("/_mock/clock/advance", span)
        assert (await DelayedBodyRequest(client, "POST", change_path, change_body).send_body())[0] == 200
        return await request.send_body()

    return asyncio.run(run_both())


def test_the_clock_never_goes_back(client: Client) -> None:
    status, moved = request_with_delayed_body(client, "POST", "/_mock/clock/advance", {"minutes": 1}, {"days": 10})
    assert (status, moved["now"]) == (200, "2026-09-11T12:01:00Z")
    assert client.control("GET", "/clock").json()["now"] == "2026-09-11T12:01:00Z"


def test_an_evaluation_is_due_after_the_settings_were_saved(client: Client) -> None:
    status, _ = request_with_delayed_body(client, "PUT", f"/api/v3{SETTINGS_PATH}", SETTINGS, {"minutes": 5})
    assert status == 200
    pending = [job for job in client.control("GET", "/jobs").json() if job["state"] == "pending"]
    assert "2026-09-01T12:05:02Z" in [job["due"] for job in pending if job["kind"] == "evaluation"]


def test_the_journal_records_the_time_the_request_took_effect(client: Client) -> None:
    request_with_delayed_body(client, "PUT", f"/api/v3{SETTINGS_PATH}", SETTINGS, {"minutes": 5})
    entries = client.control("GET", "/journal").json()
    assert [entry["at"] for entry in entries if entry["operation"] == "replaceEvaluationSettings"] == [
        "2026-09-01T12:05:00Z"
    ]


def test_a_token_from_before_a_reset_is_refused_even_if_headers_came_first(client: Client) -> None:
    status, refusal = request_with_delayed_body(client, "PUT", f"/api/v3{SETTINGS_PATH}", SETTINGS)
    assert (status, refusal["message"]) == (401, "error.auth.token_invalid")


def test_a_sign_in_completed_after_a_reset_gives_a_valid_token(client: Client) -> None:
    credentials = {"username": "partner@acme.example", "password": "wavetank"}
    status, tokens = request_with_delayed_body(client, "POST", "/api/v3/auth", credentials)
    client.headers = {"Authorization": f"Bearer {tokens['AccessToken']}"}
    assert (status, client.send("GET", "/partners/").status_code) == (200, 200)


def test_a_delayed_request_is_the_new_journals_first_entry(
    client: Client,
) -> None:
    client.send("GET", "/partners/")
    request_with_delayed_body(client, "PUT", f"/api/v3{SETTINGS_PATH}", SETTINGS)
    entries = client.control("GET", "/journal").json()
    assert [(entry["number"], entry["response"]["status"]) for entry in entries] == [(1, 401)]
