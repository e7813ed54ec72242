"""Explains an event's rows: the cause of each row, the deleted rows, and the runs that added no row."""

from collections.abc import Iterator, Sequence

from mock_server.control.explain import cause_format
from mock_server.control.explain import purchases as explain_sales
from mock_server.control.explain.event_schemas import (
    DeletedRowBody,
    EventExplanation,
    ExaminedSaleBody,
    ExplainEventQuery,
    RowExplanation,
    RunExplanation,
    RunWithoutRowBody,
)
from mock_server.control.explain.schemas import page_position
from mock_server.domain import adjustments, attribution, explaining, paging, sales
from mock_server.domain.causes import RecordVersion
from mock_server.domain.errors import CampaignResultNotFoundError, Problem
from mock_server.domain.explaining import RunBasis
from mock_server.domain.models import AttributionModel, AttributionRun, CampaignResult, Event, Purchase
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.domain.sales import SalesTotal
from mock_server.http.fields import format_timestamp
from mock_server.platform_api.schemas import campaign_results
from mock_server.state import change_cause
from mock_server.state.workspace import OperationCall

NOT_APPENDED_AGAIN = "each purchase is examined by one run only, so no later run adds this row again (JOB-04)"
NOT_ENTERED_AGAIN = "the row was entered manually, so no run adds it again (CR-04)"
RUN_MISSED = "the run was missed; the next run examines its purchases"
NO_SALES = SalesTotal(sales.ZERO, 0)


@in_pieces
def explain(call: OperationCall, event_id: str, query: ExplainEventQuery) -> Steps[EventExplanation]:
    """Explain an event's rows. Raises EventNotFoundError, or CampaignResultNotFoundError for an unknown row id."""
    event = explain_sales.require_event(call, event_id)
    yield from call.store.results.load_group("event", event.id)
    rows = yield from steps_of(adjustments.list_newest_first, call.store.results.group("event", event.id))
    deleted = list(_deleted_row_versions(call, event))
    if query.row is not None:
        rows = [row for row in rows if row.id == query.row]
        deleted = [versions for versions in deleted if _last_row(versions).id == query.row]
        if not rows and not deleted:
            raise CampaignResultNotFoundError(Problem("unknown", "row", f"{event.id} has no row {query.row}"))
    row_page, explained_rows = paging.paginate(rows, query.page, query.limit), []
    for row in row_page.items:
        explained_rows.append((yield from _row_explanation(call, event, row, query.purchases)))
    runs_without_row = [] if query.row is not None else (yield from _runs_without_row(call, event))
    return {
        "kind": "event",
        "id": event.id,
        "title": event.title,
        "now": format_timestamp(call.now),
        "attribution_model": explain_sales.event_field_body(call, event, "attribution_model"),
        "series": explain_sales.event_field_body(call, event, "series"),
        "rows": {
            **page_position(row_page),
            "items": explained_rows,
        },
        "deleted_rows": [_deleted_row_body(call, versions) for versions in reversed(deleted)],
        "deletions_discarded": call.store.results.history.forgotten_count,
        "runs_without_a_row": runs_without_row,
    }


def _row_explanation(
    call: OperationCall, event: Event, row: CampaignResult, max_purchases: int
) -> Steps[RowExplanation]:
    version = cause_format.list_versions(call, call.store.results, row.id)[-1]
    is_automated = row.source == "automated"
    run = (yield from _run_explanation(call, event, version, max_purchases)) if is_automated else None
    return {
        "row": campaign_results.campaign_result_body(row),
        "set_by": cause_format.cause_body(call, version),
        "run": run,
    }


def _run_explanation(
    call: OperationCall, event: Event, version: RecordVersion[CampaignResult], max_purchases: int
) -> Steps[RunExplanation | None]:
    row, cause = version.record, version.cause or change_cause.initial_cause(call.workspace)
    event_then = explain_sales.event_before(call, event.id, version.cause_number)
    if row is None or event_then is None or cause.kind not in ("run", "world"):
        return None
    basis = RunBasis(
        cause.run_before, AttributionRun(row.created_at, cause.last_purchase), event_then.attribution_model
    )
    purchases = explaining.select_processed(call.store.sales.for_event(event.id), basis)
    counted = (yield from steps_of(attribution.credited_total, purchases, basis.model)) or NO_SALES
    shown = yield from steps_of(explaining.list_credited_first, purchases, basis.model, max_purchases)
    return {
        "due": format_timestamp(row.created_at),
        "previous_run": None if basis.previous_run is None else format_timestamp(basis.previous_run.due),
        "attribution_model": basis.model,
        "examined": len(purchases),
        "counted": counted.purchases,
        "sales_changed_since": counted != SalesTotal(row.revenue, row.purchase),
        "purchases": [_examined_sale_body(purchase, basis) for purchase in shown],
    }


def _examined_sale_body(purchase: Purchase, basis: RunBasis) -> ExaminedSaleBody:
    credited = explain_sales.credited_sale_body(purchase, basis.model)
    return {**credited, "counted": explaining.is_credited(purchase, basis.model)}


def _deleted_row_versions(call: OperationCall, event: Event) -> Iterator[Sequence[RecordVersion[CampaignResult]]]:
    """Return the versions of each deleted row of the event. The last version is the deletion."""
    for versions in call.store.results.history.deleted_histories():
        if _last_row(versions).eid == event.id:
            yield versions


def _last_row(versions: Sequence[RecordVersion[CampaignResult]]) -> CampaignResult:
    """The row in its state before it was deleted."""
    return next(version.record for version in reversed(versions) if version.record is not None)


def _deleted_row_body(call: OperationCall, versions: Sequence[RecordVersion[CampaignResult]]) -> DeletedRowBody:
    row = _last_row(versions)
    return {
        "row": campaign_results.campaign_result_body(row),
        "set_by": cause_format.cause_body(call, versions[-2]),
        "deleted_by": cause_format.cause_body(call, versions[-1]),
        "reason": NOT_APPENDED_AGAIN if row.source == "automated" else NOT_ENTERED_AGAIN,
    }


def _runs_without_row(call: OperationCall, event: Event) -> Steps[list[RunWithoutRowBody]]:
    """Return the missed runs, and the runs that examined purchases of the event but credited none, newest first."""
    purchases, runs = call.store.sales.for_event(event.id), call.store.run_causes[::-1]
    latest_runs = (call.store.last_run, *(run.run_before for run in runs))
    explained: list[RunWithoutRowBody] = []
    for run, latest in zip(runs, latest_runs, strict=False):
        event_then = explain_sales.event_before(call, event.id, run.number)
        if event_then is None:
            continue
        basis = RunBasis(run.run_before, AttributionRun(run.at, run.last_purchase), event_then.attribution_model)
        missed = latest is None or latest.due != run.at
        examined = explaining.select_processed(purchases, basis)
        credited = yield from steps_of(attribution.credited_total, examined, basis.model)
        if examined and (missed or credited is None):
            explained.append(
                {
                    "due": format_timestamp(run.at),
                    "attribution_model": basis.model,
                    "examined": 0 if missed else len(examined),
                    "reason": RUN_MISSED if missed else REASONS_FOR_NO_ROW[basis.model],
                }
            )
        yield len(examined)
    return explained


REASONS_FOR_NO_ROW: dict[AttributionModel, str] = {
    "FD": "the platform's own attribution credits none of these purchases to a campaign",
    "META": "Meta's reported conversions credit none of these purchases to a campaign",
    "EXTERNAL": "under EXTERNAL the partner tracks its own sales, so runs add no rows (JOB-03)",
}
