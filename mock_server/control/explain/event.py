"""An event's rows explained: which request or run each comes from, those that are gone, and runs that brought none."""

from collections.abc import Iterator, Sequence

from mock_server.control.explain import cause_format
from mock_server.control.explain import purchases as explain_sales
from mock_server.control.explain.event_schemas import (
    DeletedRow,
    EmptyRun,
    EventExplanation,
    EventQuery,
    LookedAtBody,
    RowExplanation,
    RunBody,
)
from mock_server.control.explain.schemas import place
from mock_server.domain import adjustments, attribution, explaining, paging, sales
from mock_server.domain.causes import Version
from mock_server.domain.errors import CampaignResultNotFound, Problem
from mock_server.domain.explaining import RunBasis
from mock_server.domain.models import AttributionModel, AttributionRun, CampaignResult, Event, Purchase
from mock_server.domain.sales import Takings
from mock_server.http.fields import instant_text
from mock_server.platform_api.schemas import campaign_results
from mock_server.state import change_cause
from mock_server.state.workspace import Call

STAYS_AWAY = (
    "a run looks at each purchase once, and this row's have been looked at: no later run appends it again (JOB-04)"
)
FOR_GOOD = "it was entered by hand, and nothing enters it again (CR-04)"
MISSED = "the run was missed: the next one looks at what it left"
NOTHING = Takings(sales.ZERO, 0)


def explained(call: Call, event_id: str, query: EventQuery) -> EventExplanation:
    """An event's rows. Raises EventNotFound, and CampaignResultNotFound for a row that the event never had."""
    event = explain_sales.found(call, event_id)
    rows = adjustments.newest_first(call.store.results.group("event", event.id))
    deleted = list(_deleted(call, event))
    if query.row is not None:
        rows = [row for row in rows if row.id == query.row]
        deleted = [versions for versions in deleted if _last(versions).id == query.row]
        if not rows and not deleted:
            raise CampaignResultNotFound(Problem("unknown", "row", f"{event.id} has no row {query.row}"))
    cut = paging.cut(rows, query.page, query.limit)
    return {
        "kind": "event",
        "id": event.id,
        "title": event.title,
        "now": instant_text(call.now),
        "attribution_model": explain_sales.field(call, event, "attribution_model"),
        "series": explain_sales.field(call, event, "series"),
        "rows": {**place(cut), "items": [_row(call, event, row, query.purchases) for row in cut.items]},
        "deleted_rows": [_deletion(call, versions) for versions in reversed(deleted)],
        "deletions_forgotten": call.store.results.versions.forgotten,
        "runs_without_a_row": [] if query.row is not None else list(_empty_runs(call, event)),
    }


def _row(call: Call, event: Event, row: CampaignResult, most: int) -> RowExplanation:
    version = cause_format.past(call, call.store.results, row.id)[-1]
    return {
        "row": campaign_results.row(row),
        "set_by": cause_format.told(call, version),
        "run": _run(call, event, version, most) if row.source == "automated" else None,
    }


def _run(call: Call, event: Event, version: Version[CampaignResult], most: int) -> RunBody | None:
    row, cause = version.record, version.cause or change_cause.beginning(call.workspace)
    then = explain_sales.event_before(call, event.id, version.since)
    if row is None or then is None or cause.how not in ("run", "world"):
        return None
    basis = RunBasis(cause.run_before, AttributionRun(row.created_at, cause.last_purchase), then.attribution_model)
    purchases = explaining.looked_at(call.store.sales.of(event.id), basis)
    counted = attribution.run(purchases, basis.model) or NOTHING
    shown = sorted(purchases, key=lambda purchase: not explaining.is_credited(purchase, basis.model))[:most]
    return {
        "due": instant_text(row.created_at),
        "run_before": None if basis.before is None else instant_text(basis.before.due),
        "attribution_model": basis.model,
        "looked_at": len(purchases),
        "counted": counted.purchases,
        "sales_changed_since": counted != Takings(row.revenue, row.purchase),
        "purchases": [_looked_at(purchase, basis) for purchase in shown],
    }


def _looked_at(purchase: Purchase, basis: RunBasis) -> LookedAtBody:
    told = explain_sales.credited(purchase, basis.model)
    return {**told, "counted": explaining.is_credited(purchase, basis.model)}


def _deleted(call: Call, event: Event) -> Iterator[Sequence[Version[CampaignResult]]]:
    """The versions of each of the event's rows that was deleted, the last one the deletion."""
    for versions in call.store.results.versions.gone():
        if _last(versions).eid == event.id:
            yield versions


def _last(versions: Sequence[Version[CampaignResult]]) -> CampaignResult:
    """The row as it was when it was deleted."""
    return next(version.record for version in reversed(versions) if version.record is not None)


def _deletion(call: Call, versions: Sequence[Version[CampaignResult]]) -> DeletedRow:
    row = _last(versions)
    return {
        "row": campaign_results.row(row),
        "set_by": cause_format.told(call, versions[-2]),
        "deleted_by": cause_format.told(call, versions[-1]),
        "says": STAYS_AWAY if row.source == "automated" else FOR_GOOD,
    }


def _empty_runs(call: Call, event: Event) -> Iterator[EmptyRun]:
    """The runs that were missed, and those that looked at sales of the event and credited none; newest first."""
    book, runs = call.store.sales.of(event.id), call.store.runs[::-1]
    lasts = (call.store.last_run, *(run.run_before for run in runs))
    for run, last in zip(runs, lasts, strict=False):
        then = explain_sales.event_before(call, event.id, run.number)
        if then is None:
            continue
        basis = RunBasis(run.run_before, AttributionRun(run.at, run.last_purchase), then.attribution_model)
        missed = last is None or last.due != run.at
        purchases = explaining.looked_at(book, basis)
        if purchases and (missed or attribution.run(purchases, basis.model) is None):
            yield {
                "due": instant_text(run.at),
                "attribution_model": basis.model,
                "looked_at": 0 if missed else len(purchases),
                "says": MISSED if missed else WHY_NOT[basis.model],
            }


WHY_NOT: dict[AttributionModel, str] = {
    "FD": "the platform's own attribution credits none of these purchases to a campaign",
    "META": "Meta's reported conversions credit none of these purchases to a campaign",
    "EXTERNAL": "under EXTERNAL the partner tracks its own sales: runs append no rows (JOB-03)",
}
