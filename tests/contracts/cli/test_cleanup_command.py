"""`contracts run --plan` and `contracts cleanup`, also after a run that was killed."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts.cli import main
from mock_server.state.workspace import Workspace
from tests.contracts import suite_process
from tests.contracts.safety import guarded_run
from tests.contracts.suite_process import CommandResult
from tests.forked_process import Program
from tests.mock_harness import running_server

KILLED_SUITE = Program("contracts", "tests.contracts.killed_suite:run_until_killed", suite_process.PREPARED)
NEVER_KILLED = 10**9
AREA_OPTIONS = ("--area", "attribution-model", "--area", "campaign-results", "--area", "defaults")
WRITING_OPTIONS = (*AREA_OPTIONS, "--profile", "smoke", "--kind", "law")
USER_OPTIONS = ("--user", "partner@acme.example", "--partner", "partner-id-acme")
SECOND_USER_OPTIONS = ("--second-user", "agency@acme.example", "--second-partner", "partner-id-beta")
PERMISSION = ("--allow-writes", "partner-id-acme", "--allow-writes", "partner-id-beta")
JOB_TIMEOUTS = ("--job-timeout", "build=0.1", "--job-timeout", "evaluation=0.1")


def run_suite(origin: str, folder: Path, kill_at: int, *options: str) -> CommandResult:
    """Run the suite on the mock without its control API, and kill the run at the request with this number."""
    target = ("--base-url", f"{origin}/api/v3", "--control", "none", *USER_OPTIONS, *SECOND_USER_OPTIONS, *JOB_TIMEOUTS)
    target += ("--no-rate-limits", *PERMISSION)
    arguments = (str(kill_at), "run", *target, *(options or WRITING_OPTIONS))
    return suite_process.run_program(KILLED_SUITE, folder, *arguments)


def exit_code(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    try:
        main.main(arguments)
    except SystemExit as system_exit:
        return int(system_exit.code or 0)
    return 0


def clean_up_all(folder: Path) -> int:
    """Clean up after each run whose ledger is in the folder; return the number of ledgers."""
    files = list((folder / "contracts-ledger").glob("*.jsonl"))
    for file in files:
        assert exit_code(["cleanup", "--run", file.stem, "--ledger-dir", str(file.parent)]) == 0
        file.unlink()
    return len(files)


def kill_and_clean_up(workspace: Workspace, origin: str, folder: Path, kill_at: int) -> None:
    """Kill a run at this request and clean up; check that the run left nothing but packages."""
    before = guarded_run.read_state(workspace)
    completed = run_suite(origin, folder, kill_at)
    assert completed.code == -signal.SIGKILL, completed.out + completed.err
    clean_up_all(folder)
    assert guarded_run.read_state(workspace) == before, f"killed at request {kill_at}"
    assert all(title.startswith("contracts ") for title in guarded_run.new_titles(workspace))


def request_count(completed: CommandResult) -> int:
    """Return the number of requests that a run says it made."""
    (line,) = [line for line in completed.out.splitlines() if line.startswith("Took")]
    return int(line.split(" requests")[0].split()[-1].replace(",", ""))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_run_of_the_suite_that_is_killed_is_cleaned_up_after(tmp_path: Path) -> None:
    workspace = guarded_run.a_target_workspace()
    before = guarded_run.read_state(workspace)
    with running_server(workspace) as origin:
        whole = run_suite(origin, tmp_path, NEVER_KILLED)
        assert "(exit code 0)" in whole.out, whole.out + whole.err
        assert guarded_run.read_state(workspace) == before
        assert clean_up_all(tmp_path) == 1
        kill_and_clean_up(workspace, origin, tmp_path, request_count(whole) * 2 // 3)


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_run_of_the_suite_may_be_killed_anywhere(tmp_path: Path) -> None:
    workspace = guarded_run.a_target_workspace()
    with running_server(workspace) as origin:
        most = request_count(run_suite(origin, tmp_path, NEVER_KILLED))
        for number in range(100):
            kill_and_clean_up(workspace, origin, tmp_path, guarded_run.draw_number("suite", number, most - 10))


def test_a_plan_writes_nothing_and_tells_what_stays(tmp_path: Path) -> None:
    workspace = guarded_run.a_target_workspace()
    before = guarded_run.read_state(workspace)
    with running_server(workspace) as origin:
        planned = run_suite(
            origin, tmp_path, NEVER_KILLED, "--plan", "--area", "evaluation", "--allow-settings", "pkg_x"
        )
    assert planned.code == 0, planned.err
    assert "createPackage: STAYS" in planned.out
    assert "STAYS: pkg_x is evaluated again" in planned.out
    assert "replaceEvaluationSettings: only of packages that the run itself created" in planned.out
    assert guarded_run.read_state(workspace) == before
    assert guarded_run.new_titles(workspace) == []
    assert list(tmp_path.iterdir()) == []


def test_a_plan_without_a_target_says_so(tmp_path: Path) -> None:
    planned = run_suite("http://127.0.0.1:9", tmp_path, NEVER_KILLED, "--plan")
    assert planned.code == 3
    assert "cannot reach" in planned.out


def test_runs_that_left_something_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_server(guarded_run.a_target_workspace()) as origin:
        run = guarded_run.GuardedRun(guarded_run.a_target(origin), tmp_path)
        guarded_run.write_to_everything(run.deployment)
        run.close()
        assert exit_code(["cleanup", "--ledger-dir", str(tmp_path)]) == 0
        assert capsys.readouterr().out.endswith(f"contracts cleanup --run {run.target.run_id}\n")
        clean = ["cleanup", "--run", run.target.run_id, "--ledger-dir", str(tmp_path)]
        assert exit_code(clean) == 0
        assert "remains: package pkg_" in capsys.readouterr().out
        assert exit_code(clean) == 0
        assert "nothing to undo" in capsys.readouterr().out
    assert exit_code(["cleanup", "--ledger-dir", str(tmp_path)]) == 0
    assert "needs cleanup" in capsys.readouterr().out


def test_what_cannot_be_undone_yet_is_tried_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_server(guarded_run.a_target_workspace()) as origin:
        run = guarded_run.GuardedRun(guarded_run.a_target(origin), tmp_path)
        guarded_run.write_to_everything(run.deployment)
        run.close()
    clean = ["cleanup", "--run", run.target.run_id, "--ledger-dir", str(tmp_path)]
    assert exit_code(clean) == 1
    assert "not undone: " in capsys.readouterr().out


def test_an_unknown_run_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["cleanup", "--run", "nobodys", "--ledger-dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
