"""Schemas of workspaces."""

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from mock_server.control.schemas import Timestamp
from mock_server.control.status import QuirksBody, StatusBody
from mock_server.domain.lifecycles import TimingName
from mock_server.domain.limits import DOCUMENTED_LIMITS, MAX_REQUESTS_PER_MINUTE, Limits
from mock_server.http.fields import BODY_INTEGER, ClosedModel, closed
from mock_server.state.clock import MAX_SPEED, ClockMode
from mock_server.state.request_journal import MAX_CAPACITY
from mock_server.state.workspace_registry import DEFAULT_NAME, DEFAULT_TTL, MAX_TTL

NAME_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
RESERVED_NAMES = (DEFAULT_NAME, ".", "..")
"""Names in use, and names that clients remove from a path before they send it."""


def _require_valid_name(value: str) -> str:
    if not NAME_PATTERN.fullmatch(value) or value in RESERVED_NAMES:
        raise PydanticCustomError("name", "must be 1 to 64 characters of A-Z a-z 0-9 . _ - and not default, . or ..")
    return value


WorkspaceName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(_require_valid_name)]
TtlSeconds: TypeAlias = Annotated[int, Field(ge=1, le=MAX_TTL), BODY_INTEGER]
"""How many seconds a workspace may be idle."""


class RateLimitsBody(ClosedModel):
    """Requests a minute. The defaults are the documented limits: 600 reads, 120 writes, 10 sign-ins. See: RATE-01."""

    reads: Annotated[int, Field(ge=1, le=MAX_REQUESTS_PER_MINUTE), BODY_INTEGER] = DOCUMENTED_LIMITS.reads
    writes: Annotated[int, Field(ge=1, le=MAX_REQUESTS_PER_MINUTE), BODY_INTEGER] = DOCUMENTED_LIMITS.writes
    sign_ins: Annotated[int, Field(ge=1, le=MAX_REQUESTS_PER_MINUTE), BODY_INTEGER] = DOCUMENTED_LIMITS.sign_ins

    def to_limits(self) -> Limits:
        """Convert to the domain's record."""
        return Limits(self.reads, self.writes, self.sign_ins)


class WorkspaceRequest(ClosedModel):
    """The workspace to create. Omitted members take the default workspace's values; `name` is then generated.

    For `now` and `quirks` these are the current values, for the others those that the server was started with. `world`
    is only needed for the sample world on a server of a CSV world. `journal` is the number of requests that the journal
    keeps. The workspace is deleted after `ttl_seconds` of real time without a request.
    """

    name: WorkspaceName | None = None
    seed: Annotated[int, Field(ge=0, le=2**53), BODY_INTEGER] | None = None
    now: Timestamp | None = None
    mode: ClockMode | None = None
    speed: Annotated[float, Field(gt=0, le=MAX_SPEED, allow_inf_nan=False, strict=True)] | None = None
    timing: TimingName | None = None
    world: Literal["sample"] | None = None
    quirks: QuirksBody | None = None
    rate_limits: RateLimitsBody | None = None
    journal: Annotated[int, Field(ge=0, le=MAX_CAPACITY), BODY_INTEGER] | None = None
    ttl_seconds: TtlSeconds = DEFAULT_TTL


@closed
class WorkspaceBody(StatusBody):
    """A workspace: its paths, its status, and `ttl_seconds`, how long it may be idle. Null means without limit."""

    name: str
    base_path: str
    control_path: str
    ttl_seconds: int | None


class ForkRequest(ClosedModel):
    """The fork to create: its name, a generated one by default; it is deleted after `ttl_seconds` without a request."""

    name: WorkspaceName | None = None
    ttl_seconds: TtlSeconds = DEFAULT_TTL
