"""The steps that may refuse a request, as an ordered list for each API.

A step refuses a request by raising a PlatformError, which the gateway sends. No later step runs then, so the first step
that finds a problem decides the response (BASE-11). A step that has to wait returns an awaitable. A step that sends a
response itself (a fault, a redirect, the operation) is the last step that runs.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from mock_server.domain import limits
from mock_server.domain.errors import Problem, RateLimitedError
from mock_server.http import auth, fault_injection, transactions, turns
from mock_server.http.context import RequestContext

Step: TypeAlias = Callable[[RequestContext], Awaitable[None] | None]


async def run_steps(context: RequestContext, steps: Sequence[Step]) -> None:
    """Run the steps in order until one of them answers the request. Raises the exceptions of the steps."""
    for step in steps:
        waiting = step(context)
        if waiting is not None:
            await waiting
            if context.answered:
                return


def check_rate_limit(context: RequestContext) -> None:
    """Refuse the request with 429 if the partner, or for a sign-in the address, has reached its limit. See: RATE-01.

    A sign-in counts towards the limit of its address. Any other request counts towards the limit of its partner;
    without a valid token it is not counted.
    """
    workspace = context.workspace
    if workspace.limits is None or context.path == "/status/":
        return
    kind = limits.classify_request(context.method, context.path)
    if kind == "sign_ins":
        counted_for = (context.scope.get("client") or ("",))[0]
    else:
        auth.identify(context)
        counted_for = context.partner_id
        if not counted_for:
            return
    if not workspace.admit_request(kind, counted_for, context.now):
        allowed = workspace.limits.limit_for(kind)
        raise RateLimitedError(Problem("limit", kind, f"more than {allowed} {kind} in a minute"))


def inject_faults(context: RequestContext) -> Awaitable[None] | None:
    """Apply a fault if a rule of the workspace matches: a status, a revoked token or a broken connection."""
    return fault_injection.inject(context) if context.workspace.faults.rules else None


def match_route(context: RequestContext) -> Awaitable[None] | None:
    """Find the route. Otherwise answer with 404, with 307 (trailing slash) or with 405. See: BASE-07, BASE-09."""
    match = context.router.match(context.path, context.method)
    if match is None:
        return context.router.reject_or_redirect(context)
    context.route, context.arguments = match
    return None


def read_body(context: RequestContext) -> Awaitable[None] | None:
    """Read the body if the operation takes one. Refuse with 413 if it is too large, with 415 if its type is wrong."""
    return context.route.read_body(context)


def validate(context: RequestContext) -> Awaitable[None] | None:
    """Refuse with 400 if the JSON, the body or the query is invalid, with an entry for each problem."""
    return context.route.validate(context)


def refresh_time(context: RequestContext) -> Awaitable[None] | None:
    """Set the time at which the request takes effect.

    The gateway has already read the clock once, because authentication needs the time. Reading a body waits for the
    client, and meanwhile other requests may have moved the clock, written records or reset the workspace. So a request
    with a body reads the clock again here, after it has waited for its turn. If jobs are due, they are performed. After
    this step the request never waits, so it takes effect after all requests that were answered before it.
    """
    if context.stored is not None:
        return _lock_and_refresh_time(context)
    if not context.route.awaits_body:
        return None
    now = context.now = context.workspace.clock.now()
    context.recorder.set_execution_time(now)
    auth.require_same_epoch(context)
    return turns.perform_due_jobs(context) if context.workspace.has_due(now) else None


async def _lock_and_refresh_time(context: RequestContext) -> None:
    """Do the same in a server with a database. A request that may change something locks its workspace first."""
    if context.method not in transactions.READING_METHODS:
        await transactions.lock(context)
    elif not context.route.awaits_body:
        return
    now = context.now = context.workspace.clock.now()
    context.recorder.set_execution_time(now)
    auth.require_same_epoch(context)
    if context.workspace.has_due(now):
        await turns.perform_due_jobs(context)


def call_operation(context: RequestContext) -> Awaitable[None]:
    """Call the operation. It may refuse with 403 (`partner_id`), 400 (several fields), 404 (object) or 409 (state)."""
    return context.route.call(context)


PLATFORM_STEPS: tuple[Step, ...] = (
    check_rate_limit,
    inject_faults,
    auth.authenticate,
    auth.scope_to_partner,
    match_route,
    read_body,
    validate,
    refresh_time,
    call_operation,
)
"""Implements: BASE-11."""

CONTROL_STEPS: tuple[Step, ...] = (match_route, read_body, validate, refresh_time, call_operation)
"""The same order. The gateway has already checked the control token."""
