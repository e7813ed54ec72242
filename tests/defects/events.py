"""Defects in the list of events."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from mock_server.domain import events, paging
from mock_server.domain.errors import EventNotFoundError
from mock_server.http.fields import QUERY_INTEGER
from mock_server.operations import events as operations
from mock_server.platform_api.routes import events as routes
from mock_server.platform_api.schemas import events as schemas
from tests.defects.registry import Patch, defect


def change_page(patch: Patch, change) -> None:
    """Replace each page of the list with `change(page, items)`, where `items` are the items of all pages."""
    patch.wrap(paging, "paginate", lambda right: lambda items, page, limit: change(right(items, page, limit), items))


def sort_events(patch: Patch, key, *, reverse: bool = False) -> None:
    """Change the order of events."""
    patch.wrap(
        events,
        "list_matching",
        lambda right: lambda *asked, **options: sorted(right(*asked, **options), key=key, reverse=reverse),
    )


def replace_query_fields(patch: Patch, **fields: Any) -> None:
    """Replace fields of the query that lists events."""
    namespace = {"__annotations__": {name: kind for name, (kind, _) in fields.items()}}
    namespace |= {name: default for name, (_, default) in fields.items()}
    patch.replace(routes.schemas, "EventsQuery", type("EventsQuery", (schemas.EventsQuery,), namespace))


# EVT-01, pages


@defect("EVT-01")
def page_counts_from_nought(patch: Patch) -> None:
    """Pages are counted from 0, so `page=1` is the second page."""
    change_page(
        patch, lambda page, items: replace(page, items=items[page.page * page.limit : (page.page + 1) * page.limit])
    )


@defect("EVT-01")
def pages_overlap(patch: Patch) -> None:
    """The last event of a page is also the first event of the next page."""

    def change(page, items):
        first = max(0, (page.page - 1) * page.limit - (page.page > 1))
        return replace(page, items=items[first : first + page.limit])

    change_page(patch, change)


@defect("EVT-01")
def page_is_one_short(patch: Patch) -> None:
    """The last event of a full page is missing."""
    change_page(patch, lambda page, items: replace(page, items=page.items[: page.limit - 1]))


@defect("EVT-01")
def next_page_after_the_last(patch: Patch) -> None:
    """`nextPage` is never null."""
    change_page(patch, lambda page, items: replace(page, next_page=page.page + 1))


@defect("EVT-01")
def prev_page_before_the_first(patch: Patch) -> None:
    """`prevPage` of the first page is the first page."""
    change_page(patch, lambda page, items: replace(page, prev_page=max(1, page.page - 1)))


@defect("EVT-01")
def pages_are_rounded_down(patch: Patch) -> None:
    """`pages` does not count the last page unless it is full."""
    change_page(patch, lambda page, items: replace(page, pages=page.total // page.limit))


@defect("EVT-01")
def nothing_is_one_page(patch: Patch) -> None:
    """An empty list consists of one page instead of none."""
    change_page(patch, lambda page, items: replace(page, pages=max(1, page.pages)))


@defect("EVT-01")
def total_is_that_of_the_page(patch: Patch) -> None:
    """`total` is the number of items on the page instead of in the list."""
    change_page(patch, lambda page, items: replace(page, total=len(page.items)))


@defect("EVT-01")
def page_past_the_end_is_404(patch: Patch) -> None:
    """A page after the last one returns 404."""

    def change(page, items):
        if page.page > max(1, page.pages):
            raise EventNotFoundError
        return page

    change_page(patch, change)


@defect("EVT-01")
def page_past_the_end_is_the_last(patch: Patch) -> None:
    """A page number after the last one returns the last page."""
    patch.wrap(
        paging,
        "paginate",
        lambda right: lambda items, page, limit: right(items, min(page, max(1, -(-len(items) // limit))), limit),
    )


@defect("EVT-01")
def limit_is_20_by_default(patch: Patch) -> None:
    """A page contains 20 events if no limit is given."""
    replace_query_fields(patch, limit=(schemas.Limit, 20))


@defect("EVT-01")
def page_is_the_last_by_default(patch: Patch) -> None:
    """Without `page`, the second page is returned."""
    replace_query_fields(patch, page=(Annotated[int, Field(ge=1), QUERY_INTEGER], 2))


@defect("EVT-01")
def limit_over_500_is_taken(patch: Patch) -> None:
    """The limit has no maximum."""
    replace_query_fields(patch, limit=(Annotated[int, Field(ge=1), QUERY_INTEGER], 50))
    patch.wrap(
        paging,
        "paginate",
        lambda right: lambda items, page, limit: replace(right(items, page, limit), limit=min(limit, 500)),
    )


@defect("EVT-01")
def limit_of_nothing_is_the_default(patch: Patch) -> None:
    """A limit of 0 is treated as if it were omitted, as in `int(limit or 50)`."""
    replace_query_fields(patch, limit=(Any, 50), page=(Any, 1))

    def wrap(original):
        def list_events(call, wanted, page, limit):
            return original(call, wanted, _parse_positive(page, 1), min(_parse_positive(limit, 50), 500))

        return list_events

    patch.wrap(operations, "list_events", wrap)


def _parse_positive(text, default: int) -> int:
    digits = str(text)
    return int(digits) if digits.isdigit() and int(digits) > 0 else default


@defect("EVT-01")
def pages_are_cut_before_the_filter(patch: Patch) -> None:
    """The list is divided into pages before the filters are applied."""

    def list_events(call, wanted, page, limit):
        whole = events.list_matching(call.store.events.group("partner", call.partner_id), events.EventFilter())
        cut = paging.paginate(whole, page, limit)
        kept = events.list_matching(cut.items, wanted)
        return replace(cut, items=[operations._build_view(call, event) for event in kept])

    patch.replace(operations, "list_events", list_events)


@defect("EVT-01")
def total_is_that_of_the_whole_list(patch: Patch) -> None:
    """`total` counts all of the partner's events, even those that do not match the filters."""

    def wrap(original):
        def list_events(call, wanted, page, limit):
            found = original(call, wanted, page, limit)
            return replace(found, total=len(call.store.events.group("partner", call.partner_id)))

        return list_events

    patch.wrap(operations, "list_events", wrap)


# EVT-01, order


@defect("EVT-01")
def events_come_by_id(patch: Patch) -> None:
    """Events are ordered by id alone."""
    sort_events(patch, lambda event: event.id)


@defect("EVT-01")
def events_come_newest_first(patch: Patch) -> None:
    """Events are in descending order."""
    sort_events(patch, lambda event: (event.start_date_time, event.id), reverse=True)


@defect("EVT-01")
def events_of_one_start_come_as_they_were_made(patch: Patch) -> None:
    """Events with the same start have no defined order."""
    patch.replace(
        events,
        "list_matching",
        lambda every, wanted, shows_cancelled=False: sorted(
            (event for event in every if events._matches(event, wanted, shows_cancelled)),
            key=lambda event: event.start_date_time,
        ),
    )


@defect("EVT-01")
def events_come_by_day(patch: Patch) -> None:
    """Events are ordered by the date on which they start, not by the time."""
    sort_events(patch, lambda event: (event.start_date_time.date(), event.id))
