"""Defects in the record of a partner, and in the attribution model of new events."""

from dataclasses import replace
from typing import Any

from mock_server.control import test_data
from mock_server.http.fields import ClosedModel
from mock_server.operations import partners
from mock_server.platform_api.routes import partners as routes
from mock_server.platform_api.schemas import partners as schemas
from tests.defects.registry import Patch, defect


def change_record_body(patch: Patch, change) -> None:
    """Change the body of the partner's record."""
    patch.wrap(schemas, "partner_body", lambda right: lambda record, quirks: change(right(record, quirks)))


# PART-03


@defect("PART-03")
def record_without_pricing(patch: Patch) -> None:
    """`pricing_tier` is not returned to partners."""
    change_record_body(patch, lambda body: {name: body[name] for name in body if name != "pricing_tier"})


@defect("PART-03")
def record_without_its_default_model(patch: Patch) -> None:
    """`attribution_model_default` is not returned to partners."""
    change_record_body(patch, lambda body: {name: body[name] for name in body if name != "attribution_model_default"})


@defect("PART-03")
def record_with_a_number_beside_the_id(patch: Patch) -> None:
    """The record contains an undocumented field `client_id` in addition to `id`."""
    change_record_body(patch, lambda body: {**body, "client_id": 7})


@defect("PART-03")
def record_is_a_list(patch: Patch) -> None:
    """`GET /partners/` returns a list with one record."""
    change_record_body(patch, lambda body: [body])


@defect("PART-03")
def record_swaps_its_two_pricings(patch: Patch) -> None:
    """`pricing_tier` and `campaign_pricing_model` are swapped."""
    change_record_body(
        patch,
        lambda body: {
            **body,
            "pricing_tier": body["campaign_pricing_model"],
            "campaign_pricing_model": body["pricing_tier"],
        },
    )


@defect("PART-03")
def record_has_its_status_in_capitals(patch: Patch) -> None:
    """`status` is ACTIVE instead of `active`."""
    change_record_body(patch, lambda body: {**body, "status": body["status"].upper()})


@defect("PART-03")
def record_is_in_euros(patch: Patch) -> None:
    """Every partner's currency is EUR."""
    change_record_body(patch, lambda body: {**body, "currency": "EUR"})


@defect("PART-03")
def record_recommends_to_everybody(patch: Patch) -> None:
    """`campaign_recommendations` contains the value of `demand_prediction`."""
    change_record_body(patch, lambda body: {**body, "campaign_recommendations": body["demand_prediction"]})


@defect("PART-03")
def record_id_is_the_slug(patch: Patch) -> None:
    """`id` is only the slug, without its prefix."""
    change_record_body(patch, lambda body: {**body, "id": str(body["id"]).removeprefix("partner-id-")})


@defect("PART-03")
def record_of_the_first_partner(patch: Patch) -> None:
    """`GET /partners/` always returns the first partner."""
    patch.replace(partners, "get_partner", lambda call: next(iter(call.store.partners)))


@defect("PART-03")
def numeric_id_is_not_switched_on(patch: Patch) -> None:
    """The quirk `numeric_client_id` does nothing."""
    patch.replace(schemas, "_numeric_partner_id", lambda partner_id: partner_id)


@defect("PART-03")
def numeric_id_is_everybodys(patch: Patch) -> None:
    """With the quirk `numeric_client_id`, the number of every partner without digits in its id is 0."""
    patch.replace(
        schemas, "_numeric_partner_id", lambda partner_id: int(partner_id[2:]) if partner_id.startswith("fd") else 0
    )


@defect("PART-03")
def numeric_id_is_always_made_up(patch: Patch) -> None:
    """With the quirk `numeric_client_id`, the digits of an id are ignored."""
    patch.wrap(schemas, "_numeric_partner_id", lambda right: lambda partner_id: right(f"partner-{partner_id}"))


# PART-05


@defect("PART-05")
def default_model_reaches_the_events_that_are_there(patch: Patch) -> None:
    """Setting the default model also changes the partner's existing events."""

    def wrap(original):
        def put(call, model):
            original(call, model)
            for event in list(call.store.events.group("partner", call.partner_id)):
                call.store.events.put(replace(event, attribution_model=model), call.cause)

        return put

    patch.wrap(partners, "set_attribution_model_default", wrap)


@defect("PART-05")
def default_model_reaches_events_that_had_the_old_default(patch: Patch) -> None:
    """Setting the default model also changes events with the old default model."""

    def wrap(original):
        def put(call, model):
            old = call.store.partners.get(call.partner_id).attribution_model_default
            original(call, model)
            for event in list(call.store.events.group("partner", call.partner_id)):
                if event.attribution_model == old:
                    call.store.events.put(replace(event, attribution_model=model), call.cause)

        return put

    patch.wrap(partners, "set_attribution_model_default", wrap)


@defect("PART-05")
def new_events_do_not_copy_the_default(patch: Patch) -> None:
    """A new event starts with FD, whatever the partner's default is."""
    patch.wrap(
        test_data,
        "_build_event",
        lambda right: lambda order, event_id, model: right(order, event_id, order.attribution_model or "FD"),
    )


@defect("PART-05")
def new_events_copy_a_default_of_before(patch: Patch) -> None:
    """A new event starts with the default model that was first read, even if the default has changed since."""
    kept: dict[tuple[int, str], Any] = {}

    def wrap(original):
        def partner(call, partner_id):
            return kept.setdefault((id(call.store), partner_id), original(call, partner_id))

        return partner

    patch.wrap(test_data, "_require_partner", wrap)


@defect("PART-05")
def default_model_is_not_kept(patch: Patch) -> None:
    """The PUT of the default model returns 204 but stores nothing."""
    patch.replace(partners, "set_attribution_model_default", lambda call, model: None)


@defect("PART-05")
def default_model_is_external_or_not(patch: Patch) -> None:
    """META is stored as FD, because only EXTERNAL and FD can be stored."""
    patch.wrap(
        partners,
        "set_attribution_model_default",
        lambda right: lambda call, model: right(call, "EXTERNAL" if model == "EXTERNAL" else "FD"),
    )


@defect("PART-05")
def default_model_switches_recommendations_off(patch: Patch) -> None:
    """The PUT of the default model also resets another field of the record."""

    def put(call, model):
        partner = call.store.partners.get(call.partner_id)
        call.store.partners.put(
            replace(partner, attribution_model_default=model, campaign_recommendations=False), call.cause
        )

    patch.replace(partners, "set_attribution_model_default", put)


@defect("PART-05")
def default_model_is_answered_with_a_body(patch: Patch) -> None:
    """The PUT of the default model returns 200 with the model instead of 204."""

    def change(scope, answer):
        if scope["path"].endswith("/partners/attribution_model") and answer.status == 204:
            answer.status, answer.body = 200, b'{"model":"FD"}'
            answer.set("content-type", "application/json")

    patch.change_responses(change)


@defect("PART-05")
def default_model_of_any_case(patch: Patch) -> None:
    """The default model is not case-sensitive, and a missing or unknown model is read as FD."""

    class ModelQuery(ClosedModel):
        model: str = "FD"

    patch.replace(routes.schemas, "ModelQuery", ModelQuery)
    patch.wrap(
        partners,
        "set_attribution_model_default",
        lambda right: lambda call, model: right(call, model.upper() if model.upper() in ("FD", "META") else "EXTERNAL"),
    )
