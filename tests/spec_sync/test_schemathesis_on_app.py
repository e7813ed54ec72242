"""The second lock: schemathesis, with every check and phase, finds nothing in the app.

How it is run, and what it must reach before its silence counts, is the contract suite's: this asks for more of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.schemathesis_runner import attempts, profiles
from contracts.schemathesis_runner.command import RunSettings
from contracts.schemathesis_runner.test_world import FuzzContext
from contracts.spec.markers import Profile
from contracts.spec.openapi import OpenApiSpec
from contracts.target.session import TargetSession
from contracts.target.target import TargetOptions
from mock_server import app
from mock_server.settings import Settings
from tests.mock_harness import running_server

START_TIME = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def origin() -> Iterator[str]:
    settings = Settings(clock_mode="frozen", now=START_TIME)
    with running_server(app.create_workspace(settings), settings) as address:
        yield address


def find_failures(origin: str, plan: attempts.SettingsBuilder, seed: int, profile: Profile = "thorough") -> list[str]:
    """What schemathesis finds in a world of its own, in words."""
    inspection = TargetSession(TargetOptions(f"{origin}/api/v3", profile=profile, seed=seed), OpenApiSpec.load())
    with inspection.sandbox() as sandbox:
        results = attempts.run_schemathesis(plan, sandbox, inspection).findings
    inspection.close()
    return [f"{finding.kind} at {finding.operation}: {finding.message}" for finding in results]


def every_phase_order(target: FuzzContext, profile: Profile) -> RunSettings:
    """Examples, coverage and fuzzing in one run: what is fuzzed draws from what was made before."""
    order = profiles.coverage_settings(target, profile)
    return replace(order, phases=(*order.phases, "fuzzing"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_schemathesis_finds_nothing_with_the_partner_header_pinned(origin: str, seed: int) -> None:
    assert find_failures(origin, every_phase_order, seed) == []


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak), pytest.param(3, marks=pytest.mark.soak)])
def test_schemathesis_finds_nothing_with_the_partner_header_from_a_dictionary(origin: str, seed: int) -> None:
    assert find_failures(origin, profiles.any_partner_settings, seed) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_schemathesis_finds_nothing_along_the_links(origin: str, seed: int) -> None:
    assert find_failures(origin, profiles.link_settings, seed, "standard") == []
