"""Defects in reading queries, and in the accepted parameters and fields."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Message

from mock_server.domain import events
from mock_server.domain.errors import InvalidRequestError, PlatformError, Problem
from mock_server.http import endpoint, errors, query_string, steps
from mock_server.http.context import RequestContext
from mock_server.operations import access
from tests.defects import step_order
from tests.defects.registry import Patch, defect


def _change_pairs(patch: Patch, change: Any) -> None:
    """Change the keys and values of the query before they are validated."""
    patch.wrap(query_string, "_split_pairs", lambda original: lambda query_string: change(original(query_string)))


@defect("BASE-05")
def arrays_in_brackets_are_taken(patch: Patch) -> None:
    """`city[]=A` is read as `city=A`, as in some frameworks."""
    _change_pairs(patch, lambda pairs: [(key.partition("[")[0], value) for key, value in pairs])


@defect("BASE-05")
def arrays_in_brackets_are_passed_over(patch: Patch) -> None:
    """A key that ends in brackets is ignored."""
    _change_pairs(patch, lambda pairs: [(key, value) for key, value in pairs if "[" not in key])


def _split_commas(names: tuple[str, ...]) -> Any:
    def change(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(key, part) for key, value in pairs for part in (value.split(",") if key in names else [value])]

    return change


@defect("BASE-05")
def ids_in_a_comma_list_are_taken(patch: Patch) -> None:
    """`packages_ids=A,B` is read as two packages."""
    _change_pairs(patch, _split_commas(("event_series", "packages_ids")))


@defect("BASE-05")
def cities_in_a_comma_list_are_two(patch: Patch) -> None:
    """`city=A,B` is read as two cities."""
    _change_pairs(patch, _split_commas(("city",)))


@defect("BASE-05")
def a_comma_list_is_refused_without_its_name(patch: Patch) -> None:
    """The error for a comma-separated list names the query instead of the parameter."""

    def wrap(original: Any) -> Any:
        def tell(kind: str, field: str, message: str, whole: str) -> Problem:
            problem = original(kind, field, message, whole)
            return replace(problem, field=whole) if kind == "comma_list" else problem

        return tell

    patch.wrap(errors, "_build_problem", wrap)


@defect("BASE-05")
def of_a_repeated_key_the_last_counts(patch: Patch) -> None:
    """If a key is repeated in a query, only its last value is used."""
    _change_pairs(patch, lambda pairs: list(dict(pairs).items()))


@defect("BASE-05")
def of_a_repeated_city_the_first_counts(patch: Patch) -> None:
    """If `city` is repeated, only its first value is used."""
    _change_pairs(patch, lambda pairs: list(dict(reversed(pairs)).items()))


@defect("BASE-08")
def unknown_query_parameters_are_swallowed(patch: Patch) -> None:
    """Unknown query parameters are ignored."""
    patch.wrap(
        endpoint,
        "_parse_query",
        lambda read: lambda spec, sent, problems, ignore_unknown: read(spec, sent, problems, ignore_unknown=True),
    )


@defect("BASE-08")
def unknown_body_fields_are_swallowed(patch: Patch) -> None:
    """Unknown body fields are ignored."""

    def swallow(read: Any) -> Any:
        return lambda spec, context, problems, ignore_unknown: read(spec, context, problems, ignore_unknown=True)

    patch.wrap(endpoint, "_parse_body", swallow)


@defect("BASE-08")
def unknown_names_are_not_named(patch: Patch) -> None:
    """The error for an unknown field does not name the field, only whether it was in the query or the body."""

    def wrap(original: Any) -> Any:
        def tell(kind: str, field: str, message: str, whole: str) -> Problem:
            problem = original(kind, field, message, whole)
            return replace(problem, field=whole) if problem.code == "unknown" else problem

        return tell

    patch.wrap(errors, "_build_problem", wrap)


@defect("BASE-08")
def the_quirk_for_unknown_names_does_nothing(patch: Patch) -> None:
    """The quirk that ignores unknown names does nothing."""

    def strict(original: Any) -> Any:
        return lambda *arguments, ignore_unknown: original(*arguments, ignore_unknown=False)

    patch.wrap(endpoint, "_parse_query", strict)
    patch.wrap(endpoint, "_parse_body", strict)


@defect("BASE-08", "ERR-02")
def a_refused_write_is_done(patch: Patch) -> None:
    """A write with an unknown name is rejected, but only after it was carried out."""
    step_order.replace(patch, steps.validate, _act_despite_refusal)


async def _act_despite_refusal(context: RequestContext) -> None:
    try:
        steps.validate(context)
    except InvalidRequestError:
        await _act_leniently(context)
        raise


async def _act_leniently(context: RequestContext) -> None:
    """Run the operation without the unknown names and without the optional date, and discard its response."""

    async def discard(message: Message) -> None:
        """Send nothing."""

    workspace, quirks, send = context.workspace, context.workspace.quirks, context.send
    context.content = _remove_date(context.content)
    workspace.quirks, context.send = replace(quirks, ignore_unknown=True), discard
    try:
        with suppress(PlatformError):
            steps.validate(context)
            steps.refresh_time(context)
            await steps.call_operation(context)
    finally:
        workspace.quirks, context.send = quirks, send


def _remove_date(content: bytes) -> bytes:
    try:
        fields = json.loads(content)
        fields.pop("email_sent_date", None)
    except (ValueError, AttributeError, TypeError):
        return content
    return json.dumps(fields).encode()


@defect("BASE-10")
def empty_values_are_left_out(patch: Patch) -> None:
    """Empty values are dropped from a query, as the parser of the standard library does by default."""
    patch.replace(query_string, "_split_pairs", lambda text: parse_qsl(text.decode("ascii"), errors="strict"))


@defect("BASE-10")
def an_empty_filter_matches_everything(patch: Patch) -> None:
    """An empty filter is treated as if it were omitted."""

    def truth(listed: Any) -> Any:
        def find(found: Any, wanted: Any, **options: Any) -> Any:
            city = None if wanted.city == frozenset({""}) else wanted.city
            return listed(found, replace(wanted, q=wanted.q or None, city=city), **options)

        return find

    patch.wrap(events, "list_matching", truth)


@defect("BASE-10")
def an_empty_id_is_invalid(patch: Patch) -> None:
    """An empty id is rejected as invalid before it is looked up."""

    def wrap(owned: Any) -> Any:
        def find(call: Any, table: Any, key: str) -> Any:
            if not key:
                raise InvalidRequestError(Problem("length", "id", "an id is not empty"))
            return owned(call, table, key)

        return find

    patch.wrap(access, "_find_owned", wrap)


@defect("BASE-10", part="BASE-10.is_a_value")
def empty_ids_in_a_series_are_dropped(patch: Patch) -> None:
    """Empty values of an array are dropped, so `event_series=` empties the series."""
    _change_pairs(patch, lambda pairs: [(key, value) for key, value in pairs if value or key != "event_series"])


@defect("BASE-10")
def an_empty_number_is_zero_or_the_default(patch: Patch) -> None:
    """An empty number or date is treated as if it were omitted."""
    plain = ("page", "limit", "since", "until", "start_date", "end_date", "purchase", "revenue")
    _change_pairs(patch, lambda pairs: [(key, value) for key, value in pairs if value or key not in plain])
