"""Summarizes a snapshot on one screen, for `mock-server snapshot show`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import fields
from datetime import timedelta

from mock_server.http.fields import format_timestamp
from mock_server.state.quirks import QUIRK_NAMES
from mock_server.state.snapshot import Records, Snapshot

LABEL_WIDTH = 10


def format_values(summary: Mapping[str, str]) -> list[str]:
    """Return the lines of a summary: a label and its values in each."""
    return [f"{label:<{LABEL_WIDTH}}{values}" for label, values in summary.items()]


def list_values(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Summarize a snapshot: labels, each with its values."""
    world, clock, timing = snapshot.world, snapshot.clock, snapshot.timing
    yield "snapshot", f"version {snapshot.version}"
    yield (
        "world",
        f"{world.source}, seed {world.seed}, start {format_timestamp(world.created_at)}, digest {world.digest}",
    )
    yield "clock", f"{format_timestamp(clock.now)}, {clock.mode}, speed {clock.speed:g}"
    durations = (timing.stage, timing.evaluation, timing.ingest)
    yield "timing", "build stage {}, evaluation {}, ingest {}".format(*map(_format_duration, durations))
    yield "follows", ", ".join((snapshot.documentation, *_enabled_quirks(snapshot)))
    yield "faults", _count(snapshot.faults.rules, "rule")
    limits = snapshot.limits.per_minute
    yield (
        "limits",
        "none" if limits is None else f"{limits.reads} reads, {limits.writes} writes, {limits.sign_ins} sign-ins",
    )
    yield "jobs", _format_jobs(snapshot)
    yield "records", ", ".join(_count_records(snapshot.records))


def _enabled_quirks(snapshot: Snapshot) -> list[str]:
    return [name for name in QUIRK_NAMES if getattr(snapshot.quirks, name)]


def _format_duration(duration: timedelta) -> str:
    return f"{duration.total_seconds():g} s"


def _format_jobs(snapshot: Snapshot) -> str:
    pending = snapshot.jobs.pending
    if not pending:
        return "none pending"
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(job.kind for job in pending).items()))
    return f"{len(pending)} pending ({kinds}), the next at {format_timestamp(min(job.due for job in pending))}"


def _count_records(records: Records) -> Iterator[str]:
    """Count the records of each kind. Users, customers and sales are counted only as far as the world differs."""
    for field in fields(records):
        value = getattr(records, field.name)
        if field.name == "sales":
            yield f"{_total(change.added for change in value)} purchases added"
            yield f"{_total(change.dropped for change in value)} removed"
        elif isinstance(value, tuple):
            yield f"{len(value)} {field.name}"


def _total(parts: Iterable[Sized]) -> int:
    return sum(map(len, parts))


def _count(items: Sized, name: str) -> str:
    return f"{len(items)} {name}{'' if len(items) == 1 else 's'}"
