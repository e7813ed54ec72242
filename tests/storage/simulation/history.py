"""What the clients sent and received, and what must hold of it whatever the order in which the servers acted.

It shares nothing with the server, and does not predict responses. An operation lasts from `start` to `end`, two numbers
of one count. Of two operations, one is earlier only if it ended before the other one started. An operation whose server
crashed or failed (`is_unknown`) may have happened, and may still happen.

Resets are no concern here: a token belongs to one epoch of a workspace, which its issuer names, so an operation with a
token is compared only with those of the same issuer. A rewind brings back what was before, so what it overlaps is not
compared.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any


@dataclass
class Operation:
    """An operation of a client. `key` names the object in its workspace, `value` what was written or deleted."""

    kind: str
    workspace: str
    issuer: str
    key: str
    value: Any
    start: float
    end: float = inf
    status: int = 0
    content: bytes = b""

    @property
    def is_ok(self) -> bool:
        """Whether the server answered that it did this."""
        return 200 <= self.status < 300

    @property
    def is_unknown(self) -> bool:
        """Whether the operation may or may not have happened."""
        return self.status in (0, 503)

    @property
    def may_have_happened(self) -> bool:
        """Whether it is not certain that nothing happened."""
        return self.is_ok or self.is_unknown

    @property
    def last(self) -> float:
        """When it happened at the latest."""
        return inf if self.is_unknown else self.end

    def json(self) -> Any:
        """Return the body of the response."""
        return json.loads(self.content)


@dataclass
class History:
    """All operations. `violations` tells what must not be."""

    operations: list[Operation] = field(default_factory=list)
    stamps: int = 0

    def begin(self, kind: str, workspace: str, issuer: str = "", key: str = "", value: Any = None) -> Operation:
        """Note that an operation starts."""
        operation = Operation(kind, workspace, issuer, key, value, self._stamp())
        self.operations.append(operation)
        return operation

    def end(self, operation: Operation, status: int, content: bytes) -> None:
        """Note the response."""
        operation.end, operation.status, operation.content = self._stamp(), status, content

    def _stamp(self) -> int:
        self.stamps += 1
        return self.stamps

    def violations(self) -> Iterator[str]:
        """Yield what must not be."""
        for operation in self.operations:
            if operation.status >= 500 and operation.status != 503:
                yield f"{operation.kind} was answered with {operation.status}"
        for workspace in sorted({operation.workspace for operation in self.operations}):
            own = [operation for operation in self.operations if operation.workspace == workspace]
            yield from _check_existence(own)
            yield from _check_time(own)
            yield from _check_runs(own)
            rewinds = [each for each in own if each.kind == "rewind" and each.may_have_happened]
            groups = dict[tuple[str, str], list[Operation]]()
            for operation in own:
                if operation.issuer:
                    groups.setdefault((operation.issuer, operation.key), []).append(operation)
            for (issuer, key), group in groups.items():
                found = [*_check_settings(group, rewinds), *_check_lists(group, rewinds), *_check_ids(group, rewinds)]
                yield from (f"{issuer} {key}: {violation}" for violation in found)


def _overlaps(others: Iterable[Operation], start: float, end: float) -> bool:
    return any(other.start <= end and other.last >= start for other in others)


def _check_settings(group: list[Operation], rewinds: list[Operation]) -> Iterator[str]:
    """A read returns the last settings that were saved before it, or some that were saved at the same time."""
    puts = [each for each in group if each.kind == "put" and each.may_have_happened]
    by_value = {put.value: put for put in puts}
    for read in group:
        if read.kind != "get" or not read.is_ok:
            continue
        value = read.json()["email_sent_date"]
        written = by_value.get(value)
        if value is not None and (written is None or written.start > read.end):
            yield f"{value} was read, which nobody had saved"
            continue
        written_until = -1.0 if written is None else written.last
        for put in puts:
            is_later = put.is_ok and written_until < put.start and put.end < read.start
            if is_later and not _overlaps(rewinds, put.start, read.end):
                yield f"{value} was read after {put.value} had been saved"


def _check_lists(group: list[Operation], rewinds: list[Operation]) -> Iterator[str]:
    """A list has what was added before it, and has not what was deleted before it. No run is listed twice."""
    added = {each.json()["id"]: each for each in group if each.kind == "add" and each.is_ok}
    deleted = [each for each in group if each.kind == "delete" and each.may_have_happened]
    for listed in group:
        if listed.kind != "list" or not listed.is_ok:
            continue
        body = listed.json()
        ids = [each["id"] for each in body]
        if len(set(ids)) < len(ids):
            yield f"an id is listed twice: {ids}"
        for row, add in added.items():
            is_deleted = any(delete.value == row and delete.start < listed.end for delete in deleted)
            is_missing = add.end < listed.start and row not in ids and not is_deleted
            if is_missing and not _overlaps(rewinds, add.start, listed.end):
                yield f"{row} was added, and is not listed"
        for delete in deleted:
            is_wrong = delete.is_ok and delete.end < listed.start and delete.value in ids
            if is_wrong and not _overlaps(rewinds, delete.start, listed.end):
                yield f"{delete.value} was deleted, and is listed"
        yield from _check_ticks(body)


def _check_ticks(rows: list[dict[str, Any]]) -> Iterator[str]:
    runs = [(row["eid"], row["created_at"]) for row in rows if row.get("source") == "automated"]
    for run in set(runs):
        if runs.count(run) > 1:
            yield f"the run of {run} has two rows"


def _check_ids(group: list[Operation], rewinds: list[Operation]) -> Iterator[str]:
    """No id is given twice."""
    first = dict[str, Operation]()
    for add in sorted((each for each in group if each.kind == "add" and each.is_ok), key=lambda each: each.end):
        earlier = first.setdefault(add.json()["id"], add)
        if earlier is not add and not _overlaps(rewinds, earlier.start, add.end):
            yield f"the id {add.json()['id']} was given twice"


def _check_existence(own: list[Operation]) -> Iterator[str]:
    """A workspace that was created, and that nobody has deleted, is found. One that was deleted is not."""
    created = [each for each in own if each.kind == "create" and each.may_have_happened]
    dropped = [each for each in own if each.kind == "drop" and each.may_have_happened]
    for operation in own:
        is_missing = operation.status == 404 and b"error.workspace.not_found" in operation.content
        for create in created:
            is_wrong = is_missing and create.is_ok and create.end < operation.start
            if is_wrong and not _overlaps(dropped, create.start, operation.end):
                yield f"the workspace {create.workspace} was created, and is not found"
        if operation.kind in ("create", "drop", "names") or not operation.is_ok:
            continue
        for drop in dropped:
            is_wrong = drop.is_ok and drop.end < operation.start
            if is_wrong and not _overlaps(created, drop.start, operation.end):
                yield f"the workspace {drop.workspace} was deleted, and is found"


def _check_time(own: list[Operation]) -> Iterator[str]:
    """A clock does not show a time before that of an earlier change."""
    changes = [each for each in own if each.kind in ("reset", "rewind", "create", "drop") and each.may_have_happened]
    reads = [each for each in own if each.kind in ("clock", "advance", "mode") and each.is_ok]
    for earlier in reads:
        for later in reads if earlier.kind != "clock" else ():
            went_back = earlier.end < later.start and later.json()["now"] < earlier.json()["now"]
            if went_back and not _overlaps(changes, earlier.start, later.end):
                yield f"the clock went back from {earlier.json()['now']} to {later.json()['now']}"


def _check_runs(own: list[Operation]) -> Iterator[str]:
    """Each attribution run is done once, and none is left out."""
    for listed in own:
        if listed.kind != "jobs" or not listed.is_ok:
            continue
        runs = [job["due"] for job in listed.json() if job["kind"] == "attribution_run"]
        days = [run[:10] for run in runs]
        if len(set(days)) < len(days):
            yield f"a run was done twice: {runs}"
