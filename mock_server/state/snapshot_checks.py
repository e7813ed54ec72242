"""Checks that a snapshot can be restored: it belongs to this server's world, and its values are possible."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeAlias

from mock_server.domain.errors import MAX_PROBLEMS, UNLISTED, WHOLE_BODY, Problem
from mock_server.domain.faults import MAX_DELAY_MILLISECONDS, Effect, FaultRule
from mock_server.domain.limits import MAX_REQUESTS_PER_MINUTE
from mock_server.domain.pieces import PIECE_UNITS, Steps
from mock_server.state import snapshot_references
from mock_server.state.clock import MAX_SPEED
from mock_server.state.snapshot import Snapshot
from mock_server.state.snapshot_references import check_range
from mock_server.worlds.digest import digest
from mock_server.worlds.world import World

SECOND = timedelta(seconds=1)
"""The shortest duration of a job. Timestamps have no fractions of a second."""
MAX_COUNTER = 2**53
"""Leaves room for further counting: no later value may be too large to be read back."""

Problems: TypeAlias = Iterator[Problem]


def find_world_problem(snapshot: Snapshot, world: World) -> Problem | None:
    """Return a problem if the snapshot is from another world.

    `world` is the world of the snapshot's seed and start date.
    """
    reference = snapshot.world
    if reference.source != world.source:
        message = f"the snapshot belongs to a {reference.source} world, but this workspace has a {world.source} world"
        return Problem("world", "world.source", message)
    if reference.digest != digest(world):
        return Problem("world", "world.digest", "the snapshot belongs to a world with other users, customers or sales")
    return None


def find_problems(snapshot: Snapshot, world: World) -> Steps[list[Problem]]:
    """Return the problems of the snapshot by field, in steps; only the first are described.

    `world` is the world to which the snapshot belongs.
    """
    problems: list[Problem] = []
    checks = (
        _check_clock(snapshot),
        _check_counters(snapshot),
        _check_revisions(snapshot),
        _check_limits(snapshot),
        _check_faults(snapshot.faults.rules),
        *snapshot_references.find_problems(snapshot, world),
    )
    for check in checks:
        for problem in check:
            problems.append(problem if len(problems) < MAX_PROBLEMS else UNLISTED[WHOLE_BODY])
        yield PIECE_UNITS
    return problems


def _check_not_later(field: str, timestamp: datetime, now: datetime) -> Problems:
    if timestamp > now:
        yield Problem("range", field, "must not be later than clock.now")


def _check_clock(snapshot: Snapshot) -> Problems:
    clock, timing = snapshot.clock, snapshot.timing
    yield from _check_not_later("world.created_at", snapshot.world.created_at, clock.now)
    yield from check_range("world.seed", snapshot.world.seed, 0, 2**53)
    if not 0 < clock.speed <= MAX_SPEED:
        yield Problem("range", "clock.speed", f"must be above 0 and at most {MAX_SPEED:.0f}")
    for name in timing.__slots__:
        if getattr(timing, name) <= timedelta() or getattr(timing, name) % SECOND:
            yield Problem("range", f"timing.{name}", "must be a whole number of seconds, at least 1")


def _check_counters(snapshot: Snapshot) -> Problems:
    """Check that no counter is below a number in use. Otherwise, that number would be used again."""
    records, counts = snapshot.records, snapshot.counters
    for kind, count in counts.items():
        yield from check_range(f"counters.{kind}", count, 0, MAX_COUNTER)
    jobs = (*snapshot.jobs.pending, *(past.job for past in snapshot.jobs.past))
    numbers_by_kind: dict[str, Iterable[int]] = {
        "#cr": (row.number for row in records.results),
        "#pkg": (package.number for package in records.packages),
        "#tcr": (package.tc_run_id for package in records.packages if package.tc_run_id is not None),
        "#job": (job.number for job in jobs),
        "#purchase": (purchase.number for change in records.sales for purchase in change.added),
    }
    for kind, numbers in numbers_by_kind.items():
        last = max(numbers, default=0)
        if last > counts.get(kind, 0):
            yield Problem("range", f"counters.{kind}", f"must be at least {last}, because this number is in use")


def _check_revisions(snapshot: Snapshot) -> Problems:
    """Check that the highest revision leaves room for later revisions."""
    records, jobs = snapshot.records, snapshot.jobs
    revisions = (
        *((f"records.packages.{index}.revision", item.revision) for index, item in enumerate(records.packages)),
        *((f"records.evaluations.{place}.revision", each.revision) for place, each in enumerate(records.evaluations)),
        *((f"jobs.pending.{place}.generation", each.generation) for place, each in enumerate(jobs.pending)),
        *((f"jobs.past.{place}.job.generation", each.job.generation) for place, each in enumerate(jobs.past)),
    )
    for field, revision in revisions:
        yield from check_range(field, revision, 0, MAX_COUNTER)


def _check_limits(snapshot: Snapshot) -> Problems:
    per_minute = snapshot.limits.per_minute
    if per_minute is not None:
        for name in per_minute.__slots__:
            yield from check_range(f"limits.per_minute.{name}", getattr(per_minute, name), 1, MAX_REQUESTS_PER_MINUTE)
    for index, entry in enumerate(snapshot.limits.recent_requests):
        for timestamp in entry.times:
            yield from _check_not_later(f"limits.recent_requests.{index}.times", timestamp, snapshot.clock.now)


def _check_faults(rules: Iterable[FaultRule]) -> Problems:
    for index, rule in enumerate(rules):
        field, effect = f"faults.rules.{index}", rule.effect
        default = Effect()
        set_members = [name for name in effect.__slots__ if getattr(effect, name) != getattr(default, name)]
        if len(set_members) != 1:
            yield Problem("required", f"{field}.effect", "an effect must contain exactly one member")
        if effect.status is not None:
            yield from check_range(f"{field}.effect.status", effect.status, 400, 599)
        if effect.truncate_after is not None:
            yield from check_range(f"{field}.effect.truncate_after", effect.truncate_after, 0, 2**53)
        if rule.match.fraction is not None:
            yield from check_range(f"{field}.match.fraction", rule.match.fraction, 0, 1)
        for name in ("last_token_number", "matched", "applied", "milliseconds"):
            yield from check_range(f"{field}.{name}", getattr(rule, name), 0, MAX_COUNTER)
        yield from _check_delays(f"{field}.effect", effect)


def _check_delays(field: str, effect: Effect) -> Problems:
    """Check that the delays of a rule are within the allowed range."""
    if effect.latency is not None:
        yield from check_range(f"{field}.latency.milliseconds", effect.latency.milliseconds, 0, MAX_DELAY_MILLISECONDS)
        yield from check_range(f"{field}.latency.sigma", effect.latency.sigma, 0, 5)
        if effect.latency.distribution == "uniform":
            least = effect.latency.milliseconds
            yield from check_range(
                f"{field}.latency.max_milliseconds", effect.latency.max_milliseconds, least, MAX_DELAY_MILLISECONDS
            )
    if effect.drip is not None:
        yield from check_range(f"{field}.drip.bytes", effect.drip.bytes, 1, 2**53)
        yield from check_range(f"{field}.drip.milliseconds", effect.drip.milliseconds, 0, MAX_DELAY_MILLISECONDS)
    for name, job_fault in (("evaluation", effect.evaluation), ("build", effect.build)):
        if job_fault is not None:
            yield from check_range(f"{field}.{name}.extra_seconds", job_fault.extra_seconds, 0, 2**31)
