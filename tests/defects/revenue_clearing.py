"""Defects in clearing an event's sales."""

from collections.abc import Callable
from typing import Any

from mock_server.domain import sales
from mock_server.http.fields import ClosedModel, Text
from mock_server.operations import access, campaign_results, due_jobs, revenue
from mock_server.platform_api.schemas import revenue as schemas
from mock_server.state.purchase_store import PurchaseStore
from tests.defects.registry import Patch, defect


class ClearAny(ClosedModel):
    event_id: Text = ""
    eid: Text = ""


def _replace_clearing(patch: Patch, clear: Callable[[Any, Any], None]) -> None:
    """Clear events with `clear(call, event)`."""
    patch.replace(revenue, "clear_sales", lambda call, event_id: clear(call, access.require_event(call, event_id)))


def _drop_rows(call: Any, event: Any, *sources: str) -> None:
    for row in list(call.store.results.group("event", event.id)):
        if row.source in sources:
            call.store.results.delete(row.id, call.cause)


@defect("DRS-05")
def clearing_removes_automated_rows(patch: Patch) -> None:
    """Clearing an event also removes its automated rows."""

    def clear(call: Any, event: Any) -> None:
        call.store.sales.delete_partner_sales(event.id)
        _drop_rows(call, event, "manual", "automated")

    _replace_clearing(patch, clear)


@defect("DRS-05")
def clearing_forgets_manual_rows(patch: Patch) -> None:
    """Clearing an event removes its sales but not its manual rows."""
    _replace_clearing(patch, lambda call, event: call.store.sales.delete_partner_sales(event.id))


@defect("DRS-05")
def clearing_forgets_the_sales(patch: Patch) -> None:
    """Clearing an event removes its manual rows but not the ingested sales."""
    _replace_clearing(patch, lambda call, event: _drop_rows(call, event, "manual"))


@defect("DRS-05")
def clearing_removes_the_feeds_sales(patch: Patch) -> None:
    """Clearing an event removes all of its sales, even those that were not ingested."""

    def clear(call: Any, event: Any) -> None:
        call.store.sales._own_purchases(event.id).clear()
        _drop_rows(call, event, "manual")

    _replace_clearing(patch, clear)


@defect("DRS-05")
def cleared_sales_come_back(patch: Patch) -> None:
    """The next import restores cleared sales, just before the next attribution run."""
    cleared: list[tuple[Any, Any]] = []

    def remembering(original: Any) -> Any:
        def clear(call: Any, event_id: str) -> None:
            before = call.store.sales.for_event(access.require_event(call, event_id).id)
            cleared.extend((call.store, one) for one in before if one.origin == "partner")
            original(call, event_id)

        return clear

    def import_again(workspace: Any, job: Any, cause: Any) -> None:
        for store, one in cleared:
            if store is workspace.store:
                store.sales.add(one)
        cleared[:] = [pair for pair in cleared if pair[0] is not workspace.store]
        due_jobs.run_attribution(workspace, job, cause)

    patch.wrap(revenue, "clear_sales", remembering)
    patch.replace(due_jobs, "JOB_HANDLERS", {**due_jobs.JOB_HANDLERS, "attribution_run": import_again})


@defect("DRS-05")
def cleared_rows_come_back(patch: Patch) -> None:
    """Cleared rows return when a new row is created for the event."""
    hidden: list[tuple[Any, Any]] = []

    def hiding(original: Any) -> Any:
        def clear(call: Any, event_id: str) -> None:
            rows = call.store.results.group("event", access.require_event(call, event_id).id)
            hidden.extend((call.store, row) for row in rows if row.source == "manual")
            original(call, event_id)

        return clear

    def showing(original: Any) -> Any:
        def create(call: Any, *entry: Any) -> Any:
            for row in [row for store, row in hidden if store is call.store]:
                call.store.results.put(row, call.cause)
            return original(call, *entry)

        return create

    patch.wrap(revenue, "clear_sales", hiding)
    patch.wrap(campaign_results, "create_campaign_result", showing)


@defect("DRS-05")
def cleared_sales_stay_in_the_cache(patch: Patch) -> None:
    """After a clearing, the days from before are still returned from a cache."""

    def clear_without_notice(call: Any, event: Any) -> None:
        cached_days = call.workspace.revenue_days_cache.get(event.id)
        call.store.sales.delete_partner_sales(event.id)
        _drop_rows(call, event, "manual")
        if cached_days is not None:
            book = call.store.sales.for_event(event.id)
            state = (call.store.sales.revision(event.id), sales.count_known(book, call.now), event.attribution_model)
            call.workspace.revenue_days_cache[event.id] = (state, cached_days[1])

    _replace_clearing(patch, clear_without_notice)


@defect("DRS-05")
def clearing_takes_the_whole_series(patch: Patch) -> None:
    """Clearing an event also clears the other events of its series."""

    def clear(call: Any, event: Any) -> None:
        for one in list(call.store.events.group("partner", event.partner_id)):
            if one.id == event.id or (one.series == event.series and event.series is not None):
                call.store.sales.delete_partner_sales(one.id)
                _drop_rows(call, one, "manual")

    _replace_clearing(patch, clear)


@defect("DRS-05")
def cleared_event_takes_no_more_sales(patch: Patch) -> None:
    """Sales that are ingested for an event after it was cleared are dropped."""
    marked: list[tuple[Any, str]] = []

    def marking(original: Any) -> Any:
        def clear(call: Any, event_id: str) -> None:
            original(call, event_id)
            marked.append((call.store.sales, event_id))

        return clear

    def dropping(original: Any) -> Any:
        def add(book: Any, purchase: Any) -> None:
            cleared = any(one is book and event_id == purchase.event_id for one, event_id in marked)
            if purchase.origin != "partner" or not cleared:
                original(book, purchase)

        return add

    patch.wrap(revenue, "clear_sales", marking)
    patch.wrap(PurchaseStore, "add", dropping)


@defect("DRS-05")
def clearing_without_event_id_is_done(patch: Patch) -> None:
    """`event_id` may be named `eid` or omitted; without it, all of the partner's data is cleared."""

    def clear_any(call: Any, event_id: str) -> None:
        for event in list(call.store.events.group("partner", call.partner_id)):
            if event_id in ("", event.id):
                call.store.sales.delete_partner_sales(event.id)
                _drop_rows(call, event, "manual")

    patch.replace(schemas, "ClearSalesQuery", ClearAny)
    patch.replace(revenue, "clear_sales", clear_any)


@defect("ERR-04")
def another_partners_event_is_cleared(patch: Patch) -> None:
    """Clearing does not check that the event belongs to the partner."""

    def anyones(call: Any, event_id: str) -> None:
        event = call.store.events.get(event_id) or access.require_event(call, event_id)
        call.store.sales.delete_partner_sales(event.id)
        _drop_rows(call, event, "manual")

    patch.replace(revenue, "clear_sales", anyones)
