"""The fixtures of contracts: the workspace that a contract reads or writes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BlockedError, NotApplicableError
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import TargetSession

TRANSCRIPT = pytest.StashKey[Transcript]()
TARGET_SESSION = pytest.StashKey[TargetSession]()


@pytest.fixture(scope="session")
def target_session(request: pytest.FixtureRequest) -> TargetSession:
    """The run's session with its target."""
    opened = request.config.stash.get(TARGET_SESSION, None)
    if opened is None:
        raise BlockedError("there is no target: pass --contracts-base-url")
    return opened


@pytest.fixture
def sandbox(target_session: TargetSession, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A new workspace with a clock that the contract controls.

    The contract is not applicable if there is no control API.
    """
    with target_session.sandbox() as created, _record_transcript(request, created) as recorded:
        yield recorded  # type: ignore[misc] # the same sandbox, typed as a deployment


@pytest.fixture
def deployment(target_session: TargetSession, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """A deployment to read: a sandbox if the target has a control API, else the target's own data."""
    context = target_session.sandbox() if target_session.control else target_session.deployment()
    with context as opened, _record_transcript(request, opened) as recorded:
        yield recorded


@pytest.fixture
def writable(deployment: Deployment, target_session: TargetSession) -> Deployment:
    """A deployment to write to. The contract is not applicable if there is no permission to write."""
    if not deployment.is_sandbox and not target_session.target.is_writable:
        raise NotApplicableError("needs permission to write to the target's own data: --allow-writes PARTNER")
    return deployment


@contextmanager
def _record_transcript(request: pytest.FixtureRequest, deployment: Deployment) -> Iterator[Deployment]:
    """Store the transcript on the test, because the report of a failure is made before fixtures are torn down."""
    request.node.stash[TRANSCRIPT] = deployment.transcript
    yield deployment
    del request.node.stash[TRANSCRIPT]
