"""Defects in rate limits."""

from collections import deque
from datetime import datetime

from mock_server.domain import limits
from mock_server.domain.errors import Problem, RateLimitedError
from mock_server.http import auth, steps
from mock_server.http.context import RequestContext
from mock_server.state.workspace import Workspace
from tests.defects import step_order
from tests.defects.registry import Patch, WireResponse, defect


@defect("RATE-02")
def a_429_says_when_to_come_back(patch: Patch) -> None:
    """A 429 contains a Retry-After header, as on most platforms."""

    def tell(scope: object, answer: WireResponse) -> None:
        if answer.status == 429:
            answer.set("retry-after", "30")

    patch.change_responses(tell)


@defect("RATE-02")
def a_429_tells_what_is_left(patch: Patch) -> None:
    """A 429 contains an X-RateLimit-Remaining header."""

    def tell(scope: object, answer: WireResponse) -> None:
        if answer.status == 429:
            answer.set("x-ratelimit-remaining", "0")

    patch.change_responses(tell)


@defect("RATE-01")
def one_request_too_many_is_taken(patch: Patch) -> None:
    """One request more than the limit is accepted."""
    patch.wrap(limits, "try_acquire", lambda taken: lambda past, now, most: taken(past, now, most + 1))


@defect("RATE-01")
def a_429_has_another_key(patch: Patch) -> None:
    """The message key of a 429 is `error.request.too_many`."""
    patch.replace(RateLimitedError, "key", "error.request.too_many")


@defect("RATE-01")
def refused_requests_count_too(patch: Patch) -> None:
    """Rejected requests count too, so a client that keeps retrying never gets through."""

    def acquire(past: deque[datetime], now: datetime, most: int) -> bool:
        while past and now - past[0] >= limits.MINUTE:
            past.popleft()
        past.append(now)
        return len(past) <= most

    patch.replace(limits, "try_acquire", acquire)


@defect("RATE-01")
def all_partners_share_one_limit(patch: Patch) -> None:
    """All partners share one count of requests."""
    patch.wrap(Workspace, "admit_request", lambda takes: lambda self, kind, whose, now: takes(self, kind, "all", now))


@defect("RATE-01", part="RATE-01.sign_in")
def sign_ins_are_not_limited(patch: Patch) -> None:
    """Sign-ins are not limited."""
    patch.wrap(
        Workspace,
        "admit_request",
        lambda takes: lambda self, kind, whose, now: kind == "sign_ins" or takes(self, kind, whose, now),
    )


@defect("RATE-01")
def limits_are_on_by_default(patch: Patch) -> None:
    """The documented limits are enforced even if no limits were set."""

    def admit(self: Workspace, kind: limits.RequestKind, whose: str, now: datetime) -> bool:
        past = self.recent_requests.setdefault((kind, whose), deque())
        return limits.try_acquire(past, now, (self.limits or limits.DOCUMENTED_LIMITS).limit_for(kind))

    patch.replace(Workspace, "admit_request", admit)
    step_order.replace(patch, steps.check_rate_limit, _limit_every_request)


def _limit_every_request(context: RequestContext) -> None:
    if context.path == "/status/":
        return
    kind = limits.classify_request(context.method, context.path)
    auth.identify(context)
    if not context.workspace.admit_request(kind, context.partner_id, context.now):
        raise RateLimitedError(Problem("limit", kind, "too many"))


@defect("RATE-01")
def fewer_writes_than_documented(patch: Patch) -> None:
    """The limit of writes is lower than documented."""
    from mock_server.control.workspaces import schemas

    fields = schemas.RateLimitsBody.model_fields
    fields["writes"].default = 100
    schemas.RateLimitsBody.model_rebuild(force=True)
