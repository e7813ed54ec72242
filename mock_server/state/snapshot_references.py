"""Whether a snapshot's records hold together: what names another finds it, and jobs find what they are about."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from itertools import chain
from typing import TypeAlias

from mock_server.domain import ingest
from mock_server.domain.errors import Problem
from mock_server.domain.models import EvaluationSettings, Package, PackageStatus
from mock_server.domain.packages import MAX_PACKAGES
from mock_server.state.snapshot import Records, SalesChange, Snapshot
from mock_server.worlds.world import World

Found: TypeAlias = Iterator[Problem]

MOST_EVENTS, LONGEST_WINDOW = 100, 365
"""Rules: PKG-02, BEV-02."""
STANDS: dict[str, tuple[PackageStatus, ...]] = {
    "package_stage": ("INITIALIZING", "INPROGRESS"),
    "package_expiry": ("DONE",),
    "evaluation": ("INITIALIZING", "INPROGRESS", "DONE", "EXPIRED", "FAILED"),
}
"""Where a package may stand while a job for it is pending. Rules: PKG-03, PKG-13."""
BUILT: tuple[PackageStatus, ...] = ("DONE", "EXPIRED")


def problems(snapshot: Snapshot, world: World) -> Found:
    """What is wrong with the records, taken together."""
    records = snapshot.records
    return chain(
        _twice(snapshot),
        _owners(records, world),
        _events(records, world),
        _sales(records, world),
        _packages(records, world),
        _results(records),
        _jobs(snapshot),
    )


def _known(field: str, value: str, known: Container[str], called: str) -> Found:
    if value not in known:
        yield Problem("unknown", field, f"there is no {called} {value}")


def within(field: str, value: float, least: float, most: float) -> Found:
    """Refuse a number that is below the least or above the most."""
    if not least <= value <= most:
        yield Problem("range", field, f"must be from {least} to {most}")


def _twice(snapshot: Snapshot) -> Found:
    """No two of one kind have the same key."""
    records = snapshot.records
    keys: dict[str, Iterable[object]] = {
        "limits.asked": ((asked.kind, asked.whose) for asked in snapshot.limits.asked),
        "faults.rules": (rule.id for rule in snapshot.faults.rules),
        "jobs.pending": ((job.kind, job.subject) for job in snapshot.jobs.pending),
        "records.partners": (partner.id for partner in records.partners),
        "records.users": (user.username for user in records.users),
        "records.challenges": (challenge.session for challenge in records.challenges),
        "records.events": (event.id for event in records.events),
        "records.customers": (customer.id for customer in records.customers),
        "records.sales": (change.event_id for change in records.sales),
        "records.ingests": (summary.id for summary in records.ingests),
        "records.results": (row.id for row in records.results),
        "records.packages": (package.id for package in records.packages),
        "records.evaluations": (evaluation.package_id for evaluation in records.evaluations),
        "records.defaults": (defaults.partner_id for defaults in records.defaults),
    }
    for field, listed in keys.items():
        for key, times in Counter(listed).items():
            if times > 1:
                called = " of ".join(key) if isinstance(key, tuple) else key
                yield Problem("duplicate", field, f"{called} stands here {times} times")


def _owners(records: Records, world: World) -> Found:
    """Whatever belongs to a partner or a user belongs to one that there is."""
    partners = {partner.id for partner in records.partners}
    users = world.users.keys() | {user.username for user in records.users}
    owned = (
        *(("events", place, event.partner_id) for place, event in enumerate(records.events)),
        *(("customers", place, customer.partner_id) for place, customer in enumerate(records.customers)),
        *(("packages", place, package.partner_id) for place, package in enumerate(records.packages)),
        *(("defaults", place, defaults.partner_id) for place, defaults in enumerate(records.defaults)),
    )
    for kind, place, partner_id in owned:
        yield from _known(f"records.{kind}.{place}.partner_id", partner_id, partners, "partner")
    for place, challenge in enumerate(records.challenges):
        yield from _known(f"records.challenges.{place}.username", challenge.username, users, "user")


def _events(records: Records, world: World) -> Found:
    events = {event.id for event in records.events}
    for event_id in world.events:
        if event_id not in events:
            yield Problem("required", "records.events", f"the world's event {event_id} is missing")
    for place, event in enumerate(records.events):
        yield from within(f"records.events.{place}.predicted_sales_share", event.predicted_sales_share or 0, 0, 1)
        yield from within(f"records.events.{place}.capacity", event.capacity or 0, 0, 2**53)


def _sales(records: Records, world: World) -> Found:
    events = {event.id for event in records.events}
    came = {customer.id for customer in records.customers}
    for place, change in enumerate(records.sales):
        field = f"records.sales.{place}"
        yield from _known(f"{field}.event_id", change.event_id, events, "event")
        yield from _book(field, change, world)
        for at, purchase in enumerate(change.added):
            if purchase.customer_id not in came:
                who = f"{field}.added.{at}.customer_id"
                yield from _known(who, purchase.customer_id, world.customers, "customer")


def _book(field: str, change: SalesChange, world: World) -> Found:
    """What is dropped was there, and what is added is of this event, under a number of its own."""
    left = {purchase.number for purchase in world.sales.get(change.event_id, ())}
    for number in change.dropped:
        if number not in left:
            yield Problem("unknown", f"{field}.dropped", f"the world has no purchase {number} of this event")
        left.discard(number)
    for place, purchase in enumerate(change.added):
        here = f"{field}.added.{place}"
        if purchase.event_id != change.event_id:
            yield Problem("scope", f"{here}.event_id", f"these are purchases of {change.event_id}")
        if purchase.number in left:
            yield Problem("duplicate", f"{here}.number", f"there is a purchase {purchase.number} already")
        left.add(purchase.number)
        yield from within(f"{here}.tickets", purchase.tickets, 1, 2**53)


def _packages(records: Records, world: World) -> Found:
    owners = {event.id: event.partner_id for event in records.events}
    came = {customer.id for customer in records.customers}
    for place, package in enumerate(records.packages):
        field = f"records.packages.{place}"
        yield from _package(field, package)
        for event_id in package.event_ids:
            if owners.get(event_id) != package.partner_id:
                yield Problem("unknown", f"{field}.event_ids", f"{package.partner_id} has no event {event_id}")
        for at, cluster in enumerate(package.clusters or ()):
            for customer_id in cluster.customers:
                if customer_id not in came:
                    who = f"{field}.clusters.{at}.customers"
                    yield from _known(who, customer_id, world.customers, "customer")
    for place, defaults in enumerate(records.defaults):
        yield from _settings(f"records.defaults.{place}.settings", defaults.settings)


def _package(field: str, package: Package) -> Found:
    """A package has content once it is built, and not before. Rule: PKG-04."""
    for name, value in (("clusters", package.clusters), ("tc_run_id", package.tc_run_id)):
        if (value is not None) != (package.status in BUILT):
            yield Problem("state", f"{field}.{name}", f"a package that is {package.status} has it, or has it not")
    yield from within(f"{field}.num_packages", package.num_packages, 1, MAX_PACKAGES)
    yield from within(f"{field}.n_top_events", package.n_top_events, 1, MOST_EVENTS)
    yield from _settings(f"{field}.settings", package.settings)


def _settings(field: str, settings: EvaluationSettings) -> Found:
    yield from within(f"{field}.attribution_window", settings.attribution_window, 1, LONGEST_WINDOW)


def _results(records: Records) -> Found:
    """Rows, summaries and evaluations are of an event or a package that there is."""
    owners = {event.id: event.partner_id for event in records.events}
    packages = {package.id for package in records.packages}
    owned = (
        *(("results", place, row.eid, row.partner_id) for place, row in enumerate(records.results)),
        *(("ingests", place, summary.eid, summary.partner_id) for place, summary in enumerate(records.ingests)),
    )
    for kind, place, eid, partner_id in owned:
        if owners.get(eid) != partner_id:
            yield Problem("unknown", f"records.{kind}.{place}.eid", f"{partner_id} has no event {eid}")
    for place, summary in enumerate(records.ingests):
        for problem in ingest.period_problems(summary.first, summary.last):
            yield Problem(problem.code, f"records.ingests.{place}", "last is before first, or too long after it")
    for place, evaluation in enumerate(records.evaluations):
        yield from _known(f"records.evaluations.{place}.package_id", evaluation.package_id, packages, "package")


def _jobs(snapshot: Snapshot) -> Found:
    """Each pending job is yet to fall due, and can be done then."""
    stands = {package.id: package.status for package in snapshot.records.packages}
    numbers = Counter(job.number for job in snapshot.jobs.pending)
    for place, job in enumerate(snapshot.jobs.pending):
        field = f"jobs.pending.{place}"
        if job.due <= snapshot.clock.now:
            yield Problem("range", f"{field}.due", "a pending job falls due after clock.now")
        if numbers[job.number] > 1:
            yield Problem("duplicate", f"{field}.number", f"several jobs have the number {job.number}")
        if job.kind in STANDS and stands.get(job.subject) not in STANDS[job.kind]:
            told = f"is {stands[job.subject]}" if job.subject in stands else "is not there"
            yield Problem("unknown", f"{field}.subject", f"the package {job.subject} {told}; {job.kind} cannot be done")
    for place, past in enumerate(snapshot.jobs.past):
        if past.state == "pending":
            yield Problem("state", f"jobs.past.{place}.state", "a job that is pending stands under jobs.pending")
