"""Defects in a single event."""

from mock_server.domain import errors
from mock_server.operations import access
from mock_server.platform_api.schemas import events as schemas
from tests.defects.registry import Patch, defect


def change_event_body(patch: Patch, change) -> None:
    """Change the body of each event: `change(body)`."""
    patch.wrap(schemas, "event_body", lambda right: lambda view, quirks: change(right(view, quirks)))


# EVT-02


@defect("EVT-02")
def event_without_its_hall(patch: Patch) -> None:
    """`hall_name` is omitted."""
    change_event_body(patch, lambda body: {name: body[name] for name in body if name != "hall_name"})


@defect("EVT-02")
def event_without_what_is_null(patch: Patch) -> None:
    """Fields that are null are omitted."""
    change_event_body(patch, lambda body: {name: value for name, value in body.items() if value is not None})


@defect("EVT-02", documentation="newer")
def event_has_a_currency_in_both_generations(patch: Patch) -> None:
    """Under quirk `core_event_members`, events still contain `currency`."""
    change_event_body(patch, lambda body: {"currency": "EUR", **body})


@defect("EVT-02")
def benchmark_is_a_number(patch: Patch) -> None:
    """`benchmark` is only the predicted value."""
    change_event_body(
        patch,
        lambda body: {**body, "benchmark": body["benchmark"] and body["benchmark"]["prediction"]["value"]},
    )


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


@defect("EVT-02", "EVT-06", part="EVT-02.members")
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


@defect("EVT-02", part="EVT-02.values")
def event_with_one_optimisation_for_both(patch: Patch) -> None:
    """`ad_campaign_optimisation_status` contains the value of `campaign_optimisation_status`."""
    change_event_body(
        patch, lambda body: {**body, "ad_campaign_optimisation_status": body["campaign_optimisation_status"]}
    )


@defect("EVT-02", part="EVT-02.values")
def event_with_its_share_in_per_cent(patch: Patch) -> None:
    """`predicted_sales_share` is rounded to whole percent."""
    change_event_body(
        patch,
        lambda body: {
            **body,
            "predicted_sales_share": body["predicted_sales_share"] and round(body["predicted_sales_share"], 2),
        },
    )


@defect("EVT-02", part="EVT-02.values")
def event_with_its_start_to_the_minute(patch: Patch) -> None:
    """The seconds of `start_date_time` are set to 0."""
    change_event_body(patch, lambda body: {**body, "start_date_time": f"{body['start_date_time'][:16]}:00Z"})


@defect("EVT-02", "BASE-04")
def event_with_its_start_in_an_offset(patch: Patch) -> None:
    """`start_date_time` ends in `+00:00` instead of `Z`."""
    change_event_body(patch, lambda body: {**body, "start_date_time": body["start_date_time"].replace("Z", "+00:00")})


@defect("EVT-02", "EVT-03")
def listed_event_is_a_summary(patch: Patch) -> None:
    """Events in the list contain no `benchmark`."""
    patch.wrap(
        schemas,
        "event_page_body",
        lambda right: (
            lambda cut, quirks: {
                **right(cut, quirks),
                "items": [{**item, "benchmark": None} for item in right(cut, quirks)["items"]],
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


@defect("EVT-02", part="EVT-02.older_members")
def event_without_its_currency(patch: Patch) -> None:
    """The mock follows the older documentation, but events have no `currency`."""
    change_event_body(patch, lambda body: {name: body[name] for name in body if name != "currency"})


@defect("EVT-02", part="EVT-02.values")
def event_in_euros_whatever_the_partner(patch: Patch) -> None:
    """`currency` is EUR, even if the partner's currency is another one."""
    change_event_body(patch, lambda body: {**body, "currency": "EUR"})


@defect("EVT-02", documentation="newer")
def event_without_its_predicted_share(patch: Patch) -> None:
    """The mock follows the newer documentation, but events have no `predicted_sales_share`."""
    change_event_body(patch, lambda body: {name: body[name] for name in body if name != "predicted_sales_share"})


@defect("EVT-02")
def predicted_share_is_left_out_of_older_events(patch: Patch) -> None:
    """In the older documentation, `predicted_sales_share` is left out."""
    change_event_body(patch, lambda body: {name: body[name] for name in body if name != "predicted_sales_share"})


@defect("EVT-02", part="EVT-02.benchmark")
def benchmark_without_its_state(patch: Patch) -> None:
    """The mock follows the older documentation, but benchmarks have no `state`."""
    patch.wrap(
        schemas, "_benchmark_body", lambda right: lambda prediction, core_only: right(prediction, core_only=True)
    )


@defect("EVT-02", documentation="newer")
def benchmark_has_a_state_in_both_generations(patch: Patch) -> None:
    """The mock follows the newer documentation, but benchmarks have a `state`."""
    patch.wrap(
        schemas, "_benchmark_body", lambda right: lambda prediction, core_only: right(prediction, core_only=False)
    )


# EVT-03


@defect("EVT-03")
def unknown_event_has_another_key(patch: Patch) -> None:
    """The error for an unknown event contains the message key `error.request.not_found`."""
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
