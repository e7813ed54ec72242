"""What a contract is handed: the worlds it may look into, and what it may do there."""

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
    """The session's hold on its target."""
    found = request.config.stash.get(TARGET_SESSION, None)
    if found is None:
        raise BlockedError("no target was named: --contracts-base-url")
    return found


@pytest.fixture
def sandbox(target_session: TargetSession, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A fresh world of the contract's own, with a clock in its hand; not applicable where there is no control API."""
    with target_session.sandbox() as world, _record_transcript(request, world) as recorded:
        yield recorded  # type: ignore[misc] # a sandbox comes back as the sandbox that it was


@pytest.fixture
def deployment(target_session: TargetSession, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """A world to read in: a sandbox where there can be one, else the target's own."""
    opened = target_session.sandbox() if target_session.control else target_session.deployment()
    with opened as world, _record_transcript(request, world) as recorded:
        yield recorded


@pytest.fixture
def writable(deployment: Deployment, target_session: TargetSession) -> Deployment:
    """A world that may be written to; not applicable where nobody allowed it."""
    if not deployment.is_sandbox and not target_session.target.is_writable:
        raise NotApplicableError("needs to write, and the target is not on this machine: --allow-writes PARTNER")
    return deployment


@contextmanager
def _record_transcript(request: pytest.FixtureRequest, world: Deployment) -> Iterator[Deployment]:
    """The world, its transcript kept where a failure's report finds it, which is made before the world is left."""
    request.node.stash[TRANSCRIPT] = world.transcript
    yield world
    del request.node.stash[TRANSCRIPT]
