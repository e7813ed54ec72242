"""Defects in creating a sales adjustment."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BeforeValidator, Field
from starlette.types import Receive, Scope

from mock_server.domain import adjustments
from mock_server.domain.errors import Problem
from mock_server.http import steps
from mock_server.http.context import RequestContext
from mock_server.http.fields import QUERY_INTEGER, Text, parse_query_number
from mock_server.operations import access, campaign_results
from mock_server.platform_api.schemas import campaign_results as schemas
from tests.defects import step_order
from tests.defects.registry import Patch, WireResponse, defect

REVENUE_BOUND = 10**12
INT32 = 2**31
ANY_AMOUNT = BeforeValidator(parse_query_number)


class NoNegatives(schemas.NewResultQuery):
    purchase: Annotated[int, Field(ge=0, lt=INT32), QUERY_INTEGER]
    revenue: Annotated[Decimal, ANY_AMOUNT, Field(ge=0, lt=REVENUE_BOUND)]


class AnyNumberOfOrders(schemas.NewResultQuery):
    purchase: Annotated[int, QUERY_INTEGER]


class OneOrderMore(schemas.NewResultQuery):
    purchase: Annotated[int, Field(ge=-INT32 - 1, le=INT32), QUERY_INTEGER]


class OneOrderLess(schemas.NewResultQuery):
    purchase: Annotated[int, Field(gt=-INT32, lt=INT32 - 1), QUERY_INTEGER]


class TruncatedOrders(schemas.NewResultQuery):
    purchase: Annotated[int, Field(ge=-INT32, lt=INT32), BeforeValidator(lambda text: int(float(text)))]


class RevenueBoundIncluded(schemas.NewResultQuery):
    revenue: Annotated[Decimal, ANY_AMOUNT, Field(ge=-REVENUE_BOUND, le=REVENUE_BOUND)]


class AnyRevenue(schemas.NewResultQuery):
    revenue: Annotated[Decimal, ANY_AMOUNT]


class MillionsAtMostRevenue(schemas.NewResultQuery):
    revenue: Annotated[Decimal, ANY_AMOUNT, Field(gt=-(10**9), lt=10**9)]


class TextCountsAsZero(schemas.NewResultQuery):
    purchase: Annotated[int, Field(ge=-INT32, lt=INT32), BeforeValidator(lambda text: _parse_or_zero(text, int))]
    revenue: Annotated[
        Decimal, Field(gt=-REVENUE_BOUND, lt=REVENUE_BOUND), BeforeValidator(lambda text: _parse_or_zero(text, Decimal))
    ]


class NothingRequired(schemas.NewResultQuery):
    eid: Text = ""
    purchase: Annotated[int, Field(ge=-INT32, lt=INT32), QUERY_INTEGER] = 1
    revenue: Annotated[Decimal, ANY_AMOUNT, Field(gt=-REVENUE_BOUND, lt=REVENUE_BOUND)] = Decimal(0)


def _parse_or_zero(text: str, kind: Callable[[str], Any]) -> Any:
    try:
        parsed = kind(text)
    except (ValueError, ArithmeticError):
        return kind("0")
    return parsed if abs(parsed) < REVENUE_BOUND else kind("0")


def _change_creation(patch: Patch, change: Callable[[Any, Any, tuple[Any, ...]], Any]) -> None:
    """Create rows with `change(original, call, (eid, partner_id, purchase, revenue)) -> row`."""

    def wrap(original: Any) -> Any:
        return lambda call, *entry: change(original, call, entry)

    patch.wrap(campaign_results, "create_campaign_result", wrap)


@defect("CR-03")
def negative_entry_refused(patch: Patch) -> None:
    """A negative number of orders is rejected, so corrections are impossible."""
    patch.replace(schemas, "NewResultQuery", NoNegatives)


@defect("CR-03")
def orders_without_bound(patch: Patch) -> None:
    """The number of orders has no maximum."""
    patch.replace(schemas, "NewResultQuery", AnyNumberOfOrders)


@defect("CR-03")
def one_order_too_many_accepted(patch: Patch) -> None:
    """2^31 orders are accepted: the maximum is 2^31 instead of 2^31 - 1."""
    patch.replace(schemas, "NewResultQuery", OneOrderMore)


@defect("CR-03")
def most_orders_refused(patch: Patch) -> None:
    """The largest 32-bit integer is rejected: `<` instead of `<=`."""
    patch.replace(schemas, "NewResultQuery", OneOrderLess)


@defect("CR-03")
def half_an_order_is_cut(patch: Patch) -> None:
    """A fractional number of orders is truncated instead of rejected."""
    patch.replace(schemas, "NewResultQuery", TruncatedOrders)


@defect("CR-03")
def a_million_millions_accepted(patch: Patch) -> None:
    """A revenue equal to the bound is accepted, although the bound is exclusive."""
    patch.replace(schemas, "NewResultQuery", RevenueBoundIncluded)


@defect("CR-03")
def revenue_without_bound(patch: Patch) -> None:
    """Revenue has no maximum."""
    patch.replace(schemas, "NewResultQuery", AnyRevenue)


@defect("CR-03")
def large_revenue_refused(patch: Patch) -> None:
    """Revenue may have at most nine digits before the decimal point."""
    patch.replace(schemas, "NewResultQuery", MillionsAtMostRevenue)


@defect("CR-03")
def what_is_no_number_counts_as_zero(patch: Patch) -> None:
    """A value that is not a number is read as 0."""
    patch.replace(schemas, "NewResultQuery", TextCountsAsZero)


@defect("CR-03")
def entry_with_parts_left_out(patch: Patch) -> None:
    """Missing parameters have defaults: one order, no revenue, the partner's first event."""

    def first_event(original: Any, call: Any, entry: tuple[Any, ...]) -> Any:
        eid, *rest = entry
        own = list(call.store.events.group("partner", call.partner_id))
        return original(call, eid or own[0].id, *rest)

    patch.replace(schemas, "NewResultQuery", NothingRequired)
    _change_creation(patch, first_event)


@defect("CR-03")
def both_zero_accepted(patch: Patch) -> None:
    """An entry with 0 orders and 0 revenue is recorded."""
    patch.replace(adjustments, "problems", lambda purchase, revenue: ())


@defect("CR-03")
def either_zero_refused(patch: Patch) -> None:
    """An entry is rejected if orders or revenue is 0, instead of only if both are 0."""

    def either(purchase: int, revenue: Decimal) -> tuple[Problem, ...]:
        return (Problem("range", "purchase", "must not be 0"),) if purchase == 0 or revenue == 0 else ()

    patch.replace(adjustments, "problems", either)


@defect("CR-03")
def both_zero_recorded_and_refused(patch: Patch) -> None:
    """A row with 0 orders and 0 revenue is rejected, but only after it was stored."""

    def too_early(original: Any, call: Any, entry: tuple[Any, ...]) -> Any:
        eid, partner_id, purchase, revenue = entry
        if purchase == 0 and revenue == 0:
            kept = original(call, eid, partner_id, 1, Decimal(1))
            call.store.results.put(replace(kept, purchase=0, revenue=Decimal(0)), call.cause)
        return original(call, *entry)

    _change_creation(patch, too_early)


@defect("CR-03")
def revenue_recorded_in_whole_units(patch: Patch) -> None:
    """Revenue is rounded to whole units of the currency."""
    _change_creation(patch, lambda create, call, entry: create(call, *entry[:3], entry[3].quantize(Decimal(1))))


@defect("BASE-12")
def revenue_recorded_in_cents(patch: Patch) -> None:
    """Revenue is rounded to two decimal places."""
    _change_creation(patch, lambda create, call, entry: create(call, *entry[:3], entry[3].quantize(Decimal("0.01"))))


@defect("CR-03")
def row_recorded_without_its_sign(patch: Patch) -> None:
    """The response shows the row as sent, but the stored row has lost its minus sign."""

    def unsigned(original: Any, call: Any, entry: tuple[Any, ...]) -> Any:
        row = original(call, *entry)
        call.store.results.put(replace(row, purchase=abs(row.purchase), revenue=abs(row.revenue)), call.cause)
        return row

    _change_creation(patch, unsigned)


@defect("CR-03")
def entry_recorded_twice(patch: Patch) -> None:
    """The row is stored twice: by the handler and by an event listener."""

    def twice(original: Any, call: Any, entry: tuple[Any, ...]) -> Any:
        original(call, *entry)
        return original(call, *entry)

    _change_creation(patch, twice)


@defect("CR-03")
def same_entry_taken_for_a_retry(patch: Patch) -> None:
    """If two equal entries are sent within a minute, the second is not stored, and its response is the first row."""

    def once(original: Any, call: Any, entry: tuple[Any, ...]) -> Any:
        for row in call.store.results.group("event", entry[0]):
            recent = row.source == "manual" and call.now - row.created_at < timedelta(minutes=1)
            if recent and (row.purchase, row.revenue) == entry[2:]:
                return row
        return original(call, *entry)

    _change_creation(patch, once)


@defect("CR-03")
def entry_replaces_the_one_before(patch: Patch) -> None:
    """A new manual row replaces the previous manual row of its event."""

    def replace_last(original: Any, call: Any, entry: tuple[Any, ...]) -> Any:
        made = original(call, *entry)
        for row in list(call.store.results.group("event", made.eid)):
            if row.source == "manual" and row.id != made.id:
                call.store.results.delete(row.id, call.cause)
        return made

    _change_creation(patch, replace_last)


@defect("CR-03")
def entry_answers_200(patch: Patch) -> None:
    """The POST returns the row with 200 instead of 201."""

    def change_status(scope: Scope, answer: WireResponse) -> None:
        if scope["method"] == "POST" and scope["path"].endswith("/campaign_results/") and answer.status == 201:
            answer.status = 200

    patch.change_responses(change_status)


@defect("CR-03")
def entry_answers_the_whole_list(patch: Patch) -> None:
    """The POST returns the row that was the event's newest one before the request."""

    def newest(original: Any, call: Any, entry: tuple[Any, ...]) -> Any:
        before = adjustments.newest_first(call.store.results.group("event", entry[0]))
        made = original(call, *entry)
        return before[0] if before else made

    _change_creation(patch, newest)


@defect("CR-03")
def entry_for_an_unknown_event_recorded(patch: Patch) -> None:
    """The event is not looked up, so a row can be created for an unknown event."""

    def orphan(original: Any, call: Any, entry: tuple[Any, ...]) -> Any:
        if call.store.events.get(entry[0]) is not None:
            return original(call, *entry)
        access.require_scoped(call, entry[1])
        some = next(iter(call.store.events.group("partner", call.partner_id)))
        row = replace(original(call, some.id, *entry[1:]), eid=entry[0])
        call.store.results.put(row, call.cause)
        return row

    _change_creation(patch, orphan)


@defect("CR-03")
def entry_taken_from_a_body(patch: Patch) -> None:
    """The values are read from a JSON body, as in other POSTs, instead of from the query."""

    async def read_query_from_body(context: RequestContext) -> None:
        if context.method == "POST" and context.path == "/campaign_results/":
            body = await _read_whole_body(context.receive)
            if body:
                context.query_string = urlencode(json.loads(body)).encode()

    step_order.insert(patch, read_query_from_body, before=steps.read_body)


async def _read_whole_body(receive: Receive) -> bytes:
    body = b""
    for _ in range(1000):
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body
