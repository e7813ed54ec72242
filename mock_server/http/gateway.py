"""The edge: where a request gets its workspace, its instant and its id, and where each refusal gets its body."""

import hmac
import logging
import re
from collections.abc import Callable
from functools import cached_property
from urllib.parse import unquote

from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from mock_server.domain import limits
from mock_server.domain.errors import (
    InternalError,
    NotAuthorizedError,
    PlatformError,
    Problem,
    RateLimitedError,
    UnknownPathError,
)
from mock_server.http import auth, fault_injection, openapi, request_body, suggestions
from mock_server.http.endpoint import PLATFORM_PREFIX, OperationRouter
from mock_server.http.recorder import Recorder
from mock_server.http.responses import JSON_CONTENT_TYPE, send_bytes, send_error
from mock_server.operations import run_due_jobs
from mock_server.state.ids import IdGenerator
from mock_server.state.workspace import OperationCall, Workspace
from mock_server.state.workspace_registry import WORKSPACE_PREFIX, WorkspaceRegistry

CONTROL_PREFIX = "/_mock"
CONTROL_TOKEN_HEADER = b"x-mock-control-token"
REQUEST_ID_PATTERN = re.compile(rb"[A-Za-z0-9._-]{1,128}")
UNKNOWN_PATH_MESSAGE = (
    f"the platform stands under {PLATFORM_PREFIX}/, its document at /openapi.yaml; "
    f"the control API under {CONTROL_PREFIX}/, its document at {CONTROL_PREFIX}/openapi.json; "
    f"those of a workspace under {WORKSPACE_PREFIX}/, its name, and the same"
)
log = logging.getLogger("mock_server")


class Gateway:
    """The server as an ASGI application.

    `control` makes the control API's operations of every workspace, and those of the server as a whole.
    `control_token` is what a control request must carry, None where none is asked for, "" where the
    control API is closed. `browsers` is whether web pages may drive it.
    """

    def __init__(
        self,
        workspaces: WorkspaceRegistry,
        platform: OperationRouter,
        control: Callable[[], tuple[OperationRouter, OperationRouter]],
        control_token: str | None = None,
        *,
        allow_browsers: bool = False,
    ) -> None:
        self._workspaces = workspaces
        self._platform = platform
        self._build_control = control
        self._control_token = control_token
        self._allow_browsers = allow_browsers

    @cached_property
    def _control_routers(self) -> tuple[OperationRouter, OperationRouter]:
        return self._build_control()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing that is raised inside leaves without the platform's error body. Rule: ERR-01."""
        if scope["type"] != "http":
            await _handle_non_http(scope, receive, send)
            return
        headers, repeated_headers = _index_headers(scope)
        scope["received"] = headers
        scope["answer_headers"] = []
        recorder = scope["recording"] = Recorder(receive)
        receive = recorder.receive
        try:
            try:
                await self._dispatch(scope, receive, send, repeated_headers)
            except PlatformError as error:
                await send_error(scope, send, error)
        except request_body.ClientDisconnectedError:
            return
        except fault_injection.ConnectionAbortedByFaultError:
            raise
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            await send_error(scope, send, InternalError())
        finally:
            recorder.finish(scope)
            # It holds the server's receive, which holds the scope: left there, each request waits for the collector.
            del scope["recording"]

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send, repeated_headers: frozenset[bytes]) -> None:
        base, path = _split_workspace_path(_undecoded_path(scope))
        workspace = self._resolve_workspace(scope, base)
        now = workspace.clock.now()
        call = OperationCall(workspace, now, performed_jobs=tuple(run_due_jobs.run_due_jobs(workspace, now)))
        if not path.startswith(f"{CONTROL_PREFIX}/"):
            scope["recording"].begin(workspace.journal, path, now)
        if path.startswith(f"{PLATFORM_PREFIX}/"):
            _set_route(scope, base, PLATFORM_PREFIX, path)
            if scope["route_path"] == "/status/":
                scope["answer_headers"].append((b"access-control-allow-origin", b"*"))
            deferred_error = None
            if auth.needs_token(scope["route_path"], scope["method"]):
                try:
                    call = auth.authenticate(call, scope["received"], repeated_headers, scope["route_path"])
                except PlatformError as error:
                    deferred_error = error
            scope["call"] = call
            await self._handle_platform_request(scope, receive, send, deferred_error)
        elif path.startswith(f"{CONTROL_PREFIX}/"):
            self._authorize_control(scope)
            _set_route(scope, base, CONTROL_PREFIX, path)
            scope["call"] = call
            workspace_router, server_router = self._control_routers
            await (workspace_router if base else server_router)(scope, receive, send)
        else:
            await self._serve_document(scope, send, path, workspace)

    async def _handle_platform_request(
        self, scope: Scope, receive: Receive, send: Send, deferred_error: PlatformError | None
    ) -> None:
        """Limits and faults, then the refusal of token or partner, then the operation. Rule: BASE-11."""
        call: OperationCall = scope["call"]
        _enforce_rate_limit(scope, call)
        if call.workspace.faults.rules and await fault_injection.inject(scope, send, self._platform):
            return
        if deferred_error is not None:
            raise deferred_error
        await self._platform(scope, receive, send)

    def _resolve_workspace(self, scope: Scope, base: str) -> Workspace:
        """The workspace of that part of the path; whether there is one or not, the answer has an id from here on."""
        self._workspaces.drop_idle()
        ids = self._workspaces.ids
        try:
            workspace = (
                self._workspaces.use(unquote(base[len(WORKSPACE_PREFIX) + 1 :])) if base else self._workspaces.default
            )
            ids = workspace.ids
        finally:
            request_id = scope["request_id"] = _choose_request_id(scope["received"], ids)
            scope["answer_headers"].append((b"x-request-id", request_id))
        return workspace

    async def _serve_document(self, scope: Scope, send: Send, path: str, workspace: Workspace) -> None:
        """The platform's document and the public keys; nothing else stands outside the two prefixes."""
        content, kind = b"", JSON_CONTENT_TYPE
        if path == "/openapi.yaml":
            content, kind = openapi.build_workspace_yaml(workspace.prefix), b"application/yaml"
        elif path == "/openapi.json":
            content = openapi.build_workspace_json(workspace.prefix)
        elif path == "/.well-known/jwks.json":
            content = to_json(workspace.tokens.jwks())
        if not content or scope["method"] != "GET":
            path_below_prefix, difference = suggestions.strip_foreign_prefix(path, PLATFORM_PREFIX)
            hint = self._platform.suggest(
                scope["method"], path_below_prefix, workspace.prefix + PLATFORM_PREFIX, difference
            )
            raise UnknownPathError(Problem("unknown", "path", UNKNOWN_PATH_MESSAGE), *hint)
        await send_bytes(scope, send, 200, content, [(b"content-type", kind)])

    def _authorize_control(self, scope: Scope) -> None:
        if b"origin" in scope["received"] and not self._allow_browsers:
            raise NotAuthorizedError(
                Problem("permission", "Origin", "no web page may drive this server without --cors")
            )
        expected_token = self._control_token
        if expected_token is None:
            return
        sent_token = scope["received"].get(CONTROL_TOKEN_HEADER, b"")
        if not expected_token or not hmac.compare_digest(sent_token, expected_token.encode()):
            raise NotAuthorizedError(
                Problem(
                    "permission",
                    "X-Mock-Control-Token",
                    "beyond loopback the control API needs --control-token, sent in this header",
                )
            )


def _enforce_rate_limit(scope: Scope, call: OperationCall) -> None:
    """Refuse what is too much for the partner, or, signing in, for the address. Rules: RATE-01, BASE-11.

    A partner is known by a valid token that may ask for it; what is refused for want of one counts for nobody.
    """
    path = scope["route_path"]
    if call.workspace.limits is None or path == "/status/":
        return
    kind = limits.classify_request(scope["method"], path)
    counted_for = (scope.get("client") or ("",))[0] if kind == "sign_ins" else call.partner_id
    is_anonymous = kind != "sign_ins" and not counted_for
    if not is_anonymous and not call.workspace.admit_request(kind, counted_for, call.now):
        raise RateLimitedError(
            Problem("limit", kind, f"more than {call.workspace.limits.limit_for(kind)} {kind} in a minute")
        )


def _index_headers(scope: Scope) -> tuple[dict[bytes, bytes], frozenset[bytes]]:
    """The headers by name, the first of each, and the names that came more than once."""
    first_values: dict[bytes, bytes] = {}
    repeated: list[bytes] = []
    for name, value in scope["headers"]:
        if name in first_values:
            repeated.append(name)
        else:
            first_values[name] = value
    return first_values, frozenset(repeated)


def _choose_request_id(headers: dict[bytes, bytes], ids: IdGenerator) -> bytes:
    sent_id = headers.get(b"x-request-id")
    if sent_id is not None and REQUEST_ID_PATTERN.fullmatch(sent_id):
        return sent_id
    return ids.new_request_id().encode()


def _undecoded_path(scope: Scope) -> str:
    """The path as it was sent, so that an encoded slash stays part of an id. Rule: BASE-12."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def _split_workspace_path(path: str) -> tuple[str, str]:
    """The part of a path that names a workspace, empty for the default one, and the rest."""
    if not path.startswith(f"{WORKSPACE_PREFIX}/"):
        return "", path
    end = path.find("/", len(WORKSPACE_PREFIX) + 1)
    return (path, "") if end < 0 else (path[:end], path[end:])


def _set_route(scope: Scope, base: str, prefix: str, path: str) -> None:
    scope["workspace_prefix"] = base
    scope["route_prefix"] = prefix
    scope["route_path"] = path[len(prefix) :]


async def _handle_non_http(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
