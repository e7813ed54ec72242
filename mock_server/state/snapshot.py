"""A snapshot is a checkpoint as one record, which is saved as JSON and can be restored on another server."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, TypeVar

from mock_server.domain import passwords
from mock_server.domain.faults import Faults
from mock_server.domain.lifecycles import Timing
from mock_server.domain.limits import Limits
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
from mock_server.domain.pieces import Steps, in_pieces, split
from mock_server.state import change_cause
from mock_server.state.checkpoints import Checkpoint, RequesterTimes, to_recent_requests
from mock_server.state.clock import ClockMode
from mock_server.state.documentation import DEFAULT_DOCUMENTATION, Documentation
from mock_server.state.ids import MONOTONIC_COUNTERS, TOKEN_COUNTER
from mock_server.state.job_queue import JobQueue, PastJob
from mock_server.state.quirks import Quirks
from mock_server.state.store import Store
from mock_server.worlds.digest import digest
from mock_server.worlds.world import Source, World

FormatName: TypeAlias = Literal["wavetank-snapshot"]
FormatVersion: TypeAlias = Literal[1]
FORMAT: FormatName = "wavetank-snapshot"
UNITS_PER_RECORD, UNITS_PER_HASH = 4, 1_000
"""How many units of work (`domain/pieces.py`) it takes to put a record into a store."""
Written = TypeVar("Written", contravariant=True)
VERSION: FormatVersion = 1
"""The version of the format. It is increased when servers of earlier versions cannot read new snapshots."""


@dataclass(frozen=True, slots=True)
class WorldReference:
    """The world to which a snapshot belongs. It is not copied, because it never changes; `digest` identifies it."""

    seed: int
    created_at: datetime
    source: Source
    digest: str


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The state of the clock. `speed` is in seconds of the clock for each second of real time."""

    now: datetime
    mode: ClockMode
    speed: float


@dataclass(frozen=True, slots=True)
class LimitsSnapshot:
    """The rate limits (None if there are none), and the recent requests that count towards them."""

    per_minute: Limits | None
    recent_requests: tuple[RequesterTimes, ...]


@dataclass(frozen=True, slots=True)
class JobQueueSnapshot:
    """The pending jobs, in due order, and the last jobs that are no longer pending."""

    pending: tuple[Job, ...]
    past: tuple[PastJob, ...]


@dataclass(frozen=True, slots=True)
class SalesChange:
    """How an event's purchases differ from the world's: the numbers of removed purchases, and the added purchases."""

    event_id: str
    dropped: tuple[int, ...]
    added: tuple[Purchase, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """The records of each kind. Of users, customers and sales, only the differences from the world are included."""

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
    """A workspace's state. `counters` contains the counters of ids and record numbers, by kind.

    A snapshot that was written before documentation profiles existed contains no `documentation`.
    """

    format: FormatName
    version: FormatVersion
    world: WorldReference
    clock: ClockReading
    timing: Timing
    counters: dict[str, int]
    quirks: Quirks
    faults: Faults
    limits: LimitsSnapshot
    jobs: JobQueueSnapshot
    records: Records
    documentation: Documentation = DEFAULT_DOCUMENTATION


@in_pieces
def build(checkpoint: Checkpoint, world: World) -> Steps[Snapshot]:
    """Convert a checkpoint to a snapshot. `world` is the world from which the workspace started."""
    requests = sorted(checkpoint.recent_requests.items())
    records = yield from _build_records(checkpoint.store.copy(), world, checkpoint.now)
    return Snapshot(
        format=FORMAT,
        version=VERSION,
        world=WorldReference(checkpoint.seed, checkpoint.created_at, world.source, digest(world)),
        clock=ClockReading(checkpoint.now, checkpoint.mode, checkpoint.speed),
        timing=checkpoint.timing,
        counters={
            kind: count for kind, count in sorted(checkpoint.counts.items()) if kind not in MONOTONIC_COUNTERS and count
        },
        quirks=checkpoint.quirks,
        faults=checkpoint.faults,
        limits=LimitsSnapshot(
            checkpoint.limits, tuple(RequesterTimes(*requester, tuple(times)) for requester, times in requests if times)
        ),
        jobs=JobQueueSnapshot(tuple(checkpoint.jobs), tuple(checkpoint.jobs.past)),
        records=records,
        documentation=checkpoint.documentation,
    )


def _build_records(store: Store, world: World, now: datetime) -> Steps[Records]:
    """Return the store's records. Tables with lazy records are sorted, so that earlier reads do not affect the order.

    Challenges that have expired are left out, because nobody can answer them.

    The function computes lazy records in the given store, so pass a copy of the store.
    """
    sales = yield from store.sales.find_changes()
    return Records(
        partners=tuple(store.partners),
        users=tuple(hash_password(user) for user in store.users if user != world.users.get(user.username)),
        challenges=tuple(challenge for challenge in store.challenges if challenge.expires_at > now),
        events=tuple(store.events),
        customers=tuple(store.customers.added.values()),
        sales=tuple(SalesChange(*change) for change in sales),
        ingests=tuple(store.ingests),
        results=tuple(sorted(store.results, key=lambda row: (row.number, row.id))),
        packages=tuple(sorted(store.packages, key=lambda package: (package.number, package.id))),
        evaluations=tuple(sorted(store.evaluations, key=lambda evaluation: evaluation.package_id)),
        defaults=tuple(store.defaults),
        last_run=store.last_run,
    )


@in_pieces
def to_checkpoint(snapshot: Snapshot, world: World) -> Steps[Checkpoint]:
    """Convert a snapshot back to a checkpoint. `world` is the world to which the snapshot belongs."""
    clock = snapshot.clock
    store = yield from _build_store(snapshot.records, world)
    return Checkpoint(
        now=clock.now,
        mode=clock.mode,
        speed=clock.speed,
        seed=snapshot.world.seed,
        created_at=snapshot.world.created_at,
        timing=snapshot.timing,
        documentation=snapshot.documentation,
        quirks=snapshot.quirks,
        faults=_drop_unknown_delays(snapshot),
        limits=snapshot.limits.per_minute,
        recent_requests=to_recent_requests(snapshot.limits.recent_requests),
        counts=snapshot.counters | {TOKEN_COUNTER: _last_token_number(snapshot.faults)},
        jobs=_build_job_queue(snapshot.jobs),
        store=change_cause.mark_restored(store, clock.now, snapshot.counters.get("#purchase", 0)),
    )


def _build_job_queue(state: JobQueueSnapshot) -> JobQueue:
    jobs = JobQueue()
    for job in state.pending:
        jobs.add(job)
    jobs.past.extend(state.past)
    return jobs


def _build_store(records: Records, world: World) -> Steps[Store]:
    store = Store(replace(world, partners={}, events={}))
    yield from _fill(store.partners, records.partners)
    for user in records.users:
        store.users.put(hash_password(user))
        yield UNITS_PER_HASH if user.password else UNITS_PER_RECORD
    yield from _fill(store.events, records.events)
    yield from _fill(store.customers, records.customers)
    for change in records.sales:
        store.sales.restore_event(change.event_id, change.dropped, change.added)
        yield len(change.added)
    yield from _fill(store.challenges, records.challenges)
    yield from _fill(store.ingests, records.ingests)
    yield from _fill(store.results, records.results)
    yield from _fill(store.packages, records.packages)
    yield from _fill(store.evaluations, records.evaluations)
    yield from _fill(store.defaults, records.defaults)
    store.last_run = records.last_run
    return store


def hash_password(user: User) -> User:
    """Replace the password of a user who is not in the world by its hash.

    Snapshots of earlier versions contain the passwords of such users.
    """
    if not user.password or user.password_hash is not None:
        return replace(user, password="") if user.password else user
    salt = passwords.derive_salt("snapshot", user.username)
    return replace(user, password="", password_hash=passwords.hash_password(user.password, salt))


class _Table(Protocol[Written]):
    """A part of the store that takes records."""

    def put(self, record: Written, /) -> None:
        """Add a record."""


def _fill(table: _Table[Written], records: Iterable[Written]) -> Steps[None]:
    for part in split(records):
        for record in part:
            table.put(record)
        yield UNITS_PER_RECORD * len(part)


def last_revision(snapshot: Snapshot) -> int:
    """Return the highest revision in the snapshot."""
    records = snapshot.records
    jobs = (*snapshot.jobs.pending, *(past.job for past in snapshot.jobs.past))
    return max(
        0,
        *(package.revision for package in records.packages),
        *(evaluation.revision for evaluation in records.evaluations),
        *(job.generation for job in jobs),
    )


def _drop_unknown_delays(snapshot: Snapshot) -> Faults:
    """Return the faults without the marks of jobs that are not pending."""
    pending = {job.number for job in snapshot.jobs.pending}
    return replace(snapshot.faults, delayed_jobs=tuple(filter(pending.__contains__, snapshot.faults.delayed_jobs)))


def _last_token_number(faults: Faults) -> int:
    """Return the highest token number of a fault rule. Tokens issued later must have higher numbers."""
    return max((rule.last_token_number for rule in faults.rules), default=0)
