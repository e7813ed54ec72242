"""schemathesis, with all checks and phases, finds nothing wrong in the app.

The contract suite defines how schemathesis is run and how much it must cover. These tests run it more thoroughly.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.schemathesis_runner import attempts, profiles
from contracts.schemathesis_runner.command import RunSettings
from contracts.schemathesis_runner.fuzz_context import FuzzContext
from contracts.spec.markers import Profile
from contracts.spec.openapi import OpenApiSpec
from contracts.target.session import TargetSession
from contracts.target.target import TargetOptions
from mock_server import app
from mock_server.settings import Settings
from tests.mock_harness import running_server

START_TIME = datetime(2026, 9, 1, 12, tzinfo=UTC)
RUNS = [(1, "smoke"), *((seed, "thorough") for seed in (1, 2, 3))]
"""A seed and a profile for each run in `make soak`, which draws up to 100 requests for each operation."""
LINK_RUNS = [(1, "smoke"), *(pytest.param(seed, "standard", marks=pytest.mark.soak) for seed in (1, 2, 3))]
"""The same for sequences of requests, of which there are 20 on each change, and in `make soak` 60 for each seed."""


@pytest.fixture
def origin() -> Iterator[str]:
    settings = Settings(clock_mode="frozen", now=START_TIME)
    with running_server(app.create_workspace(settings), settings) as address:
        yield address


def find_failures(origin: str, plan: attempts.SettingsBuilder, seed: int, profile: Profile) -> list[str]:
    """Run schemathesis in a workspace of its own, and return a line for each finding."""
    inspection = TargetSession(TargetOptions(f"{origin}/api/v3", profile=profile, seed=seed), OpenApiSpec.load())
    with inspection.sandbox() as sandbox:
        results = attempts.run_schemathesis(plan, sandbox, inspection).findings
    inspection.close()
    return [f"{finding.kind} at {finding.operation}: {finding.message}" for finding in results]


def all_phases(target: FuzzContext, profile: Profile) -> RunSettings:
    """Run examples, coverage and fuzzing in one run, so that fuzzing can use objects that were created before."""
    order = profiles.coverage_settings(target, profile)
    return replace(order, phases=(*order.phases, "fuzzing"))


@pytest.mark.soak
@pytest.mark.parametrize(("seed", "profile"), RUNS)
def test_schemathesis_finds_nothing_with_a_fixed_partner_header(origin: str, seed: int, profile: Profile) -> None:
    """On each change, the suite's smoke profile draws such requests (`tests/contracts/cli/test_run_command.py`)."""
    assert find_failures(origin, all_phases, seed, profile) == []


@pytest.mark.soak
@pytest.mark.parametrize(("seed", "profile"), RUNS)
def test_schemathesis_finds_nothing_with_the_partner_header_from_a_dictionary(
    origin: str, seed: int, profile: Profile
) -> None:
    """On each change, all requests of schemathesis name the same partner."""
    assert find_failures(origin, profiles.any_partner_settings, seed, profile) == []


@pytest.mark.parametrize(("seed", "profile"), LINK_RUNS)
def test_schemathesis_finds_nothing_by_following_links(origin: str, seed: int, profile: Profile) -> None:
    assert find_failures(origin, profiles.link_settings, seed, profile) == []
