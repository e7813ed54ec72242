"""Imports into a disposable event: all of them are sent before the first contract, and judged after the last.

Imported figures appear up to a day later, so each contract cannot wait for its own. Each import has days of its own,
and so do its rows. What the target answered is recorded, and contracts judge it later.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import httpx2

from contracts.dsl.disposable_events import Use, new_days, pick_disposable_event
from contracts.dsl.import_files import PERIOD_COLUMNS, send_import_form, tickets_csv, tickets_xlsx
from contracts.dsl.measurements import keep, read_once
from contracts.dsl.sold_days import read_today
from contracts.dsl.steps import Row, list_adjustments, summary_body, ticket_entry
from contracts.target.client import Client, json_or_none
from contracts.target.deployment import TOKEN_REUSE_SECONDS, Deployment

Seen = TypeVar("Seen")
Total = tuple[int, Decimal]
"""Orders and revenue."""
DAY_SECONDS = 86_400.0
AGES = (3.0, 30.0, 300.0, 3_600.0, 21_600.0, 43_200.0, DAY_SECONDS)
"""The ages in seconds at which the rows of imports are read, until all have appeared. Rule: ING-03."""
SPREADS = 8
"""How many equal summaries are sent to see that the spread over the days is random."""
SPREAD_DAYS = 3
LONGEST_PERIOD = ("2010-01-01", "2020-01-08")
"""The longest period of a summary, 3,660 days."""
ONE_DAY, REJECTED, NOTHING, TWICE, LONGEST, FEW = "one day", "rejected entries", "nothing", "twice", "longest", "few"
EXACT_AMOUNTS = {"1000": "0.01", "0.1": "0.01", "0.05": "0.01", "0.125": "0.001"}
"""Amounts to spread, and the smallest unit of a share. Rule: ING-05."""
ONE_FIGURE, EXACT = "one figure alone", "exact"
SPREAD, CSV_FILE, XLSX_FILE, PERIODS, MIXED_FILE = "spread", "CSV file", "XLSX file", "file of periods", "mixed file"


@dataclass(frozen=True, slots=True)
class SentImport:
    """An import: its event, its first and last day, what must appear there, and the response."""

    first: str
    last: str
    expected: Total
    sent: Any = field(repr=False)
    status: int
    answer: Row

    @property
    def is_accepted(self) -> bool:
        """Whether the target has accepted it, or a part of it."""
        return 200 <= self.status < 300

    @property
    def is_accepted_whole(self) -> bool:
        """Whether the target has accepted all of it."""
        return self.is_accepted and not self.answer.get("validation_errors")

    def select_own(self, rows: list[Row]) -> list[Row]:
        """Return the rows of its days."""
        return [row for row in rows if self.first <= row["created_at"][:10] <= self.last]


@dataclass(frozen=True, slots=True)
class RecordedImports:
    """The imports by name, the ids of the rows before them, and whether rows appeared right after the first one."""

    event: str
    before: frozenset[str]
    at_once: list[Row]
    imports: Mapping[str, SentImport]

    def select_new(self, rows: list[Row]) -> list[Row]:
        """Return the rows that were not there before the imports."""
        return [row for row in rows if row["id"] not in self.before]

    def list_missing(self, rows: list[Row]) -> list[str]:
        """Return the names of the imports that have no row on their days; none if their orders are on other days.

        Imports of which an entry was left out are not expected: why an entry is left out is assumed.
        """
        expected = {name: each for name, each in self.imports.items() if each.is_accepted_whole and each.expected[0]}
        missing = {name: each for name, each in expected.items() if not each.select_own(rows)}
        strays = [row for row in rows if self.find_import(row) is None]
        is_dated_otherwise = add_up(strays)[0] >= sum(each.expected[0] for each in missing.values())
        return [] if is_dated_otherwise else list(missing)

    def find_import(self, row: Row) -> SentImport | None:
        """Return the import on whose days a row is."""
        return next((sent for sent in self.imports.values() if sent.select_own([row])), None)

    def list_spreads(self) -> list[SentImport]:
        """Return the equal summaries."""
        return [self.imports[f"{SPREAD} {number}"] for number in range(SPREADS)]


def add_up(rows: list[Row]) -> Total:
    """Return the orders and the revenue of rows."""
    return sum(row["purchase"] for row in rows), sum((Decimal(repr(row["revenue"])) for row in rows), Decimal(0))


def record_imports(deployment: Deployment) -> RecordedImports:
    """Send all imports on first use."""
    return keep(deployment, "imports", lambda: _send_all(deployment))


def wait_for_new_rows(deployment: Deployment, started_at: float) -> list[Row]:
    """Return the new rows when all imports have appeared, or a day after they were sent.

    Raises InconclusiveError if that is longer than the timeout for imports.
    """
    recorded = record_imports(deployment)

    def read() -> list[Row]:
        return wait_for_import(
            deployment,
            started_at,
            lambda client: recorded.select_new(list_adjustments(client, recorded.event, deployment.partner_id)),
            lambda rows: not recorded.list_missing(rows),
        )

    return read_once(deployment, "rows of imports", read)


def wait_for_import(
    deployment: Deployment, started_at: float, read: Callable[[Client], Seen], is_done: Callable[[Seen], bool]
) -> Seen:
    """Read as a user of `/campaign_results/` until `is_done`, or until a day after the start. Return the last value.

    Raises InconclusiveError if that is longer than the timeout for imports.
    """
    for age in AGES:
        deployment.clock.wait_for_age("import", started_at, age)
        is_fresh = age < TOKEN_REUSE_SECONDS
        seen = read(deployment.results_user if is_fresh else deployment.sign_in(deployment.results_role))
        if is_done(seen):
            break
    return seen


def _send_all(deployment: Deployment) -> RecordedImports:
    event = pick_disposable_event(deployment, Use.IMPORTS)
    before = list_adjustments(deployment.results_user, event, deployment.partner_id)
    known = frozenset(str(row["id"]) for row in before)
    imports: dict[str, SentImport] = {}
    at_once: list[Row] = []
    for name, sent in _send_each(deployment, event):
        if not imports:
            rows = list_adjustments(deployment.results_user, event, deployment.partner_id)
            at_once = [row for row in rows if row["id"] not in known]
        imports[name] = sent
    return RecordedImports(event, known, at_once, imports)


def _send_each(deployment: Deployment, event: str) -> Iterator[tuple[str, SentImport]]:
    """Send the imports one after another. Yield the name and the response of each."""
    two = ticket_entry("Parkett", 12, 540.5), ticket_entry("Balkon", 3, 0.25)
    yield ONE_DAY, _send_summary(deployment, event, 1, (15, "540.75"), *two)
    for number in range(SPREADS):
        entry = ticket_entry("A", 1000, 1000)
        yield f"{SPREAD} {number}", _send_summary(deployment, event, SPREAD_DAYS, (1000, "1000"), entry)
    yield REJECTED, _send_summary(deployment, event, 1, (15, "540.5"), *REJECTED_ENTRIES)
    yield MIXED_FILE, _send_mixed_file(deployment, event)
    yield NOTHING, _send_summary(deployment, event, 1, (0, "0"), ticket_entry("A", -1, 5))
    free, fee = ticket_entry("free", 1, 0), ticket_entry("fee", 0, 0.01)
    yield ONE_FIGURE, _send_summary(deployment, event, 1, (1, "0.01"), free, fee)
    yield FEW, _send_summary(deployment, event, 4, (1, "0"), ticket_entry("A", 1, 0))
    for amount in EXACT_AMOUNTS:
        entry = ticket_entry("A", 7, float(amount))
        yield f"{EXACT} {amount}", _send_summary(deployment, event, 3, (7, amount), entry)
    yield from _send_twice(deployment, event)
    body = summary_body(event, *LONGEST_PERIOD, ticket_entry("A", 1, 0))
    answer = deployment.partner.call("ingestTransactionSummary", body=body)
    yield LONGEST, _record(*LONGEST_PERIOD, (1, "0"), body, answer)
    yield from _send_files(deployment, event)


REJECTED_ENTRIES = (
    ticket_entry("A", 12, 540.5),
    ticket_entry("B", -1, 5),
    ticket_entry("C", 1, -5),
    ticket_entry("D", -1, -5),
    ticket_entry("E", 0, 0),
    ticket_entry("A", 1, 5),
    ticket_entry("F", 1, 0.123456789012345),
    ticket_entry("G", 3, 0),
)
"""Entries of which only the first and the last can be accepted."""
REJECTED_FIELDS = [
    "tickets.1.sold",
    "tickets.2.revenue",
    "tickets.3.revenue",
    "tickets.3.sold",
    "tickets.4.sold",
    "tickets.5.type",
    "tickets.6.revenue",
]


def _send_summary(
    deployment: Deployment, event: str, days: int, expected: tuple[int, str], *entries: Row
) -> SentImport:
    period = new_days(deployment, days)
    body = summary_body(event, period[0], period[-1], *entries)
    answer = deployment.partner.call("ingestTransactionSummary", body=body)
    return _record(period[0], period[-1], expected, body, answer)


def _send_twice(deployment: Deployment, event: str) -> Iterator[tuple[str, SentImport]]:
    """Send the same summary two times. What must appear is recorded with the second one."""
    (day,) = new_days(deployment, 1)
    body = summary_body(event, day, day, ticket_entry("A", 6, 12.5))
    for expected in ((6, "12.5"), (12, "25.0")):
        answer = deployment.partner.call("ingestTransactionSummary", body=body)
        yield TWICE, _record(day, day, expected, body, answer)


def _send_files(deployment: Deployment, event: str) -> Iterator[tuple[str, SentImport]]:
    today = read_today(deployment).isoformat()
    for name, build, entry in (
        (CSV_FILE, tickets_csv, ("Parkett", 12, 540.5)),
        (XLSX_FILE, tickets_xlsx, ("Balkon", 3, 0.25)),
    ):
        answer = send_import_form(deployment.partner, event, build(entry))
        yield name, _record(today, today, (entry[1], str(entry[2])), entry, answer)
    first, middle, last = new_days(deployment, SPREAD_DAYS)
    rows = ("A", 1, 10, first, first), ("A", 2, 20, last, last), ("B", 4, 40, first, first)
    answer = send_import_form(deployment.partner, event, tickets_csv(*rows, columns=PERIOD_COLUMNS))
    yield PERIODS, _record(first, last, (7, "70"), (first, middle, last), answer)


def _send_mixed_file(deployment: Deployment, event: str) -> SentImport:
    (day,) = new_days(deployment, 1)
    file = tickets_csv(*(_with_period(row, day) for row, _ in MIXED_ROWS), columns=PERIOD_COLUMNS)
    answer = send_import_form(deployment.partner, event, file)
    return _record(day, day, (15, "540.5"), file, answer)


MIXED_ROWS: tuple[tuple[tuple[object, ...], str], ...] = (
    (("A", 12, 540.5), ""),
    (("", 1, 5), "type"),
    (("x" * 201, 1, 5), "type"),
    (("a\tb", 1, 5), "type"),
    (("C", "", 5), "sold"),
    (("D", 1.5, 5), "sold"),
    (("E", 2**31, 5), "sold"),
    (("F", -1, 5), "sold"),
    (("G", 1, "5 EUR"), "revenue"),
    (("H", 1, "=1+1"), "revenue"),
    (("I", 1, "0.12345678901234567890"), "revenue"),
    (("A", 1, 5), "type"),
    (("J", 0, 0), "sold"),
    (("K", 1, 5, "2024-01-01", ""), "to"),
    (("L", 1, 5, "2026-02-30", "2026-08-01"), "from"),
    (("M", 1, 5, "2024-01-02", "2024-01-01"), "from"),
    (("N", 1, 5, *LONGEST_PERIOD), "to"),
    (("O", 3, 0), ""),
)
"""The rows of a file, and the column of each row that cannot be accepted."""


def list_mixed_fields() -> list[str]:
    """Return the fields that the response to the mixed file must name."""
    return [f"tickets.{place}.{column}" for place, (_, column) in enumerate(MIXED_ROWS) if column]


def _with_period(row: tuple[object, ...], day: str) -> tuple[object, ...]:
    return row if len(row) == len(PERIOD_COLUMNS) else (*row, day, day)


def _record(first: str, last: str, expected: tuple[int, str], sent: object, answer: httpx2.Response) -> SentImport:
    body = json_or_none(answer)
    total = expected[0], Decimal(expected[1])
    return SentImport(first, last, total, sent, answer.status_code, body if isinstance(body, dict) else {})
