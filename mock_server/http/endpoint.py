"""The route class: how a request becomes a call of an operation, and its result an answer.

FastAPI's own extension point. FastAPI keeps the signature and the document; finding the operation, reading and
checking the request is done here, in the platform's order (BASE-11) and its error body (ERR-01). See
docs/decisions/0004-own-route-class.md.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from inspect import signature
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import unquote

from fastapi import Depends, params
from fastapi.routing import APIRoute, APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from mock_server.domain.errors import InvalidRequest, MethodNotAllowed, Problem, UnknownPath
from mock_server.http import auth, errors, request_body, suggestions
from mock_server.http import query_string as query
from mock_server.http.fields import NoQuery
from mock_server.http.media_types import File
from mock_server.http.model_spec import Shape
from mock_server.http.responses import NoContent, send_bytes, send_file, send_json
from mock_server.http.suggestions import Known
from mock_server.operations import run_due_jobs
from mock_server.state import change_cause
from mock_server.state.workspace import Call


async def current_call(request: Request) -> Call:
    """The call that the edge made of the request."""
    call: Call = request.scope["call"]
    return call


PLATFORM = "/api/v3"
"""Where the platform stands. Rule: BASE-01."""
CallNow = Annotated[Call, Depends(current_call)]
"""What every operation's route takes first."""


async def current_file(request: Request) -> File:
    """The file that the request brought."""
    file: File = request.scope["file"]
    return file


FileNow = Annotated[File, Depends(current_file)]
"""What the route of an operation takes as `file` whose body is no JSON."""


class Operation(APIRoute):
    """One operation of the platform; its path is matched undecoded, so that an id may hold a slash.

    FastAPI's own state is made when the document asks for it: a server's start does not pay for it.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._options = options
        self.path = self.path_format = path
        self.endpoint = endpoint
        self.methods: set[str] = set(options["methods"])
        self.status = options["status_code"] or 200
        self.operation: str = options["operation_id"] or ""
        self._pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))) if "{" in path else None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_options" not in self.__dict__ or "unique_id" in self.__dict__:
            raise AttributeError(name)
        super().__init__(self.path, self.endpoint, **self._options)
        return getattr(self, name)

    def arguments(self, path: str) -> dict[str, str] | None:
        """What the path's parameters are, None where it is another path. Rule: BASE-12 (ids are free text)."""
        if self._pattern is None:
            return {} if path == self.path else None
        match = self._pattern.fullmatch(path)
        if match is None:
            return None
        return {name: unquote(value) for name, value in match.groupdict().items()}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, check, call, answer. Rule: BASE-11 (413, 415, not JSON, shape, then the operation)."""
        call: Call = scope["call"]
        arguments: dict[str, Any] = scope["arguments"]
        problems: list[Problem] = []
        lenient = call.quirks.ignore_unknown and scope["route_prefix"] == PLATFORM
        body_shape, query_shape = self._shapes
        if self._takes("file"):
            arguments["file"] = await request_body.read_file(scope["received"], receive)
        if body_shape is not None:
            content = await _content(body_shape, scope["received"], receive)
            arguments["body"] = _body(body_shape, content, problems, call, lenient=lenient)
        values = _query(query_shape, scope["query_string"], problems, lenient=lenient)
        if problems:
            raise InvalidRequest(*problems)
        if self._takes("query"):
            arguments["query"] = values
        if self._waits:
            call = scope["call"] = run_due_jobs.caught_up(call)
            scope["recording"].acts(call.now)
            auth.require_same_life(call)
        if scope["method"] != "GET":
            self._named(scope, call)
        await self._answer(scope, send, await self.endpoint(call=call, **arguments))

    def _answer(self, scope: Scope, send: Send, result: object) -> Awaitable[None]:
        if isinstance(result, NoContent):
            return send_bytes(scope, send, result.status, b"", [])
        if isinstance(result, File):
            return send_file(scope, send, self.status, result)
        if self.status == 204:
            return send_bytes(scope, send, 204, b"", [])
        return send_json(scope, send, self.status, result)

    def _named(self, scope: Scope, call: Call) -> None:
        """Have what the operation writes bear its name, and the request's."""
        request_id = scope["request_id"].decode()
        request = f"{scope['method']} {scope['route_path']}"
        change_cause.of_request(call, self.operation, request, request_id, control=scope["route_prefix"] != PLATFORM)

    @property
    def body_may_be_left_out(self) -> bool:
        """Whether an empty body stands for an empty object."""
        body_shape, _ = self._shapes
        return body_shape is not None and body_shape.optional

    @cached_property
    def _waits(self) -> bool:
        """Whether the operation acts only when a body has come, while others may be answered."""
        return self._shapes[0] is not None or self._takes("file")

    def _takes(self, name: str) -> bool:
        return name in self._parameters

    @cached_property
    def _parameters(self) -> frozenset[str]:
        return frozenset(signature(self.endpoint).parameters)

    @cached_property
    def _shapes(self) -> tuple[Shape | None, Shape]:
        """The shapes of the body, None where it has none, and of the query."""
        body_shape, query_shape = None, Shape(NoQuery)
        for hint in get_type_hints(self.endpoint, include_extras=True).values():
            model, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
            for mark in marks:
                if isinstance(mark, params.Query):
                    query_shape = Shape(model)
                elif isinstance(mark, params.Body):
                    body_shape = Shape(model, marks)
        return body_shape, query_shape


def _query(shape: Shape, query_string: bytes, problems: list[Problem], *, lenient: bool) -> object:
    if not query_string and not shape.names:
        return None
    values, malformed = query.read(query_string, shape.arrays, frozenset(shape.names) if lenient else None)
    problems += malformed

    def validate(extra: Any) -> object:
        return shape.adapter.validator.validate_python(values, extra=extra)

    return _checked(shape, "query", problems, validate, lenient)


def _content(shape: Shape, headers: Mapping[bytes, bytes], receive: Receive) -> Awaitable[bytes]:
    if shape.largest is None:
        return request_body.read(headers, receive, optional=shape.optional)
    return request_body.read_larger(headers, receive, shape.largest)


def _body(shape: Shape, content: bytes, problems: list[Problem], call: Call, *, lenient: bool) -> object:
    def validate(extra: Any) -> object:
        return shape.adapter.validator.validate_json(content, extra=extra, context=call.quirks)

    return _checked(shape, "body", problems, validate, lenient)


def _checked(
    shape: Shape, whole: str, problems: list[Problem], validate: Callable[[Any], object], lenient: bool
) -> object:
    """The validated value; `lenient` is quirk `ignore_unknown`, a side of the platform's documents alone."""
    try:
        return validate("ignore" if lenient else None)
    except ValidationError as failure:
        problems += errors.problems(failure, shape.known_at, whole)
        return None


class Table:
    """Which operation a method and a path mean, and the refusal where they mean none.

    A path that is written out is never one with a parameter (`…/packages/merge`). Rules: BASE-07, BASE-09, BASE-11.
    """

    def __init__(self, *routers: APIRouter) -> None:
        self._operations = [operation for router in routers for operation in operations_of(router)]
        self._written: dict[str, dict[str, Operation]] = {}
        self._patterned: dict[tuple[str, int], list[Operation]] = {}
        for operation in self._operations:
            for method in sorted(operation.methods):
                if "{" in operation.path:
                    self._patterned.setdefault((method, operation.path.count("/")), []).append(operation)
                else:
                    self._written.setdefault(operation.path, {})[method] = operation

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer by the operation that is meant."""
        found = self._found(scope["route_path"], scope["method"])
        if found is None:
            return self._refuse(scope, send)
        operation, scope["arguments"] = found
        return operation.handle(scope, receive, send)

    def allowed(self, path: str) -> list[str]:
        """The methods of a path."""
        if path in self._written:
            return list(self._written[path])
        return [
            method
            for operation in self._operations
            if operation.arguments(path) is not None
            for method in sorted(operation.methods)
        ]

    def operation_id(self, path: str, method: str) -> str | None:
        """The operationId of a path and a method, None where they mean none."""
        found = self._found(path, method)
        return None if found is None else found[0].operation

    def meaning(self, path: str, method: str) -> tuple[str | None, dict[str, str]]:
        """The operationId of a path and a method and the path's parameters; None and none where they mean nothing."""
        found = self._found(path, method)
        return (None, {}) if found is None else (found[0].operation, found[1])

    def _found(self, path: str, method: str) -> tuple[Operation, dict[str, str]] | None:
        if path in self._written:
            operation = self._written[path].get(method)
            return None if operation is None else (operation, {})
        for operation in self._patterned.get((method, path.count("/")), ()):
            arguments = operation.arguments(path)
            if arguments is not None:
                return operation, arguments
        return None

    async def _refuse(self, scope: Scope, send: Send) -> None:
        """405 with the path's own methods, 307 to the path with the other slash, or 404."""
        path, method, home = scope["route_path"], scope["method"], scope["workspace_prefix"] + scope["route_prefix"]
        other = path[:-1] if path.endswith("/") else f"{path}/"
        here, there = self.allowed(path), self.allowed(other)
        if here:
            slash = Problem("slash", "path", f"{method} stands at {home}{other}")
            methods = Problem("method", "path", f"{method} is no method of this path; it has: {', '.join(here)}")
            if method in there:
                raise MethodNotAllowed(tuple(here), slash)
            raise MethodNotAllowed(tuple(here), methods, *self._hint_of_method(method, path, home))
        if not there:
            unknown = Problem("unknown", "path", f"there is no {home}{unquote(path)}")
            raise UnknownPath(unknown, *self.hint(method, path, home))
        question = b"?" + scope["query_string"] if scope["query_string"] else b""
        location = f"{home}{other}".encode("latin-1") + question
        await send_bytes(scope, send, 307, b"", [(b"location", location)])

    @cached_property
    def known(self) -> list[Known]:
        """The operations, for hints and for those who ask for them by name."""
        return [
            Known(operation.operation, method, operation.path)
            for operation in self._operations
            for method in sorted(operation.methods)
            if operation.operation
        ]

    def hint(self, method: str, path: str, home: str, *more: str) -> list[Problem]:
        """What may have been meant, where anything is near; `more` are differences that the caller knows of."""
        near = suggestions.operation(method, path, self.known)
        return [] if near is None else [Problem(suggestions.HINT, "path", suggestions.told(near, home, *more))]

    def _hint_of_method(self, method: str, path: str, home: str) -> list[Problem]:
        at_path = [each for each in self.known if self._is_at(each, path)]
        near = suggestions.method(method, at_path)
        return [] if near is None else [Problem(suggestions.HINT, "method", suggestions.told(near, home))]

    def _is_at(self, known: Known, path: str) -> bool:
        found = self._found(path, known.method)
        return found is not None and found[0].path == known.path


def operations_of(router: APIRouter) -> list[Operation]:
    """The operations of a router."""
    return [route for route in router.routes if isinstance(route, Operation)]
