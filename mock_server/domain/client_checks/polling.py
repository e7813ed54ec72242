"""Checks for polling that is too frequent, or that waits for a change that never comes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from mock_server.domain.exchanges import Exchange

BUILDING = ("INITIALIZING", "INPROGRESS")
OLDER_MIN_INTERVAL, NEWER_MIN_INTERVAL = timedelta(seconds=10), timedelta(seconds=3)
"""For each generation of the documentation, the shortest advised interval between two polls. See: RATE-01."""
MAX_POLL_GAP = timedelta(seconds=60)
"""Reads of an evaluation with a longer interval between them do not belong to the same poll."""
MIN_BACKOFF_GROWTH = 1.5
"""Polling backs off if the longest interval is more than this many times the first interval."""
ALLOWED_EARLY_READS = 1
ALLOWED_EVEN_PAUSES = 2
ALLOWED_SETTINGS_READS = 2
"""How many early reads, equal intervals or reads of old settings are tolerated."""


def min_interval(*, every_3_seconds: bool) -> timedelta:
    """Return the shortest advised interval between two polls; `every_3_seconds` is whether newer documentation applies.

    See: RATE-01.
    """
    return NEWER_MIN_INTERVAL if every_3_seconds else OLDER_MIN_INTERVAL


def find_fast_package_polling(calls: Sequence[Exchange], interval: timedelta) -> list[Exchange]:
    """Return two or more reads in a row, each within the interval of a read that showed a package in progress.

    See: PKG-03, RATE-01.
    """
    found: list[Exchange] = []
    for reads in _group_by_package(calls, ("getPackage",)):
        streak: list[Exchange] = []
        for before, read in pairwise(reads):
            if _package_status(before) in BUILDING and read.at - before.at < interval:
                streak.append(read)
                continue
            found += streak if len(streak) > ALLOWED_EARLY_READS else []
            streak = []
        found += streak if len(streak) > ALLOWED_EARLY_READS else []
    return found


def find_polling_without_backoff(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return polls of an unchanged evaluation: four or more reads in a row at intervals that do not grow.

    A PUT of the settings, a changed response or an interval of a minute starts another poll. See: BEV-03.
    """
    found: list[Exchange] = []
    for exchanges in _group_by_package(calls, ("getEvaluation", "replaceEvaluationSettings")):
        poll: list[Exchange] = []
        for exchange in exchanges:
            if exchange.operation != "getEvaluation":
                found += _reads_without_backoff(poll)
                poll = []
            elif poll and (exchange.response != poll[-1].response or exchange.at - poll[-1].at >= MAX_POLL_GAP):
                found += _reads_without_backoff(poll)
                poll = [exchange]
            else:
                poll.append(exchange)
        found += _reads_without_backoff(poll)
    return found


def find_stale_default_reads(calls: Sequence[Exchange]) -> list[Exchange]:
    """Return the reads of a package's settings after a later change of the defaults, if there are three or more.

    A read counts only if its response differs from the new defaults, and if the package's own settings have not been
    saved since. See: DEF-02.
    """
    found: list[Exchange] = []
    defaults: dict[str | None, Mapping[str, object]] = {}
    start = 0
    for index, call in enumerate(calls):
        if call.status == 200 and call.operation == "setBackhaulDefaults":
            found += _reads_unlike_defaults(calls[start:index], defaults)
            defaults[call.partner] = _response_object(call)
            start = index + 1
    return found + _reads_unlike_defaults(calls[start:], defaults)


def _reads_unlike_defaults(
    calls: Sequence[Exchange], defaults: Mapping[str | None, Mapping[str, object]]
) -> list[Exchange]:
    """Return the reads of outdated settings, among the calls between two changes of the defaults."""
    newer_packages: set[str | None] = set()
    reads: dict[tuple[str | None, str | None], list[Exchange]] = {}
    for call in calls:
        package_id = call.parameter("package_id")
        if call.status == 201 and call.operation in ("createPackage", "mergePackages"):
            newer_packages.add(str(_response_object(call).get("id")))
        elif call.status == 200 and call.operation == "replaceEvaluationSettings":
            newer_packages.add(package_id)
        elif call.status == 200 and call.operation == "getEvaluationSettings" and package_id not in newer_packages:
            settings = _response_object(call)
            if any(settings.get(name) != value for name, value in defaults.get(call.partner, {}).items()):
                reads.setdefault((call.user, package_id), []).append(call)
    return [read for group in reads.values() if len(group) > ALLOWED_SETTINGS_READS for read in group]


def _group_by_package(calls: Sequence[Exchange], operations: tuple[str, ...]) -> Iterable[list[Exchange]]:
    """Return the successful calls of these operations, grouped by user and package."""
    groups: dict[tuple[str | None, str | None], list[Exchange]] = {}
    for call in calls:
        if call.operation in operations and call.status == 200:
            groups.setdefault((call.user, call.parameter("package_id")), []).append(call)
    return groups.values()


def _package_status(read: Exchange) -> object:
    return _response_object(read).get("status")


def _response_object(call: Exchange) -> Mapping[str, object]:
    return call.response_json if isinstance(call.response_json, dict) else {}


def _reads_without_backoff(poll: Sequence[Exchange]) -> list[Exchange]:
    pauses = [after.at - before.at for before, after in pairwise(poll)]
    if len(pauses) <= ALLOWED_EVEN_PAUSES or max(pauses) > pauses[0] * MIN_BACKOFF_GROWTH:
        return []
    return list(poll[1:])
