"""The call of a failure is shown as method, path and status."""

import httpx2
import pytest

from contracts.report.calls import format_call, format_calls, select_calls
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


def test_the_last_calls_of_an_outcome_are_shown_without_its_preparation() -> None:
    calls = [f"curl -sS http://a.example/{name}  # -> 200" for name in ("api/v3/auth", "_mock/clock", "one", "two")]
    calls += ["curl -sS -X PUT http://a.example/auth_details  # -> 500", "curl -sS http://a.example/four  # -> 200"]
    assert select_calls(a_failure("BEV-07", calls=tuple(calls))) == tuple(calls[-3:])
    assert format_calls(a_failure("BEV-07", calls=tuple(calls[:4]))) == "GET /one -> 200, GET /two -> 200"
    assert format_calls(a_failure("BEV-07", calls=tuple(calls[:1]))) == "GET /api/v3/auth -> 200"
    assert format_calls(an_outcome()) == ""


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("GET /events/{event_id}: no header x-request-id", "GET /api/v3/events/evt_1?full=1 -> 200"),
        ("status of PUT /api/v3/events/evt_1", "PUT /api/v3/events/evt_1 -> 500"),
        ("GET /partners/: no header x-request-id", "GET /api/v3/last -> 200"),
    ],
)
def test_the_call_that_the_reason_names_is_shown_alone(reason: str, shown: str) -> None:
    address = "curl -sS {}http://a.example/api/v3/{}  # -> {}"
    calls = [
        address.format("", "events/evt_1?full=1", 200),
        address.format("-X PUT ", "events/evt_1", 500),
        address.format("-X PUT ", "events/evt_1/campaigns", 200),
        address.format("", "last", 200),
    ]
    failure = a_failure("BEV-07", reason=reason, calls=tuple(calls))
    assert format_calls(failure).endswith(shown)
    assert len(select_calls(failure)) == (3 if "partners" in reason else 1)
