"""Serves blocks of requests for `bench.beside`, with the `mock_server` of any commit.

python bench/beside_worker.py FOLDER

FOLDER contains the package. This file imports only what every commit has. It reads lines `CASE COUNT` from its standard
input, and answers each with the CPU seconds that the application took for so many requests. Its first line is the CPU
seconds until the application existed.
"""

import asyncio
import gc
import inspect
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

RESULTS = "eid=evt_abc123&partner_id=partner-id-acme"
PACKAGE = "/package_builder/packages/pkg_555/backhaul_evaluation_details"
SETTINGS = (
    b'{"backhaul_evaluation_attribution_window":30,"backhaul_evaluation_model":"EVENTS_FROM_PACKAGE",'
    b'"email_sent_date":"2026-09-01"}'
)
CASES = {
    "status": ("GET", "/status/", "", b""),
    "events": ("GET", "/events/", "limit=5", b""),
    "results": ("GET", "/campaign_results/", RESULTS, b""),
    "revenue": ("GET", "/daily_revenue_summary/", "event_id=evt_abc123&start_date=2026-08-26&end_date=2026-11-23", b""),
    "PUT settings": ("PUT", PACKAGE, "", SETTINGS),
}
JOURNAL_CAPACITY = 1000
"""After so many requests the journal is full, as it is most of the time."""
CREDENTIALS = b'{"username":"partner@acme.example","password":"wavetank"}'
HEADERS = (
    (b"host", b"127.0.0.1:8080"),
    (b"user-agent", b"python-requests/2.32.3"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"accept", b"*/*"),
    (b"connection", b"keep-alive"),
)


class Worker:
    """An application with a clock that stands still, and a client that is signed in."""

    def __init__(self) -> None:
        from mock_server.app import create_app
        from mock_server.settings import Settings

        names = inspect.signature(Settings).parameters
        mode = {"clock_mode" if "clock_mode" in names else "clock": "frozen"}
        self._app: Any = create_app(Settings(now=datetime(2026, 11, 23, 9, tzinfo=UTC), **mode))
        self._authorization: tuple[tuple[bytes, bytes], ...] = ()

    async def sign_in(self) -> None:
        """Sign in, and send the token with each later request."""
        answer = await self._send(self._scope("POST", "/auth", "", CREDENTIALS), CREDENTIALS)
        token = json.loads(answer[1]["body"])["AccessToken"]
        self._authorization = ((b"authorization", f"Bearer {token}".encode()),)

    async def run(self, case: str, count: int) -> float:
        """Return the CPU seconds of so many requests. What the server would make for each is made before."""
        method, path, query, body = CASES[case]
        scopes = [self._scope(method, path, query, body) for _ in range(count)]
        answer = await self._send(scopes[0], body)
        if answer[0]["status"] != 200:
            raise SystemExit(f"{case}: {answer}")

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: object) -> None:
            pass

        app = self._app
        gc.collect()
        begin = time.process_time()
        for scope in scopes:
            await app(scope, receive, send)
        return time.process_time() - begin

    async def _send(self, scope: dict[str, Any], body: bytes) -> list[Any]:
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: object) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        return messages

    def _scope(self, method: str, path: str, query: str, body: bytes) -> dict[str, Any]:
        content = ((b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")) if body else ()
        headers = (*HEADERS, *self._authorization, *content)
        path = f"/api/v3{path}"
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(bytes(bytearray(name)), bytes(bytearray(value))) for name, value in headers],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8080),
            "state": {},
        }


async def serve() -> None:
    """Answer the lines of the standard input."""
    worker = Worker()
    sys.stdout.write(f"{time.process_time()}\n")
    await worker.sign_in()
    await worker.run("status", JOURNAL_CAPACITY)
    for line in sys.stdin:
        case, _, count = line.strip().rpartition(" ")
        sys.stdout.write(f"{await worker.run(case, int(count))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path[0] = sys.argv[1]
    asyncio.run(serve())
