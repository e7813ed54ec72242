"""Broken: which of several mistakes is answered."""

import json
from typing import Any
from urllib.parse import parse_qs

from mock_server.domain import adjustments
from mock_server.domain.errors import (
    InvalidRequestError,
    MethodNotAllowedError,
    NotAuthorizedError,
    PackageNotReadyError,
    PlatformError,
    RequestTooLargeError,
    TokenExpiredError,
    TokenInvalidError,
)
from mock_server.domain.lifecycles import READY
from mock_server.http import auth, endpoint, request_body
from mock_server.operations import access, campaign_results, packages, revenue
from tests.defects.registry import Patch, defect

RefusalTypes = tuple[type[PlatformError], ...]
TOKEN_REFUSALS: RefusalTypes = (TokenInvalidError, TokenExpiredError)
DELAYED_REFUSAL = b"x-held"


def _delay_refusals(patch: Patch, refusal_types: RefusalTypes) -> None:
    """Keep these refusals with the request; whoever wraps the operation raises them."""

    def hold(scoped: Any) -> Any:
        def judge(call: Any, received: Any, repeated: Any, path: str) -> Any:
            try:
                return scoped(call, received, repeated, path)
            except refusal_types as refusal:
                received[DELAYED_REFUSAL] = refusal
                return call

        return judge

    patch.wrap(auth, "authenticate", hold)


def _before_handling(patch: Patch, act: Any) -> None:
    """Have something done before an operation reads its request."""

    def wrap(handle: Any) -> Any:
        async def handled(self: Any, scope: Any, receive: Any, send: Any) -> None:
            act(self, scope)
            await handle(self, scope, receive, send)

        return handled

    patch.wrap(endpoint.OperationRoute, "handle", wrap)


def _raise_delayed(operation: Any, scope: Any) -> None:
    refusal = scope["received"].pop(DELAYED_REFUSAL, None)
    if refusal is not None:
        raise refusal


@defect("BASE-11")
def the_path_comes_before_the_token(patch: Patch) -> None:
    """Authentication hangs on the operation, as a framework's dependencies do."""
    _delay_refusals(patch, TOKEN_REFUSALS)
    _before_handling(patch, _raise_delayed)


@defect("BASE-11")
def the_path_comes_before_the_partner_header(patch: Patch) -> None:
    """The partner is judged once the operation is found."""
    _delay_refusals(patch, (NotAuthorizedError,))
    _before_handling(patch, _raise_delayed)


def _check_shape_first(patch: Patch) -> None:
    def wrap(handle: Any) -> Any:
        async def handled(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if DELAYED_REFUSAL in scope["received"]:
                problems: list[Any] = []
                body_shape, query_shape = self._model_specs
                if body_shape is not None:
                    content = await request_body.read_json(scope["received"], receive, optional=body_shape.optional)
                    endpoint._parse_body(body_shape, content, problems, scope["call"], ignore_unknown=False)
                endpoint._parse_query(query_shape, scope["query_string"], problems, ignore_unknown=False)
                if problems:
                    raise InvalidRequestError(*problems)
            _raise_delayed(self, scope)
            await handle(self, scope, receive, send)

        return handled

    patch.wrap(endpoint.OperationRoute, "handle", wrap)


@defect("BASE-11")
def the_body_comes_before_the_token(patch: Patch) -> None:
    """The framework reads and checks the body before its dependencies run."""
    _delay_refusals(patch, TOKEN_REFUSALS)
    _check_shape_first(patch)


@defect("BASE-11")
def the_body_comes_before_the_partner_header(patch: Patch) -> None:
    """Permissions are judged where the operation begins."""
    _delay_refusals(patch, (NotAuthorizedError,))
    _check_shape_first(patch)


@defect("BASE-11")
def the_partner_header_comes_before_the_token(patch: Patch) -> None:
    """The header is looked up before anybody asks who sends it."""

    def first(scoped: Any) -> Any:
        def judge(call: Any, received: Any, repeated: Any, path: str) -> Any:
            given = received.get(auth.PARTNER_HEADER)
            if given is not None and given.decode("latin-1") not in call.store.partners.mapping():
                raise NotAuthorizedError
            return scoped(call, received, repeated, path)

        return judge

    patch.wrap(auth, "authenticate", first)


@defect("BASE-11")
def unknown_paths_need_no_token(patch: Patch) -> None:
    """Only what begins like a path of the platform is guarded."""
    known = ("/partners", "/events", "/daily", "/campaign", "/package_builder/")
    patch.wrap(auth, "needs_token", lambda needs: lambda path, method: path.startswith(known) and needs(path, method))


@defect("BASE-11")
def the_method_comes_before_the_slash(patch: Patch) -> None:
    """A method that neither form of the path has is refused before the other form is told."""

    def first(original: Any) -> Any:
        async def refuse(self: Any, scope: Any, send: Any) -> None:
            path = scope["route_path"]
            there = self.allowed_methods(path[:-1] if path.endswith("/") else f"{path}/")
            if there and not self.allowed_methods(path) and scope["method"] not in there:
                raise MethodNotAllowedError(tuple(there))
            await original(self, scope, send)

        return refuse

    patch.wrap(endpoint.OperationRouter, "_reject_or_redirect", first)


@defect("BASE-11")
def the_size_comes_before_the_path(patch: Patch) -> None:
    """A body that is declared too large is refused at the door."""

    def first(original: Any) -> Any:
        async def act(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if int(scope["received"].get(b"content-length", b"0")) > request_body.MAX_BODY_BYTES:
                raise RequestTooLargeError
            await original(self, scope, receive, send)

        return act

    patch.wrap(endpoint.OperationRouter, "__call__", first)


@defect("BASE-11")
def the_type_comes_before_the_size(patch: Patch) -> None:
    """415 is told before the body is measured."""

    def first(read: Any) -> Any:
        async def act(headers: Any, receive: Any, *, optional: bool) -> bytes:
            if not optional and not request_body._is_json(headers.get(b"content-type", b"application/json")):
                raise request_body.UnsupportedMediaTypeError
            content: bytes = await read(headers, receive, optional=optional)
            return content

        return act

    patch.wrap(request_body, "read_json", first)


@defect("BASE-11")
def the_json_comes_before_the_type(patch: Patch) -> None:
    """The body is parsed first, and its type is asked afterwards."""

    def first(collected: Any) -> Any:
        async def act(headers: Any, receive: Any) -> bytes:
            content: bytes = await collected(headers, receive)
            try:
                json.loads(content or b"{}")
            except ValueError as broken:
                raise InvalidRequestError from broken
            return content

        return act

    patch.wrap(request_body, "_read_content", first)


@defect("BASE-11")
def the_query_comes_before_the_body(patch: Patch) -> None:
    """The query is at hand, so it is checked before the body is read."""

    def first(operation: Any, scope: Any) -> None:
        problems: list[Any] = []
        lenient = scope["call"].quirks.ignore_unknown
        body_shape, query_shape = operation._model_specs
        endpoint._parse_query(query_shape, scope["query_string"], problems, ignore_unknown=lenient)
        if problems and body_shape is not None:
            raise InvalidRequestError(*problems)

    _before_handling(patch, first)


@defect("BASE-11", "PART-04")
def the_partner_id_comes_before_the_shape(patch: Patch) -> None:
    """The partner in path or query is judged with the header."""

    def first(operation: Any, scope: Any) -> None:
        partner_ids = parse_qs(scope["query_string"].decode(), keep_blank_values=True).get("partner_id", [])
        for named in [
            *partner_ids[:1],
            *([scope["arguments"]["partner_id"]] if "partner_id" in scope["arguments"] else []),
        ]:
            if scope["call"].partner_id:
                access.require_scoped(scope["call"], named)

    _before_handling(patch, first)


@defect("BASE-11")
def contradictions_come_before_the_partner_id(patch: Patch) -> None:
    """Whether both numbers are 0 is asked before whose row it is."""

    def first(create: Any) -> Any:
        def act(call: Any, eid: str, partner_id: str, purchase: int, amount: Any) -> Any:
            if problems := adjustments.problems(purchase, amount):
                raise InvalidRequestError(*problems)
            return create(call, eid, partner_id, purchase, amount)

        return act

    patch.wrap(campaign_results, "create_campaign_result", first)


@defect("BASE-11")
def the_event_comes_before_the_partner_id(patch: Patch) -> None:
    """The event is loaded first of all."""

    def first(listed: Any) -> Any:
        def act(call: Any, eid: str, partner_id: str) -> Any:
            access.require_event(call, eid)
            return listed(call, eid, partner_id)

        return act

    patch.wrap(campaign_results, "list_campaign_results", first)


@defect("BASE-11")
def the_event_comes_before_contradictions(patch: Patch) -> None:
    """The event is loaded before the range is looked at."""

    def first(get: Any) -> Any:
        def act(call: Any, event_id: str, *rest: Any) -> Any:
            access.require_event(call, event_id)
            return get(call, event_id, *rest)

        return act

    patch.wrap(revenue, "get_daily_revenue", first)


@defect("BASE-11")
def the_object_comes_before_the_shape(patch: Patch) -> None:
    """What the path names is loaded before the rest of the request is read."""

    def first(operation: Any, scope: Any) -> None:
        arguments, call = scope["arguments"], scope["call"]
        if "eid" in arguments:
            access.require_event(call, arguments["eid"])
        if "package_id" in arguments and scope["route_prefix"] == endpoint.PLATFORM_PREFIX:
            access.require_package(call, arguments["package_id"])

    _before_handling(patch, first)


@defect("BASE-11")
def the_state_comes_before_the_object(patch: Patch) -> None:
    """A source that is not built is refused before the others are looked up."""

    def first(merge: Any) -> Any:
        def act(call: Any, package_ids: Any) -> Any:
            for package_id in package_ids:
                found = call.store.packages.get(package_id)
                if found is not None and found.status != READY:
                    raise PackageNotReadyError
            return merge(call, package_ids)

        return act

    patch.wrap(packages, "merge_packages", first)


@defect("BASE-11")
def the_state_comes_before_the_shape(patch: Patch) -> None:
    """A package that is not built takes no settings, whatever they are."""

    def first(operation: Any, scope: Any) -> None:
        found = scope["call"].store.packages.get(scope["arguments"].get("package_id", ""))
        own = found is not None and found.partner_id == scope["call"].partner_id
        if scope["method"] == "PUT" and own and found.status != READY:
            raise PackageNotReadyError

    _before_handling(patch, first)


@defect("BASE-11")
def a_body_that_is_not_asked_for_is_read(patch: Patch) -> None:
    """Each request's body is read and checked alike."""

    def first(handle: Any) -> Any:
        async def act(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if self._model_specs[0] is None and scope["route_prefix"] == endpoint.PLATFORM_PREFIX:
                await request_body.read_json(scope["received"], receive, optional=True)
            await handle(self, scope, receive, send)

        return act

    patch.wrap(endpoint.OperationRoute, "handle", first)


@defect("BASE-11", "CR-03")
def the_body_of_a_row_beats_its_query(patch: Patch) -> None:
    """Values of a JSON body are merged over those of the query."""

    def first(handle: Any) -> Any:
        async def act(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if scope["method"] == "POST" and scope["route_path"] == "/campaign_results/":
                try:
                    body_fields = json.loads((await receive()).get("body") or b"{}")
                    text = scope["query_string"].decode().replace("purchase=12", f"purchase={body_fields['purchase']}")
                    scope["query_string"] = text.encode()
                except (ValueError, KeyError):
                    pass
            await handle(self, scope, receive, send)

        return act

    patch.wrap(endpoint.OperationRoute, "handle", first)
