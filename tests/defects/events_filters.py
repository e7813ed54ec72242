"""Defects in the filters of the list of events."""

import fnmatch
import re
from dataclasses import replace
from typing import Annotated, Any

from mock_server.domain import events
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.http import query_string
from mock_server.http.fields import Text
from mock_server.operations import events as operations
from mock_server.platform_api.schemas import events as schemas
from tests.defects.events import replace_query_fields
from tests.defects.registry import Patch, defect


def change_match(patch: Patch, change) -> None:
    """Change whether an event matches: `change(right, event, wanted, shows_cancelled)`."""
    patch.wrap(events, "_matches", lambda right: lambda event, wanted, shown: change(right, event, wanted, shown))


def match_title(patch: Patch, fits) -> None:
    """Decide with `fits(q, title)` whether a title matches `q`."""
    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(event, replace(wanted, q=None), shown)
            and (wanted.q is None or (wanted.q != "" and fits(wanted.q, event.title)))
        ),
    )


# EVT-01, filters


@defect("EVT-01")
def q_looks_at_the_case(patch: Patch) -> None:
    """`q` is case-sensitive."""
    match_title(patch, lambda q, title: q in title)


@defect("EVT-01")
def q_knows_no_umlauts(patch: Patch) -> None:
    """`q` ignores case only for ASCII letters, as a database without a suitable collation does."""

    def small(text):
        return re.sub("[A-Z]", lambda letter: letter[0].lower(), text)

    match_title(patch, lambda q, title: small(q) in small(title))


@defect("EVT-01")
def q_is_a_like_pattern(patch: Patch) -> None:
    """`%` and `_` in `q` are wildcards, because `q` is put into LIKE without escaping."""

    def fits(q, title):
        pattern = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in q.casefold())
        return re.search(pattern, title.casefold(), re.DOTALL) is not None

    match_title(patch, fits)


@defect("EVT-01")
def q_is_a_regular_expression(patch: Patch) -> None:
    """`q` is used as a regular expression; an invalid expression finds nothing."""

    def fits(q, title):
        try:
            return re.search(q, title, re.IGNORECASE) is not None
        except re.error:
            return False

    match_title(patch, fits)


@defect("EVT-01")
def q_is_the_beginning(patch: Patch) -> None:
    """`q` matches only the beginning of a title."""
    match_title(patch, lambda q, title: title.casefold().startswith(q.casefold()))


@defect("EVT-01")
def q_is_any_of_its_words(patch: Patch) -> None:
    """A title matches if it contains at least one of the words of `q`."""
    match_title(
        patch,
        lambda q, title: any(word in title.casefold() for word in re.findall(r"\w+", q.casefold().replace("_", " "))),
    )


@defect("EVT-01")
def q_is_a_shell_pattern(patch: Patch) -> None:
    """`*` and `?` in `q` are wildcards."""
    match_title(patch, lambda q, title: fnmatch.fnmatch(title.casefold(), f"*{q.casefold()}*"))


@defect("EVT-01")
def q_looks_at_cities_and_venues_too(patch: Patch) -> None:
    """`q` also matches the city or the venue."""
    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(event, wanted, shown)
            or (
                bool(wanted.q)
                and wanted.q.casefold() in f"{event.city} {event.venue_name}".casefold()
                and right(event, replace(wanted, q=None), shown)
            )
        ),
    )


@defect("EVT-01")
def q_keeps_its_plus(patch: Patch) -> None:
    """In a query string, `+` is not decoded to a space."""
    patch.wrap(query_string, "_split_pairs", lambda right: lambda text: right(text.replace(b"+", b"%2B")))


@defect("EVT-01")
def since_is_exclusive(patch: Patch) -> None:
    """`since=2026-12-01` excludes events on 2026-12-01."""
    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(event, wanted, shown) and event.start_date_time.date() != wanted.since
        ),
    )


@defect("EVT-01")
def until_is_exclusive(patch: Patch) -> None:
    """`until=2026-12-01` excludes events on 2026-12-01."""
    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(event, wanted, shown) and event.start_date_time.date() != wanted.until
        ),
    )


@defect("EVT-01")
def until_is_its_midnight(patch: Patch) -> None:
    """`until=2026-12-01` excludes events after 00:00 on 2026-12-01."""
    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(event, wanted, shown)
            and not (
                event.start_date_time.date() == wanted.until and event.start_date_time.time().isoformat() > "00:00:00"
            )
        ),
    )


@defect("EVT-01")
def days_are_local(patch: Patch) -> None:
    """`since` and `until` are compared with an event's date in a time zone two hours ahead of UTC."""
    from datetime import timedelta

    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(
                replace(event, start_date_time=event.start_date_time + timedelta(hours=2)),
                wanted,
                shown,
            )
            and right(event, replace(wanted, since=None, until=None), shown)
        ),
    )


@defect("EVT-01")
def days_may_be_anything(patch: Patch) -> None:
    """A `since` or `until` that is not a date is ignored."""
    from mock_server.http import fields

    def lenient(value):
        try:
            return fields.parse_day(value)
        except ValueError:
            return None

    from datetime import date

    from pydantic import BeforeValidator

    kind = Annotated[date | None, BeforeValidator(lenient)]
    replace_query_fields(patch, since=(kind, None), until=(kind, None))


def _answer_inverted_range(patch: Patch, answer) -> None:
    """If `since` is after `until`, return `answer(right, call, wanted, page, limit)`."""

    def wrap(original):
        def list_events(call, wanted, page, limit):
            inverted = wanted.since and wanted.until and wanted.since > wanted.until
            return answer(original, call, wanted, page, limit) if inverted else original(call, wanted, page, limit)

        return list_events

    patch.wrap(operations, "list_events", wrap)


@defect("EVT-07")
def turned_days_find_nothing(patch: Patch) -> None:
    """If `since` is after `until`, an empty list is returned instead of an error."""
    _answer_inverted_range(
        patch, lambda right, call, wanted, page, limit: right(call, replace(wanted, q="", since=None), page, limit)
    )


@defect("EVT-07")
def turned_days_are_put_right(patch: Patch) -> None:
    """If `since` is after `until`, they are swapped."""
    _answer_inverted_range(
        patch,
        lambda right, call, wanted, page, limit: right(
            call, replace(wanted, since=wanted.until, until=wanted.since), page, limit
        ),
    )


@defect("EVT-07")
def turned_days_are_blamed_on_until(patch: Patch) -> None:
    """If `since` is after `until`, the error names the wrong one of the two fields."""

    def refuse(*_):
        raise InvalidRequestError(Problem("range", "until", "until must not be before since"))

    _answer_inverted_range(patch, refuse)


@defect("EVT-01")
def frontend_status_may_be_anything(patch: Patch) -> None:
    """An unknown `frontend_status` is ignored."""
    replace_query_fields(patch, frontend_status=(list[Any] | None, None))


@defect("EVT-01")
def last_frontend_status_counts(patch: Patch) -> None:
    """If `frontend_status` is given several times, only the last value is used."""
    patch.wrap(
        schemas.EventsQuery,
        "to_filter",
        lambda right: (
            lambda self: (
                replace(right(self), frontend_status=frozenset(self.frontend_status[-1:]))
                if self.frontend_status
                else right(self)
            )
        ),
    )


@defect("EVT-01")
def last_city_counts(patch: Patch) -> None:
    """If `city` is given several times, only the last value is used."""
    patch.wrap(
        schemas.EventsQuery,
        "to_filter",
        lambda right: lambda self: replace(right(self), city=frozenset(self.city[-1:])) if self.city else right(self),
    )


@defect("EVT-01", "BASE-05")
def city_is_split_at_its_comma(patch: Patch) -> None:
    """`city=A,B` is read as two cities."""
    replace_query_fields(patch, city=(list[str] | None, None))
    patch.wrap(
        schemas.EventsQuery,
        "to_filter",
        lambda right: (
            lambda self: (
                replace(right(self), city=frozenset(part for city in self.city for part in city.split(",")))
                if self.city
                else right(self)
            )
        ),
    )


@defect("EVT-01", "BASE-05")
def city_may_have_a_comma(patch: Patch) -> None:
    """`city=A,B` is one city of that name."""
    replace_query_fields(patch, city=(list[Text] | None, None))


@defect("EVT-01")
def city_is_a_part_of_the_name(patch: Patch) -> None:
    """`city` matches every city whose name contains the value."""
    change_match(
        patch,
        lambda right, event, wanted, shown: (
            right(event, replace(wanted, city=None), shown)
            and (wanted.city is None or any(city in event.city for city in wanted.city))
        ),
    )


@defect("EVT-01")
def filters_are_alternatives(patch: Patch) -> None:
    """An event is listed if it matches any one of the filters."""

    def change(original, event, wanted, shown):
        given = [
            name for name in ("q", "since", "until", "frontend_status", "city") if getattr(wanted, name) is not None
        ]
        alone = [events.EventFilter(**{name: getattr(wanted, name)}) for name in given]
        return not alone or any(original(event, each, shown) for each in alone)

    change_match(patch, change)


@defect("EVT-01")
def city_makes_q_superfluous(patch: Patch) -> None:
    """`q` is ignored if a city is given."""
    change_match(
        patch,
        lambda right, event, wanted, shown: right(event, replace(wanted, q=None) if wanted.city else wanted, shown),
    )
