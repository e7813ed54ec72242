"""Starts what takes long before the first contract on the target's own data. See `contracts/dsl/early_starts.py`."""

from collections.abc import Iterable

import httpx2
import pytest

from contracts.dsl import early_starts
from contracts.dsl.early_starts import EarlyStart
from contracts.errors import ContractsError
from contracts.pytest_plugin.fixtures import TARGET_SESSION
from contracts.pytest_plugin.selection import CATALOGUE
from contracts.safety import session as safety
from contracts.spec import breaches
from contracts.spec.breaches import BreachLog
from contracts.spec.markers import MARK
from contracts.spec.verdicts import NotApplicableError, UndecidedError
from contracts.target.deployment import Deployment
from contracts.target.session import TargetSession

Started = EarlyStart | Exception | UndecidedError
STARTED = pytest.StashKey[dict[str, Started]]()
"""What was started, by kind, or why it could not be."""


def kind_of(item: pytest.Item) -> str:
    """Return the kind of what a contract needs to be started early. The text is empty for most contracts."""
    mark = item.get_closest_marker(MARK)
    return "" if mark is None else str(mark.kwargs["early"])


def start_all(item: pytest.Item) -> None:
    """Start what the session's contracts need, before the first of them that uses the target's own data.

    Differences of the responses are not reported here: the contracts meet them again.
    """
    target_session = item.config.stash.get(TARGET_SESSION, None)
    if target_session is None or STARTED in item.config.stash or target_session.control is not None:
        return
    if "deployment" not in getattr(item, "fixturenames", ()):
        return
    started = item.config.stash[STARTED] = dict[str, Started]()
    kinds = dict.fromkeys(filter(None, map(kind_of, item.session.items)))
    log = BreachLog(item.config.stash[CATALOGUE], is_open=True)
    with safety.find_guard_plugin(item.config).allowing_any_write(), breaches.recording(log):
        _start_kinds(kinds, target_session, started)


def _start_kinds(kinds: Iterable[str], target_session: TargetSession, started: dict[str, Started]) -> None:
    with target_session.deployment() as deployment:
        for kind in kinds:
            try:
                require_patience(kind, target_session)
                started[kind] = early_starts.start(deployment, kind)
            except (AssertionError, UndecidedError, ContractsError, httpx2.TransportError) as error:
                started[kind] = error


def require_patience(kind: str, target_session: TargetSession) -> None:
    """Raise NotApplicableError if the run may not wait for this kind of job."""
    if target_session.target.job_timeouts.get(kind, 0) <= 0:
        raise NotApplicableError(f"needs a long wait: to allow it, pass --job-timeout {kind}=SECONDS")


@pytest.fixture
def early_start(request: pytest.FixtureRequest, deployment: Deployment) -> EarlyStart:
    """What the contract needs, started before the first contract; in a sandbox, started now."""
    kind = kind_of(request.node)
    if deployment.is_sandbox:
        return early_starts.start(deployment, kind)
    result = request.config.stash[STARTED][kind]
    if isinstance(result, EarlyStart):
        return result
    raise result
