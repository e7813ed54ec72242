"""Uploaded files may have 16 MiB, and their memory is bounded. Rules: BASE-09, SED-05, ING-07."""

import tracemalloc
from collections.abc import AsyncIterator

import httpx2
import pytest

from mock_server import app
from mock_server.http import request_body, spreadsheets
from mock_server.http.media_types import CSV, FORM, XLSX
from mock_server.settings import Settings
from tests.mock_harness import Client

MIB = 2**20
SALES = "/daily_revenue_summary/sales_edit_export?event_id=evt_abc123"
TICKETS = "/ingest/transaction_summary/from_excel?eid=evt_abc123"
SHEETS = {SALES: b"date,purchases,revenue\r\n2026-08-01,4,1.5\r\n", TICKETS: b"type,sold,revenue\r\nParkett,4,1.5\r\n"}
FORM_TYPE = f"{FORM}; boundary=limit"
PART = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
END = b"\r\n--limit--\r\n"


def build_client(settings: Settings | None = None) -> Client:
    """Return a client that has signed in."""
    return Client(app.create_workspace(settings or Settings()), settings).sign_in()


def build_form(file: bytes, size: int) -> bytes:
    """Return a form of this size. Its file is padded with lines of spaces."""
    lines = b"".join([b" " * 998 + b"\r\n"] * ((size - len(file) - 400) // 1_000))
    form = PART + file + lines
    return form + b" " * (size - len(form) - len(END)) + END


async def stream(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), MIB):
        yield content[start : start + MIB]


def send(client: Client, target: str, content: bytes, media_type: str, *, in_parts: bool = False) -> httpx2.Response:
    body = stream(content) if in_parts else content
    return client.send("POST", target, content=body, headers={"content-type": media_type})


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of a workspace that has computed the event's days, which is long work, too."""
    client = build_client()
    assert send(client, SALES, build_form(SHEETS[SALES], 2_000), FORM_TYPE).status_code == 200
    return client


@pytest.mark.parametrize("in_parts", [False, True], ids=["with a length", "in parts"])
@pytest.mark.parametrize("target", SHEETS)
def test_a_form_of_16_mib_is_read_and_a_larger_one_is_413(client: Client, target: str, in_parts: bool) -> None:
    read = send(client, target, build_form(SHEETS[target], 16 * MIB), FORM_TYPE, in_parts=in_parts)
    assert (read.status_code, read.json()["validation_errors"]) == (200, [])
    larger = send(client, target, build_form(SHEETS[target], 16 * MIB + 1), FORM_TYPE, in_parts=in_parts)
    assert (larger.status_code, larger.json()["message"]) == (413, "error.request.too_large")
    assert request_body.HELD_BODIES.size == 0


@pytest.mark.parametrize("media_type", [CSV, XLSX, FORM_TYPE])
@pytest.mark.parametrize("target", SHEETS)
def test_the_limit_is_that_of_the_type_of_the_body(client: Client, target: str, media_type: str) -> None:
    accepted = target == SALES or media_type == FORM_TYPE
    assert send(client, target, b" " * (MIB + 1), media_type).status_code == (400 if accepted else 413)
    assert send(client, target, b" " * (16 * MIB + 1), media_type).status_code == 413


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "text/csv; charset=latin-1", ""])
@pytest.mark.parametrize("target", SHEETS)
def test_a_body_of_another_type_may_have_1_mib(client: Client, target: str, media_type: str) -> None:
    assert send(client, target, b" " * MIB, media_type).status_code == 415
    assert send(client, target, b" " * (MIB + 1), media_type).status_code == 413


@pytest.mark.parametrize("target", SHEETS)
def test_the_size_of_a_file_can_be_set(target: str) -> None:
    client = build_client(Settings(max_file_bytes=2 * MIB))
    assert send(client, target, build_form(SHEETS[target], 2 * MIB), FORM_TYPE).status_code == 200
    assert send(client, target, build_form(SHEETS[target], 2 * MIB + 1), FORM_TYPE).status_code == 413


def test_without_a_token_the_body_of_a_file_is_not_read() -> None:
    client, parts_read = Client(), 0

    async def count_parts() -> AsyncIterator[bytes]:
        nonlocal parts_read
        async for part in stream(build_form(SHEETS[SALES], 16 * MIB)):
            parts_read += 1
            yield part

    headers = {"content-type": FORM_TYPE}
    assert client.send("POST", SALES, content=count_parts(), headers=headers).status_code == 401
    assert parts_read == 0


LARGE_FORMS = {
    "rows": build_form(SHEETS[SALES] * 2, 16 * MIB),
    "one cell": PART + b"x" * (16 * MIB - 500) + END,
    "cells": PART + (b"," * 120_000 + b"\r\n") * 138 + END,
    "other scripts": PART + ("\U0001f600" * 30_000 + "\r\n").encode() * 138 + END,
    "fields": b"".join(PART + b"x" * 160_000 + b"\r\n" for _ in range(100)) + END[2:],
}


@pytest.mark.parametrize("content", LARGE_FORMS.values(), ids=LARGE_FORMS)
def test_an_upload_takes_at_most_five_times_its_size_in_memory(client: Client, content: bytes) -> None:
    """Of these, the test's own client takes one."""
    tracemalloc.start()
    try:
        answer = send(client, SALES, content, FORM_TYPE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code < 500
    assert peak <= 5 * 16 * MIB


def test_a_large_file_is_parsed_in_pieces(client: Client) -> None:
    """Other workspaces are answered after each piece."""
    file = b"date,purchases,revenue\r\n" + b"".join([b"2026-08-01,1%s,2\r\n" % (b" " * 4_000)] * 4_000)
    turn = client.workspace.turn
    passes = turn.passes
    assert send(client, SALES, PART + file + END, FORM_TYPE).status_code == 200
    assert turn.passes == passes + 1
    assert max(spreadsheets.parse_sheet.steps(spreadsheets.File(CSV, file), 4_000)) <= 500
