"""`contracts run` end to end: what each kind of target comes to, on the screen, in the reports and as exit code."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from contracts.spec import rules
from tests.contracts import trying
from tests.contracts.trying import COMMAND, DIRECT, USER
from tests.defects import registry
from tests.defects import run as defects

NOBODY = "http://127.0.0.1:1"
SAMPLE = (
    "redirect_is_301",
    "anothers_object_is_403",
    "event_id_is_trimmed",
    "default_model_is_not_kept",
    "a_put_merges_settings",
)
KNOWN = """\
version: 1
expectations:
  - {rule: BASE-07, owner: Ana, reason: moved for good, expires: 2099-12-31}
"""


@pytest.fixture(scope="module")
def right() -> Iterator[str]:
    with trying.mock() as origin:
        yield origin


def test_the_right_mock_keeps_every_rule_of_the_smoke_profile(right: str, tmp_path: Path) -> None:
    tried = trying.run(tmp_path, right, "--profile", "smoke")
    assert tried.verdicts == dict.fromkeys(rules.load().rules, "pass"), tried.out
    assert {outcome["verdict"] for outcome in tried.result["outcomes"]} == {"pass"}
    assert tried.code == 0
    assert tried.out.rstrip().endswith("(exit code 0)")
    assert not tried.leaks()
    assert [file.name for file in tmp_path.iterdir()] == ["contracts-report"]


@pytest.mark.parametrize("name", SAMPLE)
def test_a_contract_of_a_named_rule_catches_the_defect(name: str, tmp_path: Path) -> None:
    defect = registry.every()[name]
    with trying.broken(name) as origin:
        tried = trying.run(tmp_path, origin, *defects.of_named_rules(defect), *DIRECT)
    assert tried.code == 1, tried.out
    assert {tried.verdicts[rule_id] for rule_id in defect.rules} == {"fail"}


def test_a_failure_says_the_rule_both_sides_and_how_to_see_it_again(tmp_path: Path) -> None:
    with trying.broken("event_id_is_trimmed") as origin:
        tried = trying.run(tmp_path, origin, "--rule", "EVT-03", *DIRECT)
    assert tried.code == 1
    for told in ("EVT-03  MUST, stated", "Expected  ", "Seen      ", "contracts replay contracts-report/capsules/"):
        assert told in tried.out
    assert tried.out.rstrip().endswith("does not conform: 1 rule broken (exit code 1)")
    assert tried.capsules
    assert not tried.leaks()


def test_where_newer_documentation_closes_campaign_results_only_their_rules_are_broken(tmp_path: Path) -> None:
    with trying.mock(campaign_results_admin_only=True) as origin:
        tried = trying.run(tmp_path, origin, "--rule", "CR-03", "--rule", "BASE-04", "--profile", "smoke", *DIRECT)
    assert tried.verdicts == {"BASE-04": "blocked", "CR-03": "fail"}, tried.out
    assert tried.code == 1
    assert "campaign_results_admin_only" in tried.out


def test_what_is_ruled_is_observed_elsewhere_and_breaks_a_strict_run(tmp_path: Path) -> None:
    asked = ("--control", "none", "--rule", "BASE-07", "--kind", "law")
    (tmp_path / "known.yaml").write_text(KNOWN)
    with trying.broken("redirect_is_301") as origin:
        loose = trying.run(tmp_path, origin, *asked)
        assert (loose.code, loose.verdicts) == (0, {"BASE-07": "observation"}), loose.out
        strict = trying.run(tmp_path, origin, *asked, "--strict")
        assert (strict.code, strict.verdicts) == (1, {"BASE-07": "fail"}), strict.out
        known = trying.run(tmp_path, origin, *asked, "--strict", "--expectations", "known.yaml")
        assert (known.code, known.verdicts) == (0, {"BASE-07": "known"}), known.out


def test_an_expectation_that_no_longer_holds_is_an_error(right: str, tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_text(KNOWN)
    tried = trying.run(tmp_path, right, "--rule", "BASE-07", *DIRECT, "--expectations", "known.yaml")
    assert tried.code == 3
    assert "remove the entry" in tried.out


def test_a_target_that_is_not_there_is_told_in_two_lines(tmp_path: Path) -> None:
    tried = trying.run(tmp_path, NOBODY, "--workers", "2")
    assert tried.code == 3
    first, second = tried.out.splitlines()
    assert first == f"{NOBODY}/api/v3: nothing was checked"
    assert second.startswith(f"cannot reach {NOBODY}/api/v3: ")
    assert second.endswith(" (exit code 3)")
    assert tried.result["ended"]


def test_a_wrong_password_is_told_and_kept_out_of_the_reports(right: str, tmp_path: Path) -> None:
    tried = trying.run(tmp_path, right, CONTRACTS_PASSWORD="not-it-12345")
    assert tried.code == 3
    assert "partner@acme.example cannot sign in: POST /auth answered 401" in tried.out
    assert "CONTRACTS_PASSWORD" in tried.out
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and "not-it-12345" in file.read_text("utf-8")]


def test_workers_share_the_work_and_come_to_the_same(right: str, tmp_path: Path) -> None:
    tried = trying.run(tmp_path, right, "--rule", "DEF-01", "--profile", "smoke", *DIRECT, "--workers", "2")
    assert (tried.code, tried.verdicts) == (0, {"DEF-01": "pass"})


@contextmanager
def _heeding_ctrl_c() -> Iterator[None]:
    """What is started here heeds Ctrl-C, as in a terminal: whoever runs the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _under_way(origin: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that has shown some progress already, and ends in this block; its screen goes to `folder/out`."""
    command = [COMMAND, "run", "--base-url", f"{origin}/api/v3", *USER, "--profile", "smoke", *DIRECT]
    with (
        (folder / "out").open("w") as out,
        _heeding_ctrl_c(),
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True) as running,
    ):
        assert running.stderr is not None
        assert all(running.stderr.readline() for _ in range(3))
        yield running
        assert "Traceback" not in running.stderr.read()


def test_a_target_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    with ExitStack() as stack:
        origin = stack.enter_context(trying.broken("none"))
        with _under_way(origin, tmp_path) as running:
            stack.close()
    assert running.returncode == 3
    assert "the target no longer answers" in (tmp_path / "out").read_text()


def test_an_interrupted_run_still_reports(right: str, tmp_path: Path) -> None:
    with _under_way(right, tmp_path) as running:
        running.send_signal(signal.SIGINT)
    assert running.returncode == 3
    assert "interrupted" in (tmp_path / "out").read_text()
    assert (tmp_path / "contracts-report" / "report.html").is_file()


def test_nothing_of_the_folder_or_of_pytest_in_it_changes_what_is_checked(right: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not the suite')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\npython_files = nothing.py\n")
    for name in ("contracts", "yaml"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not this one')\n")
    hostile = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no.such.plugin"}
    tried = trying.run(tmp_path, right, "--rule", "BEV-01", *DIRECT, **hostile)
    assert (tried.code, tried.verdicts) == (0, {"BEV-01": "pass"}), tried.err
