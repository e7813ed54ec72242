"""Measure the cost of the journal: compare a server with default options to a server without a journal."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import processes, wrk
from bench.cases import CASES, Case
from bench.client import PREFIX
from bench.peers import OUR_SERVER
from bench.processes import RunningServer
from bench.wrk import Sample

WITHOUT_JOURNAL = ["--journal", "0"]


@dataclass(frozen=True, slots=True)
class RatePair:
    """One round: a sample with a journal and a sample without one, taken right after each other."""

    journal: Sample
    without: Sample


@dataclass(frozen=True, slots=True)
class JournalCost:
    """The rounds of each case."""

    rounds: dict[Case, list[RatePair]]

    def share(self, case: Case) -> float:
        """Return the median ratio of the rate with a journal to the rate without one."""
        return median(pair.journal.rate / pair.without.rate for pair in self.rounds[case])

    def cpu_share(self, case: Case) -> float:
        """Return the same ratio by CPU time per request, which the load tool and other processes do not distort."""
        return median(pair.without.cpu / pair.journal.cpu for pair in self.rounds[case])


def measure_cost(home: Path, rounds: int, seconds: int) -> JournalCost:
    """Start two servers, measure them, and stop them. Raises StartError, RequestFailedError, LoadError."""
    journal, without = _start(home, []), _start(home, WITHOUT_JOURNAL)
    try:
        for case in CASES:
            _measure_pair(journal, without, case, seconds, swapped=False)
        return JournalCost(
            {
                case: [_measure_pair(journal, without, case, seconds, swapped=turn % 2 == 1) for turn in range(rounds)]
                for case in CASES
            }
        )
    finally:
        processes.stop(journal.process)
        processes.stop(without.process)


def _start(home: Path, flags: list[str]) -> RunningServer:
    port = processes.free_port()
    return processes.start([*OUR_SERVER.command(port, home, {}), *flags], port, OUR_SERVER.probe, home)


def _measure_pair(
    journal: RunningServer, without: RunningServer, case: Case, seconds: int, *, swapped: bool
) -> RatePair:
    """Measure one round. If `swapped`, the server without a journal is measured first."""
    if swapped:
        second = wrk.run_wrk(without, case, PREFIX, seconds)
        return RatePair(wrk.run_wrk(journal, case, PREFIX, seconds), second)
    first = wrk.run_wrk(journal, case, PREFIX, seconds)
    return RatePair(first, wrk.run_wrk(without, case, PREFIX, seconds))
