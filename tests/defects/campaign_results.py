"""Defects in campaign results."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mock_server.domain import adjustments, sales
from mock_server.domain.errors import CampaignResultNotFoundError, EventNotFoundError
from mock_server.domain.sales import ZERO, SalesTotal
from mock_server.domain.scoping import ADMIN_GROUP
from mock_server.http.fields import Text
from mock_server.operations import access, campaign_results, due_jobs, revenue
from mock_server.platform_api.schemas import campaign_results as schemas
from tests.defects.registry import Patch, defect


class AnyEvent(schemas.ResultsQuery):
    eid: Text = ""


class AnyPartner(schemas.ResultsQuery):
    partner_id: Text = ""


class EventIdInsteadOfEid(schemas.ResultsQuery):
    eid: Text = ""
    event_id: Text = ""


class AnyRow(schemas.ResultQuery):
    id: Text = ""


class RowOrEvent(schemas.ResultQuery):
    id: Text = ""
    eid: Text = ""
    partner_id: Text = ""


def _change_listed_rows(patch: Patch, change: Callable[[Any, str, Any], Any]) -> None:
    """List the rows that `change(call, eid, original)` returns."""

    def wrap(original: Any) -> Any:
        return lambda call, eid, partner_id: change(call, eid, lambda: original(call, eid, partner_id))

    patch.wrap(campaign_results, "list_campaign_results", wrap)


def _change_row_body(patch: Patch, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change the body of each row in every response that contains rows."""
    patch.wrap(schemas, "campaign_result_body", lambda row: lambda record: change(row(record)))


@defect("CR-01")
def rows_oldest_first(patch: Patch) -> None:
    """Rows are listed in the order of their creation."""
    patch.replace(adjustments, "newest_first", lambda rows: sorted(rows, key=lambda row: (row.created_at, row.number)))


@defect("CR-01")
def rows_in_the_order_of_their_ids(patch: Patch) -> None:
    """Rows are listed in the order of their ids, as the database returns them."""
    patch.replace(adjustments, "newest_first", lambda rows: sorted(rows, key=lambda row: row.id))


@defect("CR-01")
def rows_in_an_envelope(patch: Patch) -> None:
    """The array of rows is wrapped in an envelope, as the list of events is."""
    patch.wrap(
        schemas, "campaign_result_bodies", lambda rows: lambda records: {"items": rows(records), "total": len(records)}
    )


@defect("CR-01")
def no_rows_are_not_found(patch: Patch) -> None:
    """Listing the rows of an event without rows returns 404."""

    def refuse(call: Any, eid: str, original: Any) -> Any:
        rows = original()
        if not rows:
            raise CampaignResultNotFoundError
        return rows

    _change_listed_rows(patch, refuse)


@defect("CR-01")
def no_rows_are_null(patch: Patch) -> None:
    """Listing the rows of an event without rows returns null."""
    patch.wrap(schemas, "campaign_result_bodies", lambda rows: lambda records: rows(records) or None)


@defect("CR-01")
def rows_of_an_unknown_event_are_none(patch: Patch) -> None:
    """The event is not looked up, so the list for an unknown event is empty."""

    def lenient(call: Any, eid: str, original: Any) -> Any:
        try:
            return original()
        except EventNotFoundError:
            return []

    _change_listed_rows(patch, lenient)


@defect("CR-01")
def rows_without_an_event_are_all(patch: Patch) -> None:
    """The event is optional: without it, the rows of all events are listed."""

    def list_rows(call: Any, eid: str, original: Any) -> Any:
        return original() if eid else [row for row in call.store.results if row.partner_id == call.partner_id]

    patch.replace(schemas, "ResultsQuery", AnyEvent)
    _change_listed_rows(patch, list_rows)


@defect("CR-01")
def rows_without_a_partner_are_the_scoped_ones(patch: Patch) -> None:
    """`partner_id` is optional, because the header already names the partner."""

    def wrap(original: Any) -> Any:
        return lambda call, eid, partner_id: original(call, eid, partner_id or call.partner_id)

    patch.replace(schemas, "ResultsQuery", AnyPartner)
    patch.wrap(campaign_results, "list_campaign_results", wrap)


@defect("CR-01")
def rows_by_event_id_too(patch: Patch) -> None:
    """The event's parameter may also be named `event_id`, as in daily revenue."""
    patch.replace(schemas, "ResultsQuery", EventIdInsteadOfEid)


@defect("CR-01")
def rows_of_all_events_in_each(patch: Patch) -> None:
    """Rows are selected by partner only, so every event lists the rows of all events."""

    def of_partner(call: Any, eid: str, original: Any) -> Any:
        original()
        return adjustments.newest_first(row for row in call.store.results if row.partner_id == call.partner_id)

    _change_listed_rows(patch, of_partner)


@defect("CR-01")
def rows_of_all_partners_in_each(patch: Patch) -> None:
    """Manual rows of other partners are listed too."""

    def list_rows(call: Any, eid: str, original: Any) -> Any:
        others = [row for row in call.store.results if row.partner_id != call.partner_id]
        return adjustments.newest_first([*original(), *others])

    _change_listed_rows(patch, list_rows)


@defect("ERR-04")
def another_partners_event_has_its_rows_listed(patch: Patch) -> None:
    """The list does not check that the event belongs to the partner."""

    def anyones(original: Any) -> Any:
        def rows(call: Any, eid: str, partner_id: str) -> Any:
            access.require_scoped(call, partner_id)
            event = call.store.events.get(eid) or access.require_event(call, eid)
            return adjustments.newest_first(call.store.results.group("event", event.id))

        return rows

    patch.wrap(campaign_results, "list_campaign_results", anyones)


@defect("CR-02")
def orders_told_as_floats(patch: Patch) -> None:
    """The number of orders is a float."""
    _change_row_body(patch, lambda row: {**row, "purchase": float(row["purchase"])})


@defect("CR-02")
def row_names_a_campaign(patch: Patch) -> None:
    """A row contains an undocumented field, `campaign_id`, whose value is null."""
    _change_row_body(patch, lambda row: {**row, "campaign_id": None})


@defect("CR-02")
def row_ids_without_their_prefix(patch: Patch) -> None:
    """Ids are returned without their prefix."""
    _change_row_body(patch, lambda row: {**row, "id": row["id"].removeprefix("cr_")})


@defect("CR-02")
def posted_rows_are_automated(patch: Patch) -> None:
    """Manual rows have the source `automated` too."""
    patch.wrap(campaign_results, "CampaignResult", lambda make: lambda **row: make(**{**row, "source": "automated"}))


@defect("CR-02", part="CR-02.row")
def automated_rows_are_manual(patch: Patch) -> None:
    """Rows written by the attribution run have the source `manual`."""
    patch.wrap(due_jobs, "automated_row", lambda make: lambda *row: replace(make(*row), source="manual"))


@defect("CR-02", part="CR-02.row")
def posted_rows_are_of_the_days_run(patch: Patch) -> None:
    """The `created_at` of a manual row is 08:00 of its day, as in the documented example."""

    def at_8(make: Any) -> Any:
        return lambda **row: make(**{**row, "created_at": row["created_at"].replace(hour=8, minute=0, second=0)})

    patch.wrap(campaign_results, "CampaignResult", at_8)


@defect("CR-02")
def two_rows_with_one_id(patch: Patch) -> None:
    """The id of a row is the id of its event, so two rows of an event have the same id."""
    _change_row_body(patch, lambda row: {**row, "id": f"cr_{row['eid']}_{row['source']}"})


def _sum_tickets(purchases: Any) -> SalesTotal:
    listed = list(purchases)
    return SalesTotal(sum((purchase.revenue for purchase in listed), ZERO), sum(one.tickets for one in listed))


@defect("CR-02")
def tickets_counted_as_orders(patch: Patch) -> None:
    """Rows and days count tickets instead of orders."""
    patch.replace(sales, "total", _sum_tickets)


@defect("CR-02", "JOB-03")
def tickets_counted_as_orders_by_the_run(patch: Patch) -> None:
    """The attribution run counts tickets, while daily revenue counts orders."""
    from mock_server.domain import attribution

    def run(purchases: Any, model: Any) -> SalesTotal | None:
        credited = [one for one in purchases if attribution.credit(one, model) == "campaign"]
        return _sum_tickets(credited) if credited and model != "EXTERNAL" else None

    patch.replace(attribution, "credited_total", run)


@defect("CR-04")
def deleting_twice_is_204(patch: Patch) -> None:
    """Deleting a row that does not exist returns 204."""

    def idempotent(original: Any) -> Any:
        def delete(call: Any, result_id: str) -> None:
            if call.store.results.get(result_id) is not None:
                original(call, result_id)

        return delete

    patch.wrap(campaign_results, "delete_campaign_result", idempotent)


@defect("CR-04")
def deleting_deletes_nothing(patch: Patch) -> None:
    """The deletion returns 204, but the row is still there."""
    patch.replace(campaign_results, "delete_campaign_result", lambda call, result_id: None)


@defect("ERR-04")
def another_partners_row_is_deleted(patch: Patch) -> None:
    """A deletion does not check that the row belongs to the partner."""

    def anyones(call: Any, result_id: str) -> None:
        if call.store.results.get(result_id) is None:
            raise CampaignResultNotFoundError
        call.store.results.delete(result_id, call.cause)

    patch.replace(campaign_results, "delete_campaign_result", anyones)


@defect("CR-04")
def deleting_one_row_deletes_the_entries_of_its_event(patch: Patch) -> None:
    """Deleting a row deletes all manual rows of its event."""

    def all_of_the_event(original: Any) -> Any:
        def delete(call: Any, result_id: str) -> None:
            row = call.store.results.get(result_id)
            original(call, result_id)
            for other in list(call.store.results.group("event", row.eid)):
                if other.source == row.source:
                    call.store.results.delete(other.id, call.cause)

        return delete

    patch.wrap(campaign_results, "delete_campaign_result", all_of_the_event)


@defect("CR-04")
def automated_rows_cannot_be_deleted(patch: Patch) -> None:
    """Only manual rows can be deleted."""

    def by_hand(original: Any) -> Any:
        def delete(call: Any, result_id: str) -> None:
            row = call.store.results.get(result_id)
            if row is not None and row.source == "automated":
                raise CampaignResultNotFoundError
            original(call, result_id)

        return delete

    patch.wrap(campaign_results, "delete_campaign_result", by_hand)


@defect("CR-04")
def deleting_without_an_id_takes_the_newest(patch: Patch) -> None:
    """A deletion without an id deletes the newest row."""

    def newest(original: Any) -> Any:
        def delete(call: Any, result_id: str) -> None:
            own = [row for row in call.store.results if row.partner_id == call.partner_id]
            original(call, result_id or adjustments.newest_first(own)[0].id)

        return delete

    patch.replace(schemas, "ResultQuery", AnyRow)
    patch.wrap(campaign_results, "delete_campaign_result", newest)


@defect("CR-04")
def deleting_by_event_is_possible(patch: Patch) -> None:
    """DELETE also accepts the parameters of the list; without an id, it deletes nothing."""
    patch.replace(schemas, "ResultQuery", RowOrEvent)


@defect("CR-05")
def list_kept_for_a_minute(patch: Patch) -> None:
    """The list is cached for a minute, and a new or deleted row does not invalidate the cache."""
    kept: dict[tuple[int, str], tuple[Any, Any]] = {}

    def read_cache(call: Any, eid: str, original: Any) -> Any:
        key = (id(call.store), eid)
        since, rows = kept.get(key, (None, None))
        if since is None or call.now - since > timedelta(minutes=1):
            kept[key] = since, rows = call.now, original()
        return rows

    _change_listed_rows(patch, read_cache)


@defect("CR-05")
def overlay_shows_a_new_row_a_second_later(patch: Patch) -> None:
    """The adjustments are read from a replica that lags by one second."""

    def behind(original: Any) -> Any:
        def get(call: Any, *asked: Any) -> Any:
            found = original(call, *asked)
            return replace(found, adjustments=[row for row in found.adjustments if row.created_at < call.now])

        return get

    patch.wrap(revenue, "get_daily_revenue", behind)


@defect("CR-05")
def overlay_shows_deleted_rows(patch: Patch) -> None:
    """A deleted row is still listed in the adjustments of daily revenue."""
    gone: list[tuple[Any, Any]] = []

    def remembering(original: Any) -> Any:
        def delete(call: Any, result_id: str) -> None:
            row = call.store.results.get(result_id)
            original(call, result_id)
            gone.append((call.store, row))

        return delete

    def stale(original: Any) -> Any:
        def get(call: Any, event_id: str, *asked: Any) -> Any:
            found = original(call, event_id, *asked)
            rows = [row for store, row in gone if store is call.store and row.eid == event_id]
            return replace(found, adjustments=[*found.adjustments, *rows])

        return get

    patch.wrap(campaign_results, "delete_campaign_result", remembering)
    patch.wrap(revenue, "get_daily_revenue", stale)


@defect("CR-04", documentation="newer")
def deleting_needs_no_admin(patch: Patch) -> None:
    """If campaign results are restricted to admins, other users can still delete rows."""

    def for_all(original: Any) -> Any:
        def delete(call: Any, result_id: str) -> None:
            original(call._replace(groups=(*call.groups, ADMIN_GROUP)), result_id)

        return delete

    patch.wrap(campaign_results, "delete_campaign_result", for_all)
