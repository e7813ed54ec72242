"""The context of one request, from the gateway to its response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from starlette.types import Message, Receive, Scope, Send

from mock_server.domain.models import Job
from mock_server.http.forms import UploadForm
from mock_server.http.media_types import File
from mock_server.http.recorder import Recorder
from mock_server.state.tokens import Claims
from mock_server.state.workspace import Workspace

if TYPE_CHECKING:
    from mock_server.storage.workspaces import StoredWorkspaces

STOP_KEY = "mock_server.stop"
"""The key in the scope's `state` under which a response without an end puts what ends it when the server stops."""
NO_NAMES: frozenset[bytes] = frozenset()
Headers: TypeAlias = list[tuple[bytes, bytes]]
Delivery: TypeAlias = Callable[[Send, Message, bytes], Awaitable[None]]
"""Sends a response, given its start message and its whole body."""


class Route(Protocol):
    """The operation that a request calls. A method that has to wait returns an awaitable."""

    @property
    def awaits_body(self) -> bool:
        """Whether the operation reads a body or a file."""

    def read_body(self, context: RequestContext) -> Awaitable[None] | None:
        """Read the body or the file, if the operation takes one."""

    def validate(self, context: RequestContext) -> Awaitable[None] | None:
        """Check the body and the query, and add them to the arguments."""

    def call(self, context: RequestContext) -> Awaitable[None]:
        """Call the operation and send its result."""


class Router(Protocol):
    """Finds the operation for a path and a method. `max_file_bytes` is the maximum size of an uploaded file."""

    max_file_bytes: int

    def match(self, path: str, method: str) -> tuple[Route, dict[str, Any]] | None:
        """The route and the path's parameters; None if there is no such operation."""

    def operation_id(self, path: str, method: str) -> str | None:
        """The operationId; None if there is no such operation."""

    def reject_or_redirect(self, context: RequestContext) -> Awaitable[None]:
        """Answer a request that no route matches."""


class RequestContext:
    """The facts that are known about a request. Each step adds to them.

    `headers` contains the first value of each header by its lower-case name. `repeated_headers` contains the names of
    headers that were sent more than once. `workspace_prefix`, `api_prefix` and `path` together are the undecoded path.
    `mount_path` is the path at which an outer application has mounted this one. `response_headers` are sent with every
    response, including errors. `now` is the workspace's time (UTC) at which the request takes effect. `performed_jobs`
    are the jobs that fell due since the previous request. `content` is the body of a JSON request, and `file` the body
    of an upload. `held_bytes` is how much of a large body is counted (`request_body.hold`). `epoch` is the workspace's
    epoch when the token was verified, 0 if there is no token. `server` is the object through which control operations
    act on the whole server. `stored` are the workspaces of the database, None if there is none, `commit` stores the
    changes of the request, and `holds_turn` says whether it has locked its workspace (`transactions.py`).
    """

    __slots__ = (
        "answered",
        "api_prefix",
        "arguments",
        "claims",
        "commit",
        "content",
        "delay_milliseconds",
        "delivery",
        "epoch",
        "fault",
        "file",
        "groups",
        "headers",
        "held_bytes",
        "holds_turn",
        "method",
        "mount_path",
        "now",
        "partner_id",
        "path",
        "performed_jobs",
        "query_string",
        "receive",
        "recorder",
        "repeated_headers",
        "request_id",
        "response_headers",
        "route",
        "router",
        "scope",
        "send",
        "server",
        "stored",
        "workspace",
        "workspace_prefix",
    )

    api_prefix: str
    arguments: dict[str, Any]
    claims: Claims | None
    content: bytes
    delivery: Delivery | None
    file: File | UploadForm | None
    groups: tuple[str, ...]
    now: datetime
    path: str
    performed_jobs: tuple[Job, ...]
    repeated_headers: frozenset[bytes]
    request_id: bytes
    response_headers: Headers
    route: Route
    router: Router
    server: object
    workspace: Workspace
    workspace_prefix: str

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.send = send
        self.recorder = Recorder(receive)
        self.receive = self.recorder.receive
        self.method: str = scope["method"]
        self.query_string: bytes = scope["query_string"]
        self.mount_path: str = scope.get("root_path", "")
        self.headers, self.repeated_headers = _index_headers(scope)
        self.response_headers = []
        self.performed_jobs = ()
        self.answered = False
        self.claims = self.delivery = self.file = None
        self.commit: Callable[[RequestContext], Awaitable[None]] | None = None
        self.stored: StoredWorkspaces | None = None
        self.holds_turn = False
        self.content = b""
        self.partner_id, self.groups, self.epoch = "", (), 0
        self.fault: str | None = None
        self.delay_milliseconds = self.held_bytes = 0

    def enter(self, router: Router, api_prefix: str, path: str) -> None:
        """Pass the request to one of the two APIs. `path` is the path within the workspace."""
        self.router = router
        self.api_prefix = api_prefix
        self.path = path[len(api_prefix) :]

    @property
    def base_path(self) -> str:
        """The prefix of this API's paths: the mount path, the workspace's prefix and the API's prefix."""
        return self.mount_path + self.workspace_prefix + self.api_prefix


def _index_headers(scope: Scope) -> tuple[dict[bytes, bytes], frozenset[bytes]]:
    """Return the first value of each header by name, and the names of headers that were sent more than once."""
    headers = scope["headers"]
    values: dict[bytes, bytes] = dict(headers)
    if len(values) == len(headers):
        return values, NO_NAMES
    first_values: dict[bytes, bytes] = {}
    repeated: list[bytes] = []
    for name, value in headers:
        if name in first_values:
            repeated.append(name)
        else:
            first_values[name] = value
    return first_values, frozenset(repeated)
