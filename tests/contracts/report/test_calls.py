"""The call of a failure is shown as method, path and status."""

import httpx2
import pytest

from contracts.report.calls import format_call, last_call
from contracts.spec.transcript import Transcript
from tests.contracts.results.result_builders import a_failure, an_outcome

BASE = "https://staging.example/api/v3"


@pytest.mark.parametrize(
    ("request_", "status", "shown"),
    [
        (httpx2.Request("GET", f"{BASE}/events/"), 200, "GET /api/v3/events/ -> 200"),
        (httpx2.Request("GET", f"{BASE}/events/?city=A&city=B"), 400, "GET /api/v3/events/?city=A&city=B -> 400"),
        (
            httpx2.Request("POST", f"{BASE}/auth/login", content=b'{"a": "# -> 1"}'),
            201,
            "POST /api/v3/auth/login -> 201",
        ),
        (httpx2.Request("PUT", f"{BASE}/x", headers={"authorization": "Bearer s"}), 409, "PUT /api/v3/x -> 409"),
        (httpx2.Request("DELETE", f"{BASE}/x"), None, "DELETE /api/v3/x -> no response"),
    ],
)
def test_a_command_is_shown_as_its_call(request_: httpx2.Request, status: int | None, shown: str) -> None:
    transcript = Transcript()
    transcript.add(request_, None if status is None else httpx2.Response(status, request=request_))
    assert format_call(transcript.exchanges()[0].to_curl()) == shown


@pytest.mark.parametrize("text", ["no command", "curl 'unfinished", "\x00"])
def test_what_is_no_command_is_shown_as_it_is(text: str) -> None:
    assert format_call(text) == text.replace("\x00", "\\x00")


def test_the_last_call_of_an_outcome_is_shown() -> None:
    calls = ("curl -sS http://a.example/one  # -> 200", "curl -sS -X PUT http://a.example/two  # -> 500")
    assert last_call(a_failure("BEV-07", calls=calls)) == "PUT /two -> 500"
    assert last_call(an_outcome()) == ""
