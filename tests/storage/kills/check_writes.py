"""Checks of what clients wrote: each acknowledged write is there, exactly once, and nothing else is."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from tests.storage.kills.evidence import (
    Evidence,
    Finding,
    History,
    Operation,
    find_last_reset,
    list_unexpected,
    parse,
    precedes,
    split_by_reset,
)

Deletions: TypeAlias = Mapping[str, list[Operation]]
LIFETIME = timedelta(days=28)
"""A package expires so long after it was built."""
MAX_BUILD_TIME = timedelta(hours=1)


def check_resets(evidence: Evidence) -> Finding:
    """No acknowledged reset is lost: the seed is that of a reset that no acknowledged reset followed."""
    finding = Finding()
    for history in evidence.histories():
        last = find_last_reset(history)
        for reset in history.acknowledged("reset"):
            finding.checked += 1
            if last is None or precedes(last, reset):
                finding.faults.append(f"{history.workspace}: the reset with seed {reset['sent']['seed']} is lost")
    return finding


def check_results(evidence: Evidence) -> Finding:
    """Each acknowledged campaign result is there unless it was deleted, and nothing else is."""
    finding = Finding()
    for history in evidence.histories():
        rows = [row for rows in history.state["results"].values() for row in rows if row["source"] == "manual"]
        by_number = Counter(row["purchase"] for row in rows)
        attempts = history.of("add result")
        finding.faults += list_unexpected(history.workspace, "result", by_number, attempts, "purchase")
        before, after = split_by_reset(history, attempts)
        finding.checked += len(before) + len(history.acknowledged("delete result"))
        survivors = [each for each in before if by_number[each["sent"]["purchase"]]]
        finding.faults += [f"{history.workspace}: result {each['sent']} survived a reset" for each in survivors]
        present = {(row["id"], row["eid"], row["purchase"]) for row in rows}
        deletions = _list_deletions(history)
        for operation in after:
            if operation["outcome"] == "ok":
                finding.checked += 1
                finding.faults += _judge_result(history.workspace, operation, deletions, present)
    return finding


def _list_deletions(history: History) -> Deletions:
    """Return the deletions by the id of the result. After a reset, ids are given again."""
    deletions = defaultdict[str, list[Operation]](list)
    for operation in history.of("delete result"):
        deletions[operation["sent"]["id"]].append(operation)
    return deletions


def _find_deletion(deletions: Deletions, addition: Operation) -> Operation | None:
    """Return the deletion of an added result, if there was one."""
    later = (each for each in deletions.get(addition["got"]["id"], ()) if not precedes(each, addition))
    return next(later, None)


def _judge_result(
    workspace: str, operation: Operation, deletions: Deletions, present: set[tuple[str, str, int]]
) -> Iterator[str]:
    result, deletion = operation["got"]["id"], _find_deletion(deletions, operation)
    is_there = (result, operation["sent"]["event"], operation["sent"]["purchase"]) in present
    if deletion is None and not is_there:
        yield f"{workspace}: the acknowledged result {result} is lost"
    if deletion is not None and deletion["outcome"] == "ok" and is_there and precedes(operation, deletion):
        yield f"{workspace}: the acknowledged deletion of {result} is lost"


def check_packages(evidence: Evidence) -> Finding:
    """Each acknowledged package is there with its id, was built and expires in time, and none was created twice."""
    finding = Finding()
    for history in evidence.kept_histories():
        found = {package["title"]: package for package in history.state["packages"]}
        titles = Counter(each["title"] for each in history.state["packages"] if each["title"].startswith("package "))
        attempts = history.of("create package")
        finding.faults += list_unexpected(history.workspace, "package", titles, attempts, "title")
        for operation in history.acknowledged("create package"):
            finding.checked += 1
            package = found.get(operation["sent"]["title"])
            if package is None or package["id"] != operation["got"]["id"]:
                finding.faults.append(f"{history.workspace}: the acknowledged {operation['sent']['title']} is lost")
            elif package["status"] not in _list_statuses(operation["got"]["created_at"], history.state["now"]):
                finding.faults.append(f"{history.workspace}: {package['title']} is {package['status']} when idle")
    return finding


def _list_statuses(created_at: str, now: str) -> set[str]:
    """Return the statuses that a package may have when nothing is pending."""
    age = parse(now) - parse(created_at)
    return {"DONE"} if age < LIFETIME else {"EXPIRED"} if age > LIFETIME + MAX_BUILD_TIME else {"DONE", "EXPIRED"}


def check_settings(evidence: Evidence) -> Finding:
    """The settings of each package are the newest: no acknowledged ones were saved after them."""
    finding = Finding()
    for history in evidence.histories():
        _, after = split_by_reset(history, history.of("put settings"))
        for package, settings in history.state["settings"].items():
            puts = [each for each in after if each["sent"]["package"] == package and each["outcome"] == "ok"]
            finding.checked += len(puts)
            if puts:
                finding.faults += _judge_settings(history, package, settings, puts)
    return finding


def _judge_settings(
    history: History, package: str, settings: Mapping[str, Any], acknowledged: list[Operation]
) -> Iterator[str]:
    sent = {"package": package, "settings": settings}
    present = [each for each in history.of("put settings") if each["sent"] == sent]
    if not present:
        yield f"{history.workspace}: nobody saved the settings of {package}"
    elif all(any(precedes(each, newer) for newer in acknowledged) for each in present):
        yield f"{history.workspace}: newer settings of {package} are lost"


def check_reads(evidence: Evidence) -> Finding:
    """A client sees what was acknowledged before it asked, whichever server it asks."""
    finding = Finding()
    for history in evidence.kept_histories():
        deletions = _list_deletions(history)
        added = defaultdict[str, list[Operation]](list)
        for operation in history.acknowledged("add result"):
            added[operation["sent"]["event"]].append(operation)
        for read in history.acknowledged("list results"):
            for operation in added[read["sent"]["event"]]:
                finding.checked += 1
                finding.faults += _judge_read(history.workspace, read, operation, deletions)
    return finding


def _judge_read(workspace: str, read: Operation, operation: Operation, deletions: Deletions) -> Iterator[str]:
    result, deletion = operation["got"]["id"], _find_deletion(deletions, operation)
    is_deleted = deletion is not None and deletion["outcome"] == "ok" and precedes(deletion, read)
    may_be_deleted = deletion is not None and deletion["begin"] < read["end"]
    if precedes(operation, read) and not may_be_deleted and result not in read["got"]:
        yield f"{workspace}: {result} was acknowledged before a read that does not show it"
    if result in read["got"] and is_deleted:
        yield f"{workspace}: {result} was deleted before a read that shows it"
