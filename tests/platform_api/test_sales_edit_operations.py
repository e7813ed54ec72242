"""Downloading and uploading the spreadsheet of an event's sales. Rules: SED-01 to SED-05."""

import io
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from mock_server.state import clock
from tests.example_requests import ROWS_PATH, a_client, advance_and_sign_in, sorted_error_fields

PATH = "/daily_revenue_summary/sales_edit_export"
EXPORT_PATH = f"{PATH}?event_id=evt_1"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MIDNIGHT = datetime(2026, 8, 1, tzinfo=UTC).replace(tzinfo=None)
CELL_FIELDS = ("rows.1.purchases", "rows.1.revenue")
UNEDITED_CSV = "date,purchases,revenue\r\n2026-08-01,1,50\r\n2026-08-03,1,50\r\n2026-08-20,12,540.5\r\n"


def export_sales(client, kind="csv"):
    answer = client.send("GET", f"{EXPORT_PATH}&format={kind}")
    assert answer.status_code == 200
    return answer.content


def upload(client, content, kind="text/csv", path=EXPORT_PATH):
    return client.send("POST", path, content=content, headers={"content-type": kind})


def upload_form(client, content, filename="sales.csv", kind="text/csv", path=EXPORT_PATH):
    return client.send("POST", path, files={"file": (filename, content, kind)})


def changed(count):
    return {"changed": count, "validation_errors": []}


def csv_sheet(*rows):
    return "\n".join(["date,purchases,revenue", *rows]).encode()


def workbook(*rows, columns=("date", "purchases", "revenue")):
    book, buffer = Workbook(), io.BytesIO()
    for row in (columns, *rows):
        book.worksheets[0].append(list(row))
    book.save(buffer)
    return buffer.getvalue()


def manual_rows(client):
    rows = [row for row in client.send("GET", ROWS_PATH).json() if row["id"] != "cr_acme" and row["source"] == "manual"]
    return [(row["created_at"], row["purchase"], row["revenue"]) for row in rows]


def test_the_days_come_as_csv():
    answer = a_client().send("GET", f"{EXPORT_PATH}&format=csv")
    assert (answer.text, answer.headers["content-type"]) == (UNEDITED_CSV, "text/csv; charset=utf-8")
    assert answer.headers["content-disposition"] == 'attachment; filename="sales_evt_1.csv"'


def test_the_days_come_as_a_workbook_by_default():
    answer = a_client().send("GET", EXPORT_PATH)
    assert answer.headers["content-type"] == XLSX
    assert answer.headers["content-disposition"] == 'attachment; filename="sales_evt_1.xlsx"'
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert rows == [
        ("date", "purchases", "revenue"), ("2026-08-01", 1, 50), ("2026-08-03", 1, 50), ("2026-08-20", 12, 540.5)
    ]  # fmt: skip


def test_a_workbook_is_the_same_bytes_at_the_same_instant_and_knows_no_other_time():
    first, second = export_sales(a_client(), "xlsx"), export_sales(a_client(), "xlsx")
    assert first == second
    with ZipFile(io.BytesIO(first)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-09-01T12:00:00Z" in archive.read("docProps/core.xml")
        assert str(clock.machine_now().year).encode() + b"-11" not in archive.read("docProps/core.xml")


def test_an_id_that_is_no_file_name_makes_a_safe_one():
    client = a_client()
    client.control("POST", "/events", json={
        "partner_id": "partner-id-acme", "id": 'a/b "ü"', "title": "x", "start_date_time": "2026-12-01T19:00:00Z",
    })  # fmt: skip
    answer = client.send("GET", f"{PATH}?event_id=a%2Fb%20%22%C3%BC%22&format=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="sales_a_b_.csv"'


def test_an_edited_day_comes_to_what_was_stated():
    client = a_client()
    answer = upload(client, csv_sheet("2026-08-01,3,50.1", "2026-08-02,1,0.2", "2026-08-03,1,50"))
    assert (answer.status_code, answer.json()) == (200, changed(2))
    assert manual_rows(client) == [
        ("2026-08-02T00:00:00Z", 1, 0.2),
        ("2026-08-01T00:00:00Z", 2, 0.1),
    ]
    assert export_sales(client).decode().splitlines()[1:4] == [
        "2026-08-01,3,50.1",
        "2026-08-02,1,0.2",
        "2026-08-03,1,50",
    ]


@pytest.mark.parametrize(
    ("filename", "kind"),
    [
        pytest.param("sales.csv", "text/csv", id="as curl sends it"),
        pytest.param("sales.CSV", "application/vnd.ms-excel", id="as a browser with a spreadsheet program sends it"),
        pytest.param("sales.csv", "application/octet-stream", id="as an unknown type"),
        pytest.param("sales", "text/csv; charset=utf-8", id="without an extension"),
    ],
)
def test_a_csv_is_known_by_its_type_or_its_name(filename, kind):
    """Rule: SED-03."""
    answer = upload_form(a_client(), csv_sheet("2026-08-01,3,50.1"), filename, kind)
    assert (answer.status_code, answer.json()) == (200, changed(1))


@pytest.mark.parametrize("kind", [XLSX, "application/octet-stream"])
def test_a_workbook_is_taken_in_a_form(kind):
    """Rule: SED-03."""
    answer = upload_form(a_client(), workbook(("2026-08-01", 3, 50.1)), "sales.xlsx", kind)
    assert (answer.status_code, answer.json()) == (200, changed(1))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_that_comes_back_changes_nothing(kind):
    client = a_client()
    for amount in ("0.1", "0.2", "123456789012.34", "0.00001"):
        client.send("POST", f"{ROWS_PATH}&purchase=1&revenue={amount}")
    before = manual_rows(client)
    answer = upload(client, export_sales(client, kind), XLSX if kind == "xlsx" else "text/csv")
    assert (answer.status_code, answer.json()) == (200, changed(0))
    assert manual_rows(client) == before


def test_the_same_file_twice_changes_once():
    client, file = a_client(), workbook(("2026-08-01", 3, 50.1))
    assert upload(client, file, XLSX).json() == changed(1)
    assert upload(client, file, XLSX).json() == changed(0)


def test_what_was_edited_is_cleared_with_the_sales():
    client = a_client()
    upload(client, csv_sheet("2026-08-02,1,5"))
    client.send("DELETE", "/daily_revenue_summary/?event_id=evt_1")
    assert export_sales(client).decode() == "date,purchases,revenue\r\n2026-08-01,1,50\r\n2026-08-03,1,50\r\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(csv_sheet("2026-02-30,1,1", "2026-08-01,,z"), ["rows.0.date", *CELL_FIELDS], id="cells"),
        pytest.param(csv_sheet("2026-08-01,1.0,1"), ["rows.0.purchases"], id="orders with a decimal point"),
        pytest.param(csv_sheet("2026-08-01,1,1e400000"), ["rows.0.revenue"], id="an amount that is too large"),
        pytest.param(csv_sheet("2026-08-01,1,1e-999999"), ["rows.0.revenue"], id="an amount that is too small"),
        pytest.param(csv_sheet("2026-08-01,1," + "9" * 500), ["rows.0.revenue"], id="500 digits"),
        pytest.param(csv_sheet("2026-08-01,1,1", "2026-08-01,2,1"), ["rows.1.date"], id="a day twice"),
        pytest.param(csv_sheet("2026-08-01,1,1,1"), ["rows.0"], id="an extra cell"),
        pytest.param(csv_sheet("2026-08-02,1,123456789012.3456789"), ["rows.0.revenue"], id="an inexact difference"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_told_on_a_200_and_nothing_changes(content, expected):
    """Rule: SED-05."""
    client = a_client()
    for answer in (upload(client, content), upload_form(client, content)):
        assert (answer.status_code, answer.json()["changed"], sorted_error_fields(answer)) == (200, 0, expected)
    assert export_sales(client).decode() == UNEDITED_CSV


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"date,purchases\n2026-08-01,1", ["revenue"], id="a missing column"),
        pytest.param(b"a;b\n", ["a;b", "date", "purchases", "revenue"], id="semicolons"),
        pytest.param(b"\n", ["date", "purchases", "revenue"], id="an empty line"),
        pytest.param(b"", ["date", "purchases", "revenue"], id="nothing"),
        pytest.param(b"\xff", ["body"], id="not UTF-8"),
        pytest.param(b'"', ["body"], id="an open quote"),
        pytest.param(b"date,purchases,revenue\n" + b"x" * 200_000, ["body"], id="a cell of 200,000 characters"),
    ],
)  # fmt: skip
def test_a_csv_that_cannot_be_read_is_400_and_nothing_changes(content, expected):
    """Rule: SED-05. For a form, the error names the field of the file."""
    client = a_client()
    answer = upload(client, content)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, expected)
    answer = upload_form(client, content)
    in_form = ["file" if field == "body" else field for field in expected]
    assert (answer.status_code, sorted_error_fields(answer)) == (400, in_form)
    assert export_sales(client).decode() == UNEDITED_CSV


@pytest.mark.parametrize(
    ("row", "field"),
    [
        pytest.param(("2026-08-01", 1, "=1+1"), "rows.0.revenue", id="a formula"),
        pytest.param((MIDNIGHT.replace(hour=10), 1, 1), "rows.0.date", id="an hour"),
        pytest.param((True, 1, 1), "rows.0.date", id="true for a date"),
        pytest.param((46235, 1, 1), "rows.0.date", id="a number for a date"),
        pytest.param(("2026-08-01", 1.5, 1), "rows.0.purchases", id="a fractional number of orders"),
        pytest.param(("2026-08-01", True, 1), "rows.0.purchases", id="true for orders"),
        pytest.param(("2026-08-01", 1, MIDNIGHT), "rows.0.revenue", id="a date for revenue"),
        pytest.param(("2026-08-01", 1, 1e300), "rows.0.revenue", id="1e300"),
        pytest.param(("2026-08-01", 1, 1, "x"), "rows.0", id="an extra cell"),
        pytest.param(("2026-08-01", 1, None), "rows.0.revenue", id="an empty cell"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_workbook_is_named(row, field):
    answer = upload(a_client(), workbook(row), XLSX)
    assert (answer.status_code, answer.json()["changed"], sorted_error_fields(answer)) == (200, 0, [field])


def test_rows_may_be_empty_between_others():
    answer = upload(a_client(), workbook((), ("2026-08-02", 1, 5), (None, None, None)), XLSX)
    assert answer.json() == changed(1)


def test_the_line_of_a_wrong_cell_is_told_as_spreadsheets_count():
    answer = upload(a_client(), csv_sheet("", "2026-08-02,1,x"))
    (entry,) = answer.json()["validation_errors"]
    assert (entry["field"], entry["message"].startswith("line 3, revenue:")) == ("rows.1.revenue", True)


@pytest.mark.parametrize("query", ["", "&format=csv", "&eid=evt_1"])
def test_the_upload_takes_an_event_id_alone(query):
    answer = upload(a_client(), csv_sheet(), path=f"{EXPORT_PATH}{query}")
    assert answer.status_code == (400 if query else 200)


@pytest.mark.parametrize("path", [f"{PATH}?event_id=evt_beta", f"{PATH}?event_id=nothing", f"{PATH}?event_id="])
def test_an_event_that_is_not_the_partners_is_not_found(path):
    client = a_client()
    assert client.send("GET", path).status_code == 404
    assert upload(client, csv_sheet(), path=path).json()["message"] == "error.event.not_found"


def test_an_unknown_event_is_told_before_a_wrong_row_and_after_a_wrong_file():
    """Rules: BASE-11, SED-05: a wrong row does not cause a refusal."""
    path = f"{PATH}?event_id=nothing"
    assert upload(a_client(), csv_sheet("x,1,1"), path=path).status_code == 404
    assert upload(a_client(), b"x", path=path).status_code == 400


def test_the_query_and_the_form_are_checked_in_one_answer():
    """Rule: ERR-02."""
    answer = a_client().send("POST", f"{PATH}?eid=evt_1", files={"sheet": ("sales.csv", csv_sheet(), "text/csv")})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["eid", "event_id", "file", "sheet"])


def test_other_fields_of_a_form_are_ignored_with_the_quirk():
    """Rule: BASE-08."""
    client = a_client()
    files = {"file": ("sales.csv", csv_sheet(), "text/csv"), "note": (None, "x")}
    assert sorted_error_fields(client.send("POST", EXPORT_PATH, files=files)) == ["note"]
    client.control("PUT", "/quirks", json={"ignore_unknown": True})
    assert client.send("POST", EXPORT_PATH, files=files).status_code == 200


def test_a_refusal_says_which_types_are_read():
    answer = upload(a_client(), b"{}", "application/json")
    assert (answer.status_code, sorted_error_fields(answer)) == (415, ["content-type"])
    assert XLSX in answer.json()["validation_errors"][0]["message"]


@pytest.mark.parametrize("kind", ["TEXT/CSV", "text/csv; charset=UTF-8", 'text/csv; header=present; charset="utf-8"'])
def test_a_types_case_and_parameters_do_not_matter(kind):
    assert upload(a_client(), csv_sheet(), kind).status_code == 200


def test_a_sale_between_export_and_upload_is_counted_once():
    """The sheet sets a day's total as of the upload; sales that arrive later are added to it."""
    client = a_client()
    upload(client, csv_sheet("2026-09-01,2,20"))
    row = {"customer_id": "cus_1", "event_id": "evt_1", "at": "2026-09-01T12:00:01Z", "tickets": 1, "revenue": 7}
    credit = {"fd": "organic", "meta": "organic", "external": "organic"}
    client.control("POST", "/purchases", json={"purchases": [{**row, **credit}]})
    assert "2026-09-01,3,27" in export_sales(advance_and_sign_in(client, seconds=2)).decode()
