"""The totals of a disposable event's days after uploads of its sales sheet, compared with those before."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.dsl import assertions
from contracts.dsl.disposable_events import Use, new_days, pick_disposable_event
from contracts.dsl.sales_sheet import (
    DayTotal,
    StatedTotal,
    export_sheet,
    list_manual_rows,
    read_totals,
    send_body,
    send_file,
    upload_totals,
)
from contracts.dsl.spreadsheets import XLSX, build_csv, build_xlsx
from contracts.dsl.steps import Row, create_adjustment
from contracts.spec.markers import property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.deployment import Deployment
from contracts.target.forms import CSV

HALF_A_CENT = Decimal("0.005")
KINDS = pytest.mark.parametrize("kind", [CSV, XLSX], ids=["CSV", "XLSX"])
LONG_AMOUNTS = ("123456789012.34", "123456789012.34001")
"""Two amounts for one day after another. Their difference is a JSON number, and the second needs 17 digits."""
UPLOAD = "uploadSalesEdit"


def require_total(day: str, seen: DayTotal | None, stated: StatedTotal) -> None:
    """Check that a day comes to what an upload stated. A day that comes to nothing may be left out."""
    orders, amount = stated[0], Decimal(stated[1])
    if seen is None and not orders and not amount:
        assertions.equal(f"totals of {day}", seen, (0, 0), part="SED-02.totals")
        return
    assertions.equal(f"orders of {day}", seen and seen[0], orders, part="SED-03.upload")
    assert seen is not None  # noqa: S101 - checked above
    assertions.at_most(f"difference of revenue on {day}", abs(seen[1] - amount), HALF_A_CENT, part="SED-03.upload")
    assertions.equal(f"revenue of {day}", seen[1], amount, part="SED-02.totals")


def select_others(totals: dict[str, DayTotal], *days: str) -> dict[str, DayTotal]:
    """Return the totals of the days before this month other than these. On later days, sales may still arrive."""
    newest = max(totals, default="")[:7]
    return {day: total for day, total in totals.items() if day[:7] < newest and day not in days}


@property_test("SED-03.upload", "SED-02.totals", "SED-04.no_change", profile="smoke", writes=(UPLOAD,))
@KINDS
def test_a_day_comes_to_what_the_last_upload_states(writable: Deployment, kind: str) -> None:
    event, (first, second) = pick_disposable_event(writable, Use.SHEETS), new_days(writable, 2)
    before = select_others(read_totals(writable.partner, event), first, second)
    uploads: tuple[dict[str, StatedTotal], ...] = (
        {first: (4, "100.25"), second: (2, "7")},
        {first: (1, "0.1")},
        {first: (2, "0.3"), second: (9, "70.25")},
        {first: (0, "0")},
    )
    for stated in uploads:
        upload_totals(writable.partner, event, stated, kind)
        seen = read_totals(writable.partner, event)
        for day, total in stated.items():
            require_total(day, seen.get(day), total)
        part = "SED-04.no_change"
        assertions.equal("totals of other days", select_others(seen, first, second), before, part=part)
    kept = read_totals(writable.partner, event).get(second)
    assertions.equal(f"totals of {second}, which the last sheet left out", kept, (9, Decimal("70.25")), part=part)


@property_test("SED-03.answer", "SED-03.rows", "SED-04.no_change", writes=(UPLOAD,))
def test_an_upload_records_the_differences_as_manual_rows(writable: Deployment) -> None:
    event, (first, second) = pick_disposable_event(writable, Use.SHEETS), new_days(writable, 2)
    partner_id = writable.partner_id
    upload_totals(writable.partner, event, {first: (0, "0"), second: (2, "50.75")})
    before = list_manual_rows(writable.results_user, event, partner_id)
    answer = upload_totals(writable.partner, event, {first: (3, "90.25"), second: (1, "50.25")})
    require_changed(answer, 2)
    rows = list_manual_rows(writable.results_user, event, partner_id)
    added = sorted(row for row in rows if row not in before)
    expected = [(f"{first}T00:00:00Z", 3, 90.25), (f"{second}T00:00:00Z", -1, -0.5)]
    assertions.equal("new manual rows", added, expected, part="SED-03.rows")
    require_changed(upload_totals(writable.partner, event, {first: (3, "90.25"), second: (1, "50.25")}), 0)
    again = list_manual_rows(writable.results_user, event, partner_id)
    assertions.equal("manual rows after the same upload", again, rows, part="SED-04.no_change")


def require_changed(answer: Row, count: int) -> None:
    """Check the number of days that an upload says it has changed, if it says so."""
    part = "SED-03.answer" if count else "SED-04.no_change"
    if "changed" in answer:
        assertions.equal("days changed", answer["changed"], count, part=part)


@property_test("SED-03.field", writes=(UPLOAD,))
@KINDS
def test_a_sheet_may_be_the_whole_body(writable: Deployment, kind: str) -> None:
    event, (day,) = pick_disposable_event(writable, Use.SHEETS), new_days(writable, 1)
    row = (day, 3, "75.25")
    content = build_csv(row) if kind == CSV else build_xlsx(row)
    answer = send_body(writable.partner, event, content, kind)
    assertions.status(answer, 200, part="SED-03.field")
    if not answer.is_success:
        raise InconclusiveError("the target takes a sheet only in a form")
    seen = read_totals(writable.partner, event).get(day)
    assertions.equal(f"totals of {day}", seen, (3, Decimal("75.25")), part="SED-03.field")


@property_test("SED-03.rows", writes=(UPLOAD,))
@KINDS
def test_the_columns_of_an_upload_are_told_by_their_names(writable: Deployment, kind: str) -> None:
    event, (day,) = pick_disposable_event(writable, Use.SHEETS), new_days(writable, 1)
    columns, row = ("revenue", "date", "purchases"), ("90", day, 4)
    content = build_csv(row, columns=columns) if kind == CSV else build_xlsx(row, columns=columns)
    answer = send_file(writable.partner, event, content, kind)
    assertions.status(answer, 200, part="SED-03.rows")
    seen = read_totals(writable.partner, event).get(day)
    assertions.equal(f"totals of {day}", seen, (4, Decimal(90)), part="SED-03.rows")


@property_test("SED-02.totals", "SED-04.no_change", writes=(UPLOAD,))
@KINDS
def test_an_unedited_sheet_is_exact_and_changes_nothing(writable: Deployment, kind: str) -> None:
    event, (day,) = pick_disposable_event(writable, Use.SHEETS), new_days(writable, 1)
    for amount in LONG_AMOUNTS:
        upload_totals(writable.partner, event, {day: (1, amount)})
    total = read_totals(writable.partner, event).get(day)
    assertions.equal(f"totals of {day}", total, (1, Decimal(LONG_AMOUNTS[-1])), part="SED-02.totals")
    before = list_manual_rows(writable.results_user, event, writable.partner_id)
    sheet = export_sheet(writable.partner, event, "csv" if kind == CSV else "xlsx").content
    answer = send_file(writable.partner, event, sheet, kind)
    assertions.status(answer, 200, part="SED-04.no_change")
    if answer.is_success:
        require_changed(dict(answer.json()), 0)
    after = list_manual_rows(writable.results_user, event, writable.partner_id)
    assertions.equal("manual rows after the upload", after, before, part="SED-04.no_change")


@property_test("SED-02.totals", writes=("createCampaignResult", "deleteCampaignResult"))
def test_manual_rows_count_on_their_day(writable: Deployment) -> None:
    event = pick_disposable_event(writable, Use.SHEETS)
    before = read_totals(writable.partner, event)
    added = [create_adjustment(writable.results_user, event, writable.partner_id, 2, amount) for amount in (90, 0.07)]
    seen = read_totals(writable.partner, event)
    for row in added:
        writable.results_user.call("deleteCampaignResult", query={"id": row["id"]})
    day = max(date.fromisoformat(row["created_at"][:10]) for row in added).isoformat()
    orders, amount = before.get(day, (0, Decimal(0)))
    expected = (orders + 4, amount + Decimal("90.07"))
    assertions.equal(f"totals of {day} with two more rows", seen.get(day), expected, part="SED-02.totals")
