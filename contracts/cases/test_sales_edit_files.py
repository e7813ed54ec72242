"""Uploads of a sales sheet: which files are accepted."""

from datetime import date
from typing import Any

import pytest

from contracts.dsl import assertions, spreadsheets
from contracts.dsl.sales_sheet import (
    PATH,
    create_event_with_sales,
    expected_days,
    exported_days,
    list_manual_rows,
    send_file,
    upload_file,
)
from contracts.dsl.spreadsheets import XLSX, build_csv, build_xlsx
from contracts.dsl.steps import Row
from contracts.dsl.valid_requests import UNKNOWN_ID
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.client import CSV
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

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
}


@example("SED-05", profile="smoke")
@pytest.mark.parametrize("kind", [CSV, XLSX], ids=["CSV", "XLSX"])
@pytest.mark.parametrize(("row", "field"), INVALID_ROWS.values(), ids=INVALID_ROWS)
def test_a_wrong_cell_is_named_by_row_and_column_and_nothing_changes(
    sandbox: Sandbox, row: tuple[Any, ...], field: str, kind: str
) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in("partner")
    file = build_csv(VALID_ROW, row) if kind == CSV else build_xlsx(VALID_ROW, row)
    assertions.refusal(send_file(partner, event, file, kind), 400, "error.request.invalid", field)
    assertions.equal("days", exported_days(partner, event), expected_days())
    assertions.equal("manual rows", list_manual_rows(partner, event), [])


@example("SED-05")
def test_a_difference_that_no_json_number_carries_is_named(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in("partner")
    file = build_csv(("2026-08-03", 1, "10.1"), ("2026-08-05", 2, "123456789012.3456789"))
    assertions.refusal(send_file(partner, event, file), 400, field="rows.1.revenue")
    tiny = build_csv(("2026-08-05", 2, "0.3" + "0" * 400 + "1"))
    assertions.refusal(send_file(partner, event, tiny), 400, field="rows.0.revenue")
    assertions.equal("days", exported_days(partner, event), expected_days())


@example("SED-05", profile="smoke")
@pytest.mark.parametrize(
    ("columns", "field"),
    [
        pytest.param(("date", "purchases"), "revenue", id="a column is missing"),
        pytest.param(("date", "purchase", "revenue"), "purchases", id="a column has another name"),
        pytest.param(("date", "purchases", "revenue", "city"), "city", id="a column too many"),
        pytest.param(("date", "purchases", "revenue", "date"), "date", id="a column twice"),
    ],
)
@pytest.mark.parametrize("kind", [CSV, XLSX], ids=["CSV", "XLSX"])
def test_the_columns_are_these_three(sandbox: Sandbox, columns: tuple[str, ...], field: str, kind: str) -> None:
    event, row = sandbox.add_event(), ("2026-08-03", 4, 100.1, "x")[: len(columns)]
    file = build_csv(row, columns=columns) if kind == CSV else build_xlsx(row, columns=columns)
    assertions.refusal(send_file(sandbox.partner, event, file, kind), 400, field=field)
    assertions.equal("manual rows", list_manual_rows(sandbox.partner, event), [])


INVALID_FILES = {
    "a blank file": (b" ", CSV),
    "no UTF-8": ("date,purchases,revenue\r\n2026-08-03,4,1é".encode("latin-1"), CSV),
    "an open quote": (b'date,purchases,revenue\r\n"2026-08-03,4,1', CSV),
    "more cells than columns": (build_csv(("2026-08-03", 4, 1, 1)), CSV),
    "a workbook called CSV": (build_xlsx(), CSV),
    "CSV called a workbook": (build_csv(), XLSX),
    "no ZIP file": (b"PK\x03\x04 none", XLSX),
    "a workbook cut off": (build_xlsx(VALID_ROW)[:-200], XLSX),
    "a ZIP file that is not a workbook": (spreadsheets.build_zip_bomb(10), XLSX),
    "20 MiB unpacked": (spreadsheets.build_zip_bomb(20 * 2**20), XLSX),
    "4,001 days": (build_csv(*((date.fromordinal(700_000 + day).isoformat(), 1, 1) for day in range(4_001))), CSV),
}


@example("SED-05")
@pytest.mark.parametrize(("file", "kind"), INVALID_FILES.values(), ids=INVALID_FILES)
def test_a_file_that_is_no_such_sheet_is_refused(sandbox: Sandbox, file: bytes, kind: str) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in("partner")
    assertions.refusal(send_file(partner, event, file, kind), 400, "error.request.invalid")
    assertions.equal("manual rows", list_manual_rows(partner, event), [])


@example("SED-05")
def test_a_sheet_of_4000_days_is_taken(sandbox: Sandbox) -> None:
    rows = [(date.fromordinal(700_000 + day).isoformat(), 1, 1) for day in range(4_000)]
    assertions.equal("days changed", upload_file(sandbox.partner, sandbox.add_event(), build_csv(*rows)), 4_000)


@example("SED-05")
def test_each_wrong_cell_is_an_entry(sandbox: Sandbox) -> None:
    file = build_csv(("x", "y", "z"), VALID_ROW, ("2026-08-03", "", 1))
    answer = send_file(sandbox.partner, sandbox.add_event(), file)
    assertions.refusal(answer, 400)
    fields = sorted(entry["field"] for entry in answer.json()["validation_errors"])
    assertions.equal("fields", fields, ["rows.0.date", "rows.0.purchases", "rows.0.revenue", "rows.2.purchases"])


@example("SED-05", profile="smoke")
@pytest.mark.parametrize(
    "kind",
    ["application/json", "text/plain", "text/csv; charset=utf-16", "application/vnd.ms-excel", "multipart/form-data"],
)
def test_another_type_is_415(sandbox: Sandbox, kind: str) -> None:
    event = sandbox.add_event()
    assertions.refusal(
        send_file(sandbox.partner, event, build_csv(VALID_ROW), kind), 415, "error.request.unsupported_media_type"
    )
    assertions.equal("manual rows", list_manual_rows(sandbox.partner, event), [])


@property_test("SED-05", assumed=True, writes=(REFUSED_CALLS,))
def test_a_sheet_is_read_before_its_event_is_looked_for(writable: Deployment) -> None:
    def status(file: bytes, kind: Row) -> int:
        query = f"event_id={UNKNOWN_ID}"
        return writable.partner.send("POST", PATH, query=query, headers=kind, content=file).status_code

    assertions.equal("status of a sheet of an unknown event", status(build_csv(VALID_ROW), {"content-type": CSV}), 404)
    assertions.equal(
        "status of an invalid sheet of an unknown event", status(build_csv(("x", 1, 1)), {"content-type": CSV}), 400
    )
    assertions.equal("status of an empty body", status(b"", {"content-type": CSV}), 400)
    assertions.equal("status of a sheet over 1 MiB", status(b" " * (2**20 + 1), {"content-type": CSV}), 413)
    assertions.equal("status of a sheet over 1 MiB of another type", status(b" " * (2**20 + 1), {}), 413)
