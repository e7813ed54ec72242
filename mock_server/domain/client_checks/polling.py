"""Reads that come too often, or wait for what never comes."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

from mock_server.domain.exchanges import Exchange

BUILDING = ("INITIALIZING", "INPROGRESS")
MIN_POLL_INTERVAL = timedelta(seconds=5)
"""How long after one read of a package that is being built the next may come."""
MAX_POLL_GAP = timedelta(seconds=60)
"""Reads of an evaluation that lie further apart are no poll."""
MIN_BACKOFF_GROWTH = 1.5
"""How much longer than the first the longest pause of a poll with back-off is, at least."""
ALLOWED_EARLY_READS = 1
ALLOWED_EVEN_PAUSES = 2
ALLOWED_SETTINGS_READS = 2
"""How often each of these may be seen before it is held against a client: once may be a person looking."""


def find_fast_package_polling(calls: Sequence[Exchange]) -> list[Exchange]:
    """Reads of a package that is being built within 5 s of the one before, two or more in a row. Rule: PKG-03."""
    found: list[Exchange] = []
    for reads in _group_by_package(calls, ("getPackage",)):
        streak: list[Exchange] = []
        for before, read in pairwise(reads):
            if _package_status(before) in BUILDING and read.at - before.at < MIN_POLL_INTERVAL:
                streak.append(read)
                continue
            found += streak if len(streak) > ALLOWED_EARLY_READS else []
            streak = []
        found += streak if len(streak) > ALLOWED_EARLY_READS else []
    return found


def find_polling_without_backoff(calls: Sequence[Exchange]) -> list[Exchange]:
    """Four or more reads of an unchanged evaluation, less than a minute apart, whose pauses do not grow.

    A PUT of the settings, a changed answer or a minute's pause begins another poll. Rule: BEV-03.
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
    """Three or more reads of an older package's settings after the defaults were changed, while they differ from them.

    Not once the package's own settings were saved. Rule: DEF-02.
    """
    found: list[Exchange] = []
    defaults: dict[str | None, dict[str, object]] = {}
    packages_with_own_settings: set[str | None] = set()
    reads: dict[tuple[str | None, str | None], list[Exchange]] = {}
    for call in calls:
        package_id = call.parameter("package_id")
        response_body = call.response_json if isinstance(call.response_json, dict) else {}
        if call.status == 200 and call.operation == "setBackhaulDefaults":
            found += _excess_reads(reads.values())
            defaults[call.partner], reads = response_body, {}
            packages_with_own_settings = set()
        elif call.status == 201 and call.operation in ("createPackage", "mergePackages"):
            packages_with_own_settings.add(str(response_body.get("id")))
        elif call.status == 200 and call.operation == "replaceEvaluationSettings":
            packages_with_own_settings.add(package_id)
        elif (
            call.status == 200
            and call.operation == "getEvaluationSettings"
            and package_id not in packages_with_own_settings
        ):
            current_defaults = defaults.get(call.partner, {})
            if any(response_body.get(name) != value for name, value in current_defaults.items()):
                reads.setdefault((call.user, package_id), []).append(call)
    return found + _excess_reads(reads.values())


def _group_by_package(calls: Sequence[Exchange], operations: tuple[str, ...]) -> Iterable[list[Exchange]]:
    """What succeeded of these operations, for each user and package."""
    groups: dict[tuple[str | None, str | None], list[Exchange]] = {}
    for call in calls:
        if call.operation in operations and call.status == 200:
            groups.setdefault((call.user, call.parameter("package_id")), []).append(call)
    return groups.values()


def _package_status(read: Exchange) -> object:
    return read.response_json.get("status") if isinstance(read.response_json, dict) else None


def _reads_without_backoff(poll: Sequence[Exchange]) -> list[Exchange]:
    pauses = [after.at - before.at for before, after in pairwise(poll)]
    if len(pauses) <= ALLOWED_EVEN_PAUSES or max(pauses) > pauses[0] * MIN_BACKOFF_GROWTH:
        return []
    return list(poll[1:])


def _excess_reads(reads: Iterable[list[Exchange]]) -> list[Exchange]:
    return [read for group in reads if len(group) > ALLOWED_SETTINGS_READS for read in group]
