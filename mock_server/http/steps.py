"""The order in which a request may be refused: one list of steps for each API.

A step refuses by raising a PlatformError, which the gateway answers; then no later step runs, so the first entry of
the list that finds something wrong decides what the client sees (BASE-11). A step that has to wait returns what to wait
for. A step that sends a response itself (a fault, a redirect, the operation) ends the list.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from mock_server.domain import limits
from mock_server.domain.errors import Problem, RateLimitedError
from mock_server.http import auth, fault_injection
from mock_server.http.context import RequestContext
from mock_server.operations import run_due_jobs

Step: TypeAlias = Callable[[RequestContext], Awaitable[None] | None]


async def run_steps(context: RequestContext, steps: Sequence[Step]) -> None:
    """Take a request through the steps until one of them answers it. Raises what they raise."""
    for step in steps:
        waiting = step(context)
        if waiting is not None:
            await waiting
            if context.answered:
                return


def check_rate_limit(context: RequestContext) -> None:
    """429: more requests in a minute than the partner, or the address that signs in, may send. See: RATE-01.

    A partner counts if the token is valid and may name it; a request without such a token counts for nobody.
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
    """A fault's status, a revoked token or a broken connection, if the workspace has a rule that applies."""
    return fault_injection.inject(context) if context.workspace.faults.rules else None


def match_route(context: RequestContext) -> Awaitable[None] | None:
    """404 for an unknown path, 307 for the other slash, 405 for another method. See: BASE-07, BASE-09."""
    match = context.router.match(context.path, context.method)
    if match is None:
        return context.router.reject_or_redirect(context)
    context.route, context.arguments = match
    return None


def read_body(context: RequestContext) -> Awaitable[None] | None:
    """413 for a body that is too large, 415 for another content type; no body is read where none is due."""
    return context.route.read_body(context)


def validate(context: RequestContext) -> None:
    """400 for what is not JSON, then 400 for the wrong shape of body or query, with every problem in one answer."""
    context.route.validate(context)


def catch_up(context: RequestContext) -> None:
    """Take the time at which the request acts.

    The gateway has read the clock once, before authentication, for a token expires by it. Reading a body waits for
    the client, and meanwhile the server answers others: they may have moved the clock, written, or reset the
    workspace. So a request with a body reads the clock a second time here, and from here to the response nothing
    waits. It acts after everything that was answered before it, and the clock never goes back.
    """
    if not context.route.awaits_body:
        return
    workspace, now = context.workspace, context.workspace.clock.now()
    if now != context.now:
        context.now = now
        context.performed_jobs += tuple(run_due_jobs.run_due_jobs(workspace, now))
    context.recorder.set_execution_time(now)
    auth.require_same_epoch(context)


def call_operation(context: RequestContext) -> Awaitable[None]:
    """The operation itself: 403 for another `partner_id`, 400 across fields, 404 for an object, 409 for its state."""
    return context.route.call(context)


PLATFORM_STEPS: tuple[Step, ...] = (
    check_rate_limit,
    inject_faults,
    auth.authenticate,
    auth.scope_to_partner,
    match_route,
    read_body,
    validate,
    catch_up,
    call_operation,
)
"""Implements: BASE-11."""

CONTROL_STEPS: tuple[Step, ...] = (match_route, read_body, validate, catch_up, call_operation)
"""The same order; the gateway has checked the control token before."""
