"""Defects in an event's statuses: `frontend_status`, which users set, and the statuses of its campaigns."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from mock_server.domain import events
from mock_server.domain.models import SettableFrontendStatus
from mock_server.http.fields import ClosedModel
from mock_server.operations import access
from mock_server.operations import events as operations
from mock_server.platform_api.schemas import events as schemas
from tests.defects.events_record import change_event_body
from tests.defects.registry import Patch, WireResponse, defect


def change_shown_status(patch: Patch, change) -> None:
    """Change the `frontend_status` that is shown: `change(right, call, event)`, with the right status."""

    def wrapped(original):
        def build(call, event):
            view = original(call, event)
            return replace(view, frontend_status=change(view.frontend_status, call, event))

        return build

    patch.wrap(operations, "_build_view", wrapped)


def change_setting(patch: Patch, change) -> None:
    """Change the operation that sets a `frontend_status`: `change(right, call, eid, status)`."""
    patch.wrap(
        operations,
        "set_frontend_status",
        lambda right: lambda call, eid, status: change(right, call, eid, status),
    )


# EVT-06


@defect("EVT-06")
def frontend_status_is_frozen(patch: Patch) -> None:
    """`frontend_status` is kept in a cache from the event's first read on."""
    first_status = {}
    change_shown_status(patch, lambda status, call, event: first_status.setdefault((id(call.store), event.id), status))


@defect("EVT-06")
def flagged_events_are_default_after_their_start(patch: Patch) -> None:
    """A flag is dropped when the event starts."""
    change_shown_status(patch, lambda status, call, event: "DEFAULT" if call.now >= event.start_date_time else status)


@defect("EVT-06")
def filter_has_a_frozen_frontend_status(patch: Patch) -> None:
    """The filter `frontend_status` uses an index that is never refreshed."""
    first_status = {}

    def read_index(original):
        def matches(event, wanted, shown):
            first = first_status[event.id, event.title]
            return original(replace(event, frontend_status=first), wanted, shown)

        return matches

    def build_index(original):
        def list_matching(listed, *asked, **options):
            listed = list(listed)
            for event in listed:
                first_status.setdefault((event.id, event.title), event.frontend_status)
            return original(listed, *asked, **options)

        return list_matching

    patch.wrap(events, "_matches", read_index)
    patch.wrap(events, "list_matching", build_index)


@defect("EVT-06", documentation="newer")
def cancelled_is_never_shown(patch: Patch) -> None:
    """Quirk `cancelled_frontend_status` has no effect on what is shown."""
    change_shown_status(patch, lambda status, call, event: "DEFAULT" if status == "CANCELLED" else status)


@defect("EVT-06")
def cancelled_is_shown_in_the_older_documentation(patch: Patch) -> None:
    """CANCELLED is shown without its quirk."""
    change_shown_status(patch, lambda status, call, event: event.frontend_status)


@defect("EVT-06")
def status_is_the_frontend_status(patch: Patch) -> None:
    """`status` is the `frontend_status` in lower case."""
    change_event_body(patch, lambda body: {**body, "status": body["frontend_status"].lower()})


@defect("EVT-06")
def running_campaigns_are_active(patch: Patch) -> None:
    """`campaign_status` is ACTIVE instead of RUNNING."""
    words = {"RUNNING": "ACTIVE"}
    change_event_body(
        patch, lambda body: {**body, "campaign_status": words.get(body["campaign_status"], body["campaign_status"])}
    )


@defect("EVT-06")
def campaigns_never_stop(patch: Patch) -> None:
    """`has_active_campaigns` ignores `campaign_stop_time`."""
    patch.replace(events, "has_active_campaigns", lambda event, now: event.campaign_status == "RUNNING")


@defect("EVT-06")
def campaigns_run_at_their_stop(patch: Patch) -> None:
    """Campaigns are still active at the second of their stop."""
    patch.replace(
        events,
        "has_active_campaigns",
        lambda event, now: (
            event.campaign_status == "RUNNING" and not (event.campaign_stop_time and event.campaign_stop_time < now)
        ),
    )


@defect("EVT-06", part="EVT-06.active_campaigns")
def campaigns_without_a_stop_are_not_active(patch: Patch) -> None:
    """Campaigns without `campaign_stop_time` count as stopped."""
    patch.wrap(
        events,
        "has_active_campaigns",
        lambda right: lambda event, now: right(event, now) and event.campaign_stop_time is not None,
    )


@defect("EVT-06")
def clients_campaigns_count_too(patch: Patch) -> None:
    """A running `client_campaign_status` makes campaigns active."""
    patch.wrap(
        events,
        "has_active_campaigns",
        lambda right: lambda event, now: right(event, now) or event.client_campaign_status == "RUNNING",
    )


@defect("EVT-06")
def campaigns_stop_with_the_event(patch: Patch) -> None:
    """A past event's campaigns are never active, whatever `campaign_stop_time` says."""
    patch.wrap(
        events,
        "has_active_campaigns",
        lambda right: lambda event, now: right(event, now) and now < event.start_date_time + timedelta(hours=24),
    )


@defect("EVT-06")
def frontend_status_is_told_by_the_clock(patch: Patch) -> None:
    """`frontend_status` is UPCOMING before the event and PAST after it."""
    change_shown_status(patch, lambda status, call, event: "PAST" if call.now >= event.start_date_time else "UPCOMING")


@defect("EVT-06")
def clients_running_campaigns_are_active(patch: Patch) -> None:
    """`client_campaign_status` is ACTIVE instead of RUNNING."""
    words = {"RUNNING": "ACTIVE"}
    change_event_body(
        patch,
        lambda body: {
            **body,
            "client_campaign_status": words.get(body["client_campaign_status"], body["client_campaign_status"]),
        },
    )


@defect("EVT-06")
def client_without_campaigns_has_paused_them(patch: Patch) -> None:
    """`client_campaign_status` is PAUSED, instead of null, for an event without campaigns."""
    change_event_body(
        patch, lambda body: {**body, "client_campaign_status": body["client_campaign_status"] or "PAUSED"}
    )


# EVT-08


@defect("EVT-08")
def setting_a_frontend_status_returns_200(patch: Patch) -> None:
    """The PUT returns 200 with an empty object, instead of 204."""

    def confirm(scope, answer: WireResponse) -> None:
        if scope["path"].endswith("/setup_frontend_status") and answer.status == 204:
            answer.status, answer.body = 200, b"{}"
            answer.set("content-type", "application/json")

    patch.change_responses(confirm)


@defect("EVT-08")
def frontend_status_may_be_set_in_lower_case(patch: Patch) -> None:
    """The PUT converts the status to upper case before it is validated."""

    class FrontendStatusBody(ClosedModel):
        frontend_status: Annotated[
            SettableFrontendStatus,
            BeforeValidator(lambda status: status.upper() if isinstance(status, str) else status),
        ]

    patch.replace(schemas, "FrontendStatusBody", FrontendStatusBody)


@defect("EVT-08")
def setting_a_frontend_status_does_nothing(patch: Patch) -> None:
    """The PUT returns 204 and stores nothing."""
    change_setting(patch, lambda right, call, eid, status: access.require_event(call, eid) and None)


@defect("EVT-08")
def unknown_event_is_flagged_all_the_same(patch: Patch) -> None:
    """The PUT returns 204 for an unknown event."""
    change_setting(
        patch,
        lambda right, call, eid, status: right(call, eid, status) if call.store.events.get(eid) is not None else None,
    )


@defect("EVT-08", "ERR-04")
def another_partners_event_is_flagged(patch: Patch) -> None:
    """The PUT does not check the partner of the event."""

    def put(right, call, eid, status):
        event = call.store.events.get(eid)
        return right(call if event is None else call._replace(partner_id=event.partner_id), eid, status)

    change_setting(patch, put)
