"""The route class, which gives FastAPI's routes the platform's order of checks and the platform's error body.

Routes are declared with FastAPI's decorators, and FastAPI makes the document from their signatures. FastAPI's router
and dependency solver are not used for requests. Instead, `http/steps.py` calls the methods of `OperationRoute`, which
read the body, validate it with pydantic and call the route's function. See docs/decisions/0004-own-route-class.md.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import unquote

from fastapi import Depends, params
from fastapi.routing import APIRoute, APIRouter
from pydantic import ValidationError

from mock_server.domain.causes import Cause, CauseKind
from mock_server.domain.errors import WHOLE_QUERY, InvalidRequestError, Problem
from mock_server.http import body_validation, errors, first_errors, query_string, request_body, transactions, turns
from mock_server.http.context import RequestContext
from mock_server.http.fields import EmptyQuery
from mock_server.http.forms import UploadForm
from mock_server.http.media_types import CSV, FORM, XLSX, File
from mock_server.http.model_spec import ModelSpec
from mock_server.http.responses import JSON_TYPES, EmptyResponse, EventStream, send_bytes, send_file, send_json
from mock_server.state import change_cause, turn
from mock_server.state.store import load_package
from mock_server.state.workspace import OperationCall

PLATFORM_PREFIX = "/api/v3"
"""The prefix of all paths of the platform.

Implements: BASE-01.
"""
CONTROL_PREFIX = "/_mock"
"""The prefix of all paths of the control API, and the path of the console."""


async def mark_route_supplied() -> None:
    """Mark a parameter that `OperationRoute` supplies, so that FastAPI does not treat it as a query parameter."""


CurrentCall = Annotated[OperationCall, Depends(mark_route_supplied)]
"""The first parameter of every route: the workspace at the time of the request, the user's groups and the partner."""
UploadedFile = Annotated[File, Depends(mark_route_supplied), (FORM, CSV, XLSX)]
"""The parameter `file` of a route whose body is a form with a file, or the file itself."""
UploadedForm = Annotated[File, Depends(mark_route_supplied), (FORM,)]
"""The parameter `file` of a route whose body is a form with a file."""


class OperationRoute(APIRoute):
    """One operation. Its path is matched before decoding, so that an id may contain an encoded slash.

    FastAPI's own state of a route (dependants, response fields) takes 4 ms to build, and only the document and
    middleware need this state. So it is not built by the constructor, but by `build`, which only `build_routes` calls.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._options = options
        self._built = False
        self.path = self.path_format = path
        self.endpoint = endpoint
        self.methods: set[str] = set(options["methods"])
        self.status = options["status_code"] or 200
        self.operation_name: str = options["operation_id"] or ""
        self.include_in_schema = options["include_in_schema"]
        self._pattern = compile_path(path) if "{" in path else None
        parameters = endpoint.__annotations__
        self.awaits_body = "body" in parameters or "file" in parameters
        self._takes_package = "package_id" in parameters
        self._takes_query = "query" in parameters
        self._takes_server = "server" in parameters

    def build(self) -> None:
        """Build FastAPI's own state, once."""
        if not self._built:
            self._built = True
            super().__init__(self.path, self.endpoint, **self._options)

    def match_path(self, path: str) -> dict[str, Any] | None:
        """Return the path's parameters, None if the path does not match. See: BASE-12 (ids are free text)."""
        if self._pattern is None:
            return {} if path == self.path else None
        match = self._pattern.fullmatch(path)
        if match is None:
            return None
        return {name: unquote(value) for name, value in match.groupdict().items()}

    def read_body(self, context: RequestContext) -> Awaitable[None] | None:
        """Read the body or the file, if the operation takes one. See: BASE-11 (413, 415)."""
        return self._read_body(context) if self.awaits_body else None

    def validate(self, context: RequestContext) -> Awaitable[None] | None:
        """Check body and query, and add them to the arguments. Raises InvalidRequestError with every problem."""
        problems: list[Problem] = []
        body_spec, query_spec = self._model_specs
        ignore_unknown = context.workspace.quirks.ignore_unknown and context.api_prefix == PLATFORM_PREFIX
        if context.file is not None:
            _take_file(context, context.file, problems, ignore_unknown=ignore_unknown)
        elif body_spec is not None:
            if body_spec.long_list is not None and len(context.content) > body_validation.MAX_BYTES_AT_ONCE:
                return self._validate_in_batches(context, body_spec, ignore_unknown=ignore_unknown)
            context.arguments["body"] = _parse_body(body_spec, context, problems, ignore_unknown=ignore_unknown)
        if query_spec.names or context.query_string or problems:
            self._validate_query(context, problems, ignore_unknown=ignore_unknown)
        return None

    async def _validate_in_batches(self, context: RequestContext, spec: ModelSpec, *, ignore_unknown: bool) -> None:
        problems: list[Problem] = []
        arguments = spec, context.content, _body_validator(context, ignore_unknown=ignore_unknown), problems
        work = body_validation.validate_in_batches
        context.arguments["body"] = await turn.run(context.workspace.turn, work, *arguments)
        self._validate_query(context, problems, ignore_unknown=ignore_unknown)

    def _validate_query(self, context: RequestContext, problems: list[Problem], *, ignore_unknown: bool) -> None:
        """Add the query to the arguments. Raises InvalidRequestError if it or the body has problems."""
        query = _parse_query(self._model_specs[1], context, problems, ignore_unknown=ignore_unknown)
        if problems:
            raise InvalidRequestError(*problems)
        if self._takes_query:
            context.arguments["query"] = query

    async def call(self, context: RequestContext) -> None:
        """Call the operation and send its result."""
        arguments = context.arguments
        if self._takes_package:
            package_id, store = arguments["package_id"], context.workspace.store
            if store.has_lazy_package(package_id):
                await turn.run(context.workspace.turn, load_package, store, package_id)
        arguments["call"] = self._make_call(context)
        if self._takes_server:
            arguments["server"] = context.server
        await self._send_result(context, await self.endpoint(**arguments))

    @property
    def is_body_optional(self) -> bool:
        """Whether an empty body means an empty object."""
        body_spec, _ = self._model_specs
        return body_spec is not None and body_spec.optional

    async def _read_body(self, context: RequestContext) -> None:
        if context.repeated_headers:
            request_body.require_single(context.repeated_headers)
        if context.stored is not None:
            await transactions.commit(context)
        spec, workspace_turn = self._model_specs[0], context.workspace.turn
        passes = workspace_turn.passes
        if spec is None:
            max_bytes = context.router.max_file_bytes
            context.file = await request_body.read_file(context.headers, context.receive, self._upload_types, max_bytes)
            request_body.hold(context, context.file.size)
        elif spec.max_bytes is None:
            context.content = await request_body.read_json(context.headers, context.receive, optional=spec.optional)
        else:
            context.content = await request_body.read_large_json(context.headers, context.receive, spec.max_bytes)
        if len(context.content) > request_body.LARGE_BODY_BYTES:
            request_body.hold(context, len(context.content))
        if workspace_turn.busy and workspace_turn.passes != passes:
            await turns.wait(context)

    def _make_call(self, context: RequestContext) -> OperationCall:
        return OperationCall(
            context.workspace,
            context.now,
            context.partner_id,
            context.groups,
            context.performed_jobs,
            None if context.method == "GET" else self._make_cause(context),
            context.mount_path,
        )

    def _make_cause(self, context: RequestContext) -> Cause:
        kind: CauseKind = "request" if context.api_prefix == PLATFORM_PREFIX else "control"
        request = f"{context.method} {context.path}", context.request_id.decode()
        return change_cause.request_cause(context.workspace.store, context.now, kind, self.operation_name, request)

    def _send_result(self, context: RequestContext, result: object) -> Awaitable[None]:
        if isinstance(result, JSON_TYPES):
            return send_json(context, self.status, result)
        if isinstance(result, EmptyResponse):
            return send_bytes(context, result.status, b"", [])
        if isinstance(result, File):
            return send_file(context, self.status, result)
        if self.status == 204:
            return send_bytes(context, 204, b"", [])
        if isinstance(result, EventStream):
            from mock_server.http.event_stream import send_stream

            return send_stream(context, result)
        return send_json(context, self.status, result)

    @cached_property
    def _upload_types(self) -> tuple[str, ...]:
        """The media types of the body of a route that takes a file."""
        _, _, media_types = get_args(get_type_hints(self.endpoint, include_extras=True)["file"])
        return tuple(media_types)

    @cached_property
    def _model_specs(self) -> tuple[ModelSpec | None, ModelSpec]:
        """The model of the body (None if there is no body) and the model of the query."""
        body_spec, query_spec = None, ModelSpec(EmptyQuery)
        for hint in get_type_hints(self.endpoint, include_extras=True).values():
            model, *markers = get_args(hint) if get_origin(hint) is Annotated else (hint,)
            for marker in markers:
                if isinstance(marker, params.Query):
                    query_spec = ModelSpec(model)
                elif isinstance(marker, params.Body):
                    body_spec = ModelSpec(model, markers)
        return body_spec, query_spec


def compile_path(path: str) -> re.Pattern[str]:
    """Compile a path with parameters in braces. Each matches one undecoded segment that is not empty."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def operation_routes(*routers: APIRouter) -> list[OperationRoute]:
    """Return the operations of the routers."""
    return [route for router in routers for route in router.routes if isinstance(route, OperationRoute)]


def build_routes(routers: Iterable[APIRouter]) -> None:
    """Build FastAPI's own state of every operation, about 4 ms each. Call this before using routes or the document."""
    for route in operation_routes(*routers):
        route.build()


def _take_file(
    context: RequestContext, file: File | UploadForm, problems: list[Problem], *, ignore_unknown: bool
) -> None:
    """Add the uploaded file to the arguments."""
    if isinstance(file, UploadForm):
        problems += file.find_problems(ignore_unknown=ignore_unknown)
        context.arguments["file"] = file.file
    else:
        context.arguments["file"] = file


def _parse_query(spec: ModelSpec, context: RequestContext, problems: list[Problem], *, ignore_unknown: bool) -> object:
    values, malformed = query_string.parse(
        context.query_string, spec.arrays, frozenset(spec.names) if ignore_unknown else None
    )
    problems += malformed
    try:
        extra, quirks = _extra_mode(ignore_unknown), context.workspace.quirks
        return spec.adapter.validator.validate_python(values, extra=extra, context=quirks)
    except ValidationError as error:
        listed = first_errors.list_errors(error)
        problems += errors.validation_problems(listed, error.error_count(), spec.names_at, WHOLE_QUERY)
        return None


def _parse_body(spec: ModelSpec, context: RequestContext, problems: list[Problem], *, ignore_unknown: bool) -> object:
    if spec.unparsed:
        return context.content
    validator = _body_validator(context, ignore_unknown=ignore_unknown)
    return body_validation.validate_body(spec, context.content, validator, problems)


def _body_validator(context: RequestContext, *, ignore_unknown: bool) -> body_validation.Validate:
    extra, quirks = _extra_mode(ignore_unknown), context.workspace.quirks
    return lambda adapter, content: adapter.validator.validate_json(content, extra=extra, context=quirks)


def _extra_mode(ignore_unknown: bool) -> Any:
    """Pydantic's treatment of unknown names: they are ignored under quirk `ignore_unknown`, otherwise refused."""
    return "ignore" if ignore_unknown else None
