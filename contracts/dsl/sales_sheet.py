"""Steps of the contracts on sales edit: create an event with sales, export and upload its sheet."""

from collections.abc import Mapping
from decimal import Decimal

import httpx2

from contracts.dsl import assertions, spreadsheets
from contracts.dsl.spreadsheets import build_csv, build_xlsx
from contracts.dsl.steps import Row, list_adjustments, sale_row
from contracts.spec.breaches import may_differ
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client, json_or_none
from contracts.target.forms import CSV, FORM_HEADER, FormFile, encode_form
from contracts.target.sandbox import ACME, Sandbox

PATH = "/daily_revenue_summary/sales_edit_export"
ZIP_START = b"PK"
"""The first bytes of a workbook, which is a ZIP archive."""
HEADER = list(spreadsheets.COLUMNS)
UNSUPPORTED_MEDIA_TYPE = 415
DayTotal = tuple[int, Decimal]
"""The purchases and the revenue of a day."""
StatedTotal = tuple[int, str]
"""The purchases and the revenue of a day as an upload states them."""


def export_sheet(client: Client, event: str, kind: str | None = "csv") -> httpx2.Response:
    """Export the sheet. The status must be 200."""
    query = {"event_id": event} if kind is None else {"event_id": event, "format": kind}
    response = client.call("exportSalesEdit", query=query)
    assertions.step_status(response, 200)
    return response


def exported_days(client: Client, event: str) -> list[tuple[str, int, Decimal]]:
    """Export the sheet and parse its days: date, purchases and revenue."""
    content = export_sheet(client, event).content
    if content.startswith(ZIP_START) and may_differ("SED-01.format"):
        assertions.equal("the format of the sheet", "a workbook", "CSV, as requested", part="SED-01.format")
        raise InconclusiveError("the sheet is not CSV, so its days cannot be read")
    rows = spreadsheets.parse_csv(content)
    assertions.prepared("columns", rows[0], HEADER, owner="SED-01.columns")
    return [(day, int(purchases), Decimal(amount)) for day, purchases, amount in rows[1:]]


def read_totals(client: Client, event: str) -> dict[str, DayTotal]:
    """Export the sheet. Return the purchases and the revenue of each of its days."""
    return {day: (purchases, amount) for day, purchases, amount in exported_days(client, event)}


def upload_totals(client: Client, event: str, totals: Mapping[str, StatedTotal], kind: str = CSV) -> Row:
    """Upload a sheet that states the totals of these days. Return the response.

    Raises InconclusiveError if the target refuses the sheet for a reason that the documentation leaves open.
    """
    rows = [(day, *total) for day, total in totals.items()]
    response = send_file(client, event, build_csv(*rows) if kind == CSV else build_xlsx(*rows), kind)
    if response.status_code == UNSUPPORTED_MEDIA_TYPE:
        assertions.status(response, 200, part="SED-03.upload")
    assertions.status(response, 200, part="SED-03.answer")
    answer = dict(response.json()) if response.is_success else {}
    assertions.equal("errors in rows", answer.get("validation_errors", []), [], part="SED-05.row_errors")
    if not response.is_success or answer.get("validation_errors"):
        raise InconclusiveError("the target refuses the sheet, so its totals cannot be compared")
    return answer


def send_file(client: Client, event: str, file: bytes, kind: str = CSV) -> httpx2.Response:
    """Upload a file in a form; return the response, whatever its status."""
    name = "sales.xlsx" if kind == spreadsheets.XLSX else "sales.csv"
    return send_form(client, event, FormFile(file, kind, name))


def send_form(client: Client, event: str, *files: FormFile) -> httpx2.Response:
    """Send a form with these files; return the response, whatever its status."""
    return send_body(client, event, encode_form(*files), FORM_HEADER)


def send_body(client: Client, event: str, content: bytes, kind: str = CSV) -> httpx2.Response:
    """Send this body to the path of uploads; return the response, whatever its status."""
    return client.send("POST", PATH, query=f"event_id={event}", headers={"content-type": kind}, content=content)


def upload_file(client: Client, event: str, file: bytes, kind: str = CSV) -> int:
    """Upload a file in a form; the status must be 200, without errors. Return the number of changed days."""
    response = send_file(client, event, file, kind)
    assertions.step_status(response, 200)
    assertions.equal("validation_errors of the upload", response.json()["validation_errors"], [])
    return int(response.json()["changed"])


def require_row_errors(response: httpx2.Response, *fields: str) -> None:
    """Check that an upload changed nothing because of errors in these cells. Rule: SED-05."""
    part = "SED-05.row_errors"
    assertions.status(response, 200, part=part)
    body = json_or_none(response)
    entries = body.get("validation_errors", []) if isinstance(body, dict) else []
    seen = sorted(str(entry.get("field")) for entry in entries)
    assertions.equal("fields of the errors in rows", seen, sorted(fields), part=part)
    if response.is_success and isinstance(body, dict) and "changed" in body:
        assertions.equal("days changed", body["changed"], 0, part=part)


def list_manual_rows(client: Client, event: str, partner_id: str = ACME) -> list[tuple[str, int, float]]:
    """List the manual rows of an event, oldest first: timestamp, purchases and revenue."""
    rows = [row for row in list_adjustments(client, event, partner_id) if row["source"] == "manual"]
    return sorted((row["created_at"], row["purchase"], row["revenue"]) for row in rows)


def create_event_with_sales(sandbox: Sandbox) -> str:
    """Create an event with sales on 3 August (10.1) and 5 August (0.2 and 0.1), all credited by an attribution run."""
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    for time, amount in (("03T00:00:00", 10.1), ("05T10:00:00", 0.2), ("05T23:59:59", 0.1)):
        sandbox.add_sales(sale_row(buyer, event, f"2026-08-{time}Z", revenue=amount))
    sandbox.set_time("2026-09-02T08:00:00Z")
    dates = [day[0] for day in expected_days()]
    days = sorted(day for day in exported_days(sandbox.sign_in("partner"), event) if day[0] in dates)
    assertions.prepared("totals of the sheet", days, expected_days(), owner="SED-02.totals")
    return event


def expected_days() -> list[tuple[str, int, Decimal]]:
    """Return the days that the sheet of this event must contain."""
    return [("2026-08-03", 1, Decimal("10.1")), ("2026-08-05", 2, Decimal("0.3"))]
