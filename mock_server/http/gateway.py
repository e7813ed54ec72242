"""The gateway: receives each request, and sends the error response if a step fails.

These files handle a request, in this order:

1. `gateway.py` (here) makes a `RequestContext` (`context.py`), finds the workspace that the path names, reads its
   clock, performs the jobs that are due, and gives the request an id.
2. The path decides what follows: an operation of the platform, an operation of the control API, or a published
   document.
3. `steps.py` lists the steps of both APIs, in the order in which they may refuse a request (BASE-11): rate limits,
   faults, token and partner (`auth.py`), route (`router.py`), body and schema (`endpoint.py`), the operation itself.
4. `OperationRoute` (`endpoint.py`) calls the route's function, which calls a function of `operations/`.
5. `responses.py` sends the result. A fault may change how it is delivered (`fault_injection.py`).
6. The gateway sends a PlatformError raised by a step as the platform's error body, and any other exception as a 500 in
   the same form. The recorder then adds the request and its response to the workspace's journal.

For a request that is not valid HTTP, the scope contains the error (`protocol/`). It is refused in step 1, in the
default workspace.

Nothing waits between the moment at which a request acts and its response, so requests do not interleave. The exception
is long work, such as a thousand jobs that are due at once: it runs in pieces, and meanwhile the requests of its
workspace wait for their turn in step 1 (`turns.py`). A request also waits while its body is read, or for a fault's
delay: see `steps.refresh_time`.
"""

import hmac
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from mock_server.domain.errors import InternalError, NotAuthorizedError, PlatformError, Problem, UnknownPathError
from mock_server.http import openapi, origins, request_body, steps, suggestions, transactions, turns
from mock_server.http.context import RequestContext
from mock_server.http.endpoint import CONTROL_PREFIX, PLATFORM_PREFIX
from mock_server.http.fault_injection import ConnectionAbortedByFaultError
from mock_server.http.observer import Destination
from mock_server.http.origins import AccessRules
from mock_server.http.request_body import ClientDisconnectedError
from mock_server.http.responses import JSON_CONTENT_TYPE, send_bytes, send_error
from mock_server.http.router import OperationRouter
from mock_server.state.ids import IdGenerator
from mock_server.state.workspace import Workspace
from mock_server.state.workspace_registry import (
    DEFAULT_NAME,
    WORKSPACE_PREFIX,
    WorkspaceNotFoundError,
    WorkspaceRegistry,
)
from mock_server.storage.database import StorageError

if TYPE_CHECKING:
    from mock_server.http.console_files import ConsoleFiles
    from mock_server.storage.workspaces import StoredWorkspaces

UNDER_PLATFORM, UNDER_CONTROL, UNDER_WORKSPACE = f"{PLATFORM_PREFIX}/", f"{CONTROL_PREFIX}/", f"{WORKSPACE_PREFIX}/"
UNDER_CONSOLE = f"{UNDER_CONTROL}console/"
CONSOLE_PATHS = frozenset({"", "/", CONTROL_PREFIX, UNDER_CONTROL})
"""The paths at which the console may be, besides its files under `UNDER_CONSOLE`: see `console_files.py`."""
HEALTH_PATH = f"{CONTROL_PREFIX}/health"
"""The only operation of the control API that needs no control token."""
METRICS_PATH = f"{CONTROL_PREFIX}/metrics"
"""The path that also takes the control token as `Authorization: Bearer`, because Prometheus sends it so."""
STATUS_PATH = f"{PLATFORM_PREFIX}/status/"
HEALTH_PATHS = frozenset({STATUS_PATH, HEALTH_PATH})
"""The paths that only show that the server is up. They neither wait for the workspace's turn nor perform its jobs.

With a database, the status waits for the turn, because faults on it are counted over all servers. It is answered also
while the database is away.
"""
CONTROL_TOKEN_HEADER = b"x-mock-control-token"
CLOSED_CONTROL_API = "the control API is closed: the server is not on loopback and has no --control-token"
MISSING_CONTROL_TOKEN = "the server needs its control token; send it in this header"  # noqa: S105 - text
WRONG_CONTROL_TOKEN = "not the control token of this server"  # noqa: S105 - text
REFUSAL_KEY = "mock_server.refusal"
"""The key in a request's scope under which the server puts the PlatformError if its HTTP parser refused the request."""
REQUEST_ID_PATTERN = re.compile(rb"[A-Za-z0-9._-]{1,128}")
ANY_ORIGIN_HEADER = (b"access-control-allow-origin", b"*")
"""The only CORS header that is sent without `--cors`, and only on /status/.

See: BASE-02.
Implements: BASE-03.
"""
UNKNOWN_PATH_MESSAGE = (
    f"the platform's paths begin with {PLATFORM_PREFIX}/ and are listed in /openapi.yaml; "
    f"the control API's begin with {CONTROL_PREFIX}/ and are listed in {CONTROL_PREFIX}/openapi.json; "
    f"both also exist in each workspace, under {WORKSPACE_PREFIX}/NAME"
)
log = logging.getLogger("mock_server")


class Gateway:
    """Passes each request to its workspace and its API, and sends all errors in the platform's form.

    `build_control` returns the control API's router for workspaces, its router for the whole server, and the object
    through which its operations act on the whole server. `access` says who may send requests. `stored` are the
    workspaces of the database, None if workspaces exist in memory only.
    """

    def __init__(
        self,
        workspaces: WorkspaceRegistry,
        platform: OperationRouter,
        build_control: Callable[[], tuple[OperationRouter, OperationRouter, object]],
        access: AccessRules,
        stored: "StoredWorkspaces | None" = None,
    ) -> None:
        self._workspaces = workspaces
        self._platform = platform
        self._build_control = build_control
        self._access = access
        self._stored = stored

    @cached_property
    def _control(self) -> tuple[OperationRouter, OperationRouter, object]:
        return self._build_control()

    @cached_property
    def _console(self) -> "ConsoleFiles":
        from mock_server.console.bundle import open_bundle
        from mock_server.http.console_files import ConsoleFiles

        return ConsoleFiles(open_bundle())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request. See: ERR-01 (every error uses the platform's body)."""
        context = RequestContext(scope, receive, send)
        try:
            try:
                await self._dispatch(context)
            except PlatformError as error:
                await send_error(context, error)
        except ClientDisconnectedError:
            return
        except ConnectionAbortedByFaultError:
            raise
        except PlatformError as error:  # of the commit before an error: the database, or the workspace is gone
            context.commit = None
            await send_error(context, error)
        except Exception:
            log.exception("%s %s failed", context.method, scope["path"], extra={"fields": _identity(context)})
            if context.stored is not None:
                await transactions.abandon(context)
                context.commit = None
            await send_error(context, InternalError())
        finally:
            if context.stored is not None:
                await self._end_transaction(context)
            if context.held_bytes:
                request_body.release(context)
            context.recorder.finish(context)

    async def _end_transaction(self, context: RequestContext) -> None:
        """Store what a request has changed that sent no response, such as the count of a fault."""
        if context.answered and not context.holds_turn:
            return
        with suppress(PlatformError):
            await transactions.commit(context)

    def refuses(self, scope: Scope) -> bool:
        """Return whether a request is refused whatever its path is."""
        if REFUSAL_KEY in scope:
            return True
        check, host = self._access.host_check, dict(scope["headers"]).get(b"host")
        try:
            if check is not None and host not in check.accepted:
                check.require(scope, host)
        except PlatformError:
            return True
        return False

    def locate(self, scope: Scope) -> Destination:
        """Return to which workspace and operation a request goes, for metrics and the access log."""
        if REFUSAL_KEY in scope:
            return Destination(self._workspaces.default.name, None)
        prefix, path = _split_workspace_path(_undecoded_path(scope))
        operation = None
        if path.startswith(UNDER_PLATFORM):
            operation = self._platform.operation_id(path[len(PLATFORM_PREFIX) :], scope["method"])
        elif path.startswith(UNDER_CONTROL):
            workspace_router, server_router, _ = self._control
            router = workspace_router if prefix else server_router
            operation = router.operation_id(path[len(CONTROL_PREFIX) :], scope["method"])
        return Destination(prefix[len(WORKSPACE_PREFIX) + 1 :] or self._workspaces.default.name, operation)

    async def _dispatch(self, context: RequestContext) -> None:
        refusal: PlatformError | None = context.scope.get(REFUSAL_KEY)
        path = _undecoded_path(context.scope)
        context.workspace_prefix = ""
        if refusal is None:
            self._require_own_name(context)
            context.workspace_prefix, path = _split_workspace_path(path)
        is_platform = path.startswith(UNDER_PLATFORM)
        if not is_platform and refusal is None and await self._show_console(context, path):
            return
        if self._stored is None or refusal is not None or (path == HEALTH_PATH and not context.workspace_prefix):
            workspace = context.workspace = self._find_workspace(context)
            if workspace.turn.busy and path not in HEALTH_PATHS:
                await turns.wait(context)
        else:
            is_optional = path in HEALTH_PATHS and not context.workspace_prefix
            await self._find_stored(context, self._stored, path, is_optional=is_optional)
            workspace = context.workspace
        _identify(context, workspace.ids)
        now = context.now = workspace.clock.now()
        if workspace.has_due(now) and path not in HEALTH_PATHS and not (refusal is not None and self._stored):
            workspace, now = await _perform_due_jobs(context)
        if refusal is not None:
            context.recorder.begin(workspace.journal, path, now)
            raise refusal
        if not is_platform and path.startswith(UNDER_CONTROL):
            self._authorize_control(context, path)
            workspace_router, server_router, context.server = self._control
            router = workspace_router if context.workspace_prefix else server_router
            context.enter(router, CONTROL_PREFIX, path)
            await steps.run_steps(context, steps.CONTROL_STEPS)
            return
        context.recorder.begin(workspace.journal, path, now)
        if not is_platform:
            await self._publish(context, path)
            return
        context.enter(self._platform, PLATFORM_PREFIX, path)
        if context.path == "/status/":
            context.response_headers.append(ANY_ORIGIN_HEADER)
        await steps.run_steps(context, steps.PLATFORM_STEPS)

    async def _show_console(self, context: RequestContext, path: str) -> bool:
        """Answer a request for the console. Return False for any other request.

        The workspace must exist, but the request does not act on it: it neither waits for the turn nor runs due jobs.
        """
        is_candidate = path in CONSOLE_PATHS or path.startswith(UNDER_CONSOLE)
        if not is_candidate or context.method not in ("GET", "HEAD"):
            return False
        name = self._console.find(context, path)
        if name is None:
            return False
        if self._stored is None or not context.workspace_prefix:
            context.workspace = self._find_workspace(context)
            _identify(context, self._workspaces.ids)
        else:
            _identify(context, self._workspaces.ids)
            context.workspace, _ = await self._stored.find(
                unquote(context.workspace_prefix[len(WORKSPACE_PREFIX) + 1 :])
            )
        await self._console.send(context, name)
        return True

    def _require_own_name(self, context: RequestContext) -> None:
        """Refuse a request that names another server, in any workspace. The request is not recorded."""
        check, host = self._access.host_check, context.headers.get(b"host")
        if check is None or (host in check.accepted and not context.repeated_headers):
            return
        try:
            check.require(context.scope, host)
            origins.require_single_host(context)
        except PlatformError:
            _identify(context, self._workspaces.ids)
            raise

    def _find_workspace(self, context: RequestContext) -> Workspace:
        """Return the workspace that the path names. If there is none, identify the request and raise."""
        workspaces, prefix = self._workspaces, context.workspace_prefix
        workspaces.drop_idle()
        if not prefix:
            return workspaces.default
        try:
            return workspaces.use(unquote(prefix[len(WORKSPACE_PREFIX) + 1 :]))
        except WorkspaceNotFoundError:
            _identify(context, workspaces.ids)
            raise

    async def _find_stored(
        self, context: RequestContext, stored: "StoredWorkspaces", path: str, *, is_optional: bool
    ) -> None:
        """Set the workspace that the path names, as the database has it. If there is none, identify and raise.

        If the database is not needed and does not answer, set the default workspace as this server knows it.
        """
        prefix = context.workspace_prefix
        name = unquote(prefix[len(WORKSPACE_PREFIX) + 1 :]) if prefix else DEFAULT_NAME
        try:
            await transactions.find_workspace(context, stored, name, path)
        except Exception as error:
            context.stored = context.commit = None
            if is_optional and isinstance(error, StorageError):
                context.workspace = self._workspaces.default
                return
            _identify(context, self._workspaces.ids)
            raise

    async def _publish(self, context: RequestContext, path: str) -> None:
        """Send the platform's document or the public keys. Refuse any other path outside the two APIs."""
        content, content_type = b"", JSON_CONTENT_TYPE
        server_path = context.mount_path + context.workspace_prefix
        if path == "/openapi.yaml":
            content, content_type = openapi.build_workspace_yaml(server_path), b"application/yaml"
        elif path == "/openapi.json":
            content = openapi.build_workspace_json(server_path)
        elif path == "/.well-known/jwks.json":
            content = to_json(context.workspace.tokens.jwks())
        if not content or context.method != "GET":
            path_below_prefix, difference = suggestions.strip_foreign_prefix(path, PLATFORM_PREFIX)
            hint = self._platform.suggest(context.method, path_below_prefix, server_path + PLATFORM_PREFIX, difference)
            raise UnknownPathError(Problem("unknown", "path", UNKNOWN_PATH_MESSAGE), *hint)
        await send_bytes(context, 200, content, [(b"content-type", content_type)])

    def _authorize_control(self, context: RequestContext, path: str) -> None:
        if not self._access.allows_other_pages:
            origins.require_own_page(context)
        expected_token = self._access.control_token
        if expected_token is None and origins.arrived_at(context.scope) != "network":
            return
        if path == HEALTH_PATH:
            return
        sent_token = context.headers.get(CONTROL_TOKEN_HEADER, b"")
        is_repeated = CONTROL_TOKEN_HEADER in context.repeated_headers
        if path == METRICS_PATH and not sent_token:
            scheme, _, sent_token = context.headers.get(b"authorization", b"").partition(b" ")
            is_repeated = b"authorization" in context.repeated_headers or scheme.lower() != b"bearer"
        if not expected_token or is_repeated or not hmac.compare_digest(sent_token, expected_token.encode()):
            message = WRONG_CONTROL_TOKEN if sent_token else MISSING_CONTROL_TOKEN
            problem = Problem("permission", "X-Mock-Control-Token", message if expected_token else CLOSED_CONTROL_API)
            raise NotAuthorizedError(problem)


async def _perform_due_jobs(context: RequestContext) -> tuple[Workspace, datetime]:
    """Perform the jobs that are due. Return the workspace and its time, which another server may have changed."""
    if context.stored is not None:
        await transactions.lock(context)
        context.now = context.workspace.clock.now()
    await turns.perform_due_jobs(context)
    return context.workspace, context.now


def _identify(context: RequestContext, ids: IdGenerator) -> None:
    """Give the request an id, which its response carries."""
    context.request_id = _choose_request_id(context.headers, ids)
    context.response_headers.append((b"x-request-id", context.request_id))


def _identity(context: RequestContext) -> dict[str, str]:
    """Return what the log says about a request: its workspace and its id, as far as they are known."""
    workspace = getattr(context, "workspace", None)
    identity = {} if workspace is None else {"workspace": workspace.name}
    return identity | {"request_id": getattr(context, "request_id", b"").decode("latin-1")}


def _choose_request_id(headers: dict[bytes, bytes], ids: IdGenerator) -> bytes:
    """Return the id that the client sent if it has the allowed form, otherwise a new id.

    Implements: BASE-06.
    """
    sent_id = headers.get(b"x-request-id")
    if sent_id is not None and REQUEST_ID_PATTERN.fullmatch(sent_id):
        return sent_id
    return ids.new_request_id().encode()


def _undecoded_path(scope: Scope) -> str:
    """Return the undecoded path below any mount. In the undecoded path, an encoded slash is still part of an id.

    See: BASE-12.
    """
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    mount_path: str = scope.get("root_path", "")
    return path.removeprefix(mount_path) if mount_path else path


def _split_workspace_path(path: str) -> tuple[str, str]:
    """Split a path into the prefix that names a workspace (empty for the default one) and the rest."""
    if not path.startswith(UNDER_WORKSPACE):
        return "", path
    end = path.find("/", len(WORKSPACE_PREFIX) + 1)
    return (path, "") if end < 0 else (path[:end], path[end:])
