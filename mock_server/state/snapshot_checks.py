"""Whether a snapshot can be restored here: it is of this server's world, and nothing in it is what cannot be."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import TypeAlias

from mock_server.domain.errors import Problem
from mock_server.domain.faults import MOST_MILLISECONDS, Effect, Rule
from mock_server.domain.limits import MOST as MOST_A_MINUTE
from mock_server.state import snapshot_references
from mock_server.state.clock import MAX_SPEED
from mock_server.state.snapshot import Snapshot
from mock_server.state.snapshot_references import within
from mock_server.worlds.digest import digest
from mock_server.worlds.world import World

SECOND = timedelta(seconds=1)
"""All instants are to the second: a job that took a part of one would fall due at one that cannot be written."""
MOST_COUNTED = 2**53
"""What is counted on has room above it: none of what is written later is too large to be read again."""
MOST_TOLD = 20
"""How many problems are told at once."""

Found: TypeAlias = Iterator[Problem]


def world_problem(snapshot: Snapshot, world: World) -> Problem | None:
    """What tells the snapshot's world from the one that this server has for its seed and birth date."""
    named = snapshot.world
    if named.source != world.source:
        told = f"the snapshot is of a world from {named.source}, this workspace's is from {world.source}"
        return Problem("world", "world.source", told)
    if named.digest != digest(world):
        return Problem("world", "world.digest", "the snapshot is of a world with other users, customers or sales")
    return None


def problems(snapshot: Snapshot, world: World) -> list[Problem]:
    """What is wrong with the snapshot, told by field; `world` is the one that it is of."""
    found = chain(
        _clock(snapshot),
        _counters(snapshot),
        _revisions(snapshot),
        _limits(snapshot),
        _faults(snapshot.faults.rules),
        snapshot_references.problems(snapshot, world),
    )
    return list(islice(found, MOST_TOLD))


def _not_later(field: str, instant: datetime, now: datetime) -> Found:
    if instant > now:
        yield Problem("range", field, "must not be later than clock.now")


def _clock(snapshot: Snapshot) -> Found:
    clock, timing = snapshot.clock, snapshot.timing
    yield from _not_later("world.born", snapshot.world.born, clock.now)
    yield from within("world.seed", snapshot.world.seed, 0, 2**53)
    if not 0 < clock.speed <= MAX_SPEED:
        yield Problem("range", "clock.speed", f"must be above 0, at most {MAX_SPEED:.0f}")
    for name in timing.__slots__:
        if getattr(timing, name) <= timedelta() or getattr(timing, name) % SECOND:
            yield Problem("range", f"timing.{name}", "a job takes whole seconds, one at least")


def _counters(snapshot: Snapshot) -> Found:
    """No counter may be behind what it has numbered: the next one would be given twice."""
    records, counts = snapshot.records, snapshot.counters
    for kind, count in counts.items():
        yield from within(f"counters.{kind}", count, 0, MOST_COUNTED)
    jobs = (*snapshot.jobs.pending, *(past.job for past in snapshot.jobs.past))
    given: dict[str, Iterable[int]] = {
        "#cr": (row.number for row in records.results),
        "#pkg": (package.number for package in records.packages),
        "#job": (job.number for job in jobs),
        "#purchase": (purchase.number for change in records.sales for purchase in change.added),
    }
    for kind, numbers in given.items():
        last = max(numbers, default=0)
        if last > counts.get(kind, 0):
            yield Problem("range", f"counters.{kind}", f"must be at least {last}, a number that was given")


def _revisions(snapshot: Snapshot) -> Found:
    """Revisions go on from the highest: it must leave room for those that come."""
    records, jobs = snapshot.records, snapshot.jobs
    listed = (
        *((f"records.packages.{place}.revision", each.revision) for place, each in enumerate(records.packages)),
        *((f"records.evaluations.{place}.revision", each.revision) for place, each in enumerate(records.evaluations)),
        *((f"jobs.pending.{place}.generation", each.generation) for place, each in enumerate(jobs.pending)),
        *((f"jobs.past.{place}.job.generation", each.job.generation) for place, each in enumerate(jobs.past)),
    )
    for field, revision in listed:
        yield from within(field, revision, 0, MOST_COUNTED)


def _limits(snapshot: Snapshot) -> Found:
    most = snapshot.limits.a_minute
    if most is not None:
        for name in most.__slots__:
            yield from within(f"limits.a_minute.{name}", getattr(most, name), 1, MOST_A_MINUTE)
    for place, asked in enumerate(snapshot.limits.asked):
        for instant in asked.at:
            yield from _not_later(f"limits.asked.{place}.at", instant, snapshot.clock.now)


def _faults(rules: Iterable[Rule]) -> Found:
    for place, rule in enumerate(rules):
        field, effect = f"faults.rules.{place}", rule.effect
        plain = Effect()
        named = [name for name in effect.__slots__ if getattr(effect, name) != getattr(plain, name)]
        if len(named) != 1:
            yield Problem("required", f"{field}.effect", "an effect is exactly one of its members")
        if effect.status is not None:
            yield from within(f"{field}.effect.status", effect.status, 400, 599)
        if effect.truncate_after is not None:
            yield from within(f"{field}.effect.truncate_after", effect.truncate_after, 0, 2**53)
        if rule.match.share is not None:
            yield from within(f"{field}.match.share", rule.match.share, 0, 1)
        for name in ("tokens", "matched", "struck", "milliseconds"):
            yield from within(f"{field}.{name}", getattr(rule, name), 0, MOST_COUNTED)
        yield from _waits(f"{field}.effect", effect)


def _waits(field: str, effect: Effect) -> Found:
    """What a rule waits must be a time that can be waited."""
    if effect.latency is not None:
        yield from within(f"{field}.latency.milliseconds", effect.latency.milliseconds, 0, MOST_MILLISECONDS)
        yield from within(f"{field}.latency.sigma", effect.latency.sigma, 0, 5)
        if effect.latency.distribution == "uniform":
            least = effect.latency.milliseconds
            yield from within(f"{field}.latency.most", effect.latency.most, least, MOST_MILLISECONDS)
    if effect.drip is not None:
        yield from within(f"{field}.drip.bytes", effect.drip.bytes, 1, 2**53)
        yield from within(f"{field}.drip.milliseconds", effect.drip.milliseconds, 0, MOST_MILLISECONDS)
    for name, mishap in (("evaluation", effect.evaluation), ("build", effect.build)):
        if mishap is not None:
            yield from within(f"{field}.{name}.takes", mishap.takes, 0, 2**31)
