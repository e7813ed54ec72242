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

from mock_server.domain.errors import InvalidRequestError, MethodNotAllowedError, Problem, UnknownPathError
from mock_server.http import auth, errors, request_body, suggestions
from mock_server.http import query_string as query
from mock_server.http.fields import EmptyQuery
from mock_server.http.media_types import File
from mock_server.http.model_spec import ModelSpec
from mock_server.http.responses import EmptyResponse, send_bytes, send_file, send_json
from mock_server.http.suggestions import DocumentedOperation
from mock_server.operations import run_due_jobs
from mock_server.state import change_cause
from mock_server.state.workspace import OperationCall


async def current_call(request: Request) -> OperationCall:
    """The call that the edge made of the request."""
    call: OperationCall = request.scope["call"]
    return call


PLATFORM_PREFIX = "/api/v3"
"""Where the platform stands. Rule: BASE-01."""
CurrentCall = Annotated[OperationCall, Depends(current_call)]
"""What every operation's route takes first."""


async def uploaded_file(request: Request) -> File:
    """The file that the request brought."""
    file: File = request.scope["file"]
    return file


UploadedFile = Annotated[File, Depends(uploaded_file)]
"""What the route of an operation takes as `file` whose body is no JSON."""


class OperationRoute(APIRoute):
    """One operation of the platform; its path is matched undecoded, so that an id may hold a slash.

    FastAPI's own state is made when the document asks for it: a server's start does not pay for it.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._options = options
        self.path = self.path_format = path
        self.endpoint = endpoint
        self.methods: set[str] = set(options["methods"])
        self.status = options["status_code"] or 200
        self.operation_name: str = options["operation_id"] or ""
        self._pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))) if "{" in path else None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_options" not in self.__dict__ or "unique_id" in self.__dict__:
            raise AttributeError(name)
        super().__init__(self.path, self.endpoint, **self._options)
        return getattr(self, name)

    def match_path(self, path: str) -> dict[str, str] | None:
        """What the path's parameters are, None where it is another path. Rule: BASE-12 (ids are free text)."""
        if self._pattern is None:
            return {} if path == self.path else None
        match = self._pattern.fullmatch(path)
        if match is None:
            return None
        return {name: unquote(value) for name, value in match.groupdict().items()}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, check, call, answer. Rule: BASE-11 (413, 415, not JSON, shape, then the operation)."""
        call: OperationCall = scope["call"]
        arguments: dict[str, Any] = scope["arguments"]
        problems: list[Problem] = []
        ignore_unknown = call.quirks.ignore_unknown and scope["route_prefix"] == PLATFORM_PREFIX
        body_spec, query_spec = self._model_specs
        if self._has_parameter("file"):
            arguments["file"] = await request_body.read_file(scope["received"], receive)
        if body_spec is not None:
            content = await _read_content(body_spec, scope["received"], receive)
            arguments["body"] = _parse_body(body_spec, content, problems, call, ignore_unknown=ignore_unknown)
        values = _parse_query(query_spec, scope["query_string"], problems, ignore_unknown=ignore_unknown)
        if problems:
            raise InvalidRequestError(*problems)
        if self._has_parameter("query"):
            arguments["query"] = values
        if self._awaits_body:
            call = scope["call"] = run_due_jobs.refresh_call(call)
            scope["recording"].set_execution_time(call.now)
            auth.require_same_epoch(call)
        if scope["method"] != "GET":
            self._record_cause(scope, call)
        await self._send_result(scope, send, await self.endpoint(call=call, **arguments))

    def _send_result(self, scope: Scope, send: Send, result: object) -> Awaitable[None]:
        if isinstance(result, EmptyResponse):
            return send_bytes(scope, send, result.status, b"", [])
        if isinstance(result, File):
            return send_file(scope, send, self.status, result)
        if self.status == 204:
            return send_bytes(scope, send, 204, b"", [])
        return send_json(scope, send, self.status, result)

    def _record_cause(self, scope: Scope, call: OperationCall) -> None:
        """Have what the operation writes bear its name, and the request's."""
        request_id = scope["request_id"].decode()
        request = f"{scope['method']} {scope['route_path']}"
        change_cause.set_request_cause(
            call, self.operation_name, request, request_id, control=scope["route_prefix"] != PLATFORM_PREFIX
        )

    @property
    def is_body_optional(self) -> bool:
        """Whether an empty body stands for an empty object."""
        body_shape, _ = self._model_specs
        return body_shape is not None and body_shape.optional

    @cached_property
    def _awaits_body(self) -> bool:
        """Whether the operation acts only when a body has come, while others may be answered."""
        return self._model_specs[0] is not None or self._has_parameter("file")

    def _has_parameter(self, name: str) -> bool:
        return name in self._parameter_names

    @cached_property
    def _parameter_names(self) -> frozenset[str]:
        return frozenset(signature(self.endpoint).parameters)

    @cached_property
    def _model_specs(self) -> tuple[ModelSpec | None, ModelSpec]:
        """The shapes of the body, None where it has none, and of the query."""
        body_shape, query_shape = None, ModelSpec(EmptyQuery)
        for hint in get_type_hints(self.endpoint, include_extras=True).values():
            model, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
            for mark in marks:
                if isinstance(mark, params.Query):
                    query_shape = ModelSpec(model)
                elif isinstance(mark, params.Body):
                    body_shape = ModelSpec(model, marks)
        return body_shape, query_shape


def _parse_query(spec: ModelSpec, query_string: bytes, problems: list[Problem], *, ignore_unknown: bool) -> object:
    if not query_string and not spec.names:
        return None
    values, malformed = query.parse(query_string, spec.arrays, frozenset(spec.names) if ignore_unknown else None)
    problems += malformed

    def validate(extra: Any) -> object:
        return spec.adapter.validator.validate_python(values, extra=extra)

    return _collect_validation_problems(spec, "query", problems, validate, ignore_unknown)


def _read_content(spec: ModelSpec, headers: Mapping[bytes, bytes], receive: Receive) -> Awaitable[bytes]:
    if spec.max_bytes is None:
        return request_body.read_json(headers, receive, optional=spec.optional)
    return request_body.read_large_json(headers, receive, spec.max_bytes)


def _parse_body(
    spec: ModelSpec, content: bytes, problems: list[Problem], call: OperationCall, *, ignore_unknown: bool
) -> object:
    def validate(extra: Any) -> object:
        return spec.adapter.validator.validate_json(content, extra=extra, context=call.quirks)

    return _collect_validation_problems(spec, "body", problems, validate, ignore_unknown)


def _collect_validation_problems(
    spec: ModelSpec, source: str, problems: list[Problem], validate: Callable[[Any], object], ignore_unknown: bool
) -> object:
    """The validated value; `lenient` is quirk `ignore_unknown`, a side of the platform's documents alone."""
    try:
        return validate("ignore" if ignore_unknown else None)
    except ValidationError as error:
        problems += errors.validation_problems(error, spec.names_at, source)
        return None


class OperationRouter:
    """Which operation a method and a path mean, and the refusal where they mean none.

    A path that is written out is never one with a parameter (`…/packages/merge`). Rules: BASE-07, BASE-09, BASE-11.
    """

    def __init__(self, *routers: APIRouter) -> None:
        self._routes = [operation for router in routers for operation in operation_routes(router)]
        self._literal_routes: dict[str, dict[str, OperationRoute]] = {}
        self._pattern_routes: dict[tuple[str, int], list[OperationRoute]] = {}
        for operation in self._routes:
            for method in sorted(operation.methods):
                if "{" in operation.path:
                    self._pattern_routes.setdefault((method, operation.path.count("/")), []).append(operation)
                else:
                    self._literal_routes.setdefault(operation.path, {})[method] = operation

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer by the operation that is meant."""
        found = self._match(scope["route_path"], scope["method"])
        if found is None:
            return self._reject_or_redirect(scope, send)
        operation, scope["arguments"] = found
        return operation.handle(scope, receive, send)

    def allowed_methods(self, path: str) -> list[str]:
        """The methods of a path."""
        if path in self._literal_routes:
            return list(self._literal_routes[path])
        return [
            method
            for operation in self._routes
            if operation.match_path(path) is not None
            for method in sorted(operation.methods)
        ]

    def operation_id(self, path: str, method: str) -> str | None:
        """The operationId of a path and a method, None where they mean none."""
        found = self._match(path, method)
        return None if found is None else found[0].operation_name

    def resolve(self, path: str, method: str) -> tuple[str | None, dict[str, str]]:
        """The operationId of a path and a method and the path's parameters; None and none where they mean nothing."""
        found = self._match(path, method)
        return (None, {}) if found is None else (found[0].operation_name, found[1])

    def _match(self, path: str, method: str) -> tuple[OperationRoute, dict[str, str]] | None:
        if path in self._literal_routes:
            operation = self._literal_routes[path].get(method)
            return None if operation is None else (operation, {})
        for operation in self._pattern_routes.get((method, path.count("/")), ()):
            arguments = operation.match_path(path)
            if arguments is not None:
                return operation, arguments
        return None

    async def _reject_or_redirect(self, scope: Scope, send: Send) -> None:
        """405 with the path's own methods, 307 to the path with the other slash, or 404."""
        path, method, base_path = (
            scope["route_path"],
            scope["method"],
            scope["workspace_prefix"] + scope["route_prefix"],
        )
        other_path = path[:-1] if path.endswith("/") else f"{path}/"
        methods_here, methods_there = self.allowed_methods(path), self.allowed_methods(other_path)
        if methods_here:
            slash_problem = Problem("slash", "path", f"{method} stands at {base_path}{other_path}")
            method_problem = Problem(
                "method", "path", f"{method} is no method of this path; it has: {', '.join(methods_here)}"
            )
            if method in methods_there:
                raise MethodNotAllowedError(tuple(methods_here), slash_problem)
            raise MethodNotAllowedError(
                tuple(methods_here), method_problem, *self._suggest_method(method, path, base_path)
            )
        if not methods_there:
            unknown = Problem("unknown", "path", f"there is no {base_path}{unquote(path)}")
            raise UnknownPathError(unknown, *self.suggest(method, path, base_path))
        question = b"?" + scope["query_string"] if scope["query_string"] else b""
        location = f"{base_path}{other_path}".encode("latin-1") + question
        await send_bytes(scope, send, 307, b"", [(b"location", location)])

    @cached_property
    def documented_operations(self) -> list[DocumentedOperation]:
        """The operations, for hints and for those who ask for them by name."""
        return [
            DocumentedOperation(operation.operation_name, method, operation.path)
            for operation in self._routes
            for method in sorted(operation.methods)
            if operation.operation_name
        ]

    def suggest(self, method: str, path: str, base_path: str, *known_differences: str) -> list[Problem]:
        """What may have been meant, where anything is near; `more` are differences that the caller knows of."""
        suggestion = suggestions.suggest_operation(method, path, self.documented_operations)
        return (
            []
            if suggestion is None
            else [Problem(suggestions.HINT, "path", suggestions.format_hint(suggestion, base_path, *known_differences))]
        )

    def _suggest_method(self, method: str, path: str, base_path: str) -> list[Problem]:
        at_path = [each for each in self.documented_operations if self._serves_path(each, path)]
        suggestion = suggestions.suggest_method(method, at_path)
        return (
            []
            if suggestion is None
            else [Problem(suggestions.HINT, "method", suggestions.format_hint(suggestion, base_path))]
        )

    def _serves_path(self, known: DocumentedOperation, path: str) -> bool:
        found = self._match(path, known.method)
        return found is not None and found[0].path == known.path


def operation_routes(router: APIRouter) -> list[OperationRoute]:
    """The operations of a router."""
    return [route for route in router.routes if isinstance(route, OperationRoute)]
