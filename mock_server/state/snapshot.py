"""A snapshot: a point written as one record, which JSON can carry to another server and back."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from mock_server.domain.faults import Faults
from mock_server.domain.lifecycles import Timing
from mock_server.domain.limits import Kind, Limits
from mock_server.domain.models import (
    AttributionRun,
    CampaignResult,
    Challenge,
    Customer,
    Evaluation,
    Event,
    Ingest,
    Job,
    Package,
    Partner,
    PartnerDefaults,
    Purchase,
    User,
)
from mock_server.state import change_cause
from mock_server.state.checkpoints import Point
from mock_server.state.clock import Mode
from mock_server.state.ids import COUNTED_ON, TOKENS
from mock_server.state.job_queue import Jobs, State
from mock_server.state.quirks import Quirks
from mock_server.state.store import Record, Store, Table
from mock_server.worlds.digest import digest
from mock_server.worlds.world import Source, World

Format: TypeAlias = Literal["wavetank-snapshot"]
Version: TypeAlias = Literal[1]
FORMAT: Format = "wavetank-snapshot"
VERSION: Version = 1
"""Goes up when a server of before could not read what is written now."""


@dataclass(frozen=True, slots=True)
class WorldReference:
    """The world that a snapshot is of: what never changes is named, not copied. `digest` tells one from another."""

    seed: int
    born: datetime
    source: Source
    digest: str


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Where the clock stood; `speed` is in seconds of the workspace for each of the machine's."""

    now: datetime
    mode: Mode
    speed: float


@dataclass(frozen=True, slots=True)
class AskedBy:
    """When a partner or an address has asked within the last minute."""

    kind: Kind
    whose: str
    at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class LimitsState:
    """How many requests a minute are taken, None for any number, and those that count."""

    a_minute: Limits | None
    asked: tuple[AskedBy, ...]


@dataclass(frozen=True, slots=True)
class PastJob:
    """A job that is over, and how it ended."""

    job: Job
    state: State


@dataclass(frozen=True, slots=True)
class JobsState:
    """The jobs that are pending, in due order, and the last ones that are over."""

    pending: tuple[Job, ...]
    past: tuple[PastJob, ...]


@dataclass(frozen=True, slots=True)
class SalesChange:
    """How an event's purchases differ from the world's: the numbers of those that are gone, and those that came."""

    event_id: str
    dropped: tuple[int, ...]
    added: tuple[Purchase, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """The records: all of each kind, but of users, customers and sales those in which they differ from the world's."""

    partners: tuple[Partner, ...]
    users: tuple[User, ...]
    challenges: tuple[Challenge, ...]
    events: tuple[Event, ...]
    customers: tuple[Customer, ...]
    sales: tuple[SalesChange, ...]
    ingests: tuple[Ingest, ...]
    results: tuple[CampaignResult, ...]
    packages: tuple[Package, ...]
    evaluations: tuple[Evaluation, ...]
    defaults: tuple[PartnerDefaults, ...]
    last_run: AttributionRun | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A workspace's state. `counters` are those that ids and numbers are made from, by kind."""

    format: Format
    version: Version
    world: WorldReference
    clock: ClockReading
    timing: Timing
    counters: dict[str, int]
    quirks: Quirks
    faults: Faults
    limits: LimitsState
    jobs: JobsState
    records: Records


def of(point: Point, world: World) -> Snapshot:
    """The point as a record; `world` is the one that it started from."""
    asked = sorted(point.asked.items())
    return Snapshot(
        format=FORMAT,
        version=VERSION,
        world=WorldReference(point.seed, point.born, world.source, digest(world)),
        clock=ClockReading(point.now, point.mode, point.speed),
        timing=point.timing,
        counters={kind: count for kind, count in sorted(point.counts.items()) if kind not in COUNTED_ON and count},
        quirks=point.quirks,
        faults=point.faults,
        limits=LimitsState(point.limits, tuple(AskedBy(*whose, tuple(at)) for whose, at in asked if at)),
        jobs=JobsState(tuple(point.jobs), tuple(PastJob(*past) for past in point.jobs.past)),
        records=_records(point.store.copied(), world),
    )


def _records(store: Store, world: World) -> Records:
    """What the store holds; of kinds that may be worked out when they are read, in an order that reading does not make.

    The store is the caller's to give away: what nobody has read yet is worked out in it.
    """
    return Records(
        partners=tuple(store.partners),
        users=tuple(user for user in store.users if user != world.users.get(user.username)),
        challenges=tuple(store.challenges),
        events=tuple(store.events),
        customers=tuple(store.customers.added.values()),
        sales=tuple(_sales(store, world)),
        ingests=tuple(store.ingests),
        results=tuple(sorted(store.results, key=lambda row: (row.number, row.id))),
        packages=tuple(sorted(store.packages, key=lambda package: (package.number, package.id))),
        evaluations=tuple(sorted(store.evaluations, key=lambda evaluation: evaluation.package_id)),
        defaults=tuple(store.defaults),
        last_run=store.last_run,
    )


def _sales(store: Store, world: World) -> Iterator[SalesChange]:
    for event_id, book in sorted(store.sales.changed().items()):
        before = {purchase.number: purchase for purchase in world.sales.get(event_id, ())}
        added = tuple(purchase for purchase in book if before.get(purchase.number) != purchase)
        stayed = {purchase.number for purchase in book} - {purchase.number for purchase in added}
        dropped = tuple(sorted(before.keys() - stayed))
        if added or dropped:
            yield SalesChange(event_id, dropped, added)


def point(snapshot: Snapshot, world: World) -> Point:
    """The point that was written, `world` being the one that the snapshot is of."""
    clock = snapshot.clock
    return Point(
        now=clock.now,
        mode=clock.mode,
        speed=clock.speed,
        seed=snapshot.world.seed,
        born=snapshot.world.born,
        timing=snapshot.timing,
        quirks=snapshot.quirks,
        faults=snapshot.faults,
        limits=snapshot.limits.a_minute,
        asked={(asked.kind, asked.whose): deque(asked.at) for asked in snapshot.limits.asked},
        counts=snapshot.counters | {TOKENS: _last_token(snapshot.faults)},
        jobs=_jobs(snapshot.jobs),
        store=change_cause.of_snapshot(
            _store(snapshot.records, world), clock.now, snapshot.counters.get("#purchase", 0)
        ),
    )


def _jobs(state: JobsState) -> Jobs:
    jobs = Jobs()
    for job in state.pending:
        jobs.add(job)
    jobs.past.extend((past.job, past.state) for past in state.past)
    return jobs


def _store(records: Records, world: World) -> Store:
    store = Store(replace(world, partners={}, events={}))
    _fill(store.partners, records.partners)
    _fill(store.users, records.users)
    _fill(store.events, records.events)
    for customer in records.customers:
        store.customers.put(customer)
    for change in records.sales:
        store.sales.rewrite(change.event_id, _book(change, world))
    _fill(store.challenges, records.challenges)
    _fill(store.ingests, records.ingests)
    _fill(store.results, records.results)
    _fill(store.packages, records.packages)
    _fill(store.evaluations, records.evaluations)
    _fill(store.defaults, records.defaults)
    store.last_run = records.last_run
    return store


def _fill(table: Table[Record], records: Iterable[Record]) -> None:
    for record in records:
        table.put(record)


def _book(change: SalesChange, world: World) -> Iterable[Purchase]:
    dropped = set(change.dropped)
    yield from (purchase for purchase in world.sales.get(change.event_id, ()) if purchase.number not in dropped)
    yield from change.added


def last_revision(snapshot: Snapshot) -> int:
    """The highest revision that anything in the snapshot belongs to."""
    records = snapshot.records
    jobs = (*snapshot.jobs.pending, *(past.job for past in snapshot.jobs.past))
    return max(
        0,
        *(package.revision for package in records.packages),
        *(evaluation.revision for evaluation in records.evaluations),
        *(job.generation for job in jobs),
    )


def _last_token(faults: Faults) -> int:
    """The highest number of a token that a fault speaks of: it does not mean those that are issued later."""
    return max((rule.tokens for rule in faults.rules), default=0)
