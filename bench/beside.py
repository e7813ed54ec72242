"""The command `python -m bench.beside COMMIT`: what requests cost now, beside what they cost at a commit.

Both versions run at the same time, each in a process of its own, with the packages of this environment. They answer
small blocks of the same requests in turns, in process, so that only their own work is measured: the CPU time of the
application, not that of the server in front of it. A block is compared with the block beside it, and the processes are
started anew several times, so other work on the machine changes the figures little. The journal is on and full.
"""

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles

from bench.beside_worker import CASES
from bench.report import format_table

ROOT = Path(__file__).parent.parent
WORKER = Path(__file__).with_name("beside_worker.py")
START = "start"
PROCESSES, ROUNDS, BLOCK = 5, 40, 200
SERVED = ("mock_server", "contracts", "openapi.yaml")
"""What a version needs to answer requests."""


class Version:
    """A version of the server, in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.start = self._read()

    def measure(self, case: str, count: int) -> float:
        """Return the CPU microseconds of a request."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{case} {count}\n")
        self._process.stdin.flush()
        return 1e6 * self._read() / count

    def _read(self) -> float:
        assert self._process.stdout is not None
        return float(self._process.stdout.readline())


@contextmanager
def running_version(folder: Path) -> Iterator[Version]:
    """Run the version of the server that is in a folder."""
    command = [sys.executable, str(WORKER), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        yield Version(process)
        process.communicate(timeout=60)


def export_commit(commit: str, folder: Path) -> None:
    """Write what a commit needs to serve."""
    archive = subprocess.run(["git", "archive", commit, *SERVED], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


def compare(before: Path, now: Path, processes: int, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Return pairs of costs: the milliseconds of CPU until each application existed, the microseconds of a request."""
    pairs: dict[str, list[tuple[float, float]]] = {case: [] for case in (START, *CASES)}
    for _ in range(processes):
        with ExitStack() as stack:
            versions = [stack.enter_context(running_version(folder)) for folder in (before, now)]
            pairs[START].append((1000 * versions[0].start, 1000 * versions[1].start))
            for case in CASES:
                for version in versions:
                    version.measure(case, BLOCK)
            for number in range(rounds):
                for case in CASES:
                    order = versions if number % 2 else versions[::-1]
                    costs = {version: version.measure(case, BLOCK) for version in order}
                    pairs[case].append((costs[versions[0]], costs[versions[1]]))
    return pairs


def format_pairs(pairs: dict[str, list[tuple[float, float]]]) -> str:
    """Return the table. The ratio is the median of the pairs, with the quartiles beside it."""
    rows = []
    for case, costs in pairs.items():
        ratios = [now / before for before, now in costs]
        lower, _, upper = quantiles(ratios, n=4)
        unit = "ms" if case == START else "µs"
        lowest = [f"{min(side):.1f} {unit}" for side in zip(*costs, strict=True)]
        rows.append((case, *lowest, f"{median(ratios):.3f}", f"{lower:.3f} to {upper:.3f}"))
    return format_table(["", "lowest before", "lowest now", "ratio", "quartiles"], rows)


def main() -> None:
    """Compare this version with a commit, and print the table."""
    parser = argparse.ArgumentParser(description="Show what requests cost now, beside what they cost at a commit.")
    parser.add_argument("commit")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="how often both versions are started")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how many blocks of each request they answer then")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wavetank-beside-") as folder:
        export_commit(arguments.commit, Path(folder))
        pairs = compare(Path(folder), ROOT, arguments.processes, arguments.rounds)
    sys.stdout.write(f"{format_pairs(pairs)}\n")


if __name__ == "__main__":
    main()
