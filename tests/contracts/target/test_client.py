"""The strict client sends exactly what it is given, and returns only documented responses."""

from collections.abc import Callable

import httpx2
import pytest

from contracts.spec.openapi import OpenApiSpec, UndocumentedResponseError
from contracts.spec.verdicts import NotApplicableError
from contracts.target.client import Client, Intent, TargetConnection

BASE_URL = "http://127.0.0.1:1/api/v3"
PROMISES = OpenApiSpec.load()
REQUEST_ID_HEADER = {"x-request-id": "r1"}
NOT_FOUND_BODY = {
    "message": "error.event.not_found",
    "error_code": "NOT_FOUND",
    "error_subcode": None,
    "validation_errors": [],
}


class FakeServer:
    """Gives every request the same response, and records the requests."""

    def __init__(self, answer: Callable[[], httpx2.Response]) -> None:
        self.requests: list[httpx2.Request] = []
        self._answer = answer

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self._answer()


class ClosedGate:
    """A gate that allows no request."""

    def before(self, client: Client, intent: Intent) -> None:
        raise NotApplicableError(intent.operation_id)

    def after(self, intent: Intent, answer: httpx2.Response) -> None:
        raise AssertionError("no request should have been sent")


def a_client(
    status: int = 404, body: object = NOT_FOUND_BODY, headers: dict[str, str] = REQUEST_ID_HEADER
) -> tuple[Client, FakeServer]:
    server = FakeServer(lambda: httpx2.Response(status, json=body, headers=headers))
    http = httpx2.Client(transport=httpx2.MockTransport(server))
    return Client(TargetConnection(http, BASE_URL, PROMISES)), server


def test_a_documented_error_response_is_returned() -> None:
    client, _ = a_client()
    assert client.call("getEvent", {"eid": "a"}).status_code == 404


def test_ids_in_a_path_are_encoded_whole() -> None:
    client, wire = a_client()
    client.call("getEvent", {"eid": "a/b ?ü"})
    assert wire.requests[0].url.raw_path == b"/api/v3/events/a%2Fb%20%3F%C3%BC"


def test_lists_in_a_query_repeat_their_key() -> None:
    client, wire = a_client()
    client.call("replaceEventSeries", {"eid": "a"}, {"event_series": ["b", "c d"]})
    assert wire.requests[0].url.query == b"event_series=b&event_series=c+d"


def test_a_raw_request_is_sent_as_it_is_given() -> None:
    client, wire = a_client()
    client.send("GET", "/events/a", query="x=%zz&&", headers={"x-preferred-partner-id": ""}, content=b"{")
    (request,) = wire.requests
    assert (request.url.query, request.headers["x-preferred-partner-id"], request.content) == (b"x=%zz&&", "", b"{")


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (404, {"detail": "Not Found"}, REQUEST_ID_HEADER),
        (404, NOT_FOUND_BODY, {}),
        (418, NOT_FOUND_BODY, REQUEST_ID_HEADER),
        (200, {"id": 7}, REQUEST_ID_HEADER),
        (404, {**NOT_FOUND_BODY, "more": 1}, REQUEST_ID_HEADER),
    ],
    ids=["another form", "no request id", "an undocumented status", "another shape", "a field too many"],
)
def test_what_is_not_promised_is_refused(status: int, body: object, headers: dict[str, str]) -> None:
    client, _ = a_client(status, body, headers)
    with pytest.raises(UndocumentedResponseError):
        client.call("getEvent", {"eid": "a"})
    assert [each.status for each in client.connection.transcript.exchanges()] == [status]


def test_an_unknown_path_that_answers_with_success_is_refused() -> None:
    client, _ = a_client(200, {})
    with pytest.raises(UndocumentedResponseError):
        client.send("GET", "/no/such/path")


def test_a_header_is_replaced_whatever_its_case_and_left_out_by_none() -> None:
    client, _ = a_client()
    one = client.with_headers(x_preferred_partner_id="a", authorization="b")
    assert one.with_headers(X_Preferred_Partner_Id="c", authorization=None).headers == {"x-preferred-partner-id": "c"}
    assert client.headers == {}


def test_what_the_gate_stops_is_not_sent() -> None:
    _, wire = a_client()
    line = TargetConnection(httpx2.Client(transport=httpx2.MockTransport(wire)), BASE_URL, PROMISES, gate=ClosedGate())
    with pytest.raises(NotApplicableError, match="getEvent"):
        Client(line).call("getEvent", {"eid": "a"})
    assert wire.requests == []
