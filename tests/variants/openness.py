"""Variants that go beyond the documented answers: further members and headers, other ids, slow lists, sales meanwhile.

The documentation leaves further members and headers open everywhere, which BASE-15 states.
"""

import gzip
import json
import re
from dataclasses import replace
from typing import Any

from mock_server.domain import sales
from mock_server.http import steps
from mock_server.operations import access, packages
from tests.defects.registry import WireResponse
from tests.variants.registry import variant
from tests.variants.wire import VariantPatch, add_members, change_error, change_header, change_members


@variant("BASE-15.openness")
def everything_has_a_further_member(patch: VariantPatch) -> None:
    """Each object in each answer has a further member."""
    change_members(patch, lambda record: {**record, "_links": None})
    change_error(patch, lambda body: {**body, "trace": "a trace"})


@variant("BASE-15.openness")
def the_sign_in_answer_has_a_further_member(patch: VariantPatch) -> None:
    """The answer to a sign-in has a further member."""
    add_members(patch, "signIn", "refreshToken", Scope="all")


@variant("BASE-15.openness")
def answers_have_further_headers(patch: VariantPatch) -> None:
    """Each answer has the headers of a proxy, of caches and of security."""
    headers = {
        "server": "proxy",
        "cache-control": "no-store",
        "vary": "Authorization",
        "x-content-type-options": "nosniff",
    }
    for name, value in headers.items():
        change_header(patch, name, value)


@variant("BASE-15.openness")
def json_is_indented(patch: VariantPatch) -> None:
    """JSON is indented, its members are sorted, and letters beyond ASCII are escaped."""

    def change(scope: Any, response: WireResponse) -> None:
        if response.body.startswith((b"{", b"[")):
            response.body = json.dumps(json.loads(response.body), indent=2, sort_keys=True).encode()

    patch.change_responses_last(change)


@variant("BASE-15.openness")
def answers_are_compressed(patch: VariantPatch) -> None:
    """Answers are compressed with gzip if the client accepts it."""

    def compress(scope: Any, response: WireResponse) -> None:
        accepted = dict(scope["headers"]).get(b"accept-encoding", b"")
        if b"gzip" in accepted and len(response.body) > 100:
            response.body = gzip.compress(response.body, mtime=0)
            response.set("content-encoding", "gzip")

    patch.change_responses_last(compress)


@variant("BASE-15.openness")
def the_content_type_names_a_charset(patch: VariantPatch) -> None:
    """The content type of JSON is `application/json; charset=utf-8`."""

    def change(scope: Any, response: WireResponse) -> None:
        if (b"content-type", b"application/json") in response.headers:
            response.set("content-type", "application/json; charset=utf-8")

    patch.change_responses_last(change)


@variant("BASE-15.openness")
def sales_arrive_meanwhile(patch: VariantPatch) -> None:
    """A sale arrives with each thirtieth request."""
    seen = [0]

    def arrive(original: Any) -> Any:
        def run(context: Any, listed: Any) -> Any:
            seen[0] += 1
            if seen[0] % 30 == 0:
                _add_a_sale(context.workspace, context.now)
            return original(context, listed)

        return run

    patch.wrap(steps, "run_steps", arrive)


def _add_a_sale(workspace: Any, now: Any) -> None:
    """Repeat the last sale of the first event that has one, as of now."""
    for event in workspace.store.events:
        known = sales.select_known(workspace.store.sales.for_event(event.id), now)
        if known:
            number = workspace.ids.next_number("purchase")
            workspace.store.sales.add(replace(known[-1], at=now, revealed_at=now, number=number))
            return


def _number_of(event_id: str) -> int:
    return int(event_id.removeprefix("evt_"), 36)


def _event_id_of(number: str) -> str:
    """Return the id of the mock for an event's number: six digits in base 36."""
    rest, digits = int(number), ""
    for _ in range(6):
        rest, digit = divmod(rest, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"evt_{digits}"


def _translate_id(call: Any, key: str) -> str:
    """Return the id of the mock for the id that a request names. Some ids of the mock are numbers themselves."""
    return _event_id_of(key) if key.isdigit() and call.store.events.get(key) is None else key


@variant("EVT-02.values")
def event_ids_are_numbers(patch: VariantPatch) -> None:
    """The ids of events are numbers."""

    def translate(original: Any) -> Any:
        def find(call: Any, table: Any, key: str) -> Any:
            return original(call, table, _translate_id(call, key) if table is call.store.events else key)

        return find

    def translate_order(original: Any) -> Any:
        def create(call: Any, order: Any) -> Any:
            ids = tuple(_translate_id(call, event) for event in order.event_ids)
            return original(call, replace(order, event_ids=ids))

        return create

    def show(scope: Any, response: WireResponse) -> None:
        if (b"content-type", b"application/json") in response.headers:
            response.body = re.sub(
                rb'"(evt_[a-z0-9]{6})"', lambda found: b"%d" % _number_of(found[1].decode()), response.body
            )

    patch.wrap(access, "_find_owned", translate)
    patch.wrap(packages, "create_package", translate_order)
    patch.change_responses(show)
