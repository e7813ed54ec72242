"""Defects in the further filters of the list of events, and in the package wizard's request."""

from dataclasses import replace
from typing import Any

from mock_server.domain import events
from mock_server.http import router
from mock_server.http.fields import ClosedModel
from mock_server.platform_api.routes import events as routes
from mock_server.platform_api.schemas import events as schemas
from tests.defects.events import replace_query_fields
from tests.defects.events_filters import change_match
from tests.defects.registry import Patch, defect


def _refuse_filter(patch: Patch, refused: str) -> None:
    """Refuse a filter as an unknown name."""
    fields = schemas.EventsQuery.model_fields
    namespace = {name: field.default for name, field in fields.items() if name != refused}
    annotations = schemas.EventsQuery.__annotations__
    namespace |= {"__annotations__": {name: kind for name, kind in annotations.items() if name != refused}}
    namespace |= {"to_filter": schemas.EventsQuery.to_filter, "__module__": __name__}
    patch.replace(routes.schemas, "EventsQuery", type("EventsQuery", (ClosedModel,), namespace))


@defect("EVT-01")
def search_is_ignored(patch: Patch) -> None:
    """`search` is accepted and has no effect."""
    change_match(patch, lambda right, event, wanted, shown: right(event, replace(wanted, search=None), shown))


@defect("EVT-01")
def status_filter_is_ignored(patch: Patch) -> None:
    """`status` is accepted and has no effect."""
    change_match(patch, lambda right, event, wanted, shown: right(event, replace(wanted, status=None), shown))


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


@defect("EVT-01")
def filter_marketing_campaign_status_is_unknown(patch: Patch) -> None:
    """`marketing_campaign_status` is refused as an unknown parameter."""
    _refuse_filter(patch, "marketing_campaign_status")


@defect("EVT-01")
def filter_simulated_is_unknown(patch: Patch) -> None:
    """`simulated` is refused as an unknown parameter."""
    _refuse_filter(patch, "simulated")


@defect("EVT-01")
def filter_flagged_to_top_is_unknown(patch: Patch) -> None:
    """`flagged_to_top` is refused as an unknown parameter."""
    _refuse_filter(patch, "flagged_to_top")


@defect("EVT-01")
def filter_vh_is_unknown(patch: Patch) -> None:
    """`vh` is refused as an unknown parameter."""
    _refuse_filter(patch, "vh")


@defect("EVT-01")
def filter_include_archived_is_unknown(patch: Patch) -> None:
    """`include_archived` is refused as an unknown parameter."""
    _refuse_filter(patch, "include_archived")


@defect("EVT-01")
def filter_campaigns_is_unknown(patch: Patch) -> None:
    """`campaigns` is refused as an unknown parameter."""
    _refuse_filter(patch, "campaigns")


@defect("EVT-01")
def filter_exclude_products_is_unknown(patch: Patch) -> None:
    """`exclude_products` is refused as an unknown parameter."""
    _refuse_filter(patch, "exclude_products")


@defect("EVT-01")
def search_replaces_q(patch: Patch) -> None:
    """If both `q` and `search` are given, `q` is ignored."""
    change_match(
        patch,
        lambda right, event, wanted, shown: right(
            event, wanted if wanted.search is None else replace(wanted, q=None), shown
        ),
    )


@defect("EVT-01")
def flagged_events_come_first(patch: Patch) -> None:
    """`flagged_to_top=true` lists flagged events before all others."""
    asked: dict[str, bool | None] = {}

    def remember(original):
        def to_filter(query):
            asked["flagged_to_top"] = query.flagged_to_top
            return original(query)

        return to_filter

    def put_first(original):
        def list_matching(*given, **options):
            found = original(*given, **options)
            if not asked["flagged_to_top"]:
                return found
            return sorted(found, key=lambda event: event.frontend_status != "FLAGGED")

        return list_matching

    patch.wrap(schemas.EventsQuery, "to_filter", remember)
    patch.wrap(events, "list_matching", put_first)
