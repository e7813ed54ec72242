"""Defects in the record of a single event, and in the fields that depend on the clock."""

from datetime import timedelta

from mock_server.domain import errors, events, lifecycles
from mock_server.operations import access
from mock_server.operations import events as operations
from mock_server.platform_api.schemas import events as schemas
from tests.defects.registry import Patch, defect


def change_event_body(patch: Patch, change) -> None:
    """Change the body of each event with `change(body)`."""
    patch.wrap(schemas, "event_body", lambda right: lambda view: change(right(view)))


def replace_frontend_status(patch: Patch, status_at) -> None:
    """Compute an event's `frontend_status` with `status_at(start, now)`."""
    patch.replace(lifecycles, "frontend_status", status_at)
    patch.replace(operations, "frontend_status", status_at)


# EVT-02


@defect("EVT-02")
def event_without_its_hall(patch: Patch) -> None:
    """`hall_name` is left out."""
    change_event_body(patch, lambda body: {name: body[name] for name in body if name != "hall_name"})


@defect("EVT-02")
def event_without_what_is_null(patch: Patch) -> None:
    """Fields that are null are left out."""
    change_event_body(patch, lambda body: {name: value for name, value in body.items() if value is not None})


@defect("EVT-02")
def event_with_a_currency(patch: Patch) -> None:
    """An event has an undocumented field `currency`."""
    change_event_body(patch, lambda body: {**body, "currency": "EUR"})


@defect("EVT-02")
def event_with_empty_texts_for_null(patch: Patch) -> None:
    """An unknown hall is an empty string instead of null."""
    change_event_body(patch, lambda body: {**body, "hall_name": body["hall_name"] or ""})


@defect("EVT-02")
def event_with_null_for_nothing(patch: Patch) -> None:
    """A capacity of 0 is returned as null, as in `capacity or None`."""
    change_event_body(patch, lambda body: {**body, "capacity": body["capacity"] or None})


@defect("EVT-02")
def event_with_its_capacity_as_text(patch: Patch) -> None:
    """`capacity` is a string."""
    change_event_body(
        patch, lambda body: {**body, "capacity": None if body["capacity"] is None else str(body["capacity"])}
    )


@defect("EVT-02")
def event_with_two_statuses_mixed_up(patch: Patch) -> None:
    """`campaign_status` and `client_campaign_status` are swapped."""
    change_event_body(
        patch,
        lambda body: {
            **body,
            "campaign_status": body["client_campaign_status"],
            "client_campaign_status": body["campaign_status"],
        },
    )


@defect("EVT-02")
def event_with_one_optimisation_for_both(patch: Patch) -> None:
    """`ad_campaign_optimisation_status` has the value of `campaign_optimisation_status`."""
    change_event_body(
        patch, lambda body: {**body, "ad_campaign_optimisation_status": body["campaign_optimisation_status"]}
    )


@defect("EVT-02")
def event_with_its_share_in_per_cent(patch: Patch) -> None:
    """`predicted_sales_share` is rounded to whole percent."""
    change_event_body(
        patch,
        lambda body: {
            **body,
            "predicted_sales_share": body["predicted_sales_share"] and round(body["predicted_sales_share"], 2),
        },
    )


@defect("EVT-02")
def event_with_its_start_to_the_minute(patch: Patch) -> None:
    """The seconds of `start_date_time` are set to 0."""
    change_event_body(patch, lambda body: {**body, "start_date_time": f"{body['start_date_time'][:16]}:00Z"})


@defect("EVT-02")
def event_with_its_start_in_an_offset(patch: Patch) -> None:
    """`start_date_time` ends in `+00:00` instead of `Z`."""
    change_event_body(patch, lambda body: {**body, "start_date_time": body["start_date_time"].replace("Z", "+00:00")})


@defect("EVT-02", "EVT-03")
def listed_event_is_a_summary(patch: Patch) -> None:
    """Events in the list have no `benchmark`."""
    patch.wrap(
        schemas,
        "event_page_body",
        lambda right: (
            lambda cut: {
                **right(cut),
                "items": [{**item, "benchmark": None} for item in right(cut)["items"]],
            }
        ),
    )


@defect("EVT-02")
def event_with_an_empty_series(patch: Patch) -> None:
    """`campaign_event_series` is always empty."""
    change_event_body(patch, lambda body: {**body, "campaign_event_series": []})


@defect("EVT-02")
def event_in_its_own_series(patch: Patch) -> None:
    """`campaign_event_series` contains the event itself."""
    change_event_body(
        patch, lambda body: {**body, "campaign_event_series": [body["id"], *body["campaign_event_series"]]}
    )


# EVT-03


@defect("EVT-03")
def unknown_event_has_another_key(patch: Patch) -> None:
    """The error for an unknown event has the message key `error.request.not_found`."""
    patch.replace(access, "EventNotFoundError", errors.UnknownPathError)


@defect("EVT-03")
def unknown_event_is_400(patch: Patch) -> None:
    """An unknown event returns 400 instead of 404."""
    patch.replace(access, "EventNotFoundError", errors.InvalidRequestError)


@defect("EVT-03")
def unknown_event_is_the_first(patch: Patch) -> None:
    """An unknown id returns the first event."""
    patch.wrap(
        access,
        "require_event",
        lambda right: (
            lambda call, eid: (
                right(call, eid)
                if call.store.events.get(eid)
                else next(iter(call.store.events.group("partner", call.partner_id)))
            )
        ),
    )


def find_event_by(patch: Patch, is_same) -> None:
    """Find the event whose id satisfies `is_same(its id, the requested id)`."""

    def wrap(original):
        def event(call, eid):
            owned = call.store.events.group("partner", call.partner_id)
            return original(call, next((owned_event.id for owned_event in owned if is_same(owned_event.id, eid)), eid))

        return event

    patch.wrap(access, "require_event", wrap)


@defect("EVT-03")
def event_id_of_any_case(patch: Patch) -> None:
    """Ids are compared without regard to case."""
    find_event_by(patch, lambda known, asked: known.lower() == asked.lower())


@defect("EVT-03")
def event_id_is_trimmed(patch: Patch) -> None:
    """Spaces around an id in the path are removed."""
    find_event_by(patch, lambda known, asked: known == asked.strip())


@defect("EVT-03")
def event_id_is_a_number_where_it_looks_like_one(patch: Patch) -> None:
    """Ids that consist of digits are compared as numbers."""
    find_event_by(patch, lambda known, asked: known.isdigit() and asked.isdigit() and int(known) == int(asked))


@defect("EVT-03")
def event_id_by_its_beginning(patch: Patch) -> None:
    """An event is found by the first characters of its id."""
    find_event_by(patch, lambda known, asked: known.startswith(asked))


# EVT-06


@defect("EVT-06")
def frontend_status_is_frozen(patch: Patch) -> None:
    """`frontend_status` is computed when the event is first read, and never changes after that."""
    first_status = {}

    def wrap(original):
        return lambda start, now: first_status.setdefault(start, original(start, now))

    patch.wrap(operations, "frontend_status", wrap)


@defect("EVT-06")
def filter_has_a_frozen_frontend_status(patch: Patch) -> None:
    """The filter `frontend_status` uses the status that each event had when it was first read."""
    patch.wrap(lifecycles, "frontend_status", lambda right: lambda start, now: "UPCOMING")


@defect("EVT-06")
def event_runs_until_midnight(patch: Patch) -> None:
    """An event is PAST from the day after its start, even if 24 hours have not passed."""
    replace_frontend_status(
        patch,
        lambda start, now: "UPCOMING" if now < start else "RUNNING" if now.date() == start.date() else "PAST",
    )


@defect("EVT-06")
def event_runs_from_midnight(patch: Patch) -> None:
    """An event is RUNNING from 00:00 of the day on which it starts."""
    replace_frontend_status(
        patch,
        lambda start, now: (
            "UPCOMING" if now.date() < start.date() else "RUNNING" if now < start + timedelta(hours=24) else "PAST"
        ),
    )


@defect("EVT-06")
def event_runs_a_second_late(patch: Patch) -> None:
    """An event is still UPCOMING at the second of its start."""
    replace_frontend_status(
        patch,
        lambda start, now: "UPCOMING" if now <= start else "RUNNING" if now < start + timedelta(hours=24) else "PAST",
    )


@defect("EVT-06")
def event_runs_a_second_long(patch: Patch) -> None:
    """An event is still RUNNING exactly 24 hours after its start."""
    replace_frontend_status(
        patch,
        lambda start, now: "UPCOMING" if now < start else "RUNNING" if now <= start + timedelta(hours=24) else "PAST",
    )


@defect("EVT-06")
def event_never_runs(patch: Patch) -> None:
    """An event is PAST as soon as it starts."""
    replace_frontend_status(patch, lambda start, now: "UPCOMING" if now < start else "PAST")


@defect("EVT-06")
def past_events_are_upcoming_in_another_year(patch: Patch) -> None:
    """The year is ignored when an event's start is compared with the current time."""
    replace_frontend_status(
        patch,
        lambda start, now: (
            "UPCOMING"
            if (now.month, now.day, now.time()) < (start.month, start.day, start.time())
            else "RUNNING"
            if now < start + timedelta(hours=24)
            else "PAST"
        ),
    )


@defect("EVT-06")
def campaigns_never_stop(patch: Patch) -> None:
    """`has_active_campaigns` stays true after `campaign_stop_time`."""
    patch.replace(events, "has_active_campaigns", lambda event, now: event.campaign_status == "ACTIVE")


@defect("EVT-06")
def campaigns_run_at_their_stop(patch: Patch) -> None:
    """`has_active_campaigns` is still true at the second of `campaign_stop_time`."""
    patch.replace(
        events,
        "has_active_campaigns",
        lambda event, now: (
            event.campaign_status == "ACTIVE" and not (event.campaign_stop_time and event.campaign_stop_time < now)
        ),
    )


@defect("EVT-06")
def campaigns_without_a_stop_are_not_active(patch: Patch) -> None:
    """`has_active_campaigns` is false if there is no `campaign_stop_time`."""
    patch.wrap(
        events,
        "has_active_campaigns",
        lambda right: lambda event, now: right(event, now) and event.campaign_stop_time is not None,
    )


@defect("EVT-06")
def paused_campaigns_are_active(patch: Patch) -> None:
    """`has_active_campaigns` is true if the campaign is paused."""
    patch.wrap(
        events,
        "has_active_campaigns",
        lambda right: lambda event, now: right(event, now) or event.campaign_status == "PAUSED",
    )


@defect("EVT-06")
def clients_campaigns_count_too(patch: Patch) -> None:
    """`has_active_campaigns` is also true if `client_campaign_status` is active."""
    patch.wrap(
        events,
        "has_active_campaigns",
        lambda right: lambda event, now: right(event, now) or event.client_campaign_status == "ACTIVE",
    )


@defect("EVT-06")
def campaigns_stop_with_the_event(patch: Patch) -> None:
    """`has_active_campaigns` is false for a past event, even before `campaign_stop_time`."""
    patch.wrap(
        events,
        "has_active_campaigns",
        lambda right: lambda event, now: right(event, now) and now < event.start_date_time + timedelta(hours=24),
    )
