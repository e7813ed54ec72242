"""A run that is killed anywhere leaves only what its plan named, once it is cleaned up after."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from contracts.cli import cleanup
from contracts.safety import ledger
from contracts.safety.ledger import Ledger
from contracts.target.target import Target
from tests.contracts import safety_stage
from tests.contracts.safety_stage import Killed, Line, Paper, Run, Steps
from tests.served import served

POINTS = 100
PROCESSES = 10
VICTIM = (sys.executable, "-m", "tests.contracts.safety_victim")


def killed(target: Target, folder: Path, last: int | None) -> int:
    """A run that ends at that step, or at its own end; gives how many steps it took."""
    steps = Steps(last)
    run = Run(target, folder, steps)
    try:
        with suppress(Killed):
            safety_stage.write_to_everything(run.deployment)
    finally:
        run.close()
    return steps.taken


def cleaned(target: Target, folder: Path, last: int | None = None) -> int:
    """A cleanup that ends at that step, or at its own end; gives how many steps it took."""
    steps, file = Steps(last), ledger.place(folder, target.run_id)
    if not file.exists() or ledger.read(file) is None:
        return 0
    continued = _continued(file, steps)
    try:
        with suppress(Killed), httpx.Client(transport=Line(steps)) as http:
            left = cleanup.undone(continued, target.people, http, safety_stage.promises())
            assert left.failed == ()
    finally:
        continued.close()
    return steps.taken


def _continued(file: Path, steps: Steps) -> Ledger:
    continued = Paper.again(file)
    continued.steps = steps  # type: ignore[attr-defined] # a paper, though it is typed as what it is made from
    return continued


def test_a_run_that_ends_by_itself_leaves_only_its_packages(tmp_path: Path) -> None:
    stage = safety_stage.a_stage()
    before = safety_stage.seen(stage)
    with served(stage) as origin:
        run = Run(safety_stage.a_target(origin), tmp_path)
        safety_stage.write_to_everything(run.deployment)
        assert safety_stage.seen(stage) != before
        left = run.guard.undo()
        run.close()
    assert safety_stage.seen(stage) == before
    assert left.failed == ()
    (title,) = safety_stage.new_titles(stage)
    assert title == f"contracts {run.target.run_id} made"
    assert [line.split(":")[0] for line in left.forever] == [
        f"package {safety_stage.OTHERS} was evaluated again when its settings were put back",
        next(line.split(":")[0] for line in left.forever if title in line),
    ]


def test_a_run_killed_anywhere_and_its_cleanup_too_leave_only_its_packages(tmp_path: Path) -> None:
    stage = safety_stage.a_stage()
    before = safety_stage.seen(stage)
    with served(stage) as origin:
        target = safety_stage.a_target(origin)
        whole = safety_stage.with_run(target, 0)
        run_steps = killed(whole, tmp_path, None)
        cleanup_steps = cleaned(whole, tmp_path)
        for number in range(1, POINTS + 1):
            one = safety_stage.with_run(target, number)
            point = safety_stage.drawn("run", number, run_steps)
            second = safety_stage.drawn("cleanup", number, cleanup_steps)
            killed(one, tmp_path, point)
            cleaned(one, tmp_path, second)
            cleaned(one, tmp_path)
            assert safety_stage.seen(stage) == before, f"killed at {point} of {run_steps}, then at {second}"
    assert ledger.unfinished(tmp_path) == []
    assert all(title.startswith("contracts run0") for title in safety_stage.new_titles(stage))


@contextmanager
def victims(origin: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that makes one run after another, each in a child that SIGKILL ends."""
    command = [*VICTIM, origin, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_process_that_is_killed_leaves_a_ledger_to_clean_up_by(tmp_path: Path) -> None:
    stage = safety_stage.a_stage()
    before = safety_stage.seen(stage)
    with served(stage) as origin, victims(origin, tmp_path) as process:
        target = safety_stage.a_target(origin)
        steps = killed(safety_stage.with_run(target, 0), tmp_path, None)
        cleaned(safety_stage.with_run(target, 0), tmp_path)
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(1, PROCESSES + 1):
            process.stdin.write(f"{number} {safety_stage.drawn('process', number, steps)}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "SIGKILL\n"
            cleaned(safety_stage.with_run(target, number), tmp_path)
            assert safety_stage.seen(stage) == before
    assert ledger.unfinished(tmp_path) == []
