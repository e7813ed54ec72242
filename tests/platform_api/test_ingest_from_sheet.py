"""Transaction summaries from a spreadsheet. Rule: ING-07."""

import io

import pytest
from openpyxl import Workbook

from tests.example_requests import ROWS_PATH, a_client, advance_and_sign_in, sorted_error_fields

PATH = "/ingest/transaction_summary/from_excel?eid=evt_1"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TODAY = "2026-09-01"


def send_file(client, content, filename="tickets.csv", kind="text/csv", path=PATH):
    return client.send("POST", path, files={"file": (filename, content, kind)})


def sheet(*lines, columns="type,sold,revenue"):
    return "\n".join([columns, *lines]).encode()


def workbook(*rows):
    book, buffer = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(buffer)
    return buffer.getvalue()


def manual_rows(client):
    rows = advance_and_sign_in(client, seconds=2).send("GET", ROWS_PATH).json()
    imported = [row for row in rows if row["id"] != "cr_acme" and row["source"] == "manual"]
    return [(row["created_at"][:10], row["purchase"], row["revenue"]) for row in reversed(imported)]


def test_the_rows_are_a_summary_of_the_current_day():
    client = a_client()
    answer = send_file(client, sheet("Parkett,12,540.5", "Balkon,3,0"))
    tickets = [{"type": "Parkett", "sold": 12, "revenue": 540.5}, {"type": "Balkon", "sold": 3, "revenue": 0}]
    record = {"eid": "evt_1", "from": TODAY, "to": TODAY, "tickets": tickets}
    assert (answer.status_code, answer.json()) == (200, {**record, "validation_errors": []})
    assert manual_rows(client) == [(TODAY, 15, 540.5)]


def test_a_workbook_is_read_with_its_own_types():
    client = a_client()
    content = workbook(("type", "sold", "revenue"), (1, 12.0, 540.5), (), ("Balkon", 3, "0.25"))
    answer = send_file(client, content, "tickets.xlsx", XLSX)
    assert [entry["type"] for entry in answer.json()["tickets"]] == ["1", "Balkon"]
    assert manual_rows(client) == [(TODAY, 15, 540.75)]


def test_rows_of_one_period_are_one_summary():
    client = a_client()
    lines = ("A,1,1,2026-08-02,2026-08-02", "B,2,2,2026-08-01,2026-08-01", "C,4,4,2026-08-02,2026-08-02", "D,8,8,,")
    answer = send_file(client, sheet(*lines, columns="type,sold,revenue,from,to")).json()
    assert (answer["from"], answer["to"], len(answer["tickets"])) == ("2026-08-01", TODAY, 4)
    jobs = [job for job in client.control("GET", "/jobs").json() if job["kind"] == "ingest"]
    assert len(jobs) == 3
    assert manual_rows(client) == [("2026-08-01", 2, 2), ("2026-08-02", 5, 5), (TODAY, 8, 8)]


def test_a_type_may_come_once_in_each_period():
    client = a_client()
    lines = ("A,1,1,2026-08-01,2026-08-01", "A,2,2,2026-08-02,2026-08-02", "A,4,4,2026-08-01,2026-08-01")
    answer = send_file(client, sheet(*lines, columns="type,sold,revenue,from,to"))
    assert sorted_error_fields(answer) == ["tickets.2.type"]
    assert manual_rows(client) == [("2026-08-01", 1, 1), ("2026-08-02", 2, 2)]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        pytest.param(",1,1,,", ["tickets.0.type"], id="no type"),
        pytest.param("A,x,y,,", ["tickets.0.revenue", "tickets.0.sold"], id="two wrong cells"),
        pytest.param("A,1,1,2026-08-01,", ["tickets.0.to"], id="no end"),
        pytest.param("A,1,1,,2026-08-01", ["tickets.0.from"], id="no start"),
        pytest.param("A,1,1,2026-08-02,2026-08-01", ["tickets.0.from"], id="a start after the end"),
        pytest.param("A,1,0.12345678901234567890,,", ["tickets.0.revenue"], id="an inexact amount"),
        pytest.param("A,-1,-1,,", ["tickets.0.revenue", "tickets.0.sold"], id="negative numbers"),
        pytest.param("A,1,1,,,1", ["tickets.0"], id="an extra cell"),
    ],
)
def test_a_row_that_is_left_out_is_told_on_a_200(line, fields):
    client = a_client()
    answer = send_file(client, sheet(line, "B,2,2,,", columns="type,sold,revenue,from,to"))
    assert (answer.status_code, sorted_error_fields(answer)) == (200, fields)
    assert manual_rows(client) == [(TODAY, 2, 2)]


def test_the_days_of_a_files_periods_are_limited_together():
    """A file of 1,000 rows would otherwise publish millions of rows."""
    client = a_client()
    lines = [f"A,100000,1,2000-01-{number % 28 + 1:02},2009-12-{number // 28 + 1:02}" for number in range(500)]
    answer = send_file(client, sheet(*lines, columns="type,sold,revenue,from,to"))
    assert (answer.status_code, len(answer.json()["tickets"])) == (200, 1)
    assert sorted_error_fields(answer) == sorted(f"tickets.{number}.to" for number in range(1, 500))
    advance_and_sign_in(client, seconds=2)
    assert len(manual_rows(client)) <= 3660


def test_where_no_row_is_taken_the_record_is_empty():
    client = a_client()
    answer = send_file(client, sheet("A,-1,1")).json()
    assert (answer["from"], answer["to"], answer["tickets"]) == (TODAY, TODAY, [])
    assert manual_rows(client) == []


def test_problems_are_told_in_the_order_of_the_rows():
    lines = ("A,-1,1,,", "B,1,1,2026-08-02,2026-08-01", "C,x,1,,", "A,1,1,,")
    answer = send_file(a_client(), sheet(*lines, columns="type,sold,revenue,from,to")).json()
    fields = [entry["field"] for entry in answer["validation_errors"]]
    assert fields == ["tickets.0.sold", "tickets.1.from", "tickets.2.sold", "tickets.3.type"]


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        pytest.param(b"type,sold\nA,1", ["revenue"], id="a missing column"),
        pytest.param(sheet(columns="type,sold,revenue,from"), ["to"], id="a start without an end"),
        pytest.param(sheet(), ["rows"], id="no row"),
        pytest.param(sheet("", ",,"), ["rows"], id="empty rows"),
        pytest.param(b"", ["revenue", "sold", "type"], id="nothing"),
        pytest.param(b"\xff", ["file"], id="not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_400(content, fields):
    client = a_client()
    answer = send_file(client, content)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, fields)
    assert manual_rows(client) == []


def test_the_file_itself_is_no_form():
    answer = a_client().send("POST", PATH, content=sheet("A,1,1"), headers={"content-type": "text/csv"})
    assert (answer.status_code, sorted_error_fields(answer)) == (415, ["content-type"])
    assert answer.json()["validation_errors"][0]["message"].startswith("send multipart/form-data")


@pytest.mark.parametrize("eid", ["nothing", "evt_beta", ""])
def test_an_event_that_is_not_the_partners_is_not_found(eid):
    path = f"/ingest/transaction_summary/from_excel?eid={eid}"
    answer = send_file(a_client(), sheet("A,x,1"), path=path)
    assert (answer.status_code, answer.json()["message"]) == (404, "error.event.not_found")


def test_under_the_newer_documentation_the_answer_has_no_record():
    """Quirk ingest_without_record."""
    client = a_client()
    client.control("PUT", "/quirks", json={"ingest_without_record": True})
    assert send_file(client, sheet("A,1,1")).json() == {"validation_errors": []}
