"""Variants of the ground rules: queries, paths, bodies, values and the order of refusals."""

import re
from typing import Any

from mock_server.domain import events, formats, sales
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.sales import SalesTotal
from mock_server.http import query_string, request_body, steps
from mock_server.http.context import RequestContext
from mock_server.operations import access
from tests.defects import step_order
from tests.defects.registry import WireResponse
from tests.variants.registry import borrow, variant
from tests.variants.wire import (
    VariantPatch,
    add_members,
    change_json,
    change_status,
    find_operation,
    rewrite_path,
)

UPLOADS = frozenset({"uploadSalesEdit", "ingestTransactionSummaryFromExcel"})
"""The operations that take a file."""

borrow(__name__, "BASE-02.body", of=["status_is_up"])
borrow(__name__, "BASE-03.options", of=["options_lists_the_methods", "options_needs_no_token"])
borrow(__name__, "BASE-05.status", of=["a_comma_list_is_refused_without_its_name"])
borrow(__name__, "BASE-05.scalar_twice", of=["schema_last_of_two_wins"])
borrow(__name__, "BASE-06.echo", of=["own_request_id_is_not_echoed", "request_ids_are_uuids"])
borrow(__name__, "BASE-07.redirect", of=["redirect_is_301", "redirect_is_absolute", "redirect_loses_the_query"])
borrow(__name__, "BASE-07.redirect", "BASE-07.own_path", "EVT-01.wizard", of=["either_slash_is_served"])
borrow(__name__, "BASE-07.own_path", of=["packages_paths_do_not_name_each_other", "the_slash_does_not_matter"])
borrow(
    __name__,
    "BASE-08.refused",
    of=["unknown_query_parameters_are_swallowed", "unknown_body_fields_are_swallowed", "unknown_names_are_not_named"],
)
borrow(__name__, "BASE-09.method", of=["head_is_a_get", "allow_is_missing", "another_method_is_404"])
borrow(__name__, "BASE-09.method", "BASE-03.options", of=["allow_names_options_too"])
borrow(__name__, "BASE-09.not_json", of=["what_follows_the_json_is_passed_over"])
borrow(__name__, "BASE-09.content_type", of=["any_content_type_is_json", "a_charset_is_another_content_type"])
borrow(__name__, "BASE-09.too_large", of=["a_body_may_be_of_any_size", "a_body_of_1_mib_is_too_large"])
borrow(__name__, "BASE-09.too_large", of=["a_file_may_be_of_any_size", "a_file_may_have_1_mib"])
borrow(__name__, "BASE-10.refused", of=["an_empty_id_is_invalid"])
borrow(
    __name__,
    "BASE-11.order",
    of=[
        "contradictions_come_before_the_partner_id",
        "the_body_comes_before_the_partner_header",
        "the_body_comes_before_the_token",
        "the_event_comes_before_contradictions",
        "the_event_comes_before_the_partner_id",
        "the_method_comes_before_the_slash",
        "the_object_comes_before_the_shape",
        "the_path_comes_before_the_partner_header",
        "the_path_comes_before_the_token",
        "the_query_comes_before_the_body",
        "the_size_comes_before_the_path",
        "the_state_comes_before_the_shape",
        "the_type_comes_before_the_size",
        "unknown_paths_need_no_token",
    ],
)
borrow(
    __name__,
    "BASE-12.text",
    of=[
        "a_latin_1_body_is_read",
        "control_characters_in_a_body_are_blanks",
        "only_nul_is_a_control_character",
        "titles_are_normalised",
    ],
)
borrow(__name__, "BASE-12.number", of=["a_query_takes_7_0_for_an_integer", "a_body_refuses_7_0"])
borrow(__name__, "BASE-12.date", of=["a_window_over_the_calendars_end_is_refused"])
borrow(__name__, "BASE-12.date", of=["dates_begin_with_the_gregorian_calendar"])
borrow(__name__, "BASE-12.money", of=["money_is_rounded_to_cents"])
borrow(__name__, "BASE-14.digits", of=["digits_that_do_not_fit_are_dropped"])


@variant("BASE-02.body")
def status_says_more(patch: VariantPatch) -> None:
    """`/status/` also tells the version of the server."""
    add_members(patch, "getStatus", version="4.18.2")


@variant("BASE-02.body")
def status_is_an_empty_object(patch: VariantPatch) -> None:
    """The body of `/status/` is `{}`."""
    change_json(patch, lambda body: {}, "getStatus")


@variant("BASE-04.unit")
def sales_are_in_cents(patch: VariantPatch) -> None:
    """Amounts of sales are in the minor unit of the currency."""

    def in_cents(original: Any) -> Any:
        def total(purchases: Any) -> SalesTotal:
            found = original(purchases)
            return SalesTotal(found.revenue * 100, found.purchases)

        return total

    patch.wrap(sales, "total", in_cents)


@variant("BASE-05.encoded_comma")
def encoded_commas_are_part_of_a_city(patch: VariantPatch) -> None:
    """In `city=A%2CB`, the comma is part of the city's name."""
    stand_in = "\ue000"

    def hide(original: Any) -> Any:
        def split(text: bytes) -> Any:
            return original(re.sub(rb"(?<=city=)[^&]*", lambda m: m[0].replace(b"%2C", b"%EE%80%80"), text))

        return split

    def show(original: Any) -> Any:
        def matches(event: Any, wanted: Any, shows_cancelled: bool) -> bool:
            if wanted.city is not None and any(stand_in in city for city in wanted.city):
                cities = frozenset(city.replace(stand_in, ",") for city in wanted.city)
                return event.city in cities
            return bool(original(event, wanted, shows_cancelled))

        return matches

    patch.wrap(query_string, "_split_pairs", hide)
    patch.wrap(events, "_matches", show)


@variant("BASE-07.redirect")
def redirect_is_308(patch: VariantPatch) -> None:
    """A path with the wrong slash is redirected with 308."""
    change_status(patch, 307, 308)


@variant("BASE-07.redirect")
def the_wrong_slash_is_404(patch: VariantPatch) -> None:
    """A path with the wrong slash is an unknown path."""

    def refuse(scope: Any, response: WireResponse) -> None:
        if response.status == 307:
            response.status = 404
            response.drop("location")
            response.set("content-type", "application/json")
            response.body = b'{"message":"error.request.not_found","error_code":"NOT_FOUND","validation_errors":[]}'

    patch.change_responses(refuse)


@variant("BASE-09.content_type")
def another_content_type_is_400(patch: VariantPatch) -> None:
    """A body with another content type gets 400."""
    change_status(patch, 415, 400)


@variant("BASE-09.too_large")
def a_large_body_is_400(patch: VariantPatch) -> None:
    """A body over 1 MiB gets 400."""
    change_status(patch, 413, 400)


@variant("BASE-10.refused")
def an_empty_filter_is_400(patch: VariantPatch) -> None:
    """An empty value of `q`, `search` or `city` gets 400 instead of matching nothing."""

    def strict(original: Any) -> Any:
        def listed(found: Any, wanted: Any, **options: Any) -> Any:
            if "" in (wanted.q, wanted.search, wanted.status) or "" in (wanted.city or ()):
                raise InvalidRequestError(Problem("length", "q", "a filter must not be empty"))
            return original(found, wanted, **options)

        return listed

    patch.wrap(events, "list_matching", strict)


@variant("BASE-11.ignored_body")
def a_body_where_none_is_due_must_be_json(patch: VariantPatch) -> None:
    """A body of another type than JSON gets 415 even if the operation takes none."""

    async def read_any_body(context: RequestContext) -> None:
        route: Any = context.route
        takes_json = route._model_specs[0] is not None
        if not takes_json and find_operation(context.scope) not in UPLOADS:
            await request_body.read_json(context.headers, context.receive, optional=True)

    step_order.insert(patch, read_any_body, before=steps.read_body)


@variant("BASE-12.money", "BASE-14.digits")
def money_has_two_places(patch: VariantPatch) -> None:
    """An amount with more than two decimal places is refused."""

    def strict(original: Any) -> Any:
        return lambda amount: original(amount) and amount.normalize().as_tuple().exponent >= -2

    patch.wrap(formats, "is_exact_as_double", strict)


@variant("BASE-12.path_id")
def an_impossible_id_is_400(patch: VariantPatch) -> None:
    """An id that contains anything but ASCII letters, digits, hyphens and underscores gets 400."""

    def strict(original: Any) -> Any:
        def find(call: Any, table: Any, key: str) -> Any:
            if not re.fullmatch(r"[A-Za-z0-9_-]*", key):
                raise InvalidRequestError(Problem("characters", "id", "this is not an id"))
            return original(call, table, key)

        return find

    patch.wrap(access, "_find_owned", strict)


@variant("BASE-03.options")
def options_is_answered_with_200(patch: VariantPatch) -> None:
    """OPTIONS is answered with 200 and the allowed methods."""

    def answer(scope: Any, response: WireResponse) -> None:
        if scope["method"] == "OPTIONS" and response.status == 405:
            response.status, response.body = 200, b""
            response.drop("content-type")

    patch.change_responses(answer)


@variant("EVT-01.wizard")
def the_wizards_request_is_served(patch: VariantPatch) -> None:
    """`GET /events` is served like `GET /events/`."""

    def serve(scope: dict[str, Any]) -> None:
        if scope["method"] == "GET":
            rewrite_path(scope, "/api/v3/events", "/api/v3/events/")

    patch.change_requests(serve)
