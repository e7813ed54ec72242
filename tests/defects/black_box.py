"""Run the suite as against a real deployment: without a control API, and with permission to write.

There are no sockets, and the time is virtual: where the suite waits for a job, the time of the mock and of the suite is
moved on instead. So a run takes only as long as its requests.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from contracts.cases import test_evaluation_overlaps
from contracts.dsl import early_starts, next_runs, sold_days
from contracts.safety import guard
from contracts.safety.rate_limiter import RateLimiter
from contracts.target import deployment, session
from contracts.target.clock import PollingClock
from mock_server import app
from mock_server.domain.limits import DOCUMENTED_LIMITS, MAX_REQUESTS_PER_MINUTE, Limits
from mock_server.settings import Settings
from mock_server.state.clock import WorkspaceClock
from mock_server.state.documentation import Documentation
from mock_server.state.workspace import Workspace
from tests.defects import forked_suite
from tests.defects.registry import Patch
from tests.defects.serve_defect import START_TIME

OPTIONS = ("--control", "none", "--partner", "partner-id-acme", "--admin-user", "admin@platform.example")
OPTIONS += ("--second-user", "agency@acme.example", "--second-partner", "partner-id-beta")
OPTIONS += ("--allow-writes", "partner-id-acme", "--writes", "100000")
OPTIONS += ("--allow-rows", "evt_abc123")
OPTIONS += tuple(f"--disposable-event={event_id}" for event_id in ("evt_e7s1yc", "evt_b6n0ex", "evt_c9h4zi"))
OPTIONS += ("--job-timeout", "evaluation=75", "--job-timeout", "build=24", "--job-timeout", "token=3700")
OPTIONS += ("--job-timeout", "import=86400")
NEW_PASSWORD_USERS = tuple(f"new{number}@acme.example" for number in range(1, 9))
"""The users whose passwords the run may change. Their owner has prepared them: see `_add_users`."""
USER_OPTIONS = (
    *("--second-factor-user", "mfa@acme.example", "--disabled-user", "disabled@acme.example"),
    *("--external-user", "external@acme.example", "--exceed-limits"),
    *(word for name in NEW_PASSWORD_USERS for word in ("--new-password-user", name)),
)
MODULES_WITH_TIME = (deployment, early_starts, next_runs, session, sold_days, test_evaluation_overlaps)
"""The modules of the suite that measure how long something takes, or how old it is."""
LIMITS = Limits(MAX_REQUESTS_PER_MINUTE, MAX_REQUESTS_PER_MINUTE, DOCUMENTED_LIMITS.sign_ins)
"""The limits of the deployment. Reads take no virtual time, so that they cannot be limited in a minute of it."""


class VirtualTime:
    """The machine's monotonic time, plus all the time that anybody has waited."""

    def __init__(self) -> None:
        self._waited = 0.0

    def seconds(self) -> float:
        """Return the time in seconds."""
        return time.monotonic() + self._waited  # noqa: TID251 - the machine's part of the virtual time

    def wait(self, seconds: float) -> None:
        """Let this time pass at once."""
        self._waited += max(0.0, seconds)


def run_suite(
    make_patch: Callable[[], Patch], documentation: Documentation, options: Sequence[str] = ()
) -> dict[str, Any]:
    """Run the suite once on a patched mock, and return its result.

    `make_patch` is called in the process of the run, which it may change.
    """
    suite_options = [*OPTIONS, *USER_OPTIONS, "--documentation", documentation, *options]
    return forked_suite.run_suite(
        forked_suite.UNUSED_BASE_URL, suite_options, partial(_build_deployment, make_patch, documentation)
    )


def _build_deployment(make_patch: Callable[[], Patch], documentation: Documentation) -> ASGIApp:
    """Build the deployment in this process, and let the suite in this process use the same virtual time."""
    virtual_time, patch = VirtualTime(), make_patch()
    patch.replace(
        session,
        "PollingClock",
        lambda timeouts, durations: PollingClock(timeouts, durations, virtual_time.seconds, virtual_time.wait),
    )
    patch.replace(session, "machine_pause", virtual_time.wait)
    for module in MODULES_WITH_TIME:
        patch.replace(module, "machine_seconds", virtual_time.seconds)
    patch.replace(
        guard,
        "RateLimiter",
        lambda unlimited: RateLimiter(seconds=virtual_time.seconds, pause=virtual_time.wait),
    )
    settings = Settings(now=START_TIME, documentation=documentation, limits=LIMITS)
    clock = WorkspaceClock(START_TIME, "running", 1.0, virtual_time.seconds)
    workspace = app.create_workspace(settings, clock)
    _add_users(workspace)
    return patch.wrap_app(app.create_app(settings, workspace))


def _add_users(workspace: Workspace) -> None:
    """Add users who must change their password, as the owner of a deployment prepares them for a run."""
    sample_user = workspace.store.users.get("new@acme.example")
    assert sample_user is not None
    for name in NEW_PASSWORD_USERS:
        workspace.store.users.put(replace(sample_user, username=name, email=name, sub=f"sub-{name}"))
