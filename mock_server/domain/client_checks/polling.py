"""Reads that come too often, or wait for what never comes."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

from mock_server.domain.exchanges import Exchange

BUILDING = ("INITIALIZING", "INPROGRESS")
EARLIEST = timedelta(seconds=5)
"""How long after one read of a package that is being built the next may come."""
POLL = timedelta(seconds=60)
"""Reads of an evaluation that lie further apart are no poll."""
GROWTH = 1.5
"""How much longer than the first the longest pause of a poll with back-off is, at least."""
MOST_EARLY = 1
MOST_EVEN = 2
MOST_READS = 2
"""How often each of these may be seen before it is held against a client: once may be a person looking."""


def packages_too_fast(calls: Sequence[Exchange]) -> list[Exchange]:
    """Reads of a package that is being built within 5 s of the one before, two or more in a row. Rule: PKG-03."""
    found: list[Exchange] = []
    for reads in _by_package(calls, ("getPackage",)):
        streak: list[Exchange] = []
        for before, read in pairwise(reads):
            if _status(before) in BUILDING and read.at - before.at < EARLIEST:
                streak.append(read)
                continue
            found += streak if len(streak) > MOST_EARLY else []
            streak = []
        found += streak if len(streak) > MOST_EARLY else []
    return found


def evaluations_without_back_off(calls: Sequence[Exchange]) -> list[Exchange]:
    """Four or more reads of an unchanged evaluation, less than a minute apart, whose pauses do not grow.

    A PUT of the settings, a changed answer or a minute's pause begins another poll. Rule: BEV-03.
    """
    found: list[Exchange] = []
    for steps in _by_package(calls, ("getEvaluation", "replaceEvaluationSettings")):
        poll: list[Exchange] = []
        for step in steps:
            if step.operation != "getEvaluation":
                found += _without_back_off(poll)
                poll = []
            elif poll and (step.response != poll[-1].response or step.at - poll[-1].at >= POLL):
                found += _without_back_off(poll)
                poll = [step]
            else:
                poll.append(step)
        found += _without_back_off(poll)
    return found


def defaults_to_reach_old_packages(calls: Sequence[Exchange]) -> list[Exchange]:
    """Three or more reads of an older package's settings after the defaults were changed, while they differ from them.

    Not once the package's own settings were saved. Rule: DEF-02.
    """
    found: list[Exchange] = []
    defaults: dict[str | None, dict[str, object]] = {}
    settled: set[str | None] = set()
    reads: dict[tuple[str | None, str | None], list[Exchange]] = {}
    for call in calls:
        package_id = call.asked("package_id")
        answered = call.answered if isinstance(call.answered, dict) else {}
        if call.status == 200 and call.operation == "setBackhaulDefaults":
            found += _too_many(reads.values())
            defaults[call.partner], reads = answered, {}
            settled = set()
        elif call.status == 201 and call.operation in ("createPackage", "mergePackages"):
            settled.add(str(answered.get("id")))
        elif call.status == 200 and call.operation == "replaceEvaluationSettings":
            settled.add(package_id)
        elif call.status == 200 and call.operation == "getEvaluationSettings" and package_id not in settled:
            wanted = defaults.get(call.partner, {})
            if any(answered.get(name) != value for name, value in wanted.items()):
                reads.setdefault((call.user, package_id), []).append(call)
    return found + _too_many(reads.values())


def _by_package(calls: Sequence[Exchange], operations: tuple[str, ...]) -> Iterable[list[Exchange]]:
    """What succeeded of these operations, for each user and package."""
    steps: dict[tuple[str | None, str | None], list[Exchange]] = {}
    for call in calls:
        if call.operation in operations and call.status == 200:
            steps.setdefault((call.user, call.asked("package_id")), []).append(call)
    return steps.values()


def _status(read: Exchange) -> object:
    return read.answered.get("status") if isinstance(read.answered, dict) else None


def _without_back_off(poll: Sequence[Exchange]) -> list[Exchange]:
    pauses = [after.at - before.at for before, after in pairwise(poll)]
    if len(pauses) <= MOST_EVEN or max(pauses) > pauses[0] * GROWTH:
        return []
    return list(poll[1:])


def _too_many(reads: Iterable[list[Exchange]]) -> list[Exchange]:
    return [read for each in reads if len(each) > MOST_READS for read in each]
