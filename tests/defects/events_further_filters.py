"""Defects in the further filters of the list of events, and in the package wizard's request."""

from dataclasses import replace
from typing import Any

from mock_server.http import router
from tests.defects.events import replace_query_fields
from tests.defects.events_filters import change_match
from tests.defects.registry import Patch, defect


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
