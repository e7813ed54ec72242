"""What the journal costs, and faults that nobody has set: our server as it starts, beside itself without a journal."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import load, processes
from bench.cases import CASES, Case
from bench.client import PREFIX
from bench.load import Sample
from bench.peers import OUR_SERVER
from bench.processes import Served

OFF = ["--journal", "0"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One round: the server as it starts, and the one without a journal, right after each other."""

    journal: Sample
    without: Sample


@dataclass(frozen=True, slots=True)
class Cost:
    """The rounds of each case."""

    rounds: dict[Case, list[Pair]]

    def share(self, case: Case) -> float:
        """The rate with the journal, of that without, the median of the rounds."""
        return median(pair.journal.rate / pair.without.rate for pair in self.rounds[case])

    def cpu_share(self, case: Case) -> float:
        """The same by CPU time a request, which neither the load tool nor the machine's other work falsifies."""
        return median(pair.without.cpu / pair.journal.cpu for pair in self.rounds[case])


def cost(home: Path, rounds: int, seconds: int) -> Cost:
    """Measure two servers that stand for this alone. Raises DidNotStart, NotAnswered, LoadFailed."""
    journal, without = _start(home, []), _start(home, OFF)
    try:
        for case in CASES:
            _pair(journal, without, case, seconds, swapped=False)
        return Cost(
            {
                case: [_pair(journal, without, case, seconds, swapped=turn % 2 == 1) for turn in range(rounds)]
                for case in CASES
            }
        )
    finally:
        processes.stop(journal.process)
        processes.stop(without.process)


def _start(home: Path, flags: list[str]) -> Served:
    port = processes.free_port()
    return processes.start([*OUR_SERVER.command(port, home, {}), *flags], port, OUR_SERVER.probe, home)


def _pair(journal: Served, without: Served, case: Case, seconds: int, *, swapped: bool) -> Pair:
    """A round; every other one begins with the server without a journal."""
    if swapped:
        second = load.run(without, case, PREFIX, seconds)
        return Pair(load.run(journal, case, PREFIX, seconds), second)
    first = load.run(journal, case, PREFIX, seconds)
    return Pair(first, load.run(without, case, PREFIX, seconds))
