"""Defects in the order in which a request's errors are checked."""

import json
import re
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from mock_server.domain import adjustments
from mock_server.domain.errors import (
    InvalidRequestError,
    MethodNotAllowedError,
    NotAuthorizedError,
    PackageNotReadyError,
    Problem,
    RequestTooLargeError,
    TokenExpiredError,
    TokenInvalidError,
)
from mock_server.domain.lifecycles import READY
from mock_server.http import auth, endpoint, request_body, steps
from mock_server.http.context import RequestContext
from mock_server.http.model_spec import ModelSpec
from mock_server.http.router import OperationRouter
from mock_server.operations import access, campaign_results, packages, revenue
from tests.defects import step_order
from tests.defects.registry import Patch, defect

TOKEN_REFUSALS = (TokenInvalidError, TokenExpiredError)


@defect("BASE-11")
def the_path_comes_before_the_token(patch: Patch) -> None:
    """An unknown path returns 404 even without a token, because only known operations check the token."""
    step_order.delay_refusals(patch, auth.authenticate, TOKEN_REFUSALS, before=steps.read_body)


@defect("BASE-11")
def the_path_comes_before_the_partner_header(patch: Patch) -> None:
    """An unknown path returns 404 even with a wrong partner header, which is checked later."""
    step_order.delay_refusals(patch, auth.scope_to_partner, (NotAuthorizedError,), before=steps.read_body)


@defect("BASE-11")
def the_body_comes_before_the_token(patch: Patch) -> None:
    """The body is validated before the token is checked."""
    step_order.delay_refusals(patch, auth.authenticate, TOKEN_REFUSALS, before=steps.refresh_time)


@defect("BASE-11")
def the_body_comes_before_the_partner_header(patch: Patch) -> None:
    """The body is validated before the partner header is checked."""
    step_order.delay_refusals(patch, auth.scope_to_partner, (NotAuthorizedError,), before=steps.refresh_time)


@defect("BASE-11")
def the_partner_header_comes_before_the_token(patch: Patch) -> None:
    """An unknown partner in the header is rejected before the token is checked."""

    def look_up_header(context: RequestContext) -> None:
        requested = auth.requested_partner(context.headers)
        is_unknown = requested is not None and requested not in context.workspace.store.partners.mapping()
        if is_unknown and auth.needs_token(context.path, context.method):
            raise NotAuthorizedError

    step_order.insert(patch, look_up_header, before=auth.authenticate)


@defect("BASE-11")
def unknown_paths_need_no_token(patch: Patch) -> None:
    """Only paths that start like a path of the platform need a token."""
    known = (
        "/partners",
        "/events",
        "/daily",
        "/campaign",
        "/package_builder/",
        "/integrations/",
        "/permissions",
        "/ingest/",
    )
    patch.wrap(auth, "needs_token", lambda needs: lambda path, method: path.startswith(known) and needs(path, method))


@defect("BASE-11")
def the_method_comes_before_the_slash(patch: Patch) -> None:
    """On a path with a missing or extra trailing slash, an unsupported method returns 405 instead of a redirect."""

    def first(original: Any) -> Any:
        def refuse(self: OperationRouter, context: RequestContext) -> Awaitable[None]:
            path = context.path
            there = self.allowed_methods(path[:-1] if path.endswith("/") else f"{path}/")
            if there and not self.allowed_methods(path) and context.method not in there:
                raise MethodNotAllowedError(tuple(there))
            refused: Awaitable[None] = original(self, context)
            return refused

        return refuse

    patch.wrap(OperationRouter, "reject_or_redirect", first)


@defect("BASE-11")
def the_size_comes_before_the_path(patch: Patch) -> None:
    """A body whose Content-Length is too large is rejected before the path is looked up."""

    def check_declared_size(context: RequestContext) -> None:
        is_form = context.headers.get(b"content-type", b"").startswith(b"multipart/")
        max_bytes = context.router.max_file_bytes if is_form else request_body.MAX_BODY_BYTES
        if int(context.headers.get(b"content-length", b"0")) > max_bytes:
            raise RequestTooLargeError

    step_order.insert(patch, check_declared_size, before=steps.match_route)


@defect("BASE-11")
def the_type_comes_before_the_size(patch: Patch) -> None:
    """A wrong content type is rejected before the size of the body is checked."""

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
    """Invalid JSON is rejected before the content type is checked."""

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
    """The query is validated before the body is read."""

    def check_query(context: RequestContext) -> None:
        problems: list[Problem] = []
        body_spec, query_spec = _model_specs(context)
        ignore_unknown = context.workspace.quirks.ignore_unknown
        endpoint._parse_query(query_spec, context, problems, ignore_unknown=ignore_unknown)
        if problems and body_spec is not None:
            raise InvalidRequestError(*problems)

    step_order.insert(patch, check_query, before=steps.read_body)


def _model_specs(context: RequestContext) -> tuple[ModelSpec | None, ModelSpec]:
    """Return the models of the operation's body and query. The first is None if the operation has no body."""
    route: Any = context.route
    specs: tuple[ModelSpec | None, ModelSpec] = route._model_specs
    return specs


@defect("BASE-11", "PART-04")
def the_partner_id_comes_before_the_shape(patch: Patch) -> None:
    """A `partner_id` in path or query is compared with the header before the request is validated."""

    def check_partner_ids(context: RequestContext) -> None:
        in_query = parse_qs(context.query_string.decode(), keep_blank_values=True).get("partner_id", [])
        in_path = [value for name, value in context.arguments.items() if name == "partner_id"]
        for named in [*in_query[:1], *in_path]:
            if context.partner_id:
                access.require_scoped(step_order.make_call(context), named)

    step_order.insert(patch, check_partner_ids, before=steps.read_body)


@defect("BASE-11")
def contradictions_come_before_the_partner_id(patch: Patch) -> None:
    """An entry whose orders and revenue are both 0 is rejected before its `partner_id` is checked."""

    def first(create: Any) -> Any:
        def act(call: Any, eid: str, partner_id: str, purchase: int, amount: Any) -> Any:
            if problems := adjustments.problems(purchase, amount):
                raise InvalidRequestError(*problems)
            return create(call, eid, partner_id, purchase, amount)

        return act

    patch.wrap(campaign_results, "create_campaign_result", first)


@defect("BASE-11")
def the_event_comes_before_the_partner_id(patch: Patch) -> None:
    """An unknown event returns 404 before `partner_id` is checked."""

    def first(listed: Any) -> Any:
        def act(call: Any, eid: str, partner_id: str) -> Any:
            access.require_event(call, eid)
            return listed(call, eid, partner_id)

        return act

    patch.wrap(campaign_results, "list_campaign_results", first)


@defect("BASE-11")
def the_event_comes_before_contradictions(patch: Patch) -> None:
    """An unknown event returns 404 before the range of dates is checked."""

    def first(get: Any) -> Any:
        def act(call: Any, event_id: str, *rest: Any) -> Any:
            access.require_event(call, event_id)
            return get(call, event_id, *rest)

        return act

    patch.wrap(revenue, "get_daily_revenue", first)


@defect("BASE-11")
def the_object_comes_before_the_shape(patch: Patch) -> None:
    """An unknown object in the path returns 404 before the rest of the request is validated."""

    def load_object(context: RequestContext) -> None:
        arguments, call = context.arguments, step_order.make_call(context)
        if "eid" in arguments:
            access.require_event(call, arguments["eid"])
        if "package_id" in arguments:
            access.require_package(call, arguments["package_id"])

    step_order.insert(patch, load_object, before=steps.read_body)


@defect("BASE-11")
def the_state_comes_before_the_object(patch: Patch) -> None:
    """In a merge, a package that is not built is rejected before the other ids are looked up."""

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
    """Settings for a package that is not built are rejected before they are validated."""

    def check_status(context: RequestContext) -> None:
        found = context.workspace.store.packages.get(context.arguments.get("package_id", ""))
        is_own = found is not None and found.partner_id == context.partner_id
        if context.method == "PUT" and found is not None and is_own and found.status != READY:
            raise PackageNotReadyError

    step_order.insert(patch, check_status, before=steps.read_body)


@defect("BASE-11")
def a_body_that_is_not_asked_for_is_read(patch: Patch) -> None:
    """A body is read and validated even if the operation takes none."""

    async def read_any_body(context: RequestContext) -> None:
        if _model_specs(context)[0] is None:
            await request_body.read_json(context.headers, context.receive, optional=True)

    step_order.insert(patch, read_any_body, before=steps.read_body)


@defect("BASE-11", "CR-03")
def the_body_of_a_row_beats_its_query(patch: Patch) -> None:
    """When a row is created, values in a JSON body override those in the query."""

    async def merge_body(context: RequestContext) -> None:
        if context.method == "POST" and context.path == "/campaign_results/":
            with suppress(ValueError, KeyError):
                body_fields = json.loads((await context.receive()).get("body") or b"{}")
                purchase = int(body_fields["purchase"])
                context.query_string = re.sub(rb"purchase=[0-9]+", b"purchase=%d" % purchase, context.query_string)

    step_order.insert(patch, merge_body, before=steps.read_body)
