"""The second lock: schemathesis, with every check and phase, finds nothing in the app.

How it is run, and what it must reach before its silence counts, is the contract suite's: this asks for more of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.schemathesis_runner import attempts, profiles
from contracts.schemathesis_runner.command import Order
from contracts.schemathesis_runner.test_world import Stage
from contracts.spec.markers import Profile
from contracts.spec.openapi import Promises
from contracts.target.session import Inspection
from contracts.target.target import Target
from mock_server import app
from mock_server.settings import Settings
from tests.served import served

BORN = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def origin() -> Iterator[str]:
    settings = Settings(clock="frozen", now=BORN)
    with served(app.create_workspace(settings), settings) as address:
        yield address


def findings(origin: str, plan: attempts.Plan, seed: int, profile: Profile = "thorough") -> list[str]:
    """What schemathesis finds in a world of its own, in words."""
    inspection = Inspection(Target(f"{origin}/api/v3", profile=profile, seed=seed), Promises.load())
    with inspection.sandbox() as world:
        found = attempts.tried(plan, world, inspection).findings
    inspection.close()
    return [f"{finding.kind} at {finding.operation}: {finding.message}" for finding in found]


def every_phase(stage: Stage, profile: Profile) -> Order:
    """Examples, coverage and fuzzing in one run: what is fuzzed draws from what was made before."""
    order = profiles.covering(stage, profile)
    return replace(order, phases=(*order.phases, "fuzzing"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_schemathesis_finds_nothing_with_the_partner_header_pinned(origin: str, seed: int) -> None:
    assert findings(origin, every_phase, seed) == []


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak), pytest.param(3, marks=pytest.mark.soak)])
def test_schemathesis_finds_nothing_with_the_partner_header_from_a_dictionary(origin: str, seed: int) -> None:
    assert findings(origin, profiles.drawing_any_partner, seed) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_schemathesis_finds_nothing_along_the_links(origin: str, seed: int) -> None:
    assert findings(origin, profiles.following_links, seed, "standard") == []
