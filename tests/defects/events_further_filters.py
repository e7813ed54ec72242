"""Defects in the further filters of the list of events, and in the package wizard's request."""

from dataclasses import replace
from typing import Any

from mock_server.http import router
from mock_server.platform_api.schemas import events as schemas
from tests.defects.events import replace_query_fields
from tests.defects.events_filters import change_match
from tests.defects.registry import Patch, defect


@defect("EVT-01")
def search_is_ignored(patch: Patch) -> None:
    """`search` is accepted and has no effect."""
    change_match(patch, lambda right, event, wanted, shown: right(event, replace(wanted, search=None), shown))


@defect("EVT-01")
def search_replaces_q(patch: Patch) -> None:
    """Given both, only `search` counts."""
    change_match(
        patch,
        lambda right, event, wanted, shown: right(
            event, wanted if wanted.search is None else replace(wanted, q=None), shown
        ),
    )


@defect("EVT-01")
def search_is_the_whole_title(patch: Patch) -> None:
    """`search` has to be the whole title."""
    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(event, replace(wanted, search=None), shown)
            and (wanted.search is None or wanted.search.casefold() == event.title.casefold())
        ),
    )


@defect("EVT-01", "BASE-10")
def empty_search_is_left_out(patch: Patch) -> None:
    """An empty `search` is treated as absent."""
    change_match(
        patch,
        lambda right, event, wanted, shown: right(event, replace(wanted, search=wanted.search or None), shown),
    )


@defect("EVT-01")
def status_filter_is_ignored(patch: Patch) -> None:
    """`status` is accepted and has no effect."""
    change_match(patch, lambda right, event, wanted, shown: right(event, replace(wanted, status=None), shown))


@defect("EVT-01")
def status_filter_ignores_case(patch: Patch) -> None:
    """`status` matches in any case."""
    change_match(
        patch,
        lambda right, event, wanted, shown: right(
            event, replace(wanted, status=wanted.status and wanted.status.lower()), shown
        ),
    )


@defect("EVT-01")
def status_filter_is_a_prefix(patch: Patch) -> None:
    """`status` matches every status that starts with it."""
    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(event, replace(wanted, status=None), shown)
            and (wanted.status is None or (wanted.status != "" and event.status.startswith(wanted.status)))
        ),
    )


@defect("EVT-01", "BASE-10")
def empty_status_is_left_out(patch: Patch) -> None:
    """An empty `status` is treated as absent."""
    change_match(
        patch,
        lambda right, event, wanted, shown: right(event, replace(wanted, status=wanted.status or None), shown),
    )


@defect("EVT-01")
def archived_events_are_hidden_by_default(patch: Patch) -> None:
    """Archived events are listed only with `status` or `include_archived=true`."""

    def wrapped(original):
        def to_filter(self):
            wanted = original(self)
            return replace(wanted, status="active") if self.include_archived is False else wanted

        return to_filter

    patch.wrap(schemas.EventsQuery, "to_filter", wrapped)


@defect("EVT-01")
def simulated_events_are_none(patch: Patch) -> None:
    """`simulated=true` finds nothing, because no event is simulated."""
    patch.wrap(
        schemas.EventsQuery,
        "to_filter",
        lambda right: lambda self: replace(right(self), city=frozenset()) if self.simulated else right(self),
    )


@defect("EVT-01")
def wizards_filters_are_unknown(patch: Patch) -> None:
    """`campaigns` and `vh` are refused as unknown parameters."""
    fields = {name: (kind, None) for name, kind in (("campaigns", type(None)), ("vh", type(None)))}
    replace_query_fields(patch, **fields)


@defect("EVT-01")
def filters_without_an_effect_match_nothing_if_empty(patch: Patch) -> None:
    """An empty `campaigns` or `vh` finds nothing."""
    patch.wrap(
        schemas.EventsQuery,
        "to_filter",
        lambda right: (
            lambda self: (
                replace(right(self), city=frozenset()) if "" in (self.campaigns, *(self.vh or ())) else right(self)
            )
        ),
    )


@defect("EVT-01")
def flags_may_be_anything(patch: Patch) -> None:
    """A flag that is neither `true` nor `false` counts as true."""
    names = ("simulated", "flagged_to_top", "include_archived", "exclude_products")
    replace_query_fields(patch, **dict.fromkeys(names, (Any, None)))


@defect("EVT-01", "BASE-07")
def wizards_request_loses_its_query(patch: Patch) -> None:
    """The redirect of `/events` drops the query."""

    def wrapped(original):
        def send(self, context):
            context.query_string = b"" if context.path == "/events" else context.query_string
            return original(self, context)

        return send

    patch.wrap(router.OperationRouter, "reject_or_redirect", wrapped)
