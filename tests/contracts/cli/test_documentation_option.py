"""`contracts run --documentation`: which generation a run follows, how it knows, and what it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.target.deployment import NEEDS_ADMIN
from mock_server.state.documentation import GENERATIONS, Documentation
from tests.contracts import suite_process
from tests.contracts.suite_process import EXAMPLES_AND_PROPERTIES, PERMISSION

RULES = ("--rule", "CR-01", "--rule", "DRS-05", "--rule", "PERM-04", *EXAMPLES_AND_PROPERTIES, "--profile", "smoke")
NO_CONTROL = ("--control", "none", *PERMISSION, *EXAMPLES_AND_PROPERTIES)
ADMIN = ("--admin-user", "admin@platform.example", "--partner", "partner-id-acme")
ALL_PASS = {"CR-01": "pass", "DRS-05": "pass", "PERM-04": "pass"}


@pytest.fixture(scope="module", params=GENERATIONS)
def mock(request: pytest.FixtureRequest) -> Iterator[tuple[str, Documentation]]:
    with suite_process.running_mock(request.param) as origin:
        yield origin, request.param


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.soak)])
def test_a_run_follows_what_the_control_api_says(mock: tuple[str, Documentation], tmp_path: Path, workers: str) -> None:
    """On each change, the run has no workers: that workers learn the generation too is left to `make soak`."""
    origin, generation = mock
    tried = suite_process.run_contracts(tmp_path, origin, *RULES, "--workers", workers)
    run = tried.result["run"]
    assert tried.verdicts == ALL_PASS, tried.out
    assert (run["documentation"], run["documentation_source"]) == (generation, "reported by the mock's control API")
    assert f"Documents {generation}, reported by the mock's control API" in tried.out


@pytest.mark.parametrize("asked", GENERATIONS)
def test_the_option_wins_and_the_sandboxes_follow_it(
    mock: tuple[str, Documentation], tmp_path: Path, asked: Documentation
) -> None:
    tried = suite_process.run_contracts(tmp_path, mock[0], *RULES, "--documentation", asked)
    assert tried.verdicts == ALL_PASS, tried.out
    assert f"Documents {asked}, as --documentation says" in tried.out


@pytest.mark.parametrize("users", [(), ADMIN], ids=["no admin", "an admin"])
def test_without_a_control_api_the_responses_show_it(
    mock: tuple[str, Documentation], tmp_path: Path, users: tuple[str, ...]
) -> None:
    origin, generation = mock
    options = ("--rule", "CR-01", "--rule", "CR-02", "--rule", "DRS-03")
    tried = suite_process.run_contracts(tmp_path, origin, *NO_CONTROL, *users, *options)
    access = "open" if generation == "older" else "closed"
    source = f"because /campaign_results/ is {access} to the partner's user"
    assert tried.result["run"]["documentation_source"] == source, tried.out
    is_checked = generation == "older" or bool(users)
    rows = "pass" if is_checked else "not applicable"
    assert tried.verdicts == {"CR-01": "pass", "CR-02": rows, "DRS-03": rows}, tried.out
    reasons = {outcome["reason"] for outcome in tried.result["outcomes"] if "DRS-03" in outcome["rules"]}
    assert (NEEDS_ADMIN in reasons) is not is_checked


def test_what_only_the_other_documentation_has_is_not_applicable(tmp_path: Path) -> None:
    with suite_process.running_mock("older") as origin:
        rules = ("--rule", "META-03", "--rule", "META-01", *EXAMPLES_AND_PROPERTIES)
        tried = suite_process.run_contracts(tmp_path, origin, *rules)
    assert tried.verdicts == {"META-01": "pass", "META-03": "not applicable"}
    (reason,) = {each["reason"] for each in tried.result["rules"] if each["id"] == "META-03"}
    assert reason == (
        "only in the newer documentation; the target follows the older one (reported by the mock's control API)"
    )
