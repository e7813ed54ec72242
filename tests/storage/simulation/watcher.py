"""What must hold of the committed rows, after each commit: a crash may follow at any of them.

It reads the rows as JSON, and shares nothing with the server.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.storage.simulation.database import SharedRows

Values = Any
PUBLISHED = "history:evaluations"
"""The kind of the rows that have all evaluations that were published, as a number, a cause and the evaluation."""
READ_KINDS = ("part", "packages", "job", "past_job", "results", "evaluations", PUBLISHED)


@dataclass
class Seen:
    """What was seen of a workspace. `settings` has the settings of each revision, and the epoch that used it."""

    version: int = -1
    content: int = 0
    present: dict[str, dict[str, Values]] = field(default_factory=dict)
    settings: dict[int, tuple[int, str, Values]] = field(default_factory=dict)
    first_revisions: dict[tuple[int, str], int] = field(default_factory=dict)
    evaluated: dict[str, Values] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, Values]:
        """Return the present rows of a kind."""
        return self.present.setdefault(kind, {})


class Watcher:
    """Checks the rows after each commit. `violations` tells what must not be."""

    def __init__(self, rows: SharedRows) -> None:
        self._rows = rows
        self._seen = dict[int, Seen]()
        self._last_id = -1
        self.commits = 0
        self.violations = list[str]()
        self.look()

    def look(self) -> None:
        """Check what a commit has changed."""
        self.commits += 1
        heads = self._rows.read("SELECT id, name, version, content FROM workspaces ORDER BY id")
        for gone in self._seen.keys() - {identity for identity, *_ in heads}:
            del self._seen[gone]
        for identity, name, version, content in heads:
            if identity not in self._seen and identity <= self._last_id:
                self.violations.append(f"the row {identity} of {name} was used before")
            seen = self._seen.setdefault(identity, Seen())
            self._last_id = max(self._last_id, identity)
            if version < seen.version:
                self.violations.append(f"the version of {name} went back from {seen.version} to {version}")
            changed = self._read(content, seen, version)
            self.violations += [f"{name} {version}: {violation}" for violation in _check(seen, changed)]

    def _read(self, content: int, seen: Seen, version: int) -> list[tuple[str, str]]:
        """Read the rows that have changed, and return their kinds and keys."""
        if content != seen.content:
            seen.content, seen.present = content, {}
        statement = (
            "SELECT kind, key, until, value, since FROM records WHERE workspace = ? AND (since > ? OR until > ?)"
        )
        found = self._rows.read(statement + " ORDER BY since", content, seen.version, seen.version)
        seen.version = version
        for kind, key, until, value, _ in found:
            if until is None:
                seen.of(kind)[key] = json.loads(value) if kind in READ_KINDS else {}
        begun = {(kind, key) for kind, key, until, _, _ in found if until is None}
        for kind, key, until, _, _ in found:
            if until is not None and (kind, key) not in begun:
                seen.of(kind).pop(key, None)
        return [(kind, key) for kind, key, *_ in found]


def _check(seen: Seen, changed: list[tuple[str, str]]) -> Iterator[str]:
    if not changed:
        return
    kinds = {kind for kind, _ in changed}
    if "packages" in kinds or "job" in kinds or "evaluations" in kinds:
        yield from _check_revisions(seen)
        yield from _check_packages(seen)
        yield from _check_evaluations(seen)
    if "past_job" in kinds or "job" in kinds or "results" in kinds:
        yield from _check_runs(seen)


def _check_revisions(seen: Seen) -> Iterator[str]:
    """A revision is never used for two settings, not even after a reset."""
    epoch = seen.of("part")["origin"]["epoch"]
    for gone in [first for first in seen.first_revisions if first[1] not in seen.of("packages")]:
        del seen.first_revisions[gone]  # a rewind removed it, and the next package may have its id
    for key, package in seen.of("packages").items():
        used = epoch, key, package["settings"]
        earlier = seen.settings.setdefault(package["revision"], used)
        if earlier != used:
            yield f"revision {package['revision']} was used for {earlier} and for {used}"
        seen.first_revisions.setdefault((epoch, key), package["revision"])


def _check_packages(seen: Seen) -> Iterator[str]:
    """A package that is not finished has a job that goes on with it, and so has one whose settings were saved."""
    epoch = seen.of("part")["origin"]["epoch"]
    jobs = seen.of("job").values()
    building = {job["subject"] for job in jobs if job["kind"] == "package_stage"}
    evaluating = {(job["subject"], job["generation"]) for job in jobs if job["kind"] == "evaluation"}
    for key, package in seen.of("packages").items():
        revision = package["revision"]
        if package["status"] in ("INITIALIZING", "INPROGRESS") and key not in building:
            yield f"no job builds the package {key}"
        is_saved = package["status"] == "DONE" and revision != seen.first_revisions[epoch, key]
        is_evaluated = seen.of("evaluations").get(key, {}).get("revision") == revision
        if is_saved and not is_evaluated and (key, revision) not in evaluating:
            yield f"no job evaluates revision {revision} of {key}"


def _check_evaluations(seen: Seen) -> Iterator[str]:
    """A new evaluation was published by the job of its own revision, at the time at which that job was due."""
    done = {
        (past["job"]["subject"], past["job"]["generation"], past["job"]["due"])
        for past in seen.of("past_job").values()
        if past["job"]["kind"] == "evaluation" and past["state"] == "done"
    }
    published = list(seen.of("evaluations").items())
    published += [(key, version[2]) for key, version in seen.of(PUBLISHED).items() if version[2] is not None]
    for key, evaluation in published:
        if seen.evaluated.get(key) == evaluation:
            continue
        seen.evaluated[key] = evaluation
        if (evaluation["package_id"], evaluation["revision"], evaluation["evaluated_at"]) not in done:
            yield f"no job of revision {evaluation['revision']} published the evaluation of {key}"


def _check_runs(seen: Seen) -> Iterator[str]:
    """Each attribution run is done once, none is left out, and the next one is pending."""
    pending = [job["due"] for job in seen.of("job").values() if job["kind"] == "attribution_run"]
    past = [each["job"] for each in seen.of("past_job").values() if each["job"]["kind"] == "attribution_run"]
    dues = sorted([*pending, *(job["due"] for job in past)])
    if len(pending) != 1:
        yield f"pending runs: {pending}"
    days = [datetime.fromisoformat(due) for due in dues]
    if any(later - earlier != timedelta(days=1) for earlier, later in pairwise(days)):
        yield f"runs are doubled or left out: {dues}"
    rows = [(row["eid"], row["created_at"]) for row in seen.of("results").values() if row["source"] == "automated"]
    if len(set(rows)) < len(rows):
        yield f"a run has two rows of one event: {sorted(rows)}"
