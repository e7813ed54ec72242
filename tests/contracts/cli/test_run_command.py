"""`contracts run` end to end: what it prints, reports and returns as exit code for each kind of target."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from contracts.spec import rules
from mock_server.state.documentation import GENERATIONS, Documentation
from tests.contracts import suite_process
from tests.contracts.suite_process import COMMAND, EXAMPLES_AND_PROPERTIES, USER_OPTIONS, CommandResult
from tests.defects import false_alarms, registry
from tests.defects import run_defects as defects

UNREACHABLE_ORIGIN = "http://127.0.0.1:1"
SAMPLE_DEFECTS = (
    "redirect_is_301",
    "a_put_merges_settings",
    pytest.param("anothers_object_is_403", marks=pytest.mark.soak),
    pytest.param("event_id_is_trimmed", marks=pytest.mark.soak),
    pytest.param("default_model_is_not_kept", marks=pytest.mark.soak),
)
KNOWN_FAILURES_YAML = """\
version: 1
expectations:
  - {rule: BASE-07, owner: Ana, reason: moved for good, expires: 2099-12-31}
"""


def require_every_rule_kept(tried: CommandResult, documentation: Documentation) -> None:
    """Fail unless each rule passes that has contracts and is not only in the other documentation."""
    catalogue = rules.load()
    checked = false_alarms.list_checked_rules(documentation)
    expected = {rule_id: "pass" if rule_id in checked else "not applicable" for rule_id in catalogue.rules}
    assert tried.verdicts == expected, tried.out
    for outcome in tried.result["outcomes"]:
        if outcome["verdict"] != "pass":
            other = "newer" if documentation == "older" else "older"
            assert outcome["verdict"] == "not applicable", outcome
            assert outcome["reason"].startswith(f"only in the {other} documentation"), outcome


@pytest.fixture(scope="module")
def correct_mock() -> Iterator[str]:
    with suite_process.running_mock() as origin:
        yield origin


@pytest.mark.parametrize("documentation", ["older", pytest.param("newer", marks=pytest.mark.soak)])
def test_the_right_mock_keeps_every_rule_of_the_smoke_profile(
    correct_mock: str, tmp_path: Path, documentation: Documentation
) -> None:
    tried = suite_process.run_contracts(tmp_path, correct_mock, "--profile", "smoke", "--documentation", documentation)
    require_every_rule_kept(tried, documentation)
    assert tried.code == 0
    assert tried.out.rstrip().endswith("(exit code 0)")
    assert not tried.find_leaks()
    assert [file.name for file in tmp_path.iterdir()] == ["contracts-report"]


def test_the_right_mock_keeps_the_rules_that_differ_in_the_newer_documentation(
    correct_mock: str, tmp_path: Path
) -> None:
    """On each change, a run with the newer documentation leaves out the rules that are the same in both."""
    catalogue = rules.load()
    different = {rule_id for name in catalogue.differences for rule_id in catalogue.quirks[name].rules}
    checked = sorted(
        rule_id for rule_id in different | false_alarms.RULES_OF_THE_NEWER if catalogue.rules[rule_id].contracts
    )
    options = [word for rule_id in checked for word in ("--rule", rule_id)]
    options += ["--documentation", "newer", "--profile", "smoke", *EXAMPLES_AND_PROPERTIES]
    tried = suite_process.run_contracts(tmp_path, correct_mock, *options)
    assert (tried.code, tried.verdicts) == (0, dict.fromkeys(checked, "pass")), tried.out


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("documentation", GENERATIONS)
def test_the_right_mock_keeps_every_rule_of_the_standard_profile(
    tmp_path: Path, documentation: Documentation, seed: int
) -> None:
    with suite_process.running_mock(documentation) as origin:
        tried = suite_process.run_contracts(tmp_path, origin, "--seed", str(seed))
    require_every_rule_kept(tried, documentation)
    assert tried.result["run"]["documentation"] == documentation


@pytest.mark.parametrize("name", SAMPLE_DEFECTS)
def test_a_contract_of_a_named_rule_catches_the_defect(name: str, tmp_path: Path) -> None:
    defect = registry.all_defects()[name]
    with suite_process.running_defect(name) as origin:
        tried = suite_process.run_contracts(
            tmp_path, origin, *defects.named_rule_options(defect), *EXAMPLES_AND_PROPERTIES
        )
    assert tried.code == 1, tried.out
    assert {tried.verdicts[rule_id] for rule_id in defect.rules} == {"fail"}


def test_a_failure_says_the_rule_both_sides_and_how_to_see_it_again(tmp_path: Path) -> None:
    with suite_process.running_defect("event_id_is_trimmed") as origin:
        tried = suite_process.run_contracts(tmp_path, origin, "--rule", "EVT-03", *EXAMPLES_AND_PROPERTIES)
    assert tried.code == 1
    for expected_text in (
        "EVT-03  MUST",
        "Stated ",
        "Expected  ",
        "Seen      ",
        "contracts replay contracts-report/reproducers/",
    ):
        assert expected_text in tried.out
    assert tried.out.rstrip().endswith("does not conform: 1 rule broken (exit code 1)")
    assert tried.reproducers
    assert not tried.find_leaks()


def test_an_assumed_rule_fails_a_remote_run_only_under_strict(tmp_path: Path) -> None:
    options = ("--control", "none", "--rule", "BASE-07", "--kind", "law")
    (tmp_path / "known.yaml").write_text(KNOWN_FAILURES_YAML)
    with suite_process.running_defect("redirect_is_301") as origin:
        loose = suite_process.run_contracts(tmp_path, origin, *options)
        assert (loose.code, loose.verdicts) == (0, {"BASE-07": "observation"}), loose.out
        strict = suite_process.run_contracts(tmp_path, origin, *options, "--strict")
        assert (strict.code, strict.verdicts) == (1, {"BASE-07": "fail"}), strict.out
        known = suite_process.run_contracts(tmp_path, origin, *options, "--strict", "--expectations", "known.yaml")
        assert (known.code, known.verdicts) == (0, {"BASE-07": "known"}), known.out


def test_an_expectation_that_no_longer_holds_is_an_error(correct_mock: str, tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_text(KNOWN_FAILURES_YAML)
    tried = suite_process.run_contracts(
        tmp_path, correct_mock, "--rule", "BASE-07", *EXAMPLES_AND_PROPERTIES, "--expectations", "known.yaml"
    )
    assert tried.code == 3
    assert "remove the entry" in tried.out


def test_a_target_that_is_not_there_is_told_in_two_lines(tmp_path: Path) -> None:
    tried = suite_process.run_contracts(tmp_path, UNREACHABLE_ORIGIN, "--workers", "2")
    assert tried.code == 3
    first, second = tried.out.splitlines()
    assert first == f"{UNREACHABLE_ORIGIN}/api/v3: nothing was checked"
    assert second.startswith(f"cannot reach {UNREACHABLE_ORIGIN}/api/v3: ")
    assert second.endswith(" (exit code 3)")
    assert tried.result["ended"]


def test_a_wrong_password_is_told_and_kept_out_of_the_reports(correct_mock: str, tmp_path: Path) -> None:
    tried = suite_process.run_contracts(tmp_path, correct_mock, CONTRACTS_PASSWORD="not-it-12345")
    assert tried.code == 3
    assert "partner@acme.example cannot sign in: POST /auth answered 401" in tried.out
    assert "CONTRACTS_PASSWORD" in tried.out
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and "not-it-12345" in file.read_text("utf-8")]


def test_workers_share_the_work_and_come_to_the_same(correct_mock: str, tmp_path: Path) -> None:
    tried = suite_process.run_contracts(
        tmp_path, correct_mock, "--rule", "DEF-01", "--profile", "smoke", *EXAMPLES_AND_PROPERTIES, "--workers", "2"
    )
    assert (tried.code, tried.verdicts) == (0, {"DEF-01": "pass"})


@contextmanager
def _with_default_sigint() -> Iterator[None]:
    """Let processes that are started here react to Ctrl-C, even if the tests run in the background."""
    previous_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous_handler)


@contextmanager
def _started_run(origin: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a run, wait for some progress, and yield its process; its output goes to `folder/out`."""
    command = [
        COMMAND,
        "run",
        "--base-url",
        f"{origin}/api/v3",
        *USER_OPTIONS,
        "--profile",
        "smoke",
        "--area",
        "evaluation",
        *EXAMPLES_AND_PROPERTIES,
    ]
    with (
        (folder / "out").open("w") as output,
        _with_default_sigint(),
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr is not None
        assert all(process.stderr.readline() for _ in range(3))
        yield process
        assert "Traceback" not in process.stderr.read()


def test_a_target_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    with ExitStack() as stack:
        origin = stack.enter_context(suite_process.running_defect("none"))
        with _started_run(origin, tmp_path) as running:
            stack.close()
    assert running.returncode == 3
    assert "the target no longer answers" in (tmp_path / "out").read_text()


def test_an_interrupted_run_still_reports(correct_mock: str, tmp_path: Path) -> None:
    with _started_run(correct_mock, tmp_path) as running:
        running.send_signal(signal.SIGINT)
    assert running.returncode == 3
    assert "interrupted" in (tmp_path / "out").read_text()
    assert (tmp_path / "contracts-report" / "report.html").is_file()


def test_nothing_of_the_folder_or_of_pytest_in_it_changes_what_is_checked(correct_mock: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not the suite')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\npython_files = nothing.py\n")
    for name in ("contracts", "yaml"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not this one')\n")
    hostile = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no.such.plugin"}
    words = (*suite_process.run_words(correct_mock), "--rule", "BEV-01", *EXAMPLES_AND_PROPERTIES)
    tried = suite_process.run_program(None, tmp_path, *words, **hostile)
    assert (tried.code, tried.verdicts) == (0, {"BEV-01": "pass"}), tried.err
