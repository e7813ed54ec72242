"""Checks of what time does: the clock, attribution runs and jobs. No tick is lost or doubled, no job is done twice."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.storage.kills.evidence import DAY, SECOND, Evidence, Finding, History, Operation, next_run, parse, precedes

PAST_JOBS = 200
"""How many jobs that have ended a server remembers in each workspace."""
RUN = "attribution_run"


def check_clock(evidence: Evidence) -> Finding:
    """Time is never earlier than that of a change that was acknowledged before.

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


def check_moves(evidence: Evidence) -> Finding:
    """A frozen clock has moved by each acknowledged move once, and by each move without an answer at most once."""
    finding = Finding()
    for history in evidence.kept_histories():
        readings = history.acknowledged("read clock")
        if not history.state["is_frozen"] or not readings:
            continue
        moves = [each for each in history.of("move") if precedes(each, readings[-1])]
        least = _sum_seconds([each for each in moves if each["outcome"] == "ok"])
        moved = parse(readings[-1]["got"]["now"]) - parse(history.state["created_at"])
        finding.checked += len(moves)
        if not least <= moved <= _sum_seconds(moves):
            finding.faults.append(
                f"{history.workspace}: the clock moved by {moved}, but {least} to {_sum_seconds(moves)} were asked for"
            )
    return finding


def _sum_seconds(moves: list[Operation]) -> timedelta:
    return timedelta(seconds=sum(each["sent"]["seconds"] for each in moves))


def check_runs(evidence: Evidence) -> Finding:
    """Each attribution run happened once, at its time, and the next one is pending."""
    finding = Finding()
    for history in evidence.histories():
        jobs = history.state["jobs"]
        pending = [parse(job["due"]) for job in jobs if job["kind"] == RUN and job["state"] == "pending"]
        due = next_run(parse(history.state["now"]) + SECOND)
        finding.checked += 1
        if pending != [due]:
            finding.faults.append(f"{history.workspace}: the run of {due} is not pending once, but {pending}")
        if not history.state["is_reset"]:
            done, faults = _judge_past_runs(history, due)
            finding.checked += done
            finding.faults += faults
    return finding


def _judge_past_runs(history: History, due: datetime) -> tuple[int, list[str]]:
    """Compare the runs that were done with the days since the workspace was created."""
    jobs = history.state["jobs"]
    done = [parse(job["due"]) for job in jobs if job["kind"] == RUN and job["state"] == "done"]
    remembers_all = sum(job["state"] != "pending" for job in jobs) < PAST_JOBS
    first = next_run(parse(history.state["created_at"])) if remembers_all else min(done, default=due)
    expected = [first + number * DAY for number in range((due - first).days)]
    faults = [] if sorted(done) == expected else [f"{history.workspace}: there were the runs {done}, not {expected}"]
    return len(done), faults


def check_sales(evidence: Evidence) -> Finding:
    """Each purchase is counted by exactly the attribution run that was due next, and each run counted once."""
    finding = Finding()
    for history in evidence.kept_histories():
        for event, rows in history.state["results"].items():
            automated = Counter(row["created_at"] for row in rows if row["source"] == "automated")
            finding.checked += len(automated)
            finding.faults += [
                f"{history.workspace}: {count} rows of {event} are of the run at {at}"
                for at, count in automated.items()
                if count > 1 or parse(at) != next_run(parse(at))
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
        if run["due"] != run["created_at"] or parse(run["previous_run"]) != parse(run["due"]) - DAY:
            yield f"{history.workspace}: the run before that of {run['due']} was that of {run['previous_run']}"


def _judge_sales(history: History) -> tuple[int, list[str]]:
    """Compare the rows of the event that the clients sell with the sales, run by run."""
    certain, possible = _assign_sales(history)
    counted = Counter[datetime]()
    for row in history.state["results"].get("evt_probe", ()):
        counted[parse(row["created_at"])] += row["purchase"]
    now = parse(history.state["now"])
    faults = [
        f"{history.workspace}: the run of {due} counted {counted[due]} sales instead of {certain[due]}"
        f" to {certain[due] + possible[due]}"
        for due in sorted({*certain, *possible, *counted})
        if due <= now and not certain[due] <= counted[due] <= certain[due] + possible[due]
    ]
    return certain.total(), faults


def _assign_sales(history: History) -> tuple[Counter[datetime], Counter[datetime]]:
    """Return how many sales each run must count, and how many more it may count."""
    certain, possible = Counter[datetime](), Counter[datetime]()
    named = history.acknowledged("read clock", "move")
    readings = [(each["begin"], parse(each["got"]["now"])) for each in named]
    for sale in history.of("sell"):
        until = min((now for begin, now in readings if begin > sale["end"]), default=parse(history.state["now"]))
        due, latest = next_run(parse(sale["sent"]["from"])), next_run(until + SECOND)
        if sale["outcome"] == "ok" and due == latest:
            certain[due] += 1
            continue
        while due <= latest:
            possible[due] += 1
            due += DAY
    return certain, possible


def check_jobs(evidence: Evidence) -> Finding:
    """No job was done twice, and none is overdue."""
    finding = Finding()
    for history in evidence.histories():
        jobs, now = history.state["jobs"], history.state["now"]
        done = Counter(
            (job["kind"], job["subject"], job["due"], job["generation"]) for job in jobs if job["state"] == "done"
        )
        finding.checked += done.total()
        repeated = [(job, count) for job, count in done.items() if count > 1]
        finding.faults += [f"{history.workspace}: {job} was done {count} times" for job, count in repeated]
        overdue = [job for job in jobs if job["state"] == "pending" and job["due"] <= now]
        finding.faults += [f"{history.workspace}: {job} is overdue" for job in overdue]
    return finding
