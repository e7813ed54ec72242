"""Imports into a disposable event: what they answer, and the rows in which they appear."""

from datetime import date
from decimal import Decimal

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.early_starts import EarlyStart
from contracts.dsl.recorded_imports import (
    CSV_FILE,
    EXACT,
    EXACT_AMOUNTS,
    FEW,
    LONGEST,
    MIXED_FILE,
    NOTHING,
    ONE_DAY,
    ONE_FIGURE,
    PERIODS,
    REJECTED,
    REJECTED_FIELDS,
    SPREAD_DAYS,
    TWICE,
    XLSX_FILE,
    SentImport,
    add_up,
    list_mixed_fields,
    record_imports,
    wait_for_new_rows,
)
from contracts.dsl.steps import Row, list_adjustments, read_revenue
from contracts.spec.markers import property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.deployment import Deployment

WRITES = ("ingestTransactionSummary", "ingestTransactionSummaryFromExcel")
ROWS = "ING-04.rows"
HALF_A_CENT = Decimal("0.005")
RECORD_MEMBERS = {"eid", "from", "to", "tickets"}
MEMBERS_OF_ERRORS = {"code", "field", "message"}


def require_accepted(sent: SentImport, part: str) -> None:
    """Check that an import got 200. Raises InconclusiveError if the target refuses it, and may do so."""
    assertions.equal("status of the import", sent.status, 200, part=part)
    if not sent.is_accepted:
        raise InconclusiveError(f"the target refuses the import: {sent.status}")


def read_own_rows(deployment: Deployment, started: EarlyStart, name: str) -> list[Row]:
    """Return the rows on the days of an import. Raises InconclusiveError if there are none."""
    rows = record_imports(deployment).imports[name].select_own(wait_for_new_rows(deployment, started.at))
    require_case(bool(rows), "a row on the days of an import")
    return rows


def list_fields(sent: SentImport) -> list[str]:
    """Return the fields of the entries that were left out."""
    return sorted(str(entry.get("field")) for entry in sent.answer.get("validation_errors", []))


@property_test("ING-03.within_a_day", "ING-03.until_then", profile="smoke", early="import", writes=WRITES)
def test_imports_appear_within_a_day_and_not_at_once(writable: Deployment, early_start: EarlyStart) -> None:
    recorded = record_imports(writable)
    assertions.equal("rows right after the first import", recorded.at_once, [], part="ING-03.until_then")
    require_cases((each for each in recorded.imports.values() if each.is_accepted_whole), "an accepted import")
    missing = recorded.list_missing(wait_for_new_rows(writable, early_start.at))
    assertions.equal("imports without rows after a day", missing, [], part="ING-03.within_a_day")


@property_test("ING-01.takes", "ING-05.exact", profile="smoke", early="import", writes=WRITES)
def test_the_entries_of_a_summary_appear_as_one_sum(writable: Deployment, early_start: EarlyStart) -> None:
    sent = record_imports(writable).imports[ONE_DAY]
    require_accepted(sent, "ING-01.takes")
    assertions.equal("fields of rejected entries", list_fields(sent), [], part="ING-02.reasons")
    orders, amount = add_up(read_own_rows(writable, early_start, ONE_DAY))
    assertions.equal("orders", orders, sent.expected[0], part="ING-01.takes")
    assertions.at_most("difference of revenue", abs(amount - sent.expected[1]), HALF_A_CENT, part="ING-01.takes")
    assertions.equal("revenue", amount, sent.expected[1], part="ING-05.exact")


@property_test("ING-01.older_answer", "ING-01.members", documentation="older", early="import", writes=WRITES)
def test_an_import_returns_the_older_record(writable: Deployment, early_start: EarlyStart) -> None:
    imports = record_imports(writable).imports
    for name, places in ((ONE_DAY, slice(None)), (REJECTED, slice(None, None, 7))):
        sent = imports[name]
        require_accepted(sent, "ING-02.left_out" if name == REJECTED else "ING-01.takes")
        record = {member: value for member, value in sent.answer.items() if member != "validation_errors"}
        assertions.is_true("the response contains the record", bool(record), seen=record, part="ING-01.older_answer")
        expected = {**sent.sent, "tickets": sent.sent["tickets"][places]}
        assertions.equal("the persisted record", record, expected, part="ING-01.members")


@property_test("ING-01.newer_answer", "ING-01.members", documentation="newer", early="import", writes=WRITES)
def test_an_import_returns_no_newer_record(writable: Deployment, early_start: EarlyStart) -> None:
    sent = record_imports(writable).imports[ONE_DAY]
    require_accepted(sent, "ING-01.takes")
    seen = RECORD_MEMBERS.intersection(sent.answer)
    assertions.equal("members of the record in the response", seen, set(), part="ING-01.newer_answer")
    assertions.equal("the response", sent.answer, {"validation_errors": []}, part="ING-01.members")


@property_test("ING-02.left_out", "ING-02.reasons", "ING-02.report", early="import", writes=WRITES)
def test_rejected_entries_are_reported_and_left_out(writable: Deployment, early_start: EarlyStart) -> None:
    recorded = record_imports(writable)
    sent, nothing = recorded.imports[REJECTED], recorded.imports[NOTHING]
    require_accepted(sent, "ING-02.left_out")
    assertions.equal("fields of rejected entries", list_fields(sent), REJECTED_FIELDS, part="ING-02.reasons")
    for entry in sent.answer.get("validation_errors", []):
        assertions.equal("members of an entry", set(entry), MEMBERS_OF_ERRORS, part="ING-02.report")
    total = add_up(read_own_rows(writable, early_start, REJECTED))
    assertions.equal("orders and revenue of the other entries", total, sent.expected, part="ING-02.left_out")
    alone = recorded.imports[ONE_FIGURE]
    assertions.equal("fields of entries with one figure", list_fields(alone), [], part="ING-02.reasons")
    assertions.equal("status if nothing is accepted", nothing.status, 200, part="ING-02.report")
    rows = nothing.select_own(wait_for_new_rows(writable, early_start.at))
    assertions.equal("rows if nothing is accepted", rows, [], part="ING-02.left_out")


@property_test("ING-06.twice", early="import", writes=WRITES)
def test_a_summary_that_is_sent_twice_counts_twice(writable: Deployment, early_start: EarlyStart) -> None:
    sent = record_imports(writable).imports[TWICE]
    require_accepted(sent, "ING-06.twice")
    total = add_up(read_own_rows(writable, early_start, TWICE))
    assertions.equal("orders and revenue", total, sent.expected, part="ING-06.twice")


@property_test("ING-04.spread", profile="smoke", early="import", writes=WRITES)
def test_figures_are_spread_over_all_days_of_their_period(writable: Deployment, early_start: EarlyStart) -> None:
    """A share may be so small that a day has no row, so several equal summaries are looked at together."""
    rows, places = wait_for_new_rows(writable, early_start.at), set()
    for sent in record_imports(writable).list_spreads():
        own = sent.select_own(rows)
        require_case(bool(own), "a row on the days of each summary")
        first = date.fromisoformat(sent.first)
        places |= {(date.fromisoformat(row["created_at"][:10]) - first).days + 1 for row in own}
    expected = list(range(1, SPREAD_DAYS + 1))
    assertions.equal("days of the period with a share", sorted(places), expected, part="ING-04.spread")


@property_test("ING-04.rows", early="import", writes=WRITES)
def test_each_day_with_a_share_has_one_manual_row(writable: Deployment, early_start: EarlyStart) -> None:
    recorded, rows = record_imports(writable), wait_for_new_rows(writable, early_start.at)
    of_runs = [row["id"] for row in rows if row["source"] == "automated" and not recorded.find_import(row)]
    for row in (row for row in rows if row["id"] not in of_runs):
        sent = recorded.find_import(row)
        seen = row["source"], row["created_at"][10:], sent is not None
        expected = "manual", "T00:00:00Z", True
        assertions.equal("source and time of a row, and whether it is on an import's day", seen, expected, part=ROWS)
        assertions.is_true("a row has a share", bool(row["purchase"] or row["revenue"]), seen=row, part=ROWS)
    for sent in (*recorded.list_spreads(), recorded.imports[FEW]):
        days = [row["created_at"][:10] for row in sent.select_own(rows)]
        assertions.equal("days of a summary's rows", sorted(days), sorted(set(days)), part=ROWS)


@property_test("ING-04.adjustments", profile="smoke", early="import", writes=WRITES)
def test_imports_appear_in_both_lists_of_adjustments(writable: Deployment, early_start: EarlyStart) -> None:
    recorded = record_imports(writable)
    wait_for_new_rows(writable, early_start.at)
    listed = list_adjustments(writable.sign_in(writable.results_role), recorded.event, writable.partner_id)
    new = {row["id"] for row in recorded.select_new(listed)}
    require_case(bool(new), "a row of an import")
    summary = read_revenue(writable.sign_in("partner"), recorded.event)
    beside = {row["id"] for row in summary["manual_adjustments"]}
    assertions.equal("rows that are missing in the daily revenue", sorted(new - beside), [], part="ING-04.adjustments")


@property_test("ING-05.exact", early="import", writes=WRITES)
def test_the_shares_of_a_period_add_up_exactly(writable: Deployment, early_start: EarlyStart) -> None:
    recorded, part = record_imports(writable), "ING-05.exact"
    for text, unit in EXACT_AMOUNTS.items():
        rows = read_own_rows(writable, early_start, f"{EXACT} {text}")
        expected = recorded.imports[f"{EXACT} {text}"].expected
        assertions.equal(f"orders and revenue of the shares of {text}", add_up(rows), expected, part=part)
        fractions = [row["revenue"] for row in rows if Decimal(repr(row["revenue"])) % Decimal(unit)]
        assertions.equal(f"shares that are not multiples of {unit}", fractions, [], part=part)
        negative = [row for row in rows if row["purchase"] < 0 or row["revenue"] < 0]
        assertions.equal("negative shares", negative, [], part=part)


@property_test("ING-01.bounds", early="import", writes=WRITES)
def test_a_period_of_3660_days_is_accepted(writable: Deployment, early_start: EarlyStart) -> None:
    assertions.equal("status", record_imports(writable).imports[LONGEST].status, 200, part="ING-01.bounds")


@property_test("ING-07.upload", "ING-07.columns", profile="smoke", early="import", writes=WRITES)
def test_rows_of_a_file_without_a_period_are_sales_of_today(writable: Deployment, early_start: EarlyStart) -> None:
    sent = [record_imports(writable).imports[name] for name in (XLSX_FILE, CSV_FILE)]
    for each in sent:
        require_accepted(each, "ING-07.upload" if each.is_accepted else "ING-07.columns")
    orders, amount = add_up(sent[0].select_own(wait_for_new_rows(writable, early_start.at)))
    expected = sum(each.expected[0] for each in sent), sum(each.expected[1] for each in sent)
    assertions.equal("orders and revenue of today", (orders, amount), expected, part="ING-07.columns")


@property_test("ING-07.columns", "ING-07.as_ingested", early="import", writes=WRITES)
def test_each_period_of_a_file_is_a_summary(writable: Deployment, early_start: EarlyStart) -> None:
    sent = record_imports(writable).imports[PERIODS]
    require_accepted(sent, "ING-07.columns")
    rows = read_own_rows(writable, early_start, PERIODS)
    seen = [add_up([row for row in rows if row["created_at"][:10] == day]) for day in sent.sent]
    expected = [(5, Decimal(50)), (0, Decimal(0)), (2, Decimal(20))]
    assertions.equal("orders and revenue of each day", seen, expected, part="ING-07.as_ingested")


@property_test("ING-07.left_out", "ING-07.days_together", early="import", writes=WRITES)
def test_invalid_rows_of_a_file_are_reported_and_left_out(writable: Deployment, early_start: EarlyStart) -> None:
    sent, part = record_imports(writable).imports[MIXED_FILE], "ING-07.left_out"
    require_accepted(sent, part)
    assertions.equal("fields of the rows that were left out", list_fields(sent), sorted(list_mixed_fields()), part=part)
    total = add_up(read_own_rows(writable, early_start, MIXED_FILE))
    assertions.equal("orders and revenue of the other rows", total, sent.expected, part=part)
