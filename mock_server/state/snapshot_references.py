"""Checks that the records of a snapshot are consistent: references point to records, and jobs can be performed."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import TypeAlias

from mock_server.domain import formats, ingest, passwords
from mock_server.domain.errors import Problem
from mock_server.domain.events import RESERVED_IDS
from mock_server.domain.models import EvaluationSettings, Package, PackageStatus
from mock_server.domain.packages import MAX_PACKAGES
from mock_server.state.snapshot import Records, SalesChange, Snapshot
from mock_server.worlds.world import World

Problems: TypeAlias = Iterator[Problem]

MAX_EVENTS, MAX_WINDOW_DAYS = 100, 365
"""See: PKG-02, BEV-02."""
ALLOWED_PACKAGE_STATUSES: dict[str, tuple[PackageStatus, ...]] = {
    "package_stage": ("INITIALIZING", "INPROGRESS"),
    "package_expiry": ("DONE",),
    "evaluation": ("INITIALIZING", "INPROGRESS", "DONE", "EXPIRED", "FAILED"),
}
"""The possible statuses of a package while a job for it is pending. See: PKG-03, PKG-13."""
BUILT_STATUSES: tuple[PackageStatus, ...] = ("DONE", "EXPIRED")


def find_problems(snapshot: Snapshot, world: World) -> tuple[Problems, ...]:
    """Return the checks of problems that concern several records."""
    records = snapshot.records
    return (
        *_check_duplicates(snapshot),
        _check_users(records),
        _check_owners(records, world),
        _check_events(records, world),
        _check_sales(records, world),
        _check_packages(records, world),
        _check_results(records),
        _check_jobs(snapshot),
    )


def _check_users(records: Records) -> Problems:
    """Check that each user has a password, as a hash or, in a snapshot of an earlier version, in plain text."""
    for index, user in enumerate(records.users):
        if user.password_hash is None and not user.password:
            yield Problem("required", f"records.users.{index}.password_hash", "a user must have a password")
        elif user.password_hash is not None and not passwords.HASH_FORM.fullmatch(user.password_hash):
            message = f"must have the form {passwords.SCHEME}$SALT$HASH"
            yield Problem("characters", f"records.users.{index}.password_hash", message)


def _check_known(field: str, value: str, known: Container[str], kind: str) -> Problems:
    if value not in known:
        yield Problem("unknown", field, f"there is no {kind} {value}")


def check_range(field: str, value: float, minimum: float, maximum: float) -> Problems:
    """Check that a number is from `minimum` to `maximum`."""
    if not minimum <= value <= maximum:
        yield Problem("range", field, f"must be from {minimum} to {maximum}")


def _check_duplicates(snapshot: Snapshot) -> Iterator[Problems]:
    """Return a check for each kind of record: no two records have the same key."""
    records = snapshot.records
    keys: dict[str, Iterable[object]] = {
        "limits.recent_requests": ((entry.kind, entry.requester) for entry in snapshot.limits.recent_requests),
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
    return (_check_distinct(field, listed) for field, listed in keys.items())


def _check_distinct(field: str, keys: Iterable[object]) -> Problems:
    for key, count in Counter(keys).items():
        if count > 1:
            shown_key = " of ".join(key) if isinstance(key, tuple) else key
            yield Problem("duplicate", field, f"{shown_key} is listed {count} times")


def _check_owners(records: Records, world: World) -> Problems:
    """Check that each record belongs to a partner or user that exists."""
    partners = {partner.id for partner in records.partners}
    users = world.users.keys() | {user.username for user in records.users}
    owned = (
        *(("events", index, event.partner_id) for index, event in enumerate(records.events)),
        *(("customers", place, customer.partner_id) for place, customer in enumerate(records.customers)),
        *(("packages", place, package.partner_id) for place, package in enumerate(records.packages)),
        *(("defaults", place, defaults.partner_id) for place, defaults in enumerate(records.defaults)),
    )
    for kind, place, partner_id in owned:
        yield from _check_known(f"records.{kind}.{place}.partner_id", partner_id, partners, "partner")
    for place, challenge in enumerate(records.challenges):
        yield from _check_known(f"records.challenges.{place}.username", challenge.username, users, "user")


def _check_events(records: Records, world: World) -> Problems:
    events = {event.id for event in records.events}
    for event_id in world.events:
        if event_id not in events:
            yield Problem("required", "records.events", f"the world's event {event_id} is missing")
    for index, event in enumerate(records.events):
        yield from check_range(f"records.events.{index}.predicted_sales_share", event.predicted_sales_share or 0, 0, 1)
        yield from check_range(f"records.events.{index}.capacity", event.capacity or 0, 0, 2**53)
        yield from _check_status_word(f"records.events.{index}.status", event.status)
        if event.id in RESERVED_IDS:
            yield Problem("reserved", f"records.events.{index}.id", f"no event can have the id {event.id}")
    for index, partner in enumerate(records.partners):
        yield from _check_status_word(f"records.partners.{index}.status", partner.status)


def _check_status_word(field: str, status: str) -> Problems:
    try:
        formats.parse_status_word(status)
    except ValueError:
        yield Problem("type", field, "must be a word in lower case such as active")


def _check_sales(records: Records, world: World) -> Problems:
    """Check the changes of each event. An event that is listed again is not, since that costs all its purchases."""
    checked: set[str] = set()
    events = {event.id for event in records.events}
    new_customers = {customer.id for customer in records.customers}
    for index, change in enumerate(records.sales):
        if change.event_id in checked:
            continue
        checked.add(change.event_id)
        field = f"records.sales.{index}"
        yield from _check_known(f"{field}.event_id", change.event_id, events, "event")
        yield from _check_sales_change(field, change, world)
        for purchase_index, purchase in enumerate(change.added):
            if purchase.customer_id not in new_customers:
                customer_field = f"{field}.added.{purchase_index}.customer_id"
                yield from _check_known(customer_field, purchase.customer_id, world.customers, "customer")


def _check_sales_change(field: str, change: SalesChange, world: World) -> Problems:
    """Check that removed purchases exist, and that added purchases belong to the event and have new numbers."""
    remaining = {purchase.number for purchase in world.sales.get(change.event_id, ())}
    for number in change.dropped:
        if number not in remaining:
            yield Problem("unknown", f"{field}.dropped", f"the world contains no purchase {number} of this event")
        remaining.discard(number)
    for index, purchase in enumerate(change.added):
        purchase_field = f"{field}.added.{index}"
        if purchase.event_id != change.event_id:
            yield Problem("scope", f"{purchase_field}.event_id", f"must be {change.event_id}")
        if purchase.number in remaining:
            yield Problem("duplicate", f"{purchase_field}.number", f"purchase {purchase.number} already exists")
        remaining.add(purchase.number)
        yield from check_range(f"{purchase_field}.tickets", purchase.tickets, 1, 2**53)


def _check_packages(records: Records, world: World) -> Problems:
    owners = {event.id: event.partner_id for event in records.events}
    new_customers = {customer.id for customer in records.customers}
    for index, package in enumerate(records.packages):
        field = f"records.packages.{index}"
        yield from _check_package(field, package)
        for event_id in package.event_ids:
            if owners.get(event_id) != package.partner_id:
                yield Problem("unknown", f"{field}.event_ids", f"{package.partner_id} has no event {event_id}")
        for cluster_index, cluster in enumerate(package.clusters or ()):
            for customer_id in cluster.customers:
                if customer_id not in new_customers:
                    customers_field = f"{field}.clusters.{cluster_index}.customers"
                    yield from _check_known(customers_field, customer_id, world.customers, "customer")
    for index, defaults in enumerate(records.defaults):
        yield from _check_settings(f"records.defaults.{index}.settings", defaults.settings)


def _check_package(field: str, package: Package) -> Problems:
    """Check that a package contains clusters and a run id if and only if it is built. See: PKG-04."""
    for name, value in (("clusters", package.clusters), ("tc_run_id", package.tc_run_id)):
        if (value is not None) != (package.status in BUILT_STATUSES):
            requirement = "has no" if value is not None else "must have"
            yield Problem("state", f"{field}.{name}", f"a package that is {package.status} {requirement} {name}")
    yield from check_range(f"{field}.num_packages", package.num_packages, 1, MAX_PACKAGES)
    yield from check_range(f"{field}.n_top_events", package.n_top_events, 1, MAX_EVENTS)
    yield from _check_settings(f"{field}.settings", package.settings)


def _check_settings(field: str, settings: EvaluationSettings) -> Problems:
    yield from check_range(f"{field}.attribution_window", settings.attribution_window, 1, MAX_WINDOW_DAYS)


def _check_results(records: Records) -> Problems:
    """Check that the events and packages of rows, summaries and evaluations exist."""
    owners = {event.id: event.partner_id for event in records.events}
    packages = {package.id for package in records.packages}
    owned = (
        *(("results", index, row.eid, row.partner_id) for index, row in enumerate(records.results)),
        *(("ingests", place, summary.eid, summary.partner_id) for place, summary in enumerate(records.ingests)),
    )
    for kind, place, eid, partner_id in owned:
        if owners.get(eid) != partner_id:
            yield Problem("unknown", f"records.{kind}.{place}.eid", f"{partner_id} has no event {eid}")
    for place, summary in enumerate(records.ingests):
        for problem in ingest.period_problems(summary.first, summary.last):
            yield Problem(
                problem.code, f"records.ingests.{place}", "last must not be earlier than first, or too much later"
            )
    for place, evaluation in enumerate(records.evaluations):
        yield from _check_known(f"records.evaluations.{place}.package_id", evaluation.package_id, packages, "package")


def _check_jobs(snapshot: Snapshot) -> Problems:
    """Check that pending jobs fall due after the snapshot's time, and can be performed then."""
    package_statuses = {package.id: package.status for package in snapshot.records.packages}
    numbers = Counter(job.number for job in snapshot.jobs.pending)
    for index, job in enumerate(snapshot.jobs.pending):
        field = f"jobs.pending.{index}"
        if job.due <= snapshot.clock.now:
            yield Problem("range", f"{field}.due", "a pending job must fall due after clock.now")
        if numbers[job.number] > 1:
            yield Problem("duplicate", f"{field}.number", f"number {job.number} is used by several jobs")
        if (
            job.kind in ALLOWED_PACKAGE_STATUSES
            and package_statuses.get(job.subject) not in ALLOWED_PACKAGE_STATUSES[job.kind]
        ):
            reason = f"is {package_statuses[job.subject]}" if job.subject in package_statuses else "does not exist"
            yield Problem(
                "unknown", f"{field}.subject", f"package {job.subject} {reason}; {job.kind} cannot be performed"
            )
    for index, past in enumerate(snapshot.jobs.past):
        if past.state == "pending":
            yield Problem("state", f"jobs.past.{index}.state", "a pending job belongs in jobs.pending")
