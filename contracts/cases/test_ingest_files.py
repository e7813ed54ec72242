"""Transaction summaries from a spreadsheet: which files are accepted, and what is done with their rows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.disposable_events import Use, pick_disposable_event
from contracts.dsl.import_files import (
    FILE_PATH,
    PERIOD_COLUMNS,
    TICKET_COLUMNS,
    send_import_form,
    tickets_csv,
    tickets_xlsx,
)
from contracts.dsl.ingested_rows import ingested_rows
from contracts.dsl.spreadsheets import XLSX
from contracts.dsl.steps import Row
from contracts.dsl.valid_requests import UNKNOWN_ID
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.forms import CSV, FormFile
from contracts.target.sandbox import Sandbox

OPERATION = "ingestTransactionSummaryFromExcel"
TODAY = "2026-09-01"
"""The day on which a sandbox starts."""


def import_file(client: Client, event: str, file: FormFile) -> Row:
    """Import a file; the status must be 200. Return the response."""
    answer = send_import_form(client, event, file)
    assertions.step_status(answer, 200)
    return dict(answer.json())


def list_fields(answer: Row) -> list[str]:
    """Return the fields of the rows that were skipped."""
    return [entry["field"] for entry in answer["validation_errors"]]


def wait_for_rows(sandbox: Sandbox, event: str) -> list[tuple[str, int, float]]:
    """Let all summaries be processed, then return the manual rows, oldest first: day, orders, revenue."""
    sandbox.run_until_idle()
    return ingested_rows(sandbox.sign_in(sandbox.results_role), event)


@example("ING-07.upload", "ING-07.columns", profile="smoke")
@pytest.mark.parametrize("build", [tickets_csv, tickets_xlsx], ids=["CSV", "XLSX"])
def test_the_rows_of_a_file_are_imported_as_sales_of_the_current_day(sandbox: Sandbox, build: Any) -> None:
    event = sandbox.add_event()
    answer = import_file(sandbox.partner, event, build(("Parkett", 12, 540.5), ("Balkon", 3, 0.25)))
    assertions.equal("skipped rows", list_fields(answer), [])
    assertions.equal("rows", wait_for_rows(sandbox, event), [(f"{TODAY}T00:00:00Z", 15, 540.75)])


@example("ING-07.columns", "ING-07.as_ingested", profile="smoke")
@pytest.mark.parametrize("build", [tickets_csv, tickets_xlsx], ids=["CSV", "XLSX"])
def test_the_rows_of_each_period_are_one_summary(sandbox: Sandbox, build: Any) -> None:
    event = sandbox.add_event()
    file = build(
        ("Parkett", 1, 10, "2026-08-01", "2026-08-01"),
        ("Parkett", 2, 20, "2026-08-03", "2026-08-03"),
        ("Balkon", 4, 40, "2026-08-01", "2026-08-01"),
        ("Balkon", 8, 80, "", ""),
        columns=PERIOD_COLUMNS,
    )
    assertions.equal("skipped rows", list_fields(import_file(sandbox.partner, event, file)), [])
    expected = [("2026-08-01T00:00:00Z", 5, 50), ("2026-08-03T00:00:00Z", 2, 20), (f"{TODAY}T00:00:00Z", 8, 80)]
    assertions.equal("rows", wait_for_rows(sandbox, event), expected)


@example("ING-07.as_ingested")
def test_the_answer_is_that_of_a_summary(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    rows = [("B", 2, 20, "2026-08-03", "2026-08-04"), ("A", -1, 1, "2026-08-01", "2026-08-01"), ("A", 1, 10, "", "")]
    file = tickets_csv(*rows, columns=PERIOD_COLUMNS)
    answer = import_file(sandbox.partner, event, file)
    assertions.equal("fields of the skipped rows", list_fields(answer), ["tickets.1.sold"])
    tickets = [{"type": "B", "sold": 2, "revenue": 20}, {"type": "A", "sold": 1, "revenue": 10}]
    record = {"eid": event, "from": "2026-08-01", "to": TODAY, "tickets": tickets}
    del answer["validation_errors"]
    assertions.equal("the persisted record", answer, {} if sandbox.follows_newer else record)


@example("ING-07.as_ingested")
def test_columns_may_come_in_any_order_and_lines_may_be_empty(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    file = tickets_csv((), (540.5, "Parkett", 12), ("", "", ""), columns=("revenue", "type", "sold"))
    assertions.equal("skipped rows", list_fields(import_file(sandbox.partner, event, file)), [])
    assertions.equal("rows", wait_for_rows(sandbox, event), [(f"{TODAY}T00:00:00Z", 12, 540.5)])


INVALID_ROWS = {
    "no type": (("", 1, 5), "tickets.1.type"),
    "a type of 201 characters": (("x" * 201, 1, 5), "tickets.1.type"),
    "a control character": (("a\tb", 1, 5), "tickets.1.type"),
    "no orders": (("B", "", 5), "tickets.1.sold"),
    "half an order": (("B", 1.5, 5), "tickets.1.sold"),
    "2^31 orders": (("B", 2**31, 5), "tickets.1.sold"),
    "negative orders": (("B", -1, 5), "tickets.1.sold"),
    "a text for revenue": (("B", 1, "5 EUR"), "tickets.1.revenue"),
    "a formula": (("B", 1, "=1+1"), "tickets.1.revenue"),
    "more digits than a JSON number holds": (("B", 1, "0.12345678901234567890"), "tickets.1.revenue"),
    "a type given twice": (("A", 1, 5), "tickets.1.type"),
    "nothing": (("B", 0, 0), "tickets.1.sold"),
    "more cells than columns": (("B", 1, 5, 5), "tickets.1"),
}


@example("ING-07.left_out", profile="smoke")
@pytest.mark.parametrize(("row", "field"), INVALID_ROWS.values(), ids=INVALID_ROWS)
def test_a_row_that_cannot_be_taken_is_told_and_the_others_are_taken(
    sandbox: Sandbox, row: Sequence[object], field: str
) -> None:
    event = sandbox.add_event()
    answer = import_file(sandbox.partner, event, tickets_csv(("A", 12, 540.5), row, ("C", 3, 0)))
    assertions.equal("fields of the skipped rows", list_fields(answer), [field])
    assertions.equal("rows", wait_for_rows(sandbox, event), [(f"{TODAY}T00:00:00Z", 15, 540.5)])


INVALID_PERIODS = {
    "no end": (("2026-08-01", ""), "tickets.1.to"),
    "no day": (("2026-02-30", "2026-08-01"), "tickets.1.from"),
    "a start after the end": (("2026-08-02", "2026-08-01"), "tickets.1.from"),
    "3,661 days": (("2016-07-26", "2026-08-03"), "tickets.1.to"),
}


@example("ING-07.left_out")
@pytest.mark.parametrize(("period", "field"), INVALID_PERIODS.values(), ids=INVALID_PERIODS)
def test_a_row_with_a_wrong_period_is_told_and_the_others_are_taken(
    sandbox: Sandbox, period: tuple[str, str], field: str
) -> None:
    event = sandbox.add_event()
    right = ("2026-08-01", "2026-08-01")
    file = tickets_csv(("A", 12, 540.5, *right), ("B", 1, 5, *period), columns=PERIOD_COLUMNS)
    answer = import_file(sandbox.partner, event, file)
    assertions.equal("fields of the skipped rows", list_fields(answer), [field])
    assertions.equal("rows", wait_for_rows(sandbox, event), [("2026-08-01T00:00:00Z", 12, 540.5)])


@example("ING-07.days_together")
def test_the_periods_of_a_file_may_span_3660_days_together(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    years = ("2017-01-01", "2026-08-01")
    rows = [
        ("A", 1, 1, *years),
        ("B", 1, 1, *years),
        ("C", 4, 4, "2016-01-01", "2016-12-31"),
        ("D", 8, 8, TODAY, TODAY),
    ]
    answer = import_file(sandbox.partner, event, tickets_csv(*rows, columns=PERIOD_COLUMNS))
    assertions.equal("fields of the rows that were left out", list_fields(answer), ["tickets.2.to"])
    assertions.equal("orders", sum(row[1] for row in wait_for_rows(sandbox, event)), 10)


VALID_FILE = tickets_csv(("A", 12, 540.5))
INVALID_FILES = {
    "no column": (tickets_csv(("A", 12), columns=("type", "sold")), "revenue"),
    "an unknown column": (tickets_csv(("A", 12, 5, 5), columns=(*TICKET_COLUMNS, "price")), "price"),
    "a column twice": (tickets_csv(("A", 12, 5, "A"), columns=(*TICKET_COLUMNS, "type")), "type"),
    "a start without an end": (tickets_csv(("A", 12, 5, TODAY), columns=(*TICKET_COLUMNS, "from")), "to"),
    "no row": (tickets_csv(), "rows"),
    "1,001 rows": (tickets_csv(*((f"type {number}", 1, 1) for number in range(1_001))), "rows"),
    "an empty file": (FormFile(b""), "type"),
    "no UTF-8": (FormFile("type,sold,revenue\nPärkett,1,1".encode("latin-1")), "file"),
    "no workbook": (FormFile(b"PK\x03\x04 none", XLSX, "tickets.xlsx"), "file"),
    "another field": (replace(VALID_FILE, field="tickets"), "file"),
}


@property_test("ING-07.refused", profile="smoke", writes=(OPERATION,))
@pytest.mark.parametrize(("file", "field"), INVALID_FILES.values(), ids=INVALID_FILES)
def test_a_file_that_is_no_such_sheet_is_refused(writable: Deployment, file: FormFile, field: str) -> None:
    event = pick_disposable_event(writable, Use.SHEETS)
    answer = send_import_form(writable.partner, event, file)
    assertions.refusal(answer, 400, "error.request.invalid", field, part="ING-07.refused")
    if isinstance(writable, Sandbox):
        assertions.equal("rows", wait_for_rows(writable, event), [])


@example("ING-07.refused")
def test_a_thousand_rows_are_taken(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    file = tickets_csv(*((f"type {number}", 1, 0.01) for number in range(1_000)))
    assertions.equal("skipped rows", list_fields(import_file(sandbox.partner, event, file)), [])
    assertions.equal("rows", wait_for_rows(sandbox, event), [(f"{TODAY}T00:00:00Z", 1_000, 10)])


@property_test("ING-07.refused", writes=(REFUSED_CALLS,))
def test_a_file_for_an_event_that_nobody_has_is_not_found(writable: Deployment) -> None:
    assertions.refusal(send_import_form(writable.partner, UNKNOWN_ID, VALID_FILE), 404, "error.event.not_found")
    assertions.refusal(writable.partner.call(OPERATION, body=VALID_FILE), 400, field="eid")
    raw = {"content-type": CSV}
    answer = writable.partner.send(
        "POST", FILE_PATH, query=f"eid={UNKNOWN_ID}", headers=raw, content=VALID_FILE.content
    )
    assertions.refusal(answer, 415, "error.request.unsupported_media_type")
