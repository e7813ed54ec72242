"""A run on a target's own data sends few requests: the bounds that the documentation names hold."""

from collections import Counter
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server import app
from mock_server.settings import Settings
from tests.contracts import suite_process
from tests.mock_harness import running_app

MAX_REQUESTS, MAX_ACCEPTED_WRITES, MAX_SIGN_INS = 2_000, 200, 20
MAX_WRITES = 600
SIGN_IN_PATHS = ("/api/v3/auth", "/api/v3/auth/refresh_token")
"""The paths that the documentation limits together. Rule: RATE-01."""
CLOCK_SPEED = 20
OPTIONS = (
    *("--control", "none", "--partner", "partner-id-acme", "--admin-user", "admin@platform.example"),
    *("--second-user", "agency@acme.example", "--second-partner", "partner-id-beta"),
    *("--job-timeout", "evaluation=2", "--job-timeout", "build=8"),
    *("--allow-writes", "partner-id-acme", "--allow-writes", "partner-id-beta", "--no-rate-limits"),
)


class CountingApp:
    """An ASGI application that counts the requests to another one, by kind and by whether they were accepted."""

    def __init__(self, mock: ASGIApp) -> None:
        self._mock = mock
        self.counts: Counter[tuple[str, bool]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.counts[find_kind(scope), message["status"] < 300] += 1
            await send(message)

        await self._mock(scope, receive, count)

    def total(self, kind: str) -> int:
        return self.counts[kind, True] + self.counts[kind, False]


def find_kind(scope: Scope) -> str:
    if scope["path"] in SIGN_IN_PATHS and scope["method"] == "POST":
        return "sign-in"
    return "read" if scope["method"] in ("GET", "HEAD", "OPTIONS") else "write"


@pytest.mark.soak
def test_a_standard_run_stays_within_its_figures(tmp_path: Path) -> None:
    settings = Settings(speed=CLOCK_SPEED)
    counting_app = CountingApp(app.create_app(settings, app.create_workspace(settings)))
    with running_app(counting_app) as origin:
        tried = suite_process.run_contracts(tmp_path, origin, *OPTIONS)
    verdicts = {outcome["verdict"] for outcome in tried.result["outcomes"]}
    assert "pass" in verdicts, tried.out
    assert not verdicts & {"fail", "error", "blocked"}, tried.out
    assert counting_app.total("sign-in") <= MAX_SIGN_INS
    assert counting_app.counts["write", True] <= MAX_ACCEPTED_WRITES
    assert counting_app.total("write") <= MAX_WRITES
    assert sum(map(counting_app.total, ("read", "write", "sign-in"))) <= MAX_REQUESTS
