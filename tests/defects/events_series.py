"""Defects in the membership of events in a series."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from mock_server.domain import series
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.http.fields import QUERY_INTEGER, ClosedModel, ListedText
from mock_server.operations import access
from mock_server.operations import events as operations
from mock_server.platform_api.routes import events as routes
from mock_server.platform_api.schemas import events as schemas
from tests.defects.registry import Patch, defect


def change_replacement(patch: Patch, change) -> None:
    """Decide with `change(right, event, named, events, name)` which events a POST of a series changes."""
    patch.wrap(
        series,
        "replace_series",
        lambda right: (
            lambda event, named, every, name: change(
                lambda *arguments: list(right(*arguments)), event, list(named), every, name
            )
        ),
    )


def change_posted_ids(patch: Patch, change) -> None:
    """Replace the posted ids with `change(call, eid, named)`."""
    patch.wrap(
        operations,
        "replace_event_series",
        lambda right: lambda call, eid, named: right(call, eid, change(call, eid, named)),
    )


# EVT-04


@defect("EVT-04")
def series_names_the_event_itself(patch: Patch) -> None:
    """The series of an event contains that event itself, not only the other members."""
    patch.replace(
        series, "other_member_ids", lambda event, every: [member.id for member in series.members_of(event, every)]
    )


@defect("EVT-04")
def series_is_not_symmetric(patch: Patch) -> None:
    """A POST changes only the event in the path; the named events keep their series."""
    kept: dict[tuple[int, str], list[str]] = {}

    def wrap(original):
        def post(call, eid, named):
            access.require_event(call, eid)
            access.require_events(call, named, "event_series")
            kept[id(call.store), eid] = [each for each in dict.fromkeys(named) if each != eid]

        return post

    patch.wrap(operations, "replace_event_series", wrap)
    patch.wrap(
        operations,
        "_other_member_ids",
        lambda right: lambda call, event: kept.get((id(call.store), event.id), right(call, event)),
    )


@defect("EVT-04")
def series_is_not_transitive(patch: Patch) -> None:
    """The named events are joined with the event in the path, but not with each other."""
    centres: dict[tuple[int, str], str] = {}

    def wrap(original):
        def post(call, eid, named):
            original(call, eid, named)
            for each in (eid, *named):
                centres[id(call.store), each] = eid

        return post

    def wrap_others(original):
        def others(call, event):
            centre = centres.get((id(call.store), event.id), event.id)
            return [each for each in original(call, event) if centre in (event.id, each)]

        return others

    patch.wrap(operations, "replace_event_series", wrap)
    patch.wrap(operations, "_other_member_ids", wrap_others)


@defect("EVT-04")
def series_is_added_to(patch: Patch) -> None:
    """A POST adds the named events to the series instead of replacing its members."""
    change_posted_ids(
        patch,
        lambda call, eid, named: (
            [*named, *operations._other_member_ids(call, access.require_event(call, eid))] if named else named
        ),
    )


@defect("EVT-04")
def series_cannot_be_emptied(patch: Patch) -> None:
    """A POST without `event_series` is ignored."""
    change_posted_ids(
        patch, lambda call, eid, named: named or operations._other_member_ids(call, access.require_event(call, eid))
    )


@defect("EVT-04")
def series_needs_a_name(patch: Patch) -> None:
    """`event_series` is required."""

    class NewSeriesQuery(schemas.NewSeriesQuery):
        event_series: list[ListedText]

    patch.replace(routes.schemas, "NewSeriesQuery", NewSeriesQuery)


@defect("EVT-04")
def first_of_the_named_events_counts(patch: Patch) -> None:
    """If `event_series` is given several times, only the first value is used."""
    change_posted_ids(patch, lambda call, eid, named: named[:1])


@defect("EVT-04")
def unknown_events_are_passed_over(patch: Patch) -> None:
    """Unknown ids in `event_series` are ignored instead of rejected."""
    change_posted_ids(
        patch,
        lambda call, eid, named: [
            each
            for each in named
            if call.store.events.get(each) and call.store.events.get(each).partner_id == call.partner_id
        ],
    )


@defect("EVT-04")
def unknown_event_is_met_after_the_others(patch: Patch) -> None:
    """If `event_series` contains an unknown id, the request is rejected, but the ids before it join the series."""

    def wrap(original):
        def post(call, eid, named):
            known: list[str] = []
            for each in named or [None]:
                known += [] if each is None else [each]
                original(call, eid, list(known))

        return post

    patch.wrap(operations, "replace_event_series", wrap)


@defect("EVT-04")
def unknown_event_has_an_empty_series(patch: Patch) -> None:
    """The series of an unknown event returns an empty list instead of 404."""
    patch.wrap(
        operations,
        "get_event_series",
        lambda right: lambda call, eid, limit: right(call, eid, limit) if call.store.events.get(eid) else [],
    )


@defect("EVT-04")
def series_across_partners(patch: Patch) -> None:
    """A series may contain another partner's event, because its owner is not checked."""

    def wrap(original):
        def events(call, event_ids, field):
            return [call.store.events.get(each) or access.require_event(call, each) for each in event_ids]

        return events

    patch.wrap(access, "require_events", wrap)
    change_replacement(
        patch,
        lambda right, event, named, every, name: right(
            event, named, {**every, **{other.id: other for other in named}}, name
        ),
    )


@defect("EVT-04")
def series_limit_is_not_looked_at(patch: Patch) -> None:
    """The `limit` of a read of a series is ignored."""
    patch.wrap(operations, "get_event_series", lambda right: lambda call, eid, limit: right(call, eid, None))


@defect("EVT-04")
def series_limit_counts_the_event_itself(patch: Patch) -> None:
    """`limit` is applied before the event itself is removed from its series."""
    patch.wrap(
        operations, "get_event_series", lambda right: lambda call, eid, limit: right(call, eid, limit and limit - 1)
    )


@defect("EVT-04")
def series_limit_may_be_anything(patch: Patch) -> None:
    """A `limit` that is not valid is ignored instead of rejected."""

    class SeriesQuery(schemas.SeriesQuery):
        limit: Any = None

    patch.replace(routes.schemas, "SeriesQuery", SeriesQuery)
    patch.wrap(
        operations,
        "get_event_series",
        lambda right: lambda call, eid, limit: right(call, eid, int(limit) if str(limit).isdigit() else None),
    )


@defect("EVT-04")
def series_limit_is_three_by_default(patch: Patch) -> None:
    """Without a `limit`, at most two events are returned."""

    class SeriesQuery(schemas.SeriesQuery):
        limit: Annotated[int, Field(ge=1, le=500), QUERY_INTEGER] = 2

    patch.replace(routes.schemas, "SeriesQuery", SeriesQuery)


@defect("EVT-04")
def series_is_wrapped(patch: Patch) -> None:
    """The series is returned as `{"items": […]}`."""
    patch.wrap(operations, "get_event_series", lambda right: lambda *asked: {"items": right(*asked)})


@defect("EVT-04")
def series_is_answered_with_itself(patch: Patch) -> None:
    """The POST returns an empty array with 200, instead of 204."""

    def change(scope, answer):
        if scope["path"].endswith("/series") and answer.status == 204:
            answer.status, answer.body = 200, b"[]"
            answer.set("content-type", "application/json")

    patch.change_responses(change)


@defect("EVT-04")
def series_is_not_kept(patch: Patch) -> None:
    """The POST returns 204 but stores nothing."""
    patch.replace(
        operations, "replace_event_series", lambda call, eid, named: access.require_events(call, [eid, *named], "x")
    )


# EVT-05


@defect("EVT-05")
def former_members_stay_together(patch: Patch) -> None:
    """Members that a POST no longer names stay in the series."""

    def change(original, event, named, every, name):
        members = {event.id, *(other.id for other in named)}
        joined = name if len(members) > 1 else None
        return [replace(every[key], series=joined) for key in sorted(members)]

    change_replacement(patch, change)


@defect("EVT-05")
def named_event_dissolves_its_series(patch: Patch) -> None:
    """The previous series of a named event loses all its members."""

    def change(original, event, named, every, name):
        changed = original(event, named, every, name)
        left = {other.series for other in named if other.series not in (None, event.series)}
        members = {one.id for one in changed}
        return changed + [
            replace(other, series=None) for other in every.values() if other.series in left and other.id not in members
        ]

    change_replacement(patch, change)


@defect("EVT-05")
def named_event_brings_its_series(patch: Patch) -> None:
    """If a named event is in another series, all members of that series join too."""

    def change(original, event, named, every, name):
        fellows = {fellow.id: fellow for other in named for fellow in series.members_of(other, every.values())}
        own = {member.id for member in series.members_of(event, every.values())}
        named_ids = {other.id for other in named}
        brought = [fellow for key, fellow in fellows.items() if key not in own or key in named_ids]
        return original(event, brought, every, name)

    change_replacement(patch, change)


@defect("EVT-05")
def event_goes_over_with_its_fellows(patch: Patch) -> None:
    """If an event joins another series, the other members of its old series join too."""

    def change(original, event, named, every, name):
        foreign = any(other.series is not None and other.series != event.series for other in named)
        fellows = series.members_of(event, every.values()) if foreign else []
        return original(event, [*named, *fellows], every, name)

    change_replacement(patch, change)


@defect("EVT-05")
def named_event_joins_none(patch: Patch) -> None:
    """A named event that is already in another series stays there."""

    def change(original, event, named, every, name):
        return original(event, [other for other in named if other.series in (None, event.series)], every, name)

    change_replacement(patch, change)


@defect("EVT-05")
def event_may_not_name_itself(patch: Patch) -> None:
    """A POST that names the event itself returns 400."""

    def change(call, eid, named):
        if eid in named:
            raise InvalidRequestError(Problem("self", "event_series", "do not name the event itself"))
        return named

    change_posted_ids(patch, change)


@defect("EVT-05")
def event_may_not_be_named_twice(patch: Patch) -> None:
    """A POST that names an event twice returns 400."""

    def change(call, eid, named):
        if len(set(named)) < len(named):
            raise InvalidRequestError(Problem("duplicate", "event_series", "name each once"))
        return named

    change_posted_ids(patch, change)


@defect("EVT-05")
def event_named_alone_stays(patch: Patch) -> None:
    """A POST that names only the event itself leaves its series unchanged."""
    change_posted_ids(
        patch,
        lambda call, eid, named: (
            operations._other_member_ids(call, access.require_event(call, eid))
            if named and set(named) == {eid}
            else named
        ),
    )


@defect("EVT-05")
def series_posted_again_is_emptied(patch: Patch) -> None:
    """A POST with the current members of a series removes all of them."""

    def change(original, event, named, every, name):
        members = {event.id, *(other.id for other in named)}
        if len(members) > 1 and members == {one.id for one in series.members_of(event, every.values())}:
            return [replace(every[key], series=None) for key in sorted(members)]
        return original(event, named, every, name)

    change_replacement(patch, change)


@defect("EVT-05")
def series_have_one_name(patch: Patch) -> None:
    """Every posted series has the same id, because the counter is never incremented."""
    change_replacement(patch, lambda right, event, named, every, name: right(event, named, every, "series_1"))


@defect("EVT-05")
def emptying_leaves_the_others_together(patch: Patch) -> None:
    """A POST without `event_series` removes the event from its series, but the others stay in it."""

    def change(original, event, named, every, name):
        if not named:
            return [replace(event, series=None)]
        return original(event, named, every, name)

    change_replacement(patch, change)


@defect("EVT-04")
def series_limit_is_at_most_500(patch: Patch) -> None:
    """A `limit` of 1,000 is refused: as in the list of events, the maximum is 500."""

    class SeriesQuery(ClosedModel):
        limit: schemas.Limit | None = None

    patch.replace(schemas, "SeriesQuery", SeriesQuery)
