"""The second lock: schemathesis, with every check and phase, finds nothing in the app.

How it is run, and what it must reach before its silence counts, is the contract suite's: this asks for more of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.fuzz import plans, trial
from contracts.fuzz.order import Order
from contracts.fuzz.stage import Stage
from contracts.inspection import Inspection
from contracts.marks import Profile
from contracts.promises import Promises
from contracts.target import Target
from mock_server import app
from mock_server.settings import Settings
from tests.served import served

BORN = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def origin() -> Iterator[str]:
    settings = Settings(clock="frozen", now=BORN)
    with served(app.create_workspace(settings), settings) as address:
        yield address


def findings(origin: str, plan: trial.Plan, seed: int, profile: Profile = "thorough") -> list[str]:
    """What schemathesis finds in a world of its own, in words."""
    inspection = Inspection(Target(f"{origin}/api/v3", profile=profile, seed=seed), Promises.load())
    with inspection.sandbox() as world:
        found = trial.tried(plan, world, inspection).findings
    inspection.close()
    return [f"{finding.kind} at {finding.operation}: {finding.message}" for finding in found]


def every_phase(stage: Stage, profile: Profile) -> Order:
    """Examples, coverage and fuzzing in one run: what is fuzzed draws from what was made before."""
    order = plans.covering(stage, profile)
    return replace(order, phases=(*order.phases, "fuzzing"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_schemathesis_finds_nothing_with_the_partner_header_pinned(origin: str, seed: int) -> None:
    assert findings(origin, every_phase, seed) == []


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak), pytest.param(3, marks=pytest.mark.soak)])
def test_schemathesis_finds_nothing_with_the_partner_header_from_a_dictionary(origin: str, seed: int) -> None:
    assert findings(origin, plans.drawing_any_partner, seed) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_schemathesis_finds_nothing_along_the_links(origin: str, seed: int) -> None:
    assert findings(origin, plans.following_links, seed, "standard") == []
