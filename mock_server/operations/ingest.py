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
class AcceptedSummary:
    """A summary with the entries that were accepted, and the problems of those that were left out."""

    summary: TransactionSummary
    rejected: tuple[Problem, ...]


def accept_summary(call: OperationCall, summary: TransactionSummary) -> AcceptedSummary:
    """Accept a summary and return what was accepted of it. See: ING-01, ING-02, ING-03.

    The rows of the summary appear when its job falls due. Raises InvalidRequestError for an invalid period.
    """
    if problems := ingest.period_problems(summary.first, summary.last):
        raise InvalidRequestError(*problems)
    event = access.require_event(call, summary.eid)
    validated = ingest.validate_entries(summary.entries)
    if validated.sold or validated.revenue:
        _schedule_ingest(call, event, summary, validated)
    return AcceptedSummary(replace(summary, entries=validated.accepted), validated.rejected)


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
