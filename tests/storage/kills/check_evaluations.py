"""Checks of evaluations: the newest settings decide, and an outdated result is never published.

The packages are made so that an evaluation tells the settings from which it was calculated (`writers.prepare`).
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

from tests.storage.kills.evidence import Evidence, Finding, History, Operation, precedes

FIRST_SALE = date(2026, 1, 1)
"""The day of the purchase of one ticket. On each later day, there is a purchase of one ticket more."""
Window: TypeAlias = tuple[date, int]
"""The first day of an evaluation's window, and its length in days."""


def check_evaluations(evidence: Evidence) -> Finding:
    """When nothing is pending, each evaluation is that of its package's settings."""
    finding = Finding()
    for history in evidence.kept_histories():
        saved = {each["sent"]["package"] for each in history.acknowledged("put settings")}
        for package, clusters in history.state["evaluations"].items():
            if package not in saved:
                continue
            finding.checked += 1
            if read_window(clusters) != _window_of(history.state["settings"][package]):
                finding.faults.append(f"{history.workspace}: the evaluation of {package} is not that of its settings")
    return finding


def read_window(clusters: list[Mapping[str, Any]]) -> Window | None:
    """Return the window from which an evaluation was calculated.

    With one purchase a day, the number of purchases is the length. From the first day on there are d + 1, d + 2, ...
    tickets, where d counts the days since the first sale.
    """
    if not clusters:
        return None
    length = clusters[0]["purchase"]
    offset, rest = divmod(clusters[0]["items"] - length * (length + 1) // 2, length) if length else (0, 1)
    return None if rest else (FIRST_SALE + timedelta(days=offset), length)


def _window_of(settings: Mapping[str, Any]) -> Window:
    return date.fromisoformat(settings["email_sent_date"]), settings["backhaul_evaluation_attribution_window"]


def check_stale_evaluations(evidence: Evidence) -> Finding:
    """An outdated result is never published: none that was absent after newer settings were saved appears later."""
    finding = Finding()
    for history in evidence.kept_histories():
        for package in history.state["settings"]:
            puts = [each for each in history.of("put settings") if each["sent"]["package"] == package]
            reads = [each for each in history.acknowledged("read evaluation") if each["sent"]["package"] == package]
            reads.append(_final_read(history, package))
            finding.checked += len(reads)
            finding.faults += _list_stale(history.workspace, package, puts, reads)
    return finding


def _final_read(history: History, package: str) -> Operation:
    last = max((each["end"] for each in history.operations), default=0)
    return {"begin": last + 1, "end": last + 2, "got": history.state["evaluations"][package]}


def _list_stale(workspace: str, package: str, puts: list[Operation], reads: list[Operation]) -> Iterator[str]:
    by_window = {_window_of(each["sent"]["settings"]): each for each in puts}
    for shown, window in _first_shows(reads):
        put = by_window.get(window)
        if put is None:
            yield f"{workspace}: {package} shows a result of settings that nobody saved: {window}"
        elif _was_outdated(put, window, shown, puts, reads):
            yield f"{workspace}: {package} published the result of outdated settings {window}"


def _was_outdated(
    put: Operation, window: Window, shown: Operation, puts: list[Operation], reads: list[Operation]
) -> bool:
    """Return whether a read, after newer settings were saved and before `shown`, did not show the result."""
    newer = [each["end"] for each in puts if each["outcome"] == "ok" and precedes(put, each)]
    outdated_at = min(newer, default=shown["begin"])
    between = [read for read in reads if read["begin"] > outdated_at and precedes(read, shown)]
    return any(read_window(read["got"]) != window for read in between)


def _first_shows(reads: list[Operation]) -> list[tuple[Operation, Window]]:
    """Return each reading that shows another result than the reading before it, and the result."""
    shows, previous = [], None
    for read in reads:
        window = read_window(read["got"])
        if window is not None and window != previous:
            shows.append((read, window))
        previous = window
    return shows
