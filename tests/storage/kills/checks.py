"""Checks that servers which were killed kept what they had acknowledged. It shares no code with them.

The input is the clients' log of operations (`operation_log.py`) and the state that was read at the end
(`final_state.py`). Each check returns how much it has checked and what is wrong.

An operation that was acknowledged must show in the state. An operation without an answer may show, but at most once.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

Operation: TypeAlias = Mapping[str, Any]
State: TypeAlias = Mapping[str, Any]

RUN_HOUR = 8
"""Attribution runs are due at 08:00 UTC."""
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FIRST_SALE = date(2026, 1, 1)
"""The day of the purchase of one ticket. On each later day, there is a purchase of one ticket more."""


@dataclass
class Finding:
    """How much a check has checked, and what is wrong."""

    checked: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class History:
    """The operations of one workspace in the order in which they began, and its final state."""

    workspace: str
    operations: list[Operation]
    state: State

    def of(self, *names: str) -> list[Operation]:
        """Return the operations with these names that may have happened."""
        return [each for each in self.operations if each["op"] in names and each["outcome"] != "refused"]

    def acknowledged(self, *names: str) -> list[Operation]:
        """Return the operations with these names that happened."""
        return [each for each in self.operations if each["op"] in names and each["outcome"] == "ok"]


@dataclass(frozen=True)
class Evidence:
    """All that is checked. `again` is the state after all servers were started once more, `others` that of each server.

    `database_kills` says how often the database was killed, and `log` is what the servers have logged.
    """

    operations: list[Operation]
    states: Mapping[str, State]
    again: Mapping[str, State]
    others: list[Mapping[str, State]]
    database_kills: int
    log: str

    def histories(self) -> Iterator[History]:
        """Yield the history of each workspace."""
        by_workspace = defaultdict[str, list[Operation]](list)
        for operation in self.operations:
            by_workspace[operation["workspace"]].append(operation)
        for workspace, state in self.states.items():
            yield History(workspace, by_workspace[workspace], state)

    def kept_histories(self) -> Iterator[History]:
        """Yield the histories of the workspaces that were never reset."""
        return (history for history in self.histories() if not history.state["is_reset"])


def precedes(first: Operation, second: Operation) -> bool:
    """Return whether an operation ended before another one began."""
    return bool(first["end"] < second["begin"])


def check_resets(evidence: Evidence) -> Finding:
    """No acknowledged reset is lost: the seed is that of a reset that no acknowledged reset followed."""
    finding = Finding()
    for history in evidence.histories():
        last = _last_reset(history)
        for reset in history.acknowledged("reset"):
            finding.checked += 1
            if last is None or precedes(last, reset):
                finding.faults.append(f"{history.workspace}: the reset with seed {reset['sent']['seed']} is lost")
    return finding


def _last_reset(history: History) -> Operation | None:
    return next((each for each in history.of("reset") if each["sent"]["seed"] == history.state["seed"]), None)


def _split_by_reset(history: History, operations: Iterable[Operation]) -> tuple[list[Operation], list[Operation]]:
    """Return the operations that were certainly before the last reset, and those that were certainly after it."""
    last, before, after = _last_reset(history), list[Operation](), list[Operation]()
    for operation in operations:
        if last is None or precedes(last, operation):
            after.append(operation)
        elif precedes(operation, last):
            before.append(operation)
    return before, after


def check_results(evidence: Evidence) -> Finding:
    """Each acknowledged campaign result is there unless it was deleted, and nothing else is."""
    finding = Finding()
    for history in evidence.histories():
        rows = [row for rows in history.state["results"].values() for row in rows if row["source"] == "manual"]
        by_number = Counter(row["purchase"] for row in rows)
        attempts = history.of("add result")
        before, after = _split_by_reset(history, attempts)
        deletions = {each["sent"]["id"]: each for each in history.of("delete result")}
        finding.faults += _list_unexpected(history.workspace, "result", by_number, attempts, "purchase")
        for operation in before:
            finding.checked += 1
            if by_number[operation["sent"]["purchase"]]:
                finding.faults.append(f"{history.workspace}: result {operation['sent']} survived a reset")
        present = {(row["id"], row["eid"], row["purchase"]) for row in rows}
        for operation in after:
            if operation["outcome"] == "ok":
                finding.checked += 1
                finding.faults += _judge_result(history.workspace, operation, deletions, present)
    return finding


def _judge_result(
    workspace: str, operation: Operation, deletions: Mapping[str, Operation], present: set[tuple[str, str, int]]
) -> Iterator[str]:
    result = operation["got"]["id"]
    deletion = deletions.get(result)
    is_there = (result, operation["sent"]["event"], operation["sent"]["purchase"]) in present
    if deletion is None and not is_there:
        yield f"{workspace}: the acknowledged result {result} is lost"
    if deletion is not None and deletion["outcome"] == "ok" and is_there and precedes(operation, deletion):
        yield f"{workspace}: the acknowledged deletion of {result} is lost"


def _list_unexpected(
    workspace: str, noun: str, found: Mapping[Any, int], attempts: Iterable[Operation], name: str
) -> Iterator[str]:
    known = {each["sent"][name] for each in attempts}
    for value, count in found.items():
        if value not in known:
            yield f"{workspace}: nobody wrote the {noun} {value}"
        elif count > 1:
            yield f"{workspace}: the {noun} {value} was written once and exists {count} times"


def check_packages(evidence: Evidence) -> Finding:
    """Each acknowledged package is there, with its id, and no package was created twice."""
    finding = Finding()
    for history in evidence.kept_histories():
        found = {package["title"]: package for package in history.state["packages"]}
        titles = Counter(each["title"] for each in history.state["packages"] if each["title"].startswith("package "))
        attempts = history.of("create package")
        finding.faults += _list_unexpected(history.workspace, "package", titles, attempts, "title")
        for operation in history.acknowledged("create package"):
            finding.checked += 1
            package = found.get(operation["sent"]["title"])
            if package is None or package["id"] != operation["got"]["id"]:
                finding.faults.append(f"{history.workspace}: the acknowledged {operation['sent']['title']} is lost")
            elif package["status"] != "DONE":
                finding.faults.append(f"{history.workspace}: {package['title']} is {package['status']} when idle")
    return finding


def check_settings(evidence: Evidence) -> Finding:
    """The settings of each package are the newest: no acknowledged ones were saved after them."""
    finding = Finding()
    for history in evidence.histories():
        _, after = _split_by_reset(history, history.of("put settings"))
        for package, settings in history.state["settings"].items():
            puts = [each for each in after if each["sent"]["package"] == package]
            acknowledged = [each for each in puts if each["outcome"] == "ok"]
            finding.checked += len(acknowledged)
            if not acknowledged:
                continue
            present = [each for each in history.of("put settings") if _writes(each, package, settings)]
            if not present:
                finding.faults.append(f"{history.workspace}: nobody saved the settings of {package}")
            elif all(any(precedes(each, newer) for newer in acknowledged) for each in present):
                finding.faults.append(f"{history.workspace}: newer settings of {package} are lost")
    return finding


def _writes(operation: Operation, package: str, settings: Mapping[str, Any]) -> bool:
    return bool(operation["sent"]["package"] == package and operation["sent"]["settings"] == settings)


def check_evaluations(evidence: Evidence) -> Finding:
    """When nothing is pending, each evaluation is that of its package's settings."""
    finding = Finding()
    for history in evidence.kept_histories():
        for package, clusters in history.state["evaluations"].items():
            if not [each for each in history.acknowledged("put settings") if each["sent"]["package"] == package]:
                continue
            finding.checked += 1
            settings = history.state["settings"][package]
            expected = (
                date.fromisoformat(settings["email_sent_date"]),
                settings["backhaul_evaluation_attribution_window"],
            )
            if read_window(clusters) != expected:
                finding.faults.append(f"{history.workspace}: the evaluation of {package} is not that of its settings")
    return finding


def read_window(clusters: list[Mapping[str, Any]]) -> tuple[date, int] | None:
    """Return the first day and the length of the window from which an evaluation was calculated.

    With one purchase a day, the number of purchases is the length. From the first day on there are d + 1, d + 2, ...
    tickets, where d counts the days since the first sale.
    """
    if not clusters:
        return None
    length = clusters[0]["purchase"]
    offset, rest = divmod(clusters[0]["items"] - length * (length + 1) // 2, length) if length else (0, 1)
    return None if rest else (FIRST_SALE + timedelta(days=offset), length)


def check_stale_evaluations(evidence: Evidence) -> Finding:
    """An outdated result is never published: none that was absent after newer settings were saved appears later."""
    finding = Finding()
    for history in evidence.kept_histories():
        for package in history.state["settings"]:
            puts = [each for each in history.of("put settings") if each["sent"]["package"] == package]
            reads = [each for each in history.acknowledged("read evaluation") if each["sent"]["package"] == package]
            reads += [_final_read(history, package)]
            finding.checked += len(reads)
            finding.faults += _list_stale(history.workspace, package, puts, reads)
    return finding


def _final_read(history: History, package: str) -> Operation:
    last = max((each["end"] for each in history.operations), default=0)
    return {"begin": last + 1, "end": last + 2, "got": history.state["evaluations"][package]}


def _list_stale(workspace: str, package: str, puts: list[Operation], reads: list[Operation]) -> Iterator[str]:
    by_window = {_window_of(each): each for each in puts}
    acknowledged = [each for each in puts if each["outcome"] == "ok"]
    for shown, window in _first_shows(reads):
        put = by_window.get(window)
        if put is None:
            yield f"{workspace}: {package} shows a result of settings that nobody saved: {window}"
            continue
        followed_at = min((newer["end"] for newer in acknowledged if precedes(put, newer)), default=None)
        if followed_at is None:
            continue
        for read in reads:
            if read["begin"] > followed_at and precedes(read, shown) and read_window(read["got"]) != window:
                yield f"{workspace}: {package} published the result of outdated settings {window}"
                break


def _first_shows(reads: list[Operation]) -> list[tuple[Operation, tuple[date, int]]]:
    """Return each reading that shows another result than the reading before it, and the result."""
    shows, previous = [], None
    for read in reads:
        window = read_window(read["got"])
        if window is not None and window != previous:
            shows.append((read, window))
        previous = window
    return shows


def _window_of(put: Operation) -> tuple[date, int]:
    settings = put["sent"]["settings"]
    return date.fromisoformat(settings["email_sent_date"]), settings["backhaul_evaluation_attribution_window"]


def check_runs(evidence: Evidence) -> Finding:
    """Each purchase is counted by exactly the attribution run that was due next, and each run happened once."""
    finding = Finding()
    for history in evidence.kept_histories():
        for event, rows in history.state["results"].items():
            automated = Counter(row["created_at"] for row in rows if row["source"] == "automated")
            finding.checked += len(automated)
            finding.faults += [
                f"{history.workspace}: {count} runs added rows for {event} at {at}"
                for at, count in automated.items()
                if count > 1 or _parse(at) != _next_run(_parse(at))
            ]
        finding.checked += len(history.state["runs"])
        finding.faults += _list_gaps(history)
        sales, faults = _judge_sales(history)
        finding.checked += sales
        finding.faults += faults
    return finding


def _list_gaps(history: History) -> Iterator[str]:
    for run in history.state["runs"]:
        if run["due"] is None:
            continue
        if run["due"] != run["created_at"] or _parse(run["previous_run"]) != _parse(run["due"]) - DAY:
            yield f"{history.workspace}: the run before that of {run['due']} was that of {run['previous_run']}"


def _judge_sales(history: History) -> tuple[int, list[str]]:
    """Compare the rows of the event that the clients sell with the sales, run by run."""
    certain, possible = Counter[datetime](), Counter[datetime]()
    readings = _clock_readings(history)
    for sale in history.of("sell"):
        until = min((now for begin, now in readings if begin > sale["end"]), default=_parse(history.state["now"]))
        due, latest = _next_run(_parse(sale["sent"]["from"])), _next_run(until + SECOND)
        if sale["outcome"] == "ok" and due == latest:
            certain[due] += 1
            continue
        while due <= latest:
            possible[due] += 1
            due += DAY
    counted = Counter[datetime]()
    for row in history.state["results"].get("evt_probe", ()):
        counted[_parse(row["created_at"])] += row["purchase"]
    now = _parse(history.state["now"])
    faults = [
        f"{history.workspace}: the run of {due} counted {counted[due]} sales instead of {certain[due]}"
        f" to {certain[due] + possible[due]}"
        for due in sorted({*certain, *possible, *counted})
        if due <= now and not certain[due] <= counted[due] <= certain[due] + possible[due]
    ]
    return certain.total(), faults


def _clock_readings(history: History) -> list[tuple[int, datetime]]:
    named = history.acknowledged("read clock", "move")
    return [(each["begin"], _parse(each["got"]["now"])) for each in named]


def _next_run(at: datetime) -> datetime:
    due = at.replace(hour=RUN_HOUR, minute=0, second=0, microsecond=0)
    return due if due >= at else due + DAY


def _parse(timestamp: str) -> datetime:
    return datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def check_jobs(evidence: Evidence) -> Finding:
    """No job was done twice, and none is overdue."""
    finding = Finding()
    for history in evidence.histories():
        done = Counter(
            (job["kind"], job["subject"], job["due"], job["generation"])
            for job in history.state["jobs"]
            if job["state"] == "done"
        )
        finding.checked += done.total()
        finding.faults += [
            f"{history.workspace}: {job} was done {count} times" for job, count in done.items() if count > 1
        ]
        overdue = [
            job for job in history.state["jobs"] if job["state"] == "pending" and job["due"] <= history.state["now"]
        ]
        finding.faults += [f"{history.workspace}: {job} is overdue" for job in overdue]
    return finding


def check_ids(evidence: Evidence) -> Finding:
    """No id was given twice: of results, packages, requests and tokens. A reset restarts the ids of records."""
    finding = Finding()
    tokens = [each["got"]["jti"] for each in evidence.operations if each["op"] == "sign in" and each["outcome"] == "ok"]
    _count_ids(finding, "token", tokens)
    for history in evidence.histories():
        requests = [each["request_id"] for each in history.operations if each.get("request_id")]
        _count_ids(finding, f"{history.workspace}: request", requests)
        if history.state["is_reset"]:
            continue
        for name in ("add result", "create package"):
            _count_ids(finding, history.workspace, [each["got"]["id"] for each in history.acknowledged(name)])
    return finding


def _count_ids(finding: Finding, noun: str, ids: list[str]) -> None:
    finding.checked += len(ids)
    finding.faults += [f"{noun} id {each} was given {count} times" for each, count in Counter(ids).items() if count > 1]


def check_clock(evidence: Evidence) -> Finding:
    """Time is never earlier than that of a change that was acknowledged before, so no move of the clock is lost.

    Two servers may read the clock a little differently, so what counts are the times of changes.
    """
    finding = Finding()
    for history in evidence.kept_histories():
        changes = sorted(_find_times(history, "move", "add result", "create package"))
        readings = sorted(_find_times(history, "move", "add result", "create package", "read clock"), key=_begin)
        finding.checked += len(readings)
        latest, ended = "", 0
        for _, begin, now in [*readings, (0, float("inf"), history.state["now"])]:
            while ended < len(changes) and changes[ended][0] < begin:
                latest = max(latest, changes[ended][2])
                ended += 1
            if now < latest:
                finding.faults.append(f"{history.workspace}: it was {latest}, and then {now}")
    return finding


def _find_times(history: History, *names: str) -> list[tuple[int, float, str]]:
    """Return the times that the answers to some operations contain, after the end and the begin of each operation."""
    answers = [(each, each["got"]) for each in history.acknowledged(*names)]
    return [(each["end"], each["begin"], got.get("now") or got["created_at"]) for each, got in answers]


def _begin(timed: tuple[int, float, str]) -> float:
    return timed[1]


def check_reads(evidence: Evidence) -> Finding:
    """A client sees what was acknowledged before it asked, whichever server it asks."""
    finding = Finding()
    for history in evidence.kept_histories():
        deletions = {each["sent"]["id"]: each for each in history.of("delete result")}
        added = defaultdict[str, list[Operation]](list)
        for operation in history.acknowledged("add result"):
            added[operation["sent"]["event"]].append(operation)
        for read in history.acknowledged("list results"):
            shown = set(read["got"])
            for operation in added[read["sent"]["event"]]:
                finding.checked += 1
                finding.faults += _judge_read(history.workspace, read, shown, operation, deletions)
    return finding


def _judge_read(
    workspace: str, read: Operation, shown: set[str], operation: Operation, deletions: Mapping[str, Operation]
) -> Iterator[str]:
    result = operation["got"]["id"]
    deletion = deletions.get(result)
    is_deleted = deletion is not None and deletion["outcome"] == "ok" and precedes(deletion, read)
    may_be_deleted = deletion is not None and deletion["begin"] < read["end"]
    if precedes(operation, read) and not may_be_deleted and result not in shown:
        yield f"{workspace}: {result} was acknowledged before a read that does not show it"
    if result in shown and is_deleted:
        yield f"{workspace}: {result} was deleted before a read that shows it"


def check_tokens(evidence: Evidence) -> Finding:
    """A token stays valid as long as it has not expired and the workspace was not reset."""
    finding = Finding()
    for history in evidence.kept_histories():
        asked = [each for each in history.operations if each["op"] != "sign in" and each["outcome"] != "unknown"]
        finding.checked += len(asked)
        refused = [each for each in asked if each["status"] == 401 and each["got"] != "TOKEN_EXPIRED"]
        finding.faults += [f"{history.workspace}: a valid token was refused: {each['got']}" for each in refused]
        if not history.state.get("first_token_is_valid", True):
            finding.faults.append(f"{history.workspace}: the first token is not valid any more")
    return finding


def check_answers(evidence: Evidence) -> Finding:
    """No answer of 500 or more, but 503 while the database is away. No traceback in the log."""
    finding = Finding(checked=len(evidence.operations))
    allowed = {503} if evidence.database_kills else set[int]()
    bad = Counter(
        (each["op"], each["status"])
        for each in evidence.operations
        if each["status"] >= 500 and each["status"] not in allowed
    )
    finding.faults += [f"{count} answers of {status} to {name}" for (name, status), count in bad.items()]
    if "Traceback" in evidence.log:
        finding.faults.append(f"a traceback in the log: {evidence.log[evidence.log.index('Traceback') :][:4000]}")
    return finding


def check_agreement(evidence: Evidence) -> Finding:
    """All servers show the same state, and it is the same after all of them were killed and started again."""
    finding = Finding()
    for number, other in enumerate([*evidence.others, evidence.again]):
        for workspace, state in evidence.states.items():
            for name, value in state.items():
                finding.checked += 1
                if other[workspace][name] != value:
                    finding.faults.append(f"{workspace}: {name} differs in reading {number + 2}")
    return finding


CHECKS: Mapping[str, Callable[[Evidence], Finding]] = {
    "resets": check_resets,
    "results": check_results,
    "packages": check_packages,
    "settings": check_settings,
    "evaluations": check_evaluations,
    "stale evaluations": check_stale_evaluations,
    "runs": check_runs,
    "jobs": check_jobs,
    "ids": check_ids,
    "clock": check_clock,
    "reads": check_reads,
    "tokens": check_tokens,
    "answers": check_answers,
    "agreement": check_agreement,
}


def check_all(evidence: Evidence) -> dict[str, Finding]:
    """Perform all checks."""
    return {name: check(evidence) for name, check in CHECKS.items()}
