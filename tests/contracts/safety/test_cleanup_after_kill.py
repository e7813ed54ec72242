"""After a run was killed at any step, cleanup leaves only what the plan announced."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from contracts.cli import cleanup
from contracts.safety import ledger
from contracts.safety.ledger import Ledger
from contracts.target.target import TargetOptions
from tests.contracts.safety import guarded_run
from tests.contracts.safety.guarded_run import (
    CountingLedger,
    CountingTransport,
    GuardedRun,
    SimulatedKillError,
    StepCounter,
)
from tests.ending_process import EndingProcess
from tests.mock_harness import running_server

KILL_POINTS = [25, pytest.param(100, marks=pytest.mark.soak)]
"""How many runs are killed, each with its own first and second step: on each change the first quarter of them."""
PROCESS_COUNTS = [4, pytest.param(10, marks=pytest.mark.soak)]
"""How many processes are killed: on each change the first four."""
VICTIM_COMMAND = (sys.executable, "-m", "tests.contracts.safety.killed_process")


def run_until_killed(target: TargetOptions, folder: Path, kill_at: int | None) -> int:
    """Make a run that is killed at this step, or completes; return the number of steps."""
    counter = StepCounter(kill_at)
    run = GuardedRun(target, folder, counter)
    try:
        with suppress(SimulatedKillError):
            guarded_run.write_to_everything(run.deployment)
    finally:
        run.close()
    return counter.count


def clean_up_until_killed(target: TargetOptions, folder: Path, kill_at: int | None = None) -> int:
    """Make a cleanup that is killed at this step, or completes; return the number of steps."""
    counter, file = StepCounter(kill_at), ledger.file_of(folder, target.run_id)
    if not file.exists() or ledger.read_contents(file) is None:
        return 0
    run_ledger = _reopen_ledger(file, counter)
    try:
        with suppress(SimulatedKillError), httpx2.Client(transport=CountingTransport(counter)) as http:
            leftovers = cleanup.undo_ledger(run_ledger, target.users, http, guarded_run.load_promises())
            assert leftovers.failed == ()
    finally:
        run_ledger.close()
    return counter.count


def _reopen_ledger(file: Path, counter: StepCounter) -> Ledger:
    run_ledger = CountingLedger.reopen(file)
    run_ledger.counter = counter
    return run_ledger


def test_a_complete_run_leaves_only_its_packages(tmp_path: Path) -> None:
    workspace = guarded_run.a_target_workspace()
    before = guarded_run.read_state(workspace)
    with running_server(workspace) as origin:
        run = GuardedRun(guarded_run.a_target(origin), tmp_path)
        guarded_run.write_to_everything(run.deployment)
        assert guarded_run.read_state(workspace) != before
        left = run.guard.undo()
        run.close()
    assert guarded_run.read_state(workspace) == before
    assert left.failed == ()
    (title,) = guarded_run.new_titles(workspace)
    assert title == f"contracts {run.target.run_id} made"
    assert [line.split(":")[0] for line in left.permanent] == [
        f"package {guarded_run.OTHERS_PACKAGE} was evaluated again when its settings were restored",
        next(line.split(":")[0] for line in left.permanent if title in line),
    ]


@pytest.mark.parametrize("kill_points", KILL_POINTS)
def test_a_killed_run_and_a_killed_cleanup_leave_only_the_runs_packages(kill_points: int, tmp_path: Path) -> None:
    workspace = guarded_run.a_target_workspace()
    before = guarded_run.read_state(workspace)
    with running_server(workspace) as origin:
        target = guarded_run.a_target(origin)
        whole = guarded_run.with_run_id(target, 0)
        run_steps = run_until_killed(whole, tmp_path, None)
        cleanup_steps = clean_up_until_killed(whole, tmp_path)
        for number in range(1, kill_points + 1):
            one = guarded_run.with_run_id(target, number)
            point = guarded_run.draw_number("run", number, run_steps)
            second = guarded_run.draw_number("cleanup", number, cleanup_steps)
            run_until_killed(one, tmp_path, point)
            clean_up_until_killed(one, tmp_path, second)
            clean_up_until_killed(one, tmp_path)
            assert guarded_run.read_state(workspace) == before, f"killed at step {point} of {run_steps}, then {second}"
    assert ledger.list_unfinished(tmp_path) == []
    assert all(title.startswith("contracts run0") for title in guarded_run.new_titles(workspace))


@contextmanager
def victim_process(origin: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that forks runs, each of which kills itself with SIGKILL."""
    command = [*VICTIM_COMMAND, origin, str(folder)]
    with EndingProcess(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("process_count", PROCESS_COUNTS)
def test_a_killed_process_leaves_a_ledger_for_the_cleanup(process_count: int, tmp_path: Path) -> None:
    workspace = guarded_run.a_target_workspace()
    before = guarded_run.read_state(workspace)
    with running_server(workspace) as origin, victim_process(origin, tmp_path) as process:
        target = guarded_run.a_target(origin)
        steps = run_until_killed(guarded_run.with_run_id(target, 0), tmp_path, None)
        clean_up_until_killed(guarded_run.with_run_id(target, 0), tmp_path)
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(1, process_count + 1):
            process.stdin.write(f"{number} {guarded_run.draw_number('process', number, steps)}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "SIGKILL\n"
            clean_up_until_killed(guarded_run.with_run_id(target, number), tmp_path)
            assert guarded_run.read_state(workspace) == before
    assert ledger.list_unfinished(tmp_path) == []
