"""What a contract is handed: the worlds it may look into, and what it may do there."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import Blocked, NotApplicable
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import Inspection

TRANSCRIPT = pytest.StashKey[Transcript]()
INSPECTION = pytest.StashKey[Inspection]()


@pytest.fixture(scope="session")
def inspection(request: pytest.FixtureRequest) -> Inspection:
    """The session's hold on its target."""
    found = request.config.stash.get(INSPECTION, None)
    if found is None:
        raise Blocked("no target was named: --contracts-base-url")
    return found


@pytest.fixture
def sandbox(inspection: Inspection, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A fresh world of the contract's own, with a clock in its hand; not applicable where there is no control API."""
    with inspection.sandbox() as world, _kept(request, world) as kept:
        yield kept  # type: ignore[misc] # a sandbox comes back as the sandbox that it was


@pytest.fixture
def deployment(inspection: Inspection, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """A world to read in: a sandbox where there can be one, else the target's own."""
    opened = inspection.sandbox() if inspection.control else inspection.deployment()
    with opened as world, _kept(request, world) as kept:
        yield kept


@pytest.fixture
def writable(deployment: Deployment, inspection: Inspection) -> Deployment:
    """A world that may be written to; not applicable where nobody allowed it."""
    if not deployment.held and not inspection.target.may_be_written_to:
        raise NotApplicable("needs to write, and the target is not on this machine: --allow-writes PARTNER")
    return deployment


@contextmanager
def _kept(request: pytest.FixtureRequest, world: Deployment) -> Iterator[Deployment]:
    """The world, its transcript kept where a failure's report finds it, which is made before the world is left."""
    request.node.stash[TRANSCRIPT] = world.transcript
    yield world
    del request.node.stash[TRANSCRIPT]
