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
    NotAuthorized,
    PlatformError,
    Problem,
    RateLimited,
    UnknownPath,
)
from mock_server.http import auth, fault_injection, openapi, request_body, suggestions
from mock_server.http.endpoint import PLATFORM, Table
from mock_server.http.recorder import Recording
from mock_server.http.responses import JSON, send_bytes, send_refusal
from mock_server.operations import run_due_jobs
from mock_server.state.ids import Ids
from mock_server.state.workspace import Call, Workspace
from mock_server.state.workspace_registry import PREFIX, Workspaces

CONTROL = "/_mock"
CONTROL_TOKEN_HEADER = b"x-mock-control-token"
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
ELSEWHERE = (
    f"the platform stands under {PLATFORM}/, its document at /openapi.yaml; "
    f"the control API under {CONTROL}/, its document at {CONTROL}/openapi.json; "
    f"those of a workspace under {PREFIX}/, its name, and the same"
)
log = logging.getLogger("mock_server")


class Edge:
    """The server as an ASGI application.

    `control` makes the control API's operations of every workspace, and those of the server as a whole.
    `control_token` is what a control request must carry, None where none is asked for, "" where the
    control API is closed. `browsers` is whether web pages may drive it.
    """

    def __init__(
        self,
        workspaces: Workspaces,
        platform: Table,
        control: Callable[[], tuple[Table, Table]],
        control_token: str | None = None,
        *,
        browsers: bool = False,
    ) -> None:
        self._workspaces = workspaces
        self._platform = platform
        self._make_control = control
        self._control_token = control_token
        self._browsers = browsers

    @cached_property
    def _control(self) -> tuple[Table, Table]:
        return self._make_control()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing that is raised inside leaves without the platform's error body. Rule: ERR-01."""
        if scope["type"] != "http":
            await _not_http(scope, receive, send)
            return
        received, repeated = _headers(scope)
        scope["received"] = received
        scope["answer_headers"] = []
        recording = scope["recording"] = Recording(receive)
        receive = recording.receive
        try:
            try:
                await self._answer(scope, receive, send, repeated)
            except PlatformError as refusal:
                await send_refusal(scope, send, refusal)
        except request_body.Disconnected:
            return
        except fault_injection.Severed:
            raise
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            await send_refusal(scope, send, InternalError())
        finally:
            recording.end(scope)
            # It holds the server's receive, which holds the scope: left there, each request waits for the collector.
            del scope["recording"]

    async def _answer(self, scope: Scope, receive: Receive, send: Send, repeated: frozenset[bytes]) -> None:
        base, path = _address(_undecoded(scope))
        workspace = self._picked(scope, base)
        now = workspace.clock.now()
        call = Call(workspace, now, caught_up=tuple(run_due_jobs.catch_up(workspace, now)))
        if not path.startswith(f"{CONTROL}/"):
            scope["recording"].begin(workspace.journal, path, now)
        if path.startswith(f"{PLATFORM}/"):
            _enter(scope, base, PLATFORM, path)
            if scope["route_path"] == "/status/":
                scope["answer_headers"].append((b"access-control-allow-origin", b"*"))
            refusal = None
            if auth.needs_token(scope["route_path"], scope["method"]):
                try:
                    call = auth.scoped(call, scope["received"], repeated, scope["route_path"])
                except PlatformError as refused:
                    refusal = refused
            scope["call"] = call
            await self._ask_platform(scope, receive, send, refusal)
        elif path.startswith(f"{CONTROL}/"):
            self._require_control(scope)
            _enter(scope, base, CONTROL, path)
            scope["call"] = call
            of_any, of_server = self._control
            await (of_any if base else of_server)(scope, receive, send)
        else:
            await self._publish(scope, send, path, workspace)

    async def _ask_platform(self, scope: Scope, receive: Receive, send: Send, refusal: PlatformError | None) -> None:
        """Limits and faults, then the refusal of token or partner, then the operation. Rule: BASE-11."""
        call: Call = scope["call"]
        _require_room(scope, call)
        if call.workspace.faults.rules and await fault_injection.strike(scope, send, self._platform):
            return
        if refusal is not None:
            raise refusal
        await self._platform(scope, receive, send)

    def _picked(self, scope: Scope, base: str) -> Workspace:
        """The workspace of that part of the path; whether there is one or not, the answer has an id from here on."""
        self._workspaces.drop_idle()
        ids = self._workspaces.ids
        try:
            workspace = self._workspaces.use(unquote(base[len(PREFIX) + 1 :])) if base else self._workspaces.default
            ids = workspace.ids
        finally:
            request_id = scope["request_id"] = _request_id(scope["received"], ids)
            scope["answer_headers"].append((b"x-request-id", request_id))
        return workspace

    async def _publish(self, scope: Scope, send: Send, path: str, workspace: Workspace) -> None:
        """The platform's document and the public keys; nothing else stands outside the two prefixes."""
        content, kind = b"", JSON
        if path == "/openapi.yaml":
            content, kind = openapi.served_as_yaml(workspace.prefix), b"application/yaml"
        elif path == "/openapi.json":
            content = openapi.served_as_json(workspace.prefix)
        elif path == "/.well-known/jwks.json":
            content = to_json(workspace.tokens.jwks())
        if not content or scope["method"] != "GET":
            rest, difference = suggestions.without_prefix(path, PLATFORM)
            hint = self._platform.hint(scope["method"], rest, workspace.prefix + PLATFORM, difference)
            raise UnknownPath(Problem("unknown", "path", ELSEWHERE), *hint)
        await send_bytes(scope, send, 200, content, [(b"content-type", kind)])

    def _require_control(self, scope: Scope) -> None:
        if b"origin" in scope["received"] and not self._browsers:
            raise NotAuthorized(Problem("permission", "Origin", "no web page may drive this server without --cors"))
        wanted = self._control_token
        if wanted is None:
            return
        given = scope["received"].get(CONTROL_TOKEN_HEADER, b"")
        if not wanted or not hmac.compare_digest(given, wanted.encode()):
            raise NotAuthorized(
                Problem(
                    "permission",
                    "X-Mock-Control-Token",
                    "beyond loopback the control API needs --control-token, sent in this header",
                )
            )


def _require_room(scope: Scope, call: Call) -> None:
    """Refuse what is too much for the partner, or, signing in, for the address. Rules: RATE-01, BASE-11.

    A partner is known by a valid token that may ask for it; what is refused for want of one counts for nobody.
    """
    path = scope["route_path"]
    if call.workspace.limits is None or path == "/status/":
        return
    kind = limits.kind(scope["method"], path)
    whose = (scope.get("client") or ("",))[0] if kind == "sign_ins" else call.partner_id
    nobody_known = kind != "sign_ins" and not whose
    if not nobody_known and not call.workspace.takes(kind, whose, call.now):
        raise RateLimited(Problem("limit", kind, f"more than {call.workspace.limits.most(kind)} {kind} in a minute"))


def _headers(scope: Scope) -> tuple[dict[bytes, bytes], frozenset[bytes]]:
    """The headers by name, the first of each, and the names that came more than once."""
    received: dict[bytes, bytes] = {}
    repeated: list[bytes] = []
    for name, value in scope["headers"]:
        if name in received:
            repeated.append(name)
        else:
            received[name] = value
    return received, frozenset(repeated)


def _request_id(received: dict[bytes, bytes], ids: Ids) -> bytes:
    given = received.get(b"x-request-id")
    if given is not None and REQUEST_ID.fullmatch(given):
        return given
    return ids.request().encode()


def _undecoded(scope: Scope) -> str:
    """The path as it was sent, so that an encoded slash stays part of an id. Rule: BASE-12."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def _address(path: str) -> tuple[str, str]:
    """The part of a path that names a workspace, empty for the default one, and the rest."""
    if not path.startswith(f"{PREFIX}/"):
        return "", path
    end = path.find("/", len(PREFIX) + 1)
    return (path, "") if end < 0 else (path[:end], path[end:])


def _enter(scope: Scope, base: str, prefix: str, path: str) -> None:
    scope["workspace_prefix"] = base
    scope["route_prefix"] = prefix
    scope["route_path"] = path[len(prefix) :]


async def _not_http(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
