"""Uploads of a sales sheet: which files are accepted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.dsl import assertions, spreadsheets
from contracts.dsl.disposable_events import Use, pick_disposable_event
from contracts.dsl.sales_sheet import (
    create_event_with_sales,
    expected_days,
    exported_days,
    list_manual_rows,
    require_row_errors,
    send_body,
    send_file,
    send_form,
)
from contracts.dsl.spreadsheets import XLSX, build_csv, build_xlsx
from contracts.dsl.valid_requests import UNKNOWN_ID
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.deployment import Deployment
from contracts.target.forms import CSV, FORM_HEADER, FormFile, encode_form
from contracts.target.sandbox import Sandbox

UPLOAD, ROW_ERRORS, UNREADABLE = "uploadSalesEdit", "SED-05.row_errors", "SED-05.unreadable"
VALID_ROW = ("2026-08-03", 4, 100.1)
INVALID_ROWS = {
    "no date": (("04.08.2026", 1, 1), "rows.1.date"),
    "a day that does not exist": (("2026-02-30", 1, 1), "rows.1.date"),
    "an instant": (("2026-08-03T10:00:00Z", 1, 1), "rows.1.date"),
    "not a day": (("", 1, 1), "rows.1.date"),
    "a day twice": (("2026-08-03", 1, 1), "rows.1.date"),
    "half an order": (("2026-08-04", 1.5, 1), "rows.1.purchases"),
    "a text for orders": (("2026-08-04", "many", 1), "rows.1.purchases"),
    "no orders": (("2026-08-04", None, 1), "rows.1.purchases"),
    "2^31 orders": (("2026-08-04", 2**31, 1), "rows.1.purchases"),
    "a text for revenue": (("2026-08-04", 1, "10 EUR"), "rows.1.revenue"),
    "a decimal comma": (("2026-08-04", 1, "10,50"), "rows.1.revenue"),
    "no number": (("2026-08-04", 1, "NaN"), "rows.1.revenue"),
    "no revenue": (("2026-08-04", 1), "rows.1.revenue"),
    "a revenue of 10^12": (("2026-08-04", 1, 10**12), "rows.1.revenue"),
    "a formula": (("2026-08-04", 1, "=1+1"), "rows.1.revenue"),
    "a formula for orders": (("2026-08-04", "=SUM(B2)", 1), "rows.1.purchases"),
    "more cells than columns": (("2026-08-04", 1, 1, 1), "rows.1"),
}


@property_test("SED-05.errors_on_200", "SED-05.row_errors", profile="smoke", writes=(UPLOAD,))
@pytest.mark.parametrize("kind", [CSV, XLSX], ids=["CSV", "XLSX"])
@pytest.mark.parametrize(("row", "field"), INVALID_ROWS.values(), ids=INVALID_ROWS)
def test_a_wrong_cell_is_named_by_row_and_column_and_nothing_changes(
    writable: Deployment, row: tuple[Any, ...], field: str, kind: str
) -> None:
    event = pick_disposable_event(writable, Use.SHEETS)
    before = exported_days(writable.partner, event)
    file = build_csv(VALID_ROW, row) if kind == CSV else build_xlsx(VALID_ROW, row)
    require_row_errors(send_file(writable.partner, event, file, kind), field)
    assertions.equal("days", exported_days(writable.partner, event), before, part=ROW_ERRORS)


@example("SED-05.row_errors")
def test_a_difference_that_no_json_number_carries_is_named(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in("partner")
    file = build_csv(("2026-08-03", 1, "10.1"), ("2026-08-05", 2, "123456789012.3456789"))
    require_row_errors(send_file(partner, event, file), "rows.1.revenue")
    tiny = build_csv(("2026-08-05", 2, "0.3" + "0" * 400 + "1"))
    require_row_errors(send_file(partner, event, tiny), "rows.0.revenue")
    assertions.equal("days", exported_days(partner, event), expected_days())


@property_test("SED-05.unreadable", profile="smoke", writes=(UPLOAD,))
@pytest.mark.parametrize(
    ("columns", "field"),
    [
        pytest.param(("date", "purchases"), "revenue", id="a column is missing"),
        pytest.param(("date", "purchase", "revenue"), "purchases", id="a column with another name"),
        pytest.param(("date", "purchases", "revenue", "city"), "city", id="a column too many"),
        pytest.param(("date", "purchases", "revenue", "date"), "date", id="a column twice"),
    ],
)
@pytest.mark.parametrize("kind", [CSV, XLSX], ids=["CSV", "XLSX"])
def test_the_columns_are_these_three(writable: Deployment, columns: tuple[str, ...], field: str, kind: str) -> None:
    event, row = pick_disposable_event(writable, Use.SHEETS), ("2026-08-03", 4, 100.1, "x")[: len(columns)]
    before = exported_days(writable.partner, event)
    file = build_csv(row, columns=columns) if kind == CSV else build_xlsx(row, columns=columns)
    assertions.refusal(send_file(writable.partner, event, file, kind), 400, field=field, part=UNREADABLE)
    assertions.equal("days", exported_days(writable.partner, event), before, part=UNREADABLE)


def _list_days(number: int) -> list[tuple[str, int, int]]:
    """Return rows that change nothing: days long before any sale that come to nothing."""
    return [(date.fromordinal(700_000 + day).isoformat(), 0, 0) for day in range(number)]


INVALID_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a blank file": (lambda: b" ", CSV),
    "no UTF-8": (lambda: "date,purchases,revenue\r\n2026-08-03,4,1é".encode("latin-1"), CSV),
    "an open quote": (lambda: b'date,purchases,revenue\r\n"2026-08-03,4,1', CSV),
    "a workbook called CSV": (build_xlsx, CSV),
    "CSV called a workbook": (build_csv, XLSX),
    "no ZIP file": (lambda: b"PK\x03\x04 none", XLSX),
    "a workbook cut off": (lambda: build_xlsx(VALID_ROW)[:-200], XLSX),
    "a ZIP file that is not a workbook": (lambda: spreadsheets.build_zip_bomb(10), XLSX),
    "20 MiB unpacked": (lambda: spreadsheets.build_zip_bomb(20 * 2**20), XLSX),
    "4,001 days": (lambda: build_csv(*_list_days(4_001)), CSV),
}


@property_test("SED-05.unreadable", writes=(UPLOAD,))
@pytest.mark.parametrize(("build_file", "kind"), INVALID_FILES.values(), ids=INVALID_FILES)
def test_a_file_that_is_no_such_sheet_is_refused(
    writable: Deployment, build_file: Callable[[], bytes], kind: str
) -> None:
    event = pick_disposable_event(writable, Use.SHEETS)
    before = exported_days(writable.partner, event)
    answer = send_file(writable.partner, event, build_file(), kind)
    assertions.refusal(answer, 400, "error.request.invalid", part=UNREADABLE)
    assertions.equal("days", exported_days(writable.partner, event), before, part=UNREADABLE)


@property_test("SED-05.unreadable", writes=(UPLOAD,))
def test_a_sheet_of_4000_days_is_taken(writable: Deployment) -> None:
    event = pick_disposable_event(writable, Use.SHEETS)
    answer = send_file(writable.partner, event, build_csv(*_list_days(4_000)))
    assertions.status(answer, 200, part=UNREADABLE)
    if answer.is_success:
        assertions.equal("errors in rows", answer.json()["validation_errors"], [], part=UNREADABLE)


@property_test("SED-05.row_errors", writes=(UPLOAD,))
def test_each_wrong_cell_is_an_entry(writable: Deployment) -> None:
    file = build_csv(("x", "y", "z"), VALID_ROW, ("2026-08-03", "", 1))
    answer = send_file(writable.partner, pick_disposable_event(writable, Use.SHEETS), file)
    require_row_errors(answer, "rows.0.date", "rows.0.purchases", "rows.0.revenue", "rows.2.purchases")


@example("SED-05.type", profile="smoke")
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/csv; charset=utf-16", "application/pdf"])
def test_another_type_is_415(sandbox: Sandbox, kind: str) -> None:
    event, key = sandbox.add_event(), "error.request.unsupported_media_type"
    assertions.refusal(send_body(sandbox.partner, event, build_csv(VALID_ROW), kind), 415, key)
    in_form = FormFile(build_csv(VALID_ROW), kind, "sales.txt")
    assertions.refusal(send_form(sandbox.partner, event, in_form), 415, key)
    assertions.equal("manual rows", list_manual_rows(sandbox.results_user, event), [])


FORM_FILE = FormFile(build_csv(VALID_ROW))
INVALID_FORMS = {
    "no file": ([FormFile(b"x", filename=None, field="note")], "file"),
    "another field": ([replace(FORM_FILE, field="sheet")], "file"),
    "two files": ([FORM_FILE, FORM_FILE], "file"),
    "text instead of a file": ([replace(FORM_FILE, filename=None)], "file"),
    "an unknown field": ([FORM_FILE, FormFile(b"x", filename=None, field="note")], "note"),
}


@property_test("SED-03.field", writes=(UPLOAD,))
@pytest.mark.parametrize(("files", "field"), INVALID_FORMS.values(), ids=INVALID_FORMS)
def test_a_form_has_one_file_in_the_field_file(writable: Deployment, files: list[FormFile], field: str) -> None:
    event, part = pick_disposable_event(writable, Use.SHEETS), "SED-03.field"
    before = exported_days(writable.partner, event)
    answer = send_form(writable.partner, event, *files)
    assertions.refusal(answer, 400, "error.request.invalid", field, part=part)
    assertions.equal("days", exported_days(writable.partner, event), before, part=part)


@property_test("SED-05.unreadable", writes=(UPLOAD,))
@pytest.mark.parametrize("cut", [4, 40, 400], ids=["in the last boundary", "in the file", "in the head"])
def test_a_form_that_is_cut_off_is_refused(writable: Deployment, cut: int) -> None:
    event, content = pick_disposable_event(writable, Use.SHEETS), encode_form(FORM_FILE)[:-cut]
    before = exported_days(writable.partner, event)
    answer = send_body(writable.partner, event, content, FORM_HEADER)
    assertions.refusal(answer, 400, "error.request.invalid", part=UNREADABLE)
    assertions.equal("days", exported_days(writable.partner, event), before, part=UNREADABLE)


@property_test("SED-05.unreadable", writes=(REFUSED_CALLS,))
def test_a_sheet_is_read_before_its_event_is_looked_for(writable: Deployment) -> None:
    def status(file: bytes) -> int:
        return send_file(writable.partner, UNKNOWN_ID, file).status_code

    assertions.equal("status of a sheet of an unknown event", status(build_csv(VALID_ROW)), 404)
    assertions.equal("status of a sheet with a wrong row of an unknown event", status(build_csv(("x", 1, 1))), 404)
    assertions.equal("status of an unreadable sheet of an unknown event", status(b"\xff"), 400)
    assertions.equal("status of an empty file", status(b""), 400)
    of_another_type = send_body(writable.partner, UNKNOWN_ID, b" " * (2**20 + 1), "text/plain").status_code
    assertions.equal("status of a body over 1 MiB of another type", of_another_type, 413)
