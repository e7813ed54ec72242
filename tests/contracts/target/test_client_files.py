"""The strict client returns documented files unchanged, and accepts no other response as a file."""

from collections.abc import Mapping

import httpx2
import pytest

from contracts.dsl.spreadsheets import XLSX, build_csv, build_xlsx, parse_csv, parse_xlsx
from contracts.spec.openapi import OpenApiSpec, UndocumentedResponseError
from contracts.target.client import Client, TargetConnection
from contracts.target.forms import FORM_HEADER, FormFile

PROMISES = OpenApiSpec.load()
FILE_HEADERS = {"content-disposition": 'attachment; filename="sales.csv"'}
REFUSAL = b'{"message":"error.event.not_found","error_code":"NOT_FOUND","error_subcode":null,"validation_errors":[]}'


def a_client_answering(status: int, headers: Mapping[str, str], content: bytes) -> Client:
    """Return a client whose server gives every request the same response."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers={"x-request-id": "1", **headers}, content=content)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Client(TargetConnection(http, "http://mock/api/v3", PROMISES))


@pytest.mark.parametrize("kind", ["text/csv; charset=utf-8", "text/csv", XLSX])
def test_a_file_that_is_promised_is_given_as_it_is(kind: str) -> None:
    client = a_client_answering(200, {**FILE_HEADERS, "content-type": kind}, b"\x00PK no JSON")
    assert client.call("exportSalesEdit", query={"event_id": "evt_1"}).content == b"\x00PK no JSON"


@pytest.mark.parametrize(
    ("status", "headers", "content", "why"),
    [
        pytest.param(
            200, {"content-type": "text/csv"}, b"date", "no header Content-Disposition", id="without a file name"
        ),
        pytest.param(
            200, {**FILE_HEADERS, "content-type": "text/plain"}, b"1", "another type of content", id="another type"
        ),
        pytest.param(404, {"content-type": "text/csv"}, b"date", "another type of content", id="an error as a file"),
        pytest.param(404, {"content-type": "application/json"}, b"{}", "is missing", id="an error with another body"),
    ],
)
def test_what_is_not_promised_is_refused(status: int, headers: Mapping[str, str], content: bytes, why: str) -> None:
    with pytest.raises(UndocumentedResponseError, match=why):
        a_client_answering(status, headers, content).call("exportSalesEdit", query={"event_id": "evt_1"})


def test_a_refusal_of_an_export_is_read_as_json() -> None:
    client = a_client_answering(404, {"content-type": "application/json"}, REFUSAL)
    assert client.call("exportSalesEdit", query={"event_id": "none"}).status_code == 404


def test_an_operation_that_gives_no_file_is_not_answered_with_one() -> None:
    with pytest.raises(UndocumentedResponseError):
        a_client_answering(200, {"content-type": "text/csv"}, b"a,b").call("getPartner")


def test_bytes_are_sent_as_csv() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, headers={"x-request-id": "1"}, json={"changed": 0, "validation_errors": []})

    client = Client(
        TargetConnection(httpx2.Client(transport=httpx2.MockTransport(answer)), "http://mock/api/v3", PROMISES)
    )
    client.call("uploadSalesEdit", query={"event_id": "evt_1"}, body=build_csv())
    assert (seen[0].headers["content-type"], seen[0].content) == ("text/csv", b"date,purchases,revenue\r\n")


def test_a_form_file_is_sent_as_multipart() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, headers={"x-request-id": "1"}, json={"changed": 0, "validation_errors": []})

    client = Client(
        TargetConnection(httpx2.Client(transport=httpx2.MockTransport(answer)), "http://mock/api/v3", PROMISES)
    )
    client.call("uploadSalesEdit", query={"event_id": "evt_1"}, body=FormFile(b"a,b", "text/csv", "sales.csv"))
    boundary = FORM_HEADER.partition("boundary=")[2]
    assert seen[0].headers["content-type"] == FORM_HEADER
    assert seen[0].content.decode().split("\r\n") == [
        f"--{boundary}",
        'Content-Disposition: form-data; name="file"; filename="sales.csv"',
        "Content-Type: text/csv",
        "",
        "a,b",
        f"--{boundary}--",
        "",
    ]


def test_sheets_are_read_as_they_were_written() -> None:
    assert parse_csv(build_csv(("2026-08-01", 1, "0.1"))) == [
        ["date", "purchases", "revenue"],
        ["2026-08-01", "1", "0.1"],
    ]
    assert parse_xlsx(build_xlsx(("2026-08-01", 1, 0.1))) == [["date", "purchases", "revenue"], ["2026-08-01", 1, 0.1]]
