"""Defects in attribution models."""

from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from typing import Annotated, Any

from pydantic import BeforeValidator

from mock_server.control import test_data
from mock_server.domain import attribution
from mock_server.domain import revenue as revenue_rules
from mock_server.domain.models import AttributionModel
from mock_server.domain.sales import ZERO, SalesTotal
from mock_server.http.fields import ClosedModel
from mock_server.operations import backhaul, events, revenue
from mock_server.platform_api.schemas import events as schemas
from tests.defects.registry import Patch, defect


class AnyCase(ClosedModel):
    model: Annotated[
        AttributionModel, BeforeValidator(lambda text: text.strip().upper() if isinstance(text, str) else text)
    ]


class AnyText(ClosedModel):
    model: str


class OptionalModel(ClosedModel):
    model: AttributionModel | None = None


@defect("LAM-01")
def model_accepted_in_any_case(patch: Patch) -> None:
    """The model is trimmed and converted to upper case before it is validated."""
    patch.replace(schemas, "AttributionModelBody", AnyCase)


@defect("LAM-01")
def any_text_accepted_as_model(patch: Patch) -> None:
    """The body's schema allows any string as the model, not only the three documented models."""
    patch.replace(schemas, "AttributionModelBody", AnyText)
    patch.wrap(events, "set_attribution_model", _accept_any_text)


def _accept_any_text(original: Any) -> Any:
    def put(call: Any, eid: str, model: str) -> str:
        return original(call, eid, model if model in attribution.CREDITED_BY else "FD")

    return put


@defect("LAM-01")
def missing_model_means_fd(patch: Patch) -> None:
    """A body without a model, or with a null model, sets the model to FD."""
    patch.replace(schemas, "AttributionModelBody", OptionalModel)
    patch.wrap(events, "set_attribution_model", lambda put: lambda call, eid, model: put(call, eid, model or "FD"))


@defect("LAM-01")
def model_not_stored(patch: Patch) -> None:
    """The PUT validates the body and returns success, but does not store the model."""
    patch.replace(events, "set_attribution_model", lambda call, eid, model: model)


@defect("LAM-01")
def model_put_answers_the_old_one(patch: Patch) -> None:
    """The PUT stores the new model but returns the old one."""

    def old_one(original: Any) -> Any:
        def put(call: Any, eid: str, model: str) -> str:
            before = events.get_attribution_model(call, eid)
            original(call, eid, model)
            return before

        return put

    patch.wrap(events, "set_attribution_model", old_one)


@defect("LAM-01")
def external_read_as_fd(patch: Patch) -> None:
    """EXTERNAL is stored as null, which is read as FD."""

    def null_is_fd(original: Any) -> Any:
        return lambda call, eid: {"EXTERNAL": "FD"}.get(original(call, eid), original(call, eid))

    patch.wrap(events, "get_attribution_model", null_is_fd)


@defect("PART-05")
def new_events_start_with_fd(patch: Patch) -> None:
    """A new event starts with a hard-coded model, whatever the partner's default is."""

    def in_the_code(original: Any) -> Any:
        return lambda order, event_id, model: original(order, event_id, order.attribution_model or "FD")

    patch.wrap(test_data, "_build_event", in_the_code)


def _after_setting_model(patch: Patch, more: Any) -> None:
    """Run `more(call, event, model)` each time an event's model has been set."""

    def wrap(original: Any) -> Any:
        def put(call: Any, eid: str, model: str) -> str:
            result = original(call, eid, model)
            more(call, call.store.events.get(eid), model)
            return result

        return put

    patch.wrap(events, "set_attribution_model", wrap)


def _set_all_models(call: Any, chosen: Any, model: str) -> None:
    for event in list(chosen):
        call.store.events.put(replace(event, attribution_model=model), call.cause)


@defect("LAM-02")
def model_set_for_the_whole_series(patch: Patch) -> None:
    """The model is written to every event of the series."""

    def siblings(call: Any, event: Any, model: str) -> None:
        if event.series is not None:
            _set_all_models(call, call.store.events.group("series", event.series), model)

    _after_setting_model(patch, siblings)


@defect("LAM-02")
def model_set_for_the_whole_partner(patch: Patch) -> None:
    """The UPDATE has no condition on the event, so it changes all events of the partner."""
    _after_setting_model(
        patch,
        lambda call, event, model: _set_all_models(call, call.store.events.group("partner", call.partner_id), model),
    )


@defect("LAM-02")
def model_becomes_the_partners_default(patch: Patch) -> None:
    """Setting an event's model also sets the partner's default."""

    def default_too(call: Any, event: Any, model: str) -> None:
        partner = call.store.partners.get(call.partner_id)
        call.store.partners.put(replace(partner, attribution_model_default=model), call.cause)

    _after_setting_model(patch, default_too)


def _packages_of(call: Any, event: Any) -> list[Any]:
    return [
        package for package in call.store.packages.group("partner", call.partner_id) if event.id in package.event_ids
    ]


@defect("LAM-02")
def lookout_model_changes_backhaul_settings(patch: Patch) -> None:
    """Setting the Lookout model also changes the backhaul model of the event's packages."""
    meant = {"FD": "EVENTS_FROM_PACKAGE", "META": "EVENT_SERIES", "EXTERNAL": "ALL_PURCHASES"}

    def change_settings(call: Any, event: Any, model: str) -> None:
        for package in _packages_of(call, event):
            call.store.packages.put(
                replace(package, settings=replace(package.settings, model=meant[model])), call.cause
            )

    _after_setting_model(patch, change_settings)


@defect("LAM-02")
def lookout_model_changes_settings_of_all_packages(patch: Patch) -> None:
    """Setting an event's model resets the window of every package of the partner to one week."""

    def a_week(call: Any, event: Any, model: str) -> None:
        for package in list(call.store.packages.group("partner", call.partner_id)):
            call.store.packages.put(
                replace(package, settings=replace(package.settings, attribution_window=7)), call.cause
            )

    _after_setting_model(patch, a_week)


@defect("LAM-02")
def lookout_model_runs_backhaul_again(patch: Patch) -> None:
    """Setting an event's model starts an evaluation of every package that contains the event."""

    def again(call: Any, event: Any, model: str) -> None:
        for package in _packages_of(call, event):
            call.workspace.schedule("evaluation", package.id, call.now + timedelta(seconds=2), package.revision)

    _after_setting_model(patch, again)


@defect("LAM-02")
def backhaul_settings_reset_the_lookout_model(patch: Patch) -> None:
    """Saving a package's settings also sets the model of its events."""

    def resets(original: Any) -> Any:
        def put(call: Any, package_id: str, settings: Any) -> Any:
            answered = original(call, package_id, settings)
            for event_id in call.store.packages.get(package_id).event_ids:
                call.store.events.put(replace(call.store.events.get(event_id), attribution_model="FD"), call.cause)
            return answered

        return put

    patch.wrap(backhaul, "replace_settings", resets)


@defect("LAM-03")
def split_kept_from_the_first_read(patch: Patch) -> None:
    """An event's days are cached without regard to its model, so a new model has no effect on them."""

    def wrap(original: Any) -> Any:
        first: dict[tuple[int, str], str] = {}

        def days(call: Any, event: Any) -> Any:
            model = first.setdefault((id(call.workspace), event.id), event.attribution_model)
            return original(call, replace(event, attribution_model=model))

        return days

    patch.wrap(revenue, "known_days", wrap)


@defect("LAM-03")
def change_of_model_shows_a_read_later(patch: Patch) -> None:
    """The first read after a change of model still uses the old model."""

    def later(original: Any) -> Any:
        last: dict[tuple[int, str], str] = {}

        def days(call: Any, event: Any) -> Any:
            key = (id(call.workspace), event.id)
            model, last[key] = last.get(key, event.attribution_model), event.attribution_model
            return original(call, replace(event, attribution_model=model))

        return days

    patch.wrap(revenue, "known_days", later)


@defect("LAM-03", "LAM-04")
def split_by_fd_under_every_model(patch: Patch) -> None:
    """The days are always split by the platform's own attribution; only the model's name in the response changes."""
    patch.wrap(
        revenue, "known_days", lambda days: lambda call, event: days(call, replace(event, attribution_model="FD"))
    )


@defect("LAM-04")
def meta_credits_by_fd(patch: Patch) -> None:
    """META uses the platform's own attribution, because of a copy-and-paste error."""
    patch.replace(attribution, "CREDITED_BY", {**attribution.CREDITED_BY, "META": attrgetter("fd")})


@defect("LAM-04")
def external_credits_by_meta(patch: Patch) -> None:
    """EXTERNAL uses Meta's conversions."""
    patch.replace(attribution, "CREDITED_BY", {**attribution.CREDITED_BY, "EXTERNAL": attrgetter("meta")})


@defect("LAM-04")
def external_part_left_out(patch: Patch) -> None:
    """Sales credited to external sources are dropped, so the parts do not add up to the total."""
    nothing = SalesTotal(ZERO, 0)
    patch.wrap(attribution, "split", lambda split: lambda sold, model: {**split(sold, model), "external": nothing})


@defect("LAM-04")
def a_cent_is_lost_in_the_split(patch: Patch) -> None:
    """Each part is truncated to whole units, but the total is not."""

    def cut(original: Any) -> Any:
        def split(sold: Any, model: str) -> Any:
            return {who: replace(part, revenue=part.revenue // 1) for who, part in original(sold, model).items()}

        return split

    patch.wrap(attribution, "split", cut)


@defect("LAM-04")
def total_without_external_sales(patch: Patch) -> None:
    """The total is the sum of campaign and organic sales only, so it differs by model."""

    def without(original: Any) -> Any:
        def daily(*arguments: Any) -> Any:
            return tuple(_without_external(day) for day in original(*arguments))

        return daily

    patch.wrap(revenue_rules, "list_days", without)


def _without_external(day: Any) -> Any:
    rest = day.split["external"]
    total = SalesTotal(day.total.revenue - rest.revenue, day.total.purchases - rest.purchases)
    return replace(day, total=total, split={**day.split, "external": SalesTotal(ZERO, 0)})


@defect("LAM-04")
def meta_reports_more_than_was_sold(patch: Patch) -> None:
    """Under META, each conversion is counted twice, also in the total."""

    def twice(original: Any) -> Any:
        def daily(sold: Any, model: str, *days: Any) -> Any:
            doubled = [one for one in sold for _ in range(2 if model == "META" and one.meta == "campaign" else 1)]
            return original(doubled, model, *days)

        return daily

    patch.wrap(revenue_rules, "list_days", twice)
