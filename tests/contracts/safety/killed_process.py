"""A process that forks runs, each of which kills itself at a given step.

For each input line `NUMBER STEP`, it forks a child that starts run NUMBER and kills itself at STEP. Then it prints how
the child ended. The parent has no threads, so forking is safe. The children end by SIGKILL, so no handler runs and no
buffer is flushed.
"""

import os
import signal
import sys
from pathlib import Path

from tests.contracts.safety import guarded_run
from tests.contracts.safety.guarded_run import GuardedRun, StepCounter


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(origin: str, folder: Path) -> None:
    target = guarded_run.a_target(origin)
    guarded_run.load_promises()
    for line in sys.stdin:
        number, step = map(int, line.split())
        child = os.fork()
        if child == 0:
            run = GuardedRun(guarded_run.with_run_id(target, number), folder, StepCounter(step, kill_self))
            guarded_run.write_to_everything(run.deployment)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        outcome = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "by itself"
        sys.stdout.write(f"{outcome}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
