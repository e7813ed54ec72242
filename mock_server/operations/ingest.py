"""Operations on transaction summaries: accept a summary, publish its rows by a job, discard pending summaries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from mock_server.domain import ingest
from mock_server.domain.causes import Cause
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.ingest import Entry
from mock_server.domain.models import CampaignResult, Event, Ingest, Job
from mock_server.operations import access
from mock_server.state.workspace import OperationCall, Workspace


@dataclass(frozen=True, slots=True)
class TransactionSummary:
    """A partner's summary of an event's transactions over a period, both days included."""

    eid: str
    first: date
    last: date
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a spreadsheet: an entry, and its period, both days included. None means the clock's current day."""

    entry: Entry
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class TicketsSheet:
    """The rows of a spreadsheet, and the problems of the rows with an invalid cell."""

    rows: tuple[SheetRow, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class AcceptedSummary:
    """A summary with the accepted entries, and the problems of the skipped entries."""

    summary: TransactionSummary
    rejected: tuple[Problem, ...]


def accept_summary(call: OperationCall, summary: TransactionSummary) -> AcceptedSummary:
    """Accept a summary and return the accepted part. See: ING-01, ING-02, ING-03.

    The rows of the summary appear when its job falls due. Raises InvalidRequestError for an invalid period.
    """
    if problems := ingest.period_problems(summary.first, summary.last):
        raise InvalidRequestError(*problems)
    event = access.require_event(call, summary.eid)
    validated = ingest.validate_entries(summary.entries)
    if validated.sold or validated.revenue:
        _schedule_ingest(call, event, summary, validated)
    return AcceptedSummary(replace(summary, entries=validated.accepted), validated.rejected)


def accept_sheet(call: OperationCall, eid: str, sheet: TicketsSheet) -> AcceptedSummary:
    """Accept the rows of a spreadsheet; rows with the same period form one summary. See: ING-07.

    Return one summary over all periods, with the accepted entries.
    """
    event = access.require_event(call, eid)
    today = call.now.date()
    entries_by_period, rejected = _group_by_period(sheet, today)
    accepted: list[Entry] = []
    for (first, last), entries in entries_by_period.items():
        validated = ingest.validate_entries(entries)
        accepted += validated.accepted
        rejected += validated.rejected
        if validated.accepted:
            _schedule_ingest(call, event, TransactionSummary(eid, first, last, entries), validated)
    firsts, lasts = zip(*entries_by_period, strict=True) if entries_by_period else ((today,), (today,))
    summary = TransactionSummary(eid, min(firsts), max(lasts), sorted(accepted, key=lambda entry: entry.index))
    return AcceptedSummary(summary, tuple(sorted(rejected, key=_row_index)))


def publish_summary(workspace: Workspace, job: Job, cause: Cause) -> None:
    """Add the rows of a summary, one for each day with a share, unless the summary has been cleared meanwhile.

    The job's subject is the summary's id rather than the event's, so that two summaries of one event do not supersede
    each other.

    See: ING-06.
    Implements: ING-03, ING-04.
    """
    store = workspace.store
    summary = store.ingests.get(job.subject)
    if summary is None:
        return
    store.ingests.delete(summary.id)
    for share in ingest.spread_over_days(summary, workspace.ids.seed):
        store.results.put(
            CampaignResult(
                id=workspace.ids.new("cr"),
                number=workspace.ids.next_number("cr"),
                eid=summary.eid,
                partner_id=summary.partner_id,
                purchase=share.sold,
                revenue=share.revenue,
                created_at=datetime.combine(share.day, time(), UTC),
                source="manual",
            ),
            cause,
        )


def discard_pending(call: OperationCall, event: Event) -> None:
    """Discard the event's summaries that are not published yet.

    Implements: ING-06.
    """
    for summary in list(call.store.ingests.group("event", event.id)):
        call.store.ingests.delete(summary.id)


def _group_by_period(sheet: TicketsSheet, today: date) -> tuple[dict[tuple[date, date], list[Entry]], list[Problem]]:
    """Return the entries of the sheet's rows by their period, and the problems of the other rows."""
    entries_by_period: dict[tuple[date, date], list[Entry]] = {}
    problems, total_days = list(sheet.problems), 0
    for row in sheet.rows:
        period = row.first or today, row.last or today
        days = 0 if period in entries_by_period else ingest.count_days(*period)
        if found := ingest.period_problems(*period) or ingest.total_days_problems(total_days + days):
            problems += [replace(problem, field=f"tickets.{row.entry.index}.{problem.field}") for problem in found]
        else:
            total_days += days
            entries_by_period.setdefault(period, []).append(row.entry)
    return entries_by_period, problems


def _row_index(problem: Problem) -> int:
    """Return the index in a field such as `tickets.1.sold`."""
    return int(problem.field.split(".")[1])


def _schedule_ingest(
    call: OperationCall, event: Event, summary: TransactionSummary, validated: ingest.ValidatedEntries
) -> None:
    accepted = Ingest(
        id=call.ids.new("ing"),
        eid=event.id,
        partner_id=call.partner_id,
        first=summary.first,
        last=summary.last,
        sold=validated.sold,
        revenue=validated.revenue,
    )
    call.store.ingests.put(accepted)
    call.workspace.schedule_in("ingest", accepted.id, call.now, call.workspace.timing.ingest)
