"""The sales sheet of an event: the export, and the totals after an upload."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contracts.dsl import assertions, spreadsheets
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.sales_sheet import (
    HEADER,
    ZIP_START,
    create_event_with_sales,
    expected_days,
    export_sheet,
    exported_days,
    list_manual_rows,
    send_body,
    send_file,
    upload_file,
)
from contracts.dsl.spreadsheets import XLSX, build_csv, build_xlsx
from contracts.dsl.steps import create_adjustment, list_adjustments, list_event_ids, read_revenue, summary_body
from contracts.dsl.valid_requests import UNKNOWN_ID
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.forms import CSV
from contracts.target.sandbox import ACME, Sandbox

MIDNIGHT = datetime(2026, 8, 3)  # noqa: DTZ001 - a workbook's timestamps have no zone


@example("SED-01.export", profile="smoke")
def test_the_days_come_as_csv(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    answer = export_sheet(sandbox.sign_in("partner"), event)
    assertions.equal("type", answer.headers["content-type"].lower().replace(" ", ""), "text/csv;charset=utf-8")
    rows = spreadsheets.parse_csv(answer.content)
    assertions.equal("rows", rows, [HEADER, ["2026-08-03", "1", "10.1"], ["2026-08-05", "2", "0.3"]])


@example("SED-01.event_id", "SED-01.format", "SED-01.attachment", "SED-01.columns", profile="smoke")
@pytest.mark.parametrize("kind", [None, "xlsx"], ids=["by default", "asked for"])
def test_the_days_come_as_a_workbook(sandbox: Sandbox, kind: str | None) -> None:
    event = create_event_with_sales(sandbox)
    answer = export_sheet(sandbox.sign_in("partner"), event, kind)
    assertions.equal("type", answer.headers["content-type"], XLSX)
    rows = spreadsheets.parse_xlsx(answer.content)
    assertions.equal("rows", rows, [HEADER, ["2026-08-03", 1, 10.1], ["2026-08-05", 2, 0.3]])


@property_test("SED-01.event_id", "SED-01.format", "SED-01.attachment", "SED-01.columns", profile="smoke")
def test_a_sheet_is_a_file_to_be_saved(deployment: Deployment) -> None:
    event = list_event_ids(deployment, 1)[0]
    for asked in (None, "csv", "xlsx"):
        kind = asked or "xlsx"
        answer = export_sheet(deployment.partner, event, asked)
        is_workbook = answer.content.startswith(ZIP_START)
        assertions.equal(f"a workbook for {asked}", is_workbook, kind == "xlsx", part="SED-01.format")
        disposition = answer.headers.get("content-disposition", "")
        named = disposition.startswith('attachment; filename="') and disposition.endswith(f'.{kind}"')
        assertions.is_true(
            "the sheet is an attachment with a name",
            named,
            expected=f'attachment; filename="….{kind}"',
            seen=disposition,
        )


@property_test("SED-01.event_id", "SED-01.format", "SED-01.attachment", "SED-01.columns")
def test_the_days_of_a_sheet_ascend_and_each_stands_once(deployment: Deployment) -> None:
    sheets = ((event, exported_days(deployment.partner, event)) for event in list_event_ids(deployment))
    for event, rows in require_cases((each for each in sheets if len(each[1]) > 1), "a sheet of two days"):
        listed = [day for day, _, _ in rows]
        assertions.equal(f"days of {event}", listed, sorted(set(listed)))


@property_test("SED-01.event_id", "SED-01.format", "SED-01.attachment", "SED-01.columns")
def test_the_sheet_of_an_event_that_nobody_has_is_not_found(deployment: Deployment) -> None:
    answer = deployment.partner.call("exportSalesEdit", query={"event_id": UNKNOWN_ID})
    assertions.refusal(answer, 404, "error.event.not_found")
    no_event = deployment.partner.call("exportSalesEdit", query={"format": "csv"})
    assertions.refusal(no_event, 400, field="event_id")
    other = deployment.partner.call("exportSalesEdit", query={"event_id": UNKNOWN_ID, "format": "ods"})
    assertions.refusal(other, 400, field="format")


@example("SED-01.event_id", "SED-01.format", "SED-01.attachment", "SED-01.columns")
def test_an_event_without_sales_has_a_sheet_of_its_columns_alone(sandbox: Sandbox) -> None:
    assertions.equal(
        "rows", spreadsheets.parse_csv(export_sheet(sandbox.partner, sandbox.add_event()).content), [HEADER]
    )


@example("SED-02.totals", profile="smoke")
def test_a_day_comes_to_its_sales_and_its_manual_rows(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    runs = [row for row in list_adjustments(partner, event, ACME) if row["source"] == "automated"]
    assertions.equal("number of automated rows", len(runs), 1)
    create_adjustment(partner, event, ACME, -2, -90)
    create_adjustment(partner, event, ACME, 5, 100.25)
    partner.call("ingestTransactionSummary", body=summary_body(event, "2026-08-06", "2026-08-06"))
    sandbox.run_until_idle()
    expected = [
        ("2026-08-03", 1, Decimal("10.1")),
        ("2026-08-05", 2, Decimal("0.3")),
        ("2026-08-06", 12, Decimal("540.5")),
        ("2026-09-02", 3, Decimal("10.25")),
    ]
    assertions.equal("days", exported_days(partner, event), expected)


@example("SED-02.totals")
def test_a_day_whose_rows_make_up_for_each_other_is_there(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    create_adjustment(sandbox.results_user, event, ACME, 2, 90)
    create_adjustment(sandbox.results_user, event, ACME, -2, -90)
    assertions.equal("days", exported_days(sandbox.partner, event), [("2026-09-01", 0, Decimal(0))])


@example("SED-02.totals")
def test_amounts_are_told_to_the_last_digit(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    for amount in (123456789012.34, 0.00001, 0.1, 0.2):
        create_adjustment(sandbox.results_user, event, ACME, 1, amount)
    assertions.equal("days", exported_days(sandbox.partner, event), [("2026-09-01", 4, Decimal("123456789012.64001"))])
    rows = spreadsheets.parse_xlsx(export_sheet(sandbox.partner, event, "xlsx").content)
    assertions.equal("amount in the workbook", Decimal(str(rows[1][2])), Decimal("123456789012.64001"))


@property_test("SED-02.totals")
def test_a_sheet_is_what_days_and_manual_rows_come_to(deployment: Deployment) -> None:
    found = False
    for event in list_event_ids(deployment):
        summary = read_revenue(deployment.partner, event, start_date="0001-01-01", end_date="9999-12-31")
        totals: dict[str, tuple[int, Decimal]] = {
            day["date"]: (day["purchases"], Decimal(repr(day["revenue"]))) for day in summary["daily"]
        }
        for row in summary["manual_adjustments"]:
            if row["source"] == "manual":
                orders, amount = totals.get(row["created_at"][:10], (0, Decimal(0)))
                totals[row["created_at"][:10]] = orders + row["purchase"], amount + Decimal(repr(row["revenue"]))
        expected = [(day, *values) for day, values in sorted(totals.items())]
        seen = exported_days(deployment.partner, event)
        found |= bool(seen or expected)
        assertions.equal(f"days of {event}", [row[:2] for row in seen], [row[:2] for row in expected])
        for (day, _, amount), (_, _, sum_of_rows) in zip(seen, expected, strict=True):
            assertions.at_most(f"difference on {day}", abs(amount - sum_of_rows), Decimal("0.000001"))
    require_case(found, "a sheet with a day")


EDITED_DAYS = (("2026-08-03", 4, 100.1), ("2026-08-04", 2, 0.2), ("2026-08-05", 2, 0.3))
FileBuilder = Callable[..., bytes]
EDITED_FILES: dict[str, tuple[FileBuilder, str]] = {"CSV": (build_csv, CSV), "XLSX": (build_xlsx, XLSX)}


@example("SED-03.upload", profile="smoke")
@pytest.mark.parametrize(("build_file", "kind"), EDITED_FILES.values(), ids=EDITED_FILES)
def test_days_come_to_what_the_sheet_states(sandbox: Sandbox, build_file: FileBuilder, kind: str) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    before = read_revenue(partner, event)["daily"]
    assertions.equal("days changed", upload_file(partner, event, build_file(*EDITED_DAYS), kind), 2)
    expected = [(day, purchases, Decimal(str(amount))) for day, purchases, amount in EDITED_DAYS]
    assertions.equal("days", exported_days(partner, event), expected)
    assertions.equal("daily figures", read_revenue(partner, event)["daily"], before)


@example("SED-03.rows")
def test_a_difference_may_be_negative_and_is_exact(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    file = build_csv(("2026-08-05", 3, "0.1"), ("2026-08-03", 0, "-5"), ("2020-02-29", -1, "1e1"))
    assertions.equal("days changed", upload_file(partner, event, file), 3)
    rows = [("2020-02-29T00:00:00Z", -1, 10), ("2026-08-03T00:00:00Z", -1, -15.1), ("2026-08-05T00:00:00Z", 1, -0.2)]
    assertions.equal("manual rows", list_manual_rows(partner, event), rows)


@example("SED-03.answer", "SED-03.rows", profile="smoke")
def test_an_upload_answers_how_many_days_it_changed_and_records_the_differences(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    answer = send_file(partner, event, build_csv(*EDITED_DAYS))
    assertions.step_status(answer, 200)
    assertions.equal("the response", answer.json(), {"changed": 2, "validation_errors": []})
    rows = [("2026-08-03T00:00:00Z", 3, 90.0), ("2026-08-04T00:00:00Z", 2, 0.2)]
    assertions.equal("manual rows, which must be the differences", list_manual_rows(partner, event), rows)


@example("SED-03.field", profile="smoke")
@pytest.mark.parametrize(("build_file", "kind"), EDITED_FILES.values(), ids=EDITED_FILES)
def test_a_file_may_be_the_body_itself(sandbox: Sandbox, build_file: FileBuilder, kind: str) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in("partner")
    assertions.step_status(send_body(partner, event, build_file(*EDITED_DAYS), kind), 200)
    expected = [(day, purchases, Decimal(str(amount))) for day, purchases, amount in EDITED_DAYS]
    assertions.equal("days", exported_days(partner, event), expected)


@example("SED-03.rows")
@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"\xef\xbb\xbf" + build_csv(("2026-08-03", 4, 100.1)), id="a byte order mark"),
        pytest.param(b"date,purchases,revenue\n2026-08-03,4,100.1", id="plain line ends"),
        pytest.param(b'"date","purchases","revenue"\r\n"2026-08-03","4","100.1"\r\n', id="quotes"),
        pytest.param(build_csv((100.1, "2026-08-03", 4), columns=("revenue", "date", "purchases")), id="another order"),
        pytest.param(build_csv(("2026-08-03", 4, 100.1), (), ("", "", "")), id="empty lines"),
    ],
)
def test_what_other_programs_make_of_a_sheet_is_read(sandbox: Sandbox, file: bytes) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    assertions.equal("days changed", upload_file(partner, event, file), 1)
    assertions.equal("manual rows", list_manual_rows(partner, event), [("2026-08-03T00:00:00Z", 3, 90)])


@example("SED-03.rows")
@pytest.mark.parametrize("day", [date(2026, 8, 3), MIDNIGHT, "2026-08-03"], ids=["date", "instant", "text"])
def test_a_workbooks_dates_and_texts_are_read(sandbox: Sandbox, day: Any) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    file = build_xlsx((4.0, day, "100.1"), columns=("purchases", "date", "revenue"))
    assertions.equal("days changed", upload_file(partner, event, file, XLSX), 1)
    assertions.equal("manual rows", list_manual_rows(partner, event), [("2026-08-03T00:00:00Z", 3, 90)])


@example("SED-04.no_change", profile="smoke")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_that_comes_back_unedited_changes_nothing(sandbox: Sandbox, kind: str) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    for amount in (123456789012.34, 0.00001, 0.1, 0.2, -7):
        create_adjustment(partner, event, ACME, 1, amount)
    before = list_adjustments(partner, event, ACME)
    sheet = export_sheet(partner, event, kind)
    assertions.equal("days changed", upload_file(partner, event, sheet.content, XLSX if kind == "xlsx" else CSV), 0)
    assertions.equal("rows", list_adjustments(partner, event, ACME), before)


@example("SED-04.no_change", profile="smoke")
@pytest.mark.parametrize(("build_file", "kind"), EDITED_FILES.values(), ids=EDITED_FILES)
def test_the_same_sheet_a_second_time_changes_nothing(sandbox: Sandbox, build_file: FileBuilder, kind: str) -> None:
    event = create_event_with_sales(sandbox)
    partner, file = sandbox.sign_in(sandbox.results_role), build_file(*EDITED_DAYS)
    upload_file(partner, event, file, kind)
    before = list_adjustments(partner, event, ACME)
    assertions.equal("days changed by the second upload", upload_file(partner, event, file, kind), 0)
    assertions.equal("rows", list_adjustments(partner, event, ACME), before)


@example("SED-04.no_change")
def test_days_that_are_left_out_stay_as_they_are(sandbox: Sandbox) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in(sandbox.results_role)
    other = sandbox.add_event()
    create_adjustment(partner, other, ACME, 1, 5)
    assertions.equal("days changed by a sheet without days", upload_file(partner, event, build_csv()), 0)
    assertions.equal("days changed", upload_file(partner, event, build_csv(("2026-08-04", 1, 1))), 1)
    expected = [expected_days()[0], ("2026-08-04", 1, Decimal(1)), expected_days()[1]]
    assertions.equal("days", exported_days(partner, event), expected)
    assertions.equal("days of another event", exported_days(partner, other), [("2026-09-02", 1, Decimal(5))])


EDITED_SHEETS = (
    (("2026-08-05", -5, "-0.01"), ("2026-08-01", 500, "9999999.99")),
    (("2026-08-05", 0, "0"), ("2026-08-04", 1, "0.3"), ("2026-08-03", 7, "10.1")),
    (("2026-08-05", 0, "0.1"), ("2026-08-06", 0, "0.30000000000000004")),
)


@example("SED-03.upload", "SED-04.no_change")
@pytest.mark.parametrize("kind", [CSV, XLSX], ids=["CSV", "XLSX"])
def test_whatever_sheets_state_is_what_days_come_to(sandbox: Sandbox, kind: str) -> None:
    event = create_event_with_sales(sandbox)
    partner = sandbox.sign_in("partner")
    for stated in EDITED_SHEETS:
        upload_file(partner, event, build_csv(*stated) if kind == CSV else build_xlsx(*stated), kind)
        seen = {day: values for day, *values in exported_days(partner, event)}
        for day, purchases, amount in stated:
            assertions.equal(f"totals of {day}", seen[day], [purchases, Decimal(amount)])
        sheet = export_sheet(partner, event).content
        assertions.equal("days changed by uploading the export", upload_file(partner, event, sheet), 0)
