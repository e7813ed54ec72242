"""Variants of events: the list, the record, series and statuses."""

import re
from dataclasses import replace
from typing import Any

from mock_server.domain import events
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.operations import events as operations
from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, add_members, change_objects, change_status, change_values

borrow(__name__, "EVT-01.limit", of=["limit_is_20_by_default", "limit_over_500_is_taken"])
borrow(
    __name__,
    "EVT-01.ends",
    of=["next_page_after_the_last", "nothing_is_one_page", "page_past_the_end_is_404", "prev_page_before_the_first"],
)
borrow(
    __name__,
    "EVT-01.order",
    of=[
        "events_come_by_day",
        "events_come_by_id",
        "events_come_newest_first",
        "events_of_one_start_come_as_they_were_made",
    ],
)
borrow(__name__, "EVT-01.effects", of=["flagged_events_come_first", "search_replaces_q", "status_filter_is_ignored"])
borrow(__name__, "EVT-01.values", of=["flags_may_be_anything", "frontend_status_may_be_anything"])
borrow(__name__, "EVT-02.older_absent", of=["event_has_a_currency_in_both_generations"])
borrow(__name__, "EVT-02.older_absent", of=["benchmark_has_a_state_in_both_generations"])
borrow(__name__, "EVT-02.newer_absent", of=["predicted_share_is_left_out_of_older_events"])
borrow(__name__, "EVT-02.values", of=["event_with_empty_texts_for_null", "event_with_null_for_nothing"])
borrow(__name__, "EVT-04.status", of=["series_is_answered_with_itself"])
borrow(__name__, "EVT-04.empty", of=["series_cannot_be_emptied", "series_needs_a_name"])
borrow(__name__, "EVT-04.unknown", of=["unknown_events_are_passed_over"])
borrow(__name__, "EVT-04.membership", of=["series_is_not_symmetric", "series_is_not_transitive"])
borrow(
    __name__,
    "EVT-05.only_members",
    of=[
        "emptying_leaves_the_others_together",
        "event_goes_over_with_its_fellows",
        "former_members_stay_together",
        "named_event_brings_its_series",
        "named_event_dissolves_its_series",
    ],
)
borrow(__name__, "EVT-05.named_twice", of=["event_may_not_be_named_twice", "event_may_not_name_itself"])
borrow(
    __name__,
    "EVT-06.active_campaigns",
    of=["campaigns_never_stop", "campaigns_stop_with_the_event", "clients_campaigns_count_too"],
)
borrow(__name__, "EVT-06.null_status", of=["client_without_campaigns_has_paused_them"])
borrow(__name__, "EVT-07.range", of=["turned_days_find_nothing", "turned_days_are_put_right"])
borrow(__name__, "EVT-08.refused", of=["frontend_status_may_be_set_in_lower_case"])


@variant("EVT-02.values")
def an_events_values_are_others(patch: VariantPatch) -> None:
    """Members of an event have values, types and nulls that no example shows."""
    values: dict[str, Any] = {"hall_name": "Main hall", "capacity": None, "special_ad_category": "HOUSING_AND_MORE"}
    statuses = {"campaign_optimisation_status": "LEARNING", "ad_campaign_optimisation_status": None}
    add_members(patch, "getEvent", "listEvents", **values, **statuses, category=None, venue_name=None)


@variant("EVT-02.values")
def an_events_share_is_in_per_cent(patch: VariantPatch) -> None:
    """`predicted_sales_share` is a number from 0 to 100."""

    def change(record: Any) -> Any:
        share = record.get("predicted_sales_share")
        return record if share is None else {**record, "predicted_sales_share": round(share * 100, 2)}

    change_objects(patch, change, "getEvent", "listEvents")


@variant("EVT-02.values")
def a_benchmark_is_in_other_words(patch: VariantPatch) -> None:
    """`state` is `slightly_above` or `slightly_below`."""
    words = {"below": "slightly_below", "at": "on_par"}
    change_values(patch, "state", words, "getEvent", "listEvents")


@variant("EVT-03.details")
def an_event_has_more_members(patch: VariantPatch) -> None:
    """An event that is read alone has further members."""
    add_members(patch, "getEvent", description=None, ticket_link="https://tickets.example/1", tags=["a"])


@variant("EVT-04.status")
def setting_a_series_is_answered_with_200(patch: VariantPatch) -> None:
    """The POST of a series returns 200 without a body."""
    change_status(patch, 204, 200, "replaceEventSeries")


@variant("EVT-01.limit")
def a_limit_over_500_is_500(patch: VariantPatch) -> None:
    """A limit over 500 is 500, instead of a 400."""

    def cap(scope: dict[str, Any]) -> None:
        if scope["path"].endswith("/events/"):
            scope["query_string"] = re.sub(
                rb"(^|&)limit=(50[1-9]|5[1-9]\d|[6-9]\d\d)(?=&|$)", rb"\1limit=500", scope["query_string"]
            )

    patch.change_requests(cap)


@variant("EVT-06.older_cancelled")
def a_cancelled_event_is_hidden(patch: VariantPatch) -> None:
    """Under the older documentation, a cancelled event is shown as HIDDEN."""

    def hide(original: Any) -> Any:
        def show_status(event: Any, **options: Any) -> Any:
            return "HIDDEN" if event.frontend_status == "CANCELLED" else original(event, **options)

        return show_status

    patch.wrap(events, "shown_frontend_status", hide)


@variant("EVT-07.range")
def until_is_named_too(patch: VariantPatch) -> None:
    """If `since` is after `until`, the error names `until`."""

    def refuse(original: Any) -> Any:
        def list_events(call: Any, event_filter: Any, *rest: Any) -> Any:
            if event_filter.since and event_filter.until and event_filter.since > event_filter.until:
                raise InvalidRequestError(Problem("range", "until", "until must not be before since"))
            return original(call, event_filter, *rest)

        return list_events

    patch.wrap(operations, "list_events", refuse)


@variant("EVT-01.effects")
def archived_events_are_left_out(patch: VariantPatch) -> None:
    """`status=archived` finds nothing, because archived events need `include_archived`."""

    def leave_out(original: Any) -> Any:
        def list_events(found: Any, wanted: Any, **options: Any) -> Any:
            status = "none" if wanted.status in ("archived", "cancelled") else wanted.status
            return original(found, replace(wanted, status=status), **options)

        return list_events

    patch.wrap(events, "list_matching", leave_out)
