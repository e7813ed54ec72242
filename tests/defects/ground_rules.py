"""Defects in paths, CORS, request ids, redirects and methods."""

import re
from collections.abc import Awaitable
from typing import Any

from mock_server import app
from mock_server.domain.errors import MethodNotAllowedError, TokenInvalidError, UnknownPathError
from mock_server.http import auth, errors, gateway, responses
from mock_server.http.context import RequestContext
from mock_server.http.router import OperationRouter
from tests.defects.registry import Patch, WireResponse, defect

ALLOW_ORIGIN = "access-control-allow-origin"


def request_header(scope: Any, name: bytes) -> bytes | None:
    return dict(scope["headers"]).get(name)


def is_status_path(scope: Any) -> bool:
    return scope["path"].endswith("/api/v3/status/")


@defect("BASE-01")
def platform_stands_at_the_root_too(patch: Patch) -> None:
    """Paths without the prefix `/api/v3` work too, as if a proxy added it."""

    def wrap(address: Any) -> Any:
        def find(path: str) -> tuple[str, str]:
            base, rest = address(path)
            known = rest.startswith(("/api/v3/", "/_mock/", "/openapi", "/.well-known"))
            return base, rest if known else f"/api/v3{rest}"

        return find

    patch.wrap(gateway, "_split_workspace_path", wrap)


@defect("BASE-01")
def any_version_in_the_path_is_served(patch: Patch) -> None:
    """Any number after `/api/v` is accepted, because there is only one version."""

    def one(address: Any) -> Any:
        def find(path: str) -> tuple[str, str]:
            base, rest = address(path)
            return base, re.sub(r"^/api/v\d+/", "/api/v3/", rest)

        return find

    patch.wrap(gateway, "_split_workspace_path", one)


@defect("BASE-01")
def a_header_chooses_the_version(patch: Patch) -> None:
    """A request with another version in the header `X-Api-Version` is rejected."""

    def choose(answer: Any) -> Any:
        async def act(self: Any, context: RequestContext) -> None:
            if context.headers.get(b"x-api-version", b"3") != b"3":
                context.response_headers.append((b"x-request-id", b"req-none"))
                raise UnknownPathError
            await answer(self, context)

        return act

    patch.wrap(gateway.Gateway, "_dispatch", choose)


@defect("BASE-02")
def status_judges_a_token_that_comes_along(patch: Patch) -> None:
    """`/status/` needs no token, but rejects an invalid one."""

    def judge(answer: Any) -> Any:
        async def act(self: Any, context: RequestContext) -> None:
            if is_status_path(context.scope) and context.headers.get(b"authorization") == b"Bearer none":
                context.response_headers += [(b"x-request-id", b"req-none"), (ALLOW_ORIGIN.encode(), b"*")]
                raise TokenInvalidError
            await answer(self, context)

        return act

    patch.wrap(gateway.Gateway, "_dispatch", judge)


@defect("BASE-02")
def status_is_open_only_where_an_origin_asks(patch: Patch) -> None:
    """`/status/` sends its CORS header only if the request contains an `Origin`, so caches may omit the header."""
    patch.change_responses(
        lambda scope, answer: answer.drop(ALLOW_ORIGIN) if request_header(scope, b"origin") is None else None
    )


@defect("BASE-02")
def status_refuses_behind_a_closed_door(patch: Patch) -> None:
    """Errors of `/status/` contain no CORS header, so browsers cannot read them."""
    patch.change_responses(
        lambda scope, answer: answer.drop(ALLOW_ORIGIN) if is_status_path(scope) and answer.status >= 400 else None
    )


@defect("BASE-02")
def status_repeats_the_origin(patch: Patch) -> None:
    """The CORS header of `/status/` allows only the origin of the request."""

    def name(scope: Any, answer: WireResponse) -> None:
        origin = request_header(scope, b"origin")
        if is_status_path(scope) and origin is not None:
            answer.set(ALLOW_ORIGIN, origin.decode())

    patch.change_responses(name)


@defect("BASE-02")
def status_is_up(patch: Patch) -> None:
    """`/status/` responds like the health check of another framework."""

    def up(scope: Any, answer: WireResponse) -> None:
        if is_status_path(scope) and answer.status == 200:
            answer.body = b'{"status":"UP"}'

    patch.change_responses(up)


@defect("BASE-03")
def browsers_are_let_in(patch: Patch) -> None:
    """Every response contains CORS headers, as if they had been left on after front-end development."""

    def with_cors(make: Any) -> Any:
        def make_open(*arguments: Any) -> Any:
            application = make(*arguments)
            app._add_cors(application, application.gateway)
            return application

        return make_open

    patch.wrap(app, "create_app", with_cors)


@defect("BASE-03")
def refusals_are_open_to_browsers(patch: Patch) -> None:
    """Errors contain CORS headers, so that browsers can read them."""

    def add_header(scope: Any, answer: WireResponse) -> None:
        if answer.status >= 400 and not is_status_path(scope):
            answer.set(ALLOW_ORIGIN, "*")

    patch.change_responses(add_header)


@defect("BASE-03")
def options_lists_the_methods(patch: Patch) -> None:
    """OPTIONS returns 204 with the allowed methods, as HTTP suggests."""

    def wrap(refuse: Any) -> Any:
        def act(self: OperationRouter, context: RequestContext) -> Awaitable[None]:
            if context.method != "OPTIONS":
                refused: Awaitable[None] = refuse(self, context)
                return refused
            allow = ", ".join(self.allowed_methods(context.path)).encode()
            return responses.send_bytes(context, 204, b"", [(b"allow", allow)])

        return act

    patch.wrap(OperationRouter, "reject_or_redirect", wrap)


@defect("BASE-03")
def options_needs_no_token(patch: Patch) -> None:
    """OPTIONS requests are answered without a token, because preflight requests carry none."""
    patch.wrap(auth, "needs_token", lambda needs: lambda path, method: method != "OPTIONS" and needs(path, method))


@defect("BASE-06")
def request_id_is_missing(patch: Patch) -> None:
    """Responses contain no request id."""
    patch.change_responses(lambda scope, answer: answer.drop("x-request-id"))


@defect("BASE-06")
def redirects_and_head_have_no_request_id(patch: Patch) -> None:
    """Redirects and 405 responses contain no request id."""
    patch.change_responses(lambda scope, answer: answer.drop("x-request-id") if answer.status in (307, 405) else None)


@defect("BASE-06")
def request_id_is_sent_twice(patch: Patch) -> None:
    """A proxy adds its own request id in addition to the platform's."""
    patch.change_responses(lambda scope, answer: answer.headers.append((b"x-request-id", b"proxy-1")))


@defect("BASE-06")
def own_request_id_is_not_echoed(patch: Patch) -> None:
    """A client's request id is replaced by a generated one."""
    patch.replace(gateway, "_choose_request_id", lambda received, ids: ids.new_request_id().encode())


@defect("BASE-06")
def own_request_id_is_forgotten_by_refusals(patch: Patch) -> None:
    """In errors, a client's request id is replaced by a generated one."""
    patch.change_responses(
        lambda scope, answer: answer.set("x-request-id", "req-none") if answer.status >= 400 else None
    )


@defect("BASE-06")
def any_request_id_is_echoed(patch: Patch) -> None:
    """A client's request id is returned unchanged, even if it is not valid."""

    def echo(original: Any) -> Any:
        return lambda received, ids: received.get(b"x-request-id") or original({}, ids)

    patch.wrap(gateway, "_choose_request_id", echo)


@defect("BASE-06")
def own_request_id_is_cut(patch: Patch) -> None:
    """A client's request id is cut after 64 characters."""
    patch.wrap(
        gateway, "_choose_request_id", lambda original: lambda received, workspace: original(received, workspace)[:64]
    )


@defect("BASE-06")
def request_ids_are_uuids(patch: Patch) -> None:
    """A client's request id is replaced unless it consists of letters, digits and hyphens."""
    patch.replace(gateway, "REQUEST_ID_PATTERN", re.compile(rb"[A-Za-z0-9-]{1,128}"))


def _change_location(change: Any) -> Any:
    def change_header(scope: Any, answer: WireResponse) -> None:
        if answer.status == 307:
            answer.set("location", change(dict(answer.headers)[b"location"].decode()))

    return change_header


@defect("BASE-07")
def redirect_is_absolute(patch: Patch) -> None:
    """The `Location` of a redirect contains a host, which is wrong behind a proxy."""
    patch.change_responses(_change_location(lambda location: f"http://127.0.0.1{location}"))


@defect("BASE-07")
def redirect_loses_the_query(patch: Patch) -> None:
    """The `Location` of a redirect contains no query."""
    patch.change_responses(_change_location(lambda location: location.partition("?")[0]))


@defect("BASE-07")
def redirect_decodes_the_query(patch: Patch) -> None:
    """The query in the `Location` of a redirect is decoded and encoded again, which changes percent escapes."""
    patch.change_responses(_change_location(lambda location: location.replace("%2C", ",")))


@defect("BASE-07")
def redirect_loses_the_prefix(patch: Patch) -> None:
    """The `Location` of a redirect lacks the prefix before `/api/v3`, such as the prefix of a workspace."""
    patch.change_responses(_change_location(lambda location: re.sub(r"^.*/api/v3", "/api/v3", location)))


@defect("BASE-07")
def redirect_leads_astray(patch: Patch) -> None:
    """The `Location` of a redirect ends in two slashes."""
    patch.change_responses(_change_location(lambda location: re.sub(r"/(\?|$)", r"//\1", location)))


@defect("BASE-07")
def redirect_is_301(patch: Patch) -> None:
    """The redirect has the status 301, after which browsers repeat a POST as a GET."""

    def change_status(scope: Any, answer: WireResponse) -> None:
        answer.status = 301 if answer.status == 307 else answer.status

    patch.change_responses(change_status)


@defect("BASE-07")
def either_slash_is_served(patch: Patch) -> None:
    """Paths are served with and without their trailing slash, without a redirect."""

    def either(found: Any) -> Any:
        def find(self: Any, path: str, method: str) -> Any:
            other = path[:-1] if path.endswith("/") else f"{path}/"
            return found(self, path, method) or found(self, other, method)

        return find

    patch.wrap(OperationRouter, "match", either)


@defect("BASE-07")
def packages_paths_do_not_name_each_other(patch: Patch) -> None:
    """The 405 for the wrong packages path names the allowed methods but not the right path."""

    def silent(original: Any) -> Any:
        def refuse(self: OperationRouter, context: RequestContext) -> Awaitable[None]:
            try:
                redirected: Awaitable[None] = original(self, context)
                return redirected
            except MethodNotAllowedError as refusal:
                raise MethodNotAllowedError(refusal.allowed_methods) from refusal

        return refuse

    patch.wrap(OperationRouter, "reject_or_redirect", silent)


@defect("BASE-09")
def allow_is_missing(patch: Patch) -> None:
    """A 405 contains no `Allow` header."""
    patch.change_responses(lambda scope, answer: answer.drop("allow"))


@defect("BASE-09")
def allow_is_incomplete(patch: Patch) -> None:
    """`Allow` lists only the methods of the first route that matches the path."""

    def first(scope: Any, answer: WireResponse) -> None:
        if answer.status == 405:
            answer.set("allow", dict(answer.headers)[b"allow"].decode().partition(",")[0])

    patch.change_responses(first)


@defect("BASE-09", "BASE-03")
def allow_names_options_too(patch: Patch) -> None:
    """`Allow` also contains HEAD and OPTIONS, as a framework would add."""

    def add_methods(scope: Any, answer: WireResponse) -> None:
        if answer.status == 405:
            answer.set("allow", dict(answer.headers)[b"allow"].decode() + ", HEAD, OPTIONS")

    patch.change_responses(add_methods)


@defect("BASE-09")
def head_is_a_get(patch: Patch) -> None:
    """HEAD works on every path with GET, as in many frameworks."""

    def either(found: Any) -> Any:
        return lambda self, path, method: found(self, path, "GET" if method == "HEAD" else method)

    patch.wrap(OperationRouter, "match", either)


@defect("BASE-09")
def another_method_is_404(patch: Patch) -> None:
    """A method that the path does not support returns 404 instead of 405."""
    patch.replace(errors, "ERROR_STATUSES", {**errors.ERROR_STATUSES, MethodNotAllowedError: 404})
